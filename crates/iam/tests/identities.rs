//! Roles and sessions over a table: what survives, what is forgotten, and what a warm call reads.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use iam::{
    Assumed, Assumption, Created, Decision, DenialReason, Iam, PolicyKind, RequestContext, Role, RootKey,
};
use model::{AccountId, Arn, Caller, Fault, Identity, Internal, Permission, Region, Time};
use sandbox::Issuer;
use store::{CommitError, Entry, Key, MemoryTable, Revision, Row, Table, Transaction, Watch};
use tasks::Clock;

/// Counts how often it is read, and lets others get in between of some commits.
#[derive(Clone, Default)]
struct Counted {
    table: MemoryTable,
    reads: Arc<AtomicUsize>,
    conflicts: Arc<AtomicUsize>,
}

#[async_trait]
impl Table for Counted {
    async fn get(&self, key: &Key) -> Result<Option<Row>, Internal> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.table.get(key).await
    }

    async fn range(&self, prefix: &Key, after: Option<&Key>, limit: usize) -> Result<Vec<Entry>, Internal> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.table.range(prefix, after, limit).await
    }

    async fn commit(&self, transaction: Transaction) -> Result<Revision, CommitError> {
        let left = self.conflicts.load(Ordering::Relaxed);
        if left > 0 {
            self.conflicts.store(left - 1, Ordering::Relaxed);
            return Err(CommitError::Conflict(transaction.expect[0].0.clone()));
        }
        self.table.commit(transaction).await
    }

    fn watch(&self, prefix: Key) -> Watch {
        self.table.watch(prefix)
    }
}

struct World {
    table: Counted,
    clock: Clock,
    iam: Iam,
}

impl World {
    fn new() -> Self {
        let (table, clock) = (Counted::default(), Clock::manual(Time::from_millis(1_795_448_000_000)));
        let iam = start(&table, &clock);
        Self { table, clock, iam }
    }

    fn restart(&mut self) {
        self.iam = start(&self.table, &self.clock);
    }

    fn reads(&self) -> usize {
        self.table.reads.swap(0, Ordering::Relaxed)
    }

    fn request(&self) -> RequestContext {
        RequestContext::internal(self.clock.now(), Region::default())
    }

    async fn assume(&self, caller: &Caller, seconds: u32, context: &[(&str, &str)]) -> Assumed {
        let context = context.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let assumption =
            Assumption { role: &role().arn(), session_name: "run", seconds, policy: None, context };
        self.iam.assume_role(caller, assumption, &self.request()).await.unwrap()
    }

    /// The key of a session that the root assumed.
    async fn assumed(&self) -> String {
        match self.assume(&root(), 900, &[]).await {
            Assumed::Yes { credentials, .. } => credentials.access_key_id,
            Assumed::Denied | Assumed::TooLong => panic!("the root may assume the role"),
        }
    }

    async fn may(&self, caller: &Caller, action: &'static str) -> Decision {
        let permission = Permission::new(action, "arn:aws:s3:::b/k");
        self.iam.decide(caller, &permission, &self.request()).await.unwrap()
    }
}

fn start(table: &Counted, clock: &Clock) -> Iam {
    let key = RootKey { id: "AKIAROOT".to_owned(), secret: "s".to_owned(), account: account() };
    Iam::new(Arc::new(table.clone()), clock.clone(), vec![key])
}

fn account() -> AccountId {
    AccountId::default_account()
}

fn root() -> Caller {
    Caller::root(account())
}

fn role() -> Role {
    let trust = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"},
        {"Effect":"Allow","Principal":{"AWS":"000000000000"},"Action":"sts:AssumeRole"},
        {"Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"sts:AssumeRole",
         "Condition":{"StringEquals":{"sts:ExternalId":"open"}}}]}"#;
    let own =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}"#;
    Role {
        account: account(),
        name: "Worker".to_owned(),
        path: "/app/".to_owned(),
        id: iam::role_id().unwrap(),
        created: Time::default(),
        description: None,
        max_session_seconds: 3600,
        trust: trust.to_owned(),
        tags: Vec::new(),
        inline: [("own".to_owned(), own.to_owned())].into(),
        attached: Default::default(),
    }
}

#[tokio::test]
async fn keys_stand_for_callers() {
    let world = World::new();
    let known = world.iam.credential("AKIAROOT").await.unwrap().unwrap();
    assert_eq!((known.caller, known.session_token, known.expires), (root(), None, None));
    assert_eq!(world.reads(), 0);
    assert!(world.iam.credential("ASIAUNKNOWN").await.unwrap().is_none());
    assert!(world.iam.credential("AKIAUNKNOWN").await.unwrap().is_none());
}

#[tokio::test]
async fn a_role_is_made_once_whatever_its_case() {
    let world = World::new();
    assert_eq!(world.iam.create_role(&role()).await.unwrap(), Created::Yes);
    let same = Role { name: "WORKER".to_owned(), ..role() };
    assert_eq!(world.iam.create_role(&same).await.unwrap(), Created::Exists);
    assert_eq!(world.iam.role(&account(), "worker").await.unwrap().unwrap().name, "Worker");
    assert_eq!(world.iam.roles(&account(), None, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_change_is_made_on_what_others_left() {
    let world = World::new();
    world.iam.create_role(&role()).await.unwrap();
    world.table.conflicts.store(2, Ordering::Relaxed);
    let tries = AtomicUsize::new(0);
    let describe = |role: &mut Role| {
        role.description = Some(tries.fetch_add(1, Ordering::Relaxed).to_string());
        Ok(())
    };
    let changed = world.iam.change_role(&account(), "Worker", describe).await.unwrap().unwrap();
    assert_eq!(changed.description.as_deref(), Some("2"));
    assert_eq!(world.iam.role(&account(), "Worker").await.unwrap(), Some(changed));
    assert!(world.iam.change_role(&account(), "Nobody", |_| Ok(())).await.unwrap().is_none());
}

#[tokio::test]
async fn services_assume_only_what_trusts_them() {
    let world = World::new();
    world.iam.create_role(&role()).await.unwrap();
    let other = Arn::new("iam", "", "000000000000", "role/Worker");
    for (arn, service, may) in [
        (role().arn(), "lambda.amazonaws.com", true),
        (role().arn(), "s3.amazonaws.com", false),
        (other, "lambda.amazonaws.com", false),
        (Arn::new("iam", "", "000000000000", "user/Worker"), "lambda.amazonaws.com", false),
    ] {
        assert_eq!(world.iam.service_may_assume(&arn, service).await.unwrap(), may, "{arn} {service}");
    }
}

#[tokio::test]
async fn an_assumed_session_survives_a_restart_and_is_swept_in_the_end() {
    let mut world = World::new();
    world.iam.create_role(&role()).await.unwrap();
    let key = world.assumed().await;
    world.restart();
    let known = world.iam.credential(&key).await.unwrap().unwrap();
    assert_eq!(known.caller.arn().unwrap().to_string(), "arn:aws:sts::000000000000:assumed-role/Worker/run");
    assert_eq!(known.expires, Some(world.clock.now() + Duration::from_secs(900)));
    assert!(known.session_token.is_some());
    world.reads();
    world.iam.credential(&key).await.unwrap();
    assert_eq!(world.reads(), 0);

    world.clock.advance(Duration::from_secs(3600));
    world.assumed().await;
    assert!(world.iam.credential(&key).await.unwrap().is_some(), "an expired key is told so");
    world.clock.advance(iam::limits::EXPIRED_KEPT);
    world.assumed().await;
    assert!(world.iam.credential(&key).await.unwrap().is_none());
}

#[tokio::test]
async fn who_may_assume() {
    let world = World::new();
    world.iam.create_role(&role()).await.unwrap();
    let foreign = Caller::root("111111111111".parse().unwrap());
    let stranger = Caller::root("222222222222".parse().unwrap());
    for (caller, seconds, context, expected) in [
        (&root(), 3600, &[][..], "yes"),
        (&root(), 3601, &[], "too long"),
        (&foreign, 900, &[], "denied"),
        (&foreign, 900, &[("sts:ExternalId", "wrong")], "denied"),
        (&foreign, 900, &[("sts:ExternalId", "open")], "yes"),
        (&stranger, 900, &[("sts:ExternalId", "open")], "denied"),
    ] {
        let told = match world.assume(caller, seconds, context).await {
            Assumed::Yes { .. } => "yes",
            Assumed::Denied => "denied",
            Assumed::TooLong => "too long",
        };
        assert_eq!(told, expected, "{caller:?} {seconds} {context:?}");
    }
}

#[tokio::test]
async fn sandboxes_get_credentials_without_the_disk() {
    let mut world = World::new();
    world.iam.create_role(&role()).await.unwrap();
    let arn = role().arn();
    let first = world.iam.issue(&arn, "f").await.unwrap();
    world.reads();
    let (second, other) =
        (world.iam.issue(&arn, "f").await.unwrap(), world.iam.issue(&arn, "g").await.unwrap());
    let known = world.iam.credential(&first.access_key_id).await.unwrap().unwrap();
    assert_eq!(world.reads(), 0);
    assert_eq!((&first.access_key_id, &known.secret), (&second.access_key_id, &first.secret_access_key));
    assert_ne!(first.access_key_id, other.access_key_id);
    world.clock.advance(iam::limits::SANDBOX_SHARING);
    assert_ne!(world.iam.issue(&arn, "f").await.unwrap().access_key_id, first.access_key_id);
    world.clock.advance(iam::limits::SANDBOX_SESSION + iam::limits::SANDBOX_SHARING);
    world.iam.issue(&arn, "f").await.unwrap();
    assert!(world.iam.credential(&first.access_key_id).await.unwrap().is_none());
    world.restart();
    assert!(world.iam.credential(&other.access_key_id).await.unwrap().is_none());
    assert!(world.iam.issue(&Arn::new("iam", "", "000000000000", "role/gone"), "f").await.is_err());
}

#[tokio::test]
async fn decisions_follow_the_role_as_it_is_now() {
    let world = World::new();
    world.iam.create_role(&role()).await.unwrap();
    let key = world.iam.issue(&role().arn(), "f").await.unwrap().access_key_id;
    let caller = world.iam.credential(&key).await.unwrap().unwrap().caller;
    let nothing = Decision::Denied(DenialReason::NothingAllows(PolicyKind::Identity));
    assert_eq!(world.may(&caller, "s3:GetObject").await, Decision::Allowed);
    assert_eq!(world.may(&caller, "s3:PutObject").await, nothing);
    world.reads();
    world.may(&caller, "s3:GetObject").await;
    assert_eq!(world.reads(), 0);

    let attach = |role: &mut Role| {
        role.attached.insert("arn:aws:iam::aws:policy/AmazonS3FullAccess".to_owned());
        Ok(())
    };
    world.iam.change_role(&account(), "Worker", attach).await.unwrap().unwrap();
    assert_eq!(world.may(&caller, "s3:PutObject").await, Decision::Allowed);
    let refuse = |_: &mut Role| Err(Fault::new("No", 400, ""));
    assert!(world.iam.change_role(&account(), "Worker", refuse).await.is_err());

    // A role that is made anew under the name of one that went is another.
    world.iam.remove_role(&account(), "Worker", |_| Ok(())).await.unwrap().unwrap();
    assert_eq!(world.may(&caller, "s3:GetObject").await, nothing);
    world.iam.create_role(&role()).await.unwrap();
    assert_eq!(world.may(&caller, "s3:GetObject").await, nothing);
}

#[tokio::test]
async fn a_session_policy_narrows_the_session() {
    let world = World::new();
    world.iam.create_role(&role()).await.unwrap();
    let narrow = r#"{"Statement":{"Effect":"Allow","Action":"s3:PutObject","Resource":"*"}}"#;
    let assumption = Assumption {
        role: &role().arn(),
        session_name: "run",
        seconds: 900,
        policy: Some(narrow.to_owned()),
        context: Vec::new(),
    };
    let Assumed::Yes { credentials, .. } =
        world.iam.assume_role(&root(), assumption, &world.request()).await.unwrap()
    else {
        panic!("the root may assume the role");
    };
    let caller = world.iam.credential(&credentials.access_key_id).await.unwrap().unwrap().caller;
    assert!(matches!(&caller.identity, Identity::Session { policy: Some(_), .. }));
    assert_eq!(
        world.may(&caller, "s3:GetObject").await,
        Decision::Denied(DenialReason::NothingAllows(PolicyKind::Session))
    );
}

#[tokio::test]
async fn wiping_an_account_takes_its_roles_and_sessions() {
    let mut world = World::new();
    world.iam.create_role(&role()).await.unwrap();
    let away: AccountId = "111111111111".parse().unwrap();
    world.iam.create_role(&Role { account: away.clone(), ..role() }).await.unwrap();
    let (assumed, sandbox) =
        (world.assumed().await, world.iam.issue(&role().arn(), "f").await.unwrap().access_key_id);
    world.iam.wipe(&account()).await.unwrap();
    for _ in 0..2 {
        for key in [&assumed, &sandbox] {
            assert!(world.iam.credential(key).await.unwrap().is_none(), "{key}");
        }
        assert!(world.iam.role(&account(), "Worker").await.unwrap().is_none());
        assert!(world.iam.role(&away, "Worker").await.unwrap().is_some());
        world.restart();
    }
}
