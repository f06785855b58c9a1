//! The functions of all accounts: rows in the store, and in memory those that were asked for.

use std::sync::Arc;

use model::{AccountId, Internal, Region};
use store::{CommitError, Expected, Key, Record, Table, Transaction};

use crate::memory::{Known, Memory};
use crate::url::led;
use crate::{Code, Function, FunctionKey, UrlOwner, Version, VersionId, keys};

/// What became of a change.
#[derive(Debug)]
pub enum Changed<R> {
    Done(Arc<R>),
    /// Somebody else changed, made or removed it in between.
    Conflict,
}

/// A warm call asks memory only; every change goes through here, so memory is never behind.
///
/// Versions are made and removed together with a change of their function's row, so that whatever is decided from
/// that row holds when it is committed.
pub struct Registry {
    pub(crate) table: Arc<dyn Table>,
    functions: Memory<FunctionKey, Function>,
    versions: Memory<(FunctionKey, u64), Version>,
    pub(crate) urls: Memory<String, UrlOwner>,
}

impl Registry {
    pub fn new(table: Arc<dyn Table>) -> Self {
        Self { table, functions: Memory::default(), versions: Memory::default(), urls: Memory::default() }
    }

    /// The function; `None` when there is none of this key.
    pub async fn get(&self, key: &FunctionKey) -> Result<Option<Arc<Function>>, Internal> {
        Ok(self.load(key).await?.map(|known| known.record))
    }

    /// A published version; `None` when there is none of this number.
    pub async fn version(&self, key: &FunctionKey, number: u64) -> Result<Option<Arc<Version>>, Internal> {
        Ok(self.load_version(key, number).await?.map(|known| known.record))
    }

    /// Functions of an account and region by name, up to `limit`, of those after a name.
    pub async fn list(
        &self,
        account: &AccountId,
        region: &Region,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Function>, Internal> {
        let prefix = keys::functions().text(account.as_str()).text(region.as_str());
        let after = after.map(|name| prefix.clone().text(name));
        self.range(&prefix, after.as_ref(), limit).await
    }

    /// Every function of every account.
    pub async fn all(&self) -> Result<Vec<Function>, Internal> {
        self.range(&keys::functions(), None, usize::MAX).await
    }

    /// Published versions of a function by number, up to `limit`, of those after a number.
    pub async fn versions(
        &self,
        key: &FunctionKey,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Version>, Internal> {
        self.range(&keys::versions(key), Some(&keys::version(key, after)), limit).await
    }

    /// Every published version of every account.
    pub async fn all_versions(&self) -> Result<Vec<Version>, Internal> {
        self.range(&keys::published(), None, usize::MAX).await
    }

    /// Every published version of an account and region.
    pub async fn versions_in(&self, account: &AccountId, region: &Region) -> Result<Vec<Version>, Internal> {
        self.range(&keys::versions_in(account, region), None, usize::MAX).await
    }

    /// Makes it; a conflict when there is one of this key.
    pub async fn create(&self, function: Function) -> Result<Changed<Function>, Internal> {
        let row = keys::function(function.key());
        let transaction =
            Transaction::new().expect(row.clone(), Expected::Absent).put(row, store::encode(&function)?);
        let codes = function.latest.codes();
        let transaction = taken(transaction, &function.latest, codes);
        self.apply(function, transaction).await
    }

    /// Makes `after` of `before`; a conflict when it is not, or no longer, as `before` says.
    pub async fn update(
        &self,
        before: &Arc<Function>,
        after: Function,
    ) -> Result<Changed<Function>, Internal> {
        let Some(mut transaction) = self.change(before, &after).await? else { return Ok(Changed::Conflict) };
        let (had, has) = (before.latest.codes(), after.latest.codes());
        transaction = given_up(transaction, &before.latest, without(&had, &has))?;
        transaction = taken(transaction, &after.latest, without(&has, &had));
        self.apply(after, transaction).await
    }

    /// Makes `after` of `before`, and with it a published version, whose code the function has.
    pub async fn publish(
        &self,
        before: &Arc<Function>,
        after: Function,
        version: &Version,
    ) -> Result<Changed<Function>, Internal> {
        let VersionId::Published(number) = version.id else {
            return Err(Internal::new("a version was to be published without a number"));
        };
        let Some(transaction) = self.change(before, &after).await? else { return Ok(Changed::Conflict) };
        let transaction = transaction.put(keys::version(&version.key, number), store::encode(version)?);
        self.apply(after, taken(transaction, version, version.codes())).await
    }

    /// Makes `after` of `before`, and takes a published version away.
    pub async fn unpublish(
        &self,
        before: &Arc<Function>,
        after: Function,
        version: &Version,
    ) -> Result<Changed<Function>, Internal> {
        let Some(transaction) = self.change(before, &after).await? else { return Ok(Changed::Conflict) };
        let changed = self.apply(after, removed(transaction, version)?).await;
        self.forget_version(version);
        changed
    }

    /// Gives a published version another state; a conflict when it is not, or no longer, as `before` says.
    pub async fn settle(&self, before: &Arc<Version>, after: Version) -> Result<Changed<Version>, Internal> {
        let VersionId::Published(number) = before.id else { return Ok(Changed::Conflict) };
        let known = self.load_version(&before.key, number).await?;
        let Some(known) = known.filter(|known| known.record == *before) else { return Ok(Changed::Conflict) };
        let row = keys::version(&before.key, number);
        let transaction = Transaction::new()
            .expect(row.clone(), Expected::At(known.revision))
            .put(row, store::encode(&after)?);
        commit(&*self.table, &self.versions, (before.key.clone(), number), after, transaction).await
    }

    /// Removes it with its versions and gives them; `None` when there was none.
    pub async fn remove(&self, key: &FunctionKey) -> Result<Option<(Arc<Function>, Vec<Version>)>, Internal> {
        loop {
            let Some(known) = self.load(key).await? else { return Ok(None) };
            let versions = self.versions(key, 0, usize::MAX).await?;
            let row = keys::function(key);
            let mut transaction =
                Transaction::new().expect(row.clone(), Expected::At(known.revision)).remove(row);
            let latest = &known.record.latest;
            transaction = given_up(transaction, latest, latest.codes())?;
            transaction = led(transaction, &known.record, None)?;
            for version in &versions {
                transaction = removed(transaction, version)?;
            }
            let committed = self.table.commit(transaction).await;
            self.functions.forget(key);
            self.forget_urls(&known.record);
            versions.iter().for_each(|version| self.forget_version(version));
            match committed {
                Ok(_) => return Ok(Some((known.record, versions))),
                Err(CommitError::Conflict(_)) => {}
                Err(CommitError::Internal(internal)) => return Err(internal),
            }
        }
    }

    /// The begin of a change; `None` when the function is not, or no longer, as `before` says.
    async fn change(
        &self,
        before: &Arc<Function>,
        after: &Function,
    ) -> Result<Option<Transaction>, Internal> {
        let known = self.load(before.key()).await?.filter(|known| known.record == *before);
        let Some(known) = known else { return Ok(None) };
        let row = keys::function(before.key());
        let transaction = Transaction::new().expect(row.clone(), Expected::At(known.revision));
        Ok(Some(led(transaction.put(row, store::encode(after)?), before, Some(after))?))
    }

    async fn apply(
        &self,
        function: Function,
        transaction: Transaction,
    ) -> Result<Changed<Function>, Internal> {
        commit(&*self.table, &self.functions, function.key().clone(), function, transaction).await
    }

    fn forget_version(&self, version: &Version) {
        if let VersionId::Published(number) = version.id {
            self.versions.forget(&(version.key.clone(), number));
        }
    }

    async fn load(&self, key: &FunctionKey) -> Result<Option<Known<Function>>, Internal> {
        self.functions.load(key, &*self.table, || keys::function(key)).await
    }

    async fn load_version(&self, key: &FunctionKey, number: u64) -> Result<Option<Known<Version>>, Internal> {
        self.versions.load(&(key.clone(), number), &*self.table, || keys::version(key, number)).await
    }

    /// `false` when a row is not as the transaction expects it.
    pub(crate) async fn try_commit(&self, transaction: Transaction) -> Result<bool, Internal> {
        match self.table.commit(transaction).await {
            Ok(_) => Ok(true),
            Err(CommitError::Conflict(_)) => Ok(false),
            Err(CommitError::Internal(internal)) => Err(internal),
        }
    }

    pub(crate) async fn range<R: Record>(
        &self,
        prefix: &Key,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Vec<R>, Internal> {
        let entries = self.table.range(prefix, after, limit).await?;
        entries.iter().map(|entry| store::decode(&entry.row.value)).collect()
    }
}

/// Those of these codes that are not among the others.
fn without(codes: &[Code], others: &[Code]) -> Vec<Code> {
    codes.iter().filter(|code| !others.contains(code)).copied().collect()
}

/// A version has this code.
fn taken(transaction: Transaction, version: &Version, codes: Vec<Code>) -> Transaction {
    codes.iter().fold(transaction, |transaction, code| {
        transaction.put(keys::use_by(version, code), "").remove(keys::suspect(code))
    })
}

/// A version has it no more.
fn given_up(transaction: Transaction, version: &Version, codes: Vec<Code>) -> Result<Transaction, Internal> {
    codes.iter().try_fold(transaction, |transaction, code| {
        Ok(transaction.remove(keys::use_by(version, code)).put(keys::suspect(code), store::encode(code)?))
    })
}

fn removed(transaction: Transaction, version: &Version) -> Result<Transaction, Internal> {
    let VersionId::Published(number) = version.id else { return Ok(transaction) };
    given_up(transaction.remove(keys::version(&version.key, number)), version, version.codes())
}

async fn commit<K: std::hash::Hash + Eq + Clone, R: Record>(
    table: &dyn Table,
    memory: &Memory<K, R>,
    key: K,
    record: R,
    transaction: Transaction,
) -> Result<Changed<R>, Internal> {
    match table.commit(transaction).await {
        Ok(revision) => {
            let known = Known { revision, record: Arc::new(record) };
            memory.changed(key, known.clone());
            Ok(Changed::Done(known.record))
        }
        Err(error) => {
            memory.forget(&key);
            match error {
                CommitError::Conflict(_) => Ok(Changed::Conflict),
                CommitError::Internal(internal) => Err(internal),
            }
        }
    }
}
