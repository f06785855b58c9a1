//! Identities of the platform: whose an access key is, and what its owner may do.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use model::{AccountId, Arn, Caller, Failure, Fault, Identity, Internal, Permission, Region, Time};
use sandbox::{Credentials, Issuer};
use store::Table;
use tasks::Clock;

use crate::context::{Keys, RequestContext};
use crate::decision::{Decision, Known, ResourceRule, decide};
use crate::policy::{Kind, Policies, Policy, Question};
use crate::roles::{Created, ReadyRole, Roles};
use crate::rows::{Role, Session};
use crate::sessions::Sessions;
use crate::simulation::NamedPolicy;
use crate::{limits, secrets};

/// The key of an account itself, which may do everything in it.
#[derive(Clone)]
pub struct RootKey {
    /// The access key id.
    pub id: String,
    /// The secret access key.
    pub secret: String,
    /// Whose key it is.
    pub account: AccountId,
}

/// What an access key id stands for.
#[derive(Clone)]
pub struct Credential {
    /// The secret access key: what signatures are made with.
    pub secret: String,
    /// What has to come with each request that is signed with this key.
    pub session_token: Option<String>,
    /// After this the key is worth nothing; whoever verifies a signature has to look.
    pub expires: Option<Time>,
    /// Who signs with this key.
    pub caller: Caller,
}

/// A wish to assume a role.
pub struct Assumption<'a> {
    /// The role that is to be assumed.
    pub role: &'a Arn,
    /// What the session is to be called.
    pub session_name: &'a str,
    /// How long it is to last.
    pub seconds: u32,
    /// Narrows what the session may: a policy document that was checked.
    pub policy: Option<String>,
    /// Further condition keys, such as `sts:ExternalId`.
    pub context: Vec<(String, String)>,
}

/// How a wish to assume a role ends.
pub enum Assumed {
    /// The session's credentials, and who it is.
    Yes { credentials: Credentials, caller: Box<Caller> },
    /// It may not; or there is no such role, which nobody is told.
    Denied,
    /// Longer than the role allows.
    TooLong,
}

/// The identities of all accounts. Clones are the same.
#[derive(Clone)]
pub struct Iam(Arc<Shared>);

struct Shared {
    clock: Clock,
    keys: HashMap<String, Credential>,
    roles: Roles,
    sessions: Sessions,
    resource_policies: Policies,
    session_policies: Policies,
}

impl Iam {
    /// Roles and assumed sessions are kept in the table, which nobody else may change; `keys` are the only ones that
    /// are not sessions'.
    pub fn new(table: Arc<dyn Table>, clock: Clock, keys: Vec<RootKey>) -> Self {
        let root = |key: RootKey| {
            let caller = Caller::root(key.account);
            (key.id, Credential { secret: key.secret, session_token: None, expires: None, caller })
        };
        Self(Arc::new(Shared {
            clock,
            keys: keys.into_iter().map(root).collect(),
            roles: Roles::new(table.clone()),
            sessions: Sessions::new(table),
            resource_policies: Policies::new(Kind::Resource, limits::READY_POLICIES),
            session_policies: Policies::new(Kind::Identity, limits::READY_POLICIES),
        }))
    }

    /// What an access key id stands for, also when it has expired; `None` when it is not known. Warm, it touches no disk.
    pub async fn credential(&self, access_key_id: &str) -> Result<Option<Credential>, Internal> {
        if let Some(root) = self.0.keys.get(access_key_id) {
            return Ok(Some(root.clone()));
        }
        // Only keys of this shape were ever given out: others are not worth a look at the disk.
        if !access_key_id.starts_with("ASIA") {
            return Ok(None);
        }
        let session = self.0.sessions.find(access_key_id).await?;
        Ok(session.map(|session| Credential {
            secret: session.secret.clone(),
            session_token: Some(session.token.clone()),
            expires: Some(session.expires),
            caller: session_caller(&session),
        }))
    }

    /// May the caller do this. Warm, it touches no disk.
    pub async fn decide(
        &self,
        caller: &Caller,
        permission: &Permission,
        request: &RequestContext,
    ) -> Result<Decision, Internal> {
        let role = self.role_of(caller).await?;
        let policy = permission.resource_policy.as_deref().map(|text| self.0.resource_policies.of(text));
        let resource_account = permission.resource_account.as_ref().unwrap_or(&caller.account);
        let asked = Asked { caller, permission, request, resource_account, rule: ResourceRule::Suffices };
        Ok(self.decided(&asked, role.as_deref(), policy.as_deref()))
    }

    /// Whether the role is there and lets a service, such as `lambda.amazonaws.com`, assume it.
    pub async fn service_may_assume(&self, role: &Arn, service: &str) -> Result<bool, Internal> {
        let Some(ready) = self.0.roles.find_by_arn(role).await? else { return Ok(false) };
        let identity = Identity::Service { name: service.to_owned() };
        let caller = Caller { account: ready.role.account.clone(), identity };
        let permission =
            assume_permission(&ready).with_context("aws:SourceAccount", ready.role.account.as_str());
        let request = RequestContext::internal(self.0.clock.now(), Region::default());
        Ok(self.may_assume(&caller, &ready, &permission, &request, None) == Decision::Allowed)
    }

    /// A session of a role, for a caller who may have it by the role's trust policy and by its own policies. Unlike
    /// AWS's, the root of an account may too, where the role trusts the account: it is the only key that a person has.
    pub async fn assume_role(
        &self,
        caller: &Caller,
        assumption: Assumption<'_>,
        request: &RequestContext,
    ) -> Result<Assumed, Internal> {
        let Some(ready) = self.0.roles.find_by_arn(assumption.role).await? else {
            return Ok(Assumed::Denied);
        };
        let mut permission = assume_permission(&ready);
        permission.context = assumption.context;
        let own = self.role_of(caller).await?;
        if self.may_assume(caller, &ready, &permission, request, own.as_deref()) != Decision::Allowed {
            return Ok(Assumed::Denied);
        }
        if assumption.seconds > ready.role.max_session_seconds {
            return Ok(Assumed::TooLong);
        }
        let now = self.0.clock.now();
        let lasting = std::time::Duration::from_secs(assumption.seconds.into());
        let session = new_session(&ready, assumption.session_name, now + lasting, assumption.policy)?;
        let caller = Box::new(session_caller(&session));
        let credentials = self.0.sessions.keep(session, now).await?;
        Ok(Assumed::Yes { credentials, caller })
    }

    /// The role of this name, in whatever case.
    pub async fn role(&self, account: &AccountId, name: &str) -> Result<Option<Role>, Internal> {
        Ok(self.0.roles.find(account, name).await?.map(|ready| ready.role.clone()))
    }

    /// The role with exactly this ARN, and the policies that say what its sessions may do.
    pub async fn policies_of(&self, role: &Arn) -> Result<Option<(Role, Vec<NamedPolicy>)>, Internal> {
        let ready = self.0.roles.find_by_arn(role).await?;
        Ok(ready.map(|ready| (ready.role.clone(), ready.named_policies())))
    }

    /// Up to `limit` roles in the order of their names, after the one of that name.
    pub async fn roles(
        &self,
        account: &AccountId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Role>, Internal> {
        self.0.roles.list(account, after, limit).await
    }

    /// Makes a role whose documents were checked and whose id is new.
    pub async fn create_role(&self, role: &Role) -> Result<Created, Internal> {
        self.0.roles.create(role).await
    }

    /// Changes a role in one step; `None` when there is no such role. Fails with the fault of `change`, which may be
    /// called again when another change gets in between, and then nothing has changed.
    pub async fn change_role(
        &self,
        account: &AccountId,
        name: &str,
        change: impl Fn(&mut Role) -> Result<(), Fault>,
    ) -> Result<Option<Role>, Failure> {
        self.0.roles.change(account, name, change).await
    }

    /// Removes a role that `check` lets go; `None` when there is no such role.
    pub async fn remove_role(
        &self,
        account: &AccountId,
        name: &str,
        check: impl Fn(&Role) -> Result<(), Fault>,
    ) -> Result<Option<Role>, Failure> {
        self.0.roles.remove(account, name, check).await
    }

    /// Removes all roles and sessions of an account.
    pub async fn wipe(&self, account: &AccountId) -> Result<(), Internal> {
        self.0.roles.wipe(account).await?;
        self.0.sessions.wipe(account).await
    }

    /// The role that a session is of. A role that was removed, or made anew under its name, is not.
    async fn role_of(&self, caller: &Caller) -> Result<Option<Arc<ReadyRole>>, Internal> {
        let Identity::Session { role_name, role_id, .. } = &caller.identity else { return Ok(None) };
        let role = self.0.roles.find(&caller.account, role_name).await?;
        Ok(role.filter(|ready| ready.role.id == *role_id))
    }

    fn may_assume(
        &self,
        caller: &Caller,
        assumed: &ReadyRole,
        permission: &Permission,
        request: &RequestContext,
        own: Option<&ReadyRole>,
    ) -> Decision {
        let resource_account = &assumed.role.account;
        let asked = Asked { caller, permission, request, resource_account, rule: ResourceRule::IsNeeded };
        self.decided(&asked, own, Some(&assumed.trust))
    }

    fn decided(&self, asked: &Asked<'_>, role: Option<&ReadyRole>, resource: Option<&Policy>) -> Decision {
        let Asked { caller, permission, request, resource_account, rule } = *asked;
        let tags = role.map_or(&[][..], |ready| &ready.role.tags);
        let keys = Keys { caller, request, permission, resource_account, tags };
        let question =
            Question { action: permission.action, resource: &permission.resource, caller, keys: &keys };
        let session = match &caller.identity {
            Identity::Session { policy: Some(text), .. } => Some(self.0.session_policies.of(text)),
            _ => None,
        };
        let identity: Vec<&Policy> = role.into_iter().flat_map(ReadyRole::policies).collect();
        let session = session.as_deref();
        decide(&question, &Known { identity: &identity, session, resource, resource_account, rule })
    }
}

#[derive(Clone, Copy)]
struct Asked<'a> {
    caller: &'a Caller,
    permission: &'a Permission,
    request: &'a RequestContext,
    resource_account: &'a AccountId,
    rule: ResourceRule,
}

fn assume_permission(role: &ReadyRole) -> Permission {
    Permission::new("sts:AssumeRole", role.arn.to_string()).owned_by(role.role.account.clone())
}

fn new_session(
    ready: &ReadyRole,
    session_name: &str,
    expires: Time,
    policy: Option<String>,
) -> Result<Session, Internal> {
    Ok(Session {
        secret: secrets::secret()?,
        token: secrets::token()?,
        expires,
        account: ready.role.account.clone(),
        role: ready.arn.clone(),
        role_name: ready.role.name.clone(),
        role_id: ready.role.id.clone(),
        session_name: session_name.to_owned(),
        policy,
    })
}

fn session_caller(session: &Session) -> Caller {
    let identity = Identity::Session {
        role: session.role.clone(),
        role_name: session.role_name.clone(),
        role_id: session.role_id.clone(),
        session_name: session.session_name.clone(),
        policy: session.policy.as_deref().map(Arc::from),
    };
    Caller { account: session.account.clone(), identity }
}

#[async_trait]
impl Issuer for Iam {
    /// Warm, it touches no disk. Fails when there is no such role.
    async fn issue(&self, role: &Arn, session_name: &str) -> Result<Credentials, Internal> {
        let ready = self.0.roles.find_by_arn(role).await?;
        let ready = ready.ok_or_else(|| Internal::new(format!("the role {role} is gone")))?;
        let now = self.0.clock.now();
        let make = || new_session(&ready, session_name, now + limits::SANDBOX_SESSION, None);
        self.0.sessions.of_sandbox(&ready.role.id, session_name, now, make)
    }
}
