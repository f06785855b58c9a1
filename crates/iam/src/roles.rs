//! Roles: kept in the table, ready in memory with their policies read.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;
use model::{AccountId, Arn, Failure, Fault, Internal};
use store::{CommitError, Expected, Key, Row, Table, Transaction, decode, encode};

use crate::limits;
use crate::managed::managed_policy;
use crate::policy::{Kind, Policy};
use crate::rows::{Role, role_key, roles_key};
use crate::simulation::NamedPolicy;

/// A role whose policies were read.
pub struct ReadyRole {
    pub role: Role,
    pub arn: Arn,
    pub trust: Policy,
    own: Vec<Arc<Policy>>,
    attached: Vec<Arc<Policy>>,
}

impl ReadyRole {
    fn new(role: Role) -> Self {
        let attached = role.attached.iter().map(|arn| match managed_policy(arn) {
            Some(managed) => managed.policy.clone(),
            // Nothing is known of it but that it counted: reading it as no policy denies everything.
            None => Arc::new(Policy::read_kept("", Kind::Identity)),
        });
        Self {
            arn: role.arn(),
            trust: Policy::read_kept(&role.trust, Kind::Trust),
            own: role.inline.values().map(|text| Arc::new(Policy::read_kept(text, Kind::Identity))).collect(),
            attached: attached.collect(),
            role,
        }
    }

    /// What says what sessions of this role may do.
    pub fn policies(&self) -> impl Iterator<Item = &Policy> {
        self.own.iter().chain(&self.attached).map(Arc::as_ref)
    }

    /// The same policies with their names: the role's own, then those that are attached.
    pub fn named_policies(&self) -> Vec<NamedPolicy> {
        let attached = self.role.attached.iter().map(|arn| arn.rsplit('/').next().unwrap_or(arn).to_owned());
        let own = self.role.inline.keys().map(|name| format!("role_{}_{name}", self.role.name));
        let policies = self.own.iter().chain(&self.attached).cloned();
        own.chain(attached).zip(policies).map(|(id, policy)| NamedPolicy { id, policy }).collect()
    }
}

/// How an attempt to make a role ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Created {
    /// It is there now.
    Yes,
    /// There is one of this name.
    Exists,
    /// The account has as many as it may.
    TooMany,
}

/// All roles of all accounts.
pub struct Roles {
    table: Arc<dyn Table>,
    ready: Mutex<Ready>,
}

struct Ready {
    roles: LruCache<Key, Arc<ReadyRole>>,
    /// Grows with each change, so that what was read before one is not kept after it.
    changes: u64,
}

impl Roles {
    pub fn new(table: Arc<dyn Table>) -> Self {
        let ready = Ready { roles: LruCache::new(limits::READY_ROLES), changes: 0 };
        Self { table, ready: Mutex::new(ready) }
    }

    fn ready(&self) -> MutexGuard<'_, Ready> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn forget(&self, key: &Key) {
        let mut ready = self.ready();
        ready.changes += 1;
        ready.roles.pop(key);
    }

    /// Warm, it touches no disk.
    pub async fn find(&self, account: &AccountId, name: &str) -> Result<Option<Arc<ReadyRole>>, Internal> {
        let key = role_key(account, name);
        let changes = {
            let mut ready = self.ready();
            if let Some(role) = ready.roles.get(&key) {
                return Ok(Some(role.clone()));
            }
            ready.changes
        };
        let Some(row) = self.table.get(&key).await? else { return Ok(None) };
        let role = Arc::new(ReadyRole::new(decode(&row.value)?));
        let mut ready = self.ready();
        if ready.changes == changes {
            ready.roles.put(key, role.clone());
        }
        Ok(Some(role))
    }

    /// The role with exactly this ARN.
    pub async fn find_by_arn(&self, arn: &Arn) -> Result<Option<Arc<ReadyRole>>, Internal> {
        let name = arn.resource.strip_prefix("role/").and_then(|rest| rest.rsplit('/').next());
        let (Some(name), Ok(account)) = (name, arn.account.parse()) else { return Ok(None) };
        Ok(self.find(&account, name).await?.filter(|role| role.arn == *arn))
    }

    /// Up to `limit` roles of an account, in the order of their names, after the one of that name.
    pub async fn list(
        &self,
        account: &AccountId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Role>, Internal> {
        let after = after.map(|name| role_key(account, name));
        let entries = self.table.range(&roles_key(account), after.as_ref(), limit).await?;
        entries.iter().map(|entry| decode(&entry.row.value)).collect()
    }

    pub async fn create(&self, role: &Role) -> Result<Created, Internal> {
        let key = role_key(&role.account, &role.name);
        let known = self.table.range(&roles_key(&role.account), None, limits::ROLES).await?;
        if known.len() >= limits::ROLES && !known.iter().any(|entry| entry.key == key) {
            return Ok(Created::TooMany);
        }
        let made = Transaction::new().expect(key.clone(), Expected::Absent).put(key.clone(), encode(role)?);
        match self.table.commit(made).await {
            Ok(_) => {
                self.forget(&key);
                Ok(Created::Yes)
            }
            Err(CommitError::Conflict(_)) => Ok(Created::Exists),
            Err(CommitError::Internal(internal)) => Err(internal),
        }
    }

    /// Changes a role at once, as often as others get in between; `None` when there is no such role. Fails with the
    /// fault of `change`, and then nothing has changed.
    pub async fn change(
        &self,
        account: &AccountId,
        name: &str,
        change: impl Fn(&mut Role) -> Result<(), Fault>,
    ) -> Result<Option<Role>, Failure> {
        let key = role_key(account, name);
        while let Some(row) = self.table.get(&key).await? {
            let mut role: Role = decode(&row.value)?;
            change(&mut role)?;
            let changed = Transaction::new().put(key.clone(), encode(&role)?);
            if self.settled(&key, &row, changed).await? {
                return Ok(Some(role));
            }
        }
        Ok(None)
    }

    /// Removes a role if `check` lets it go; `None` when there is no such role.
    pub async fn remove(
        &self,
        account: &AccountId,
        name: &str,
        check: impl Fn(&Role) -> Result<(), Fault>,
    ) -> Result<Option<Role>, Failure> {
        let key = role_key(account, name);
        while let Some(row) = self.table.get(&key).await? {
            let role: Role = decode(&row.value)?;
            check(&role)?;
            if self.settled(&key, &row, Transaction::new().remove(key.clone())).await? {
                return Ok(Some(role));
            }
        }
        Ok(None)
    }

    /// Whether the transaction met the row as it was read.
    async fn settled(&self, key: &Key, row: &Row, transaction: Transaction) -> Result<bool, Internal> {
        match self.table.commit(transaction.expect(key.clone(), Expected::At(row.revision))).await {
            Ok(_) => {
                self.forget(key);
                Ok(true)
            }
            Err(CommitError::Conflict(_)) => Ok(false),
            Err(CommitError::Internal(internal)) => Err(internal),
        }
    }

    /// Removes all roles of an account.
    pub async fn wipe(&self, account: &AccountId) -> Result<(), Internal> {
        loop {
            let entries = self.table.range(&roles_key(account), None, limits::PAGE).await?;
            if entries.is_empty() {
                return Ok(());
            }
            let keys: Vec<Key> = entries.into_iter().map(|entry| entry.key).collect();
            let gone = Transaction { remove: keys.clone(), ..Transaction::new() };
            self.table.commit(gone).await.map_err(CommitError::unexpected)?;
            keys.iter().for_each(|key| self.forget(key));
        }
    }
}
