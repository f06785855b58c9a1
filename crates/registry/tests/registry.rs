//! The registry over a table in memory: changes, conflicts, versions, and code that may be nobody's.

use std::sync::Arc;

use model::{AccountId, Arn, Region, Time};
use registry::{
    Architecture, Changed, Code, Configuration, Function, FunctionKey, LastUpdate, LayerContent, LayerKey,
    LogFormat, Logging, Packaging, Policies, Policy, Registry, SnapStart, State, Tracing, UsedLayer, Version,
    VersionId,
};
use serde_json::{Value, json};
use store::MemoryTable;

fn function(name: &str, code: &str) -> Function {
    let latest = Version {
        id: VersionId::Latest,
        key: FunctionKey {
            account: AccountId::default_account(),
            region: Region::default(),
            name: name.to_owned(),
        },
        configuration: Configuration {
            runtime: "python3.12".to_owned(),
            handler: "app.handler".to_owned(),
            role: Arn::new("iam", "", "000000000000", "role/r"),
            description: String::new(),
            timeout_seconds: 3,
            memory_mib: 128,
            tmp_mib: 512,
            environment: None,
            architecture: Architecture::of_host(),
            tracing: Tracing::PassThrough,
            logging: Logging { format: LogFormat::Text, group: "/aws/lambda/f".to_owned() },
            snap_start: SnapStart::Off,
            dead_letter: None,
            layers: Vec::new(),
        },
        code: Code::of(code.as_bytes()),
        packaging: Packaging::Zip,
        revision_id: "1".to_owned(),
        last_modified: Time::from_millis(0),
        state: State::Pending,
        last_update: LastUpdate::Successful,
    };
    let unqualified = Policy { statements: vec![], revision_id: "2".to_owned() };
    Function {
        latest,
        published: 0,
        aliases: Default::default(),
        policies: Policies { unqualified, qualified: Default::default() },
        tags: [("a".to_owned(), "b".to_owned())].into(),
        event_invoke_configs: Default::default(),
        urls: Default::default(),
        provisioned: Default::default(),
        reserved_concurrency: None,
        recursive_loop: Default::default(),
    }
}

fn with(function: &Function, change: impl FnOnce(&mut Version)) -> Function {
    let mut after = function.clone();
    change(&mut after.latest);
    after
}

fn done<R>(changed: Changed<R>) -> Arc<R> {
    match changed {
        Changed::Done(record) => record,
        Changed::Conflict => panic!("a conflict"),
    }
}

#[tokio::test]
async fn of_two_changes_of_the_same_the_second_is_refused() {
    let registry = Registry::new(Arc::new(MemoryTable::new()));
    let first = done(registry.create(function("f", "a")).await.unwrap());
    assert!(matches!(registry.create(function("f", "b")).await.unwrap(), Changed::Conflict));
    let active = with(&first, |latest| latest.state = State::Active { note: None });
    done(registry.update(&first, active.clone()).await.unwrap());
    assert!(matches!(registry.update(&first, active.clone()).await.unwrap(), Changed::Conflict));
    assert_eq!(registry.get(first.key()).await.unwrap().as_deref(), Some(&active));
    assert_eq!(registry.remove(first.key()).await.unwrap(), Some((Arc::new(active), vec![])));
    assert_eq!(registry.remove(first.key()).await.unwrap(), None);
    assert_eq!(registry.all().await.unwrap(), []);
}

#[tokio::test]
async fn code_is_a_suspect_until_a_function_uses_it_and_after_one_gave_it_up() {
    let registry = Registry::new(Arc::new(MemoryTable::new()));
    let (a, b) = (Code::of(b"a"), Code::of(b"b"));
    registry.suspect(&a).await.unwrap();
    assert_eq!(registry.suspects().await.unwrap(), [a]);
    let first = done(registry.create(function("f", "a")).await.unwrap());
    assert_eq!(registry.suspects().await.unwrap(), []);
    registry.suspect(&b).await.unwrap();
    let second = done(registry.update(&first, with(&first, |latest| latest.code = b)).await.unwrap());
    assert_eq!(registry.suspects().await.unwrap(), [a]);
    let used = async |code: &Code| registry.uses_code(&code.blob).await.unwrap();
    assert_eq!((used(&a).await, used(&b).await), (false, true));
    registry.acquit(&a).await.unwrap();
    // Another change of a function says nothing about its code.
    let tagged = Function { tags: Default::default(), ..(*second).clone() };
    done(registry.update(&second, tagged).await.unwrap());
    assert!(used(&b).await);
    assert_eq!(registry.suspects().await.unwrap(), []);
    registry.remove(first.key()).await.unwrap();
    assert_eq!(registry.suspects().await.unwrap(), [b]);
    assert!(!used(&b).await);
}

/// What `publish` is to make of a function.
fn publication(function: &Function) -> (Function, Version) {
    let number = function.published + 1;
    let version = Version { id: VersionId::Published(number), ..function.latest.clone() };
    (Function { published: number, ..function.clone() }, version)
}

#[tokio::test]
async fn a_version_keeps_its_code_and_goes_with_its_function() {
    let registry = Registry::new(Arc::new(MemoryTable::new()));
    let (a, b) = (Code::of(b"a"), Code::of(b"b"));
    let first = done(registry.create(function("f", "a")).await.unwrap());
    let (after, version) = publication(&first);
    let second = done(registry.publish(&first, after.clone(), &version).await.unwrap());
    assert!(matches!(registry.publish(&first, after, &version).await.unwrap(), Changed::Conflict));
    let third = done(registry.update(&second, with(&second, |latest| latest.code = b)).await.unwrap());
    assert!(registry.uses_code(&a.blob).await.unwrap());
    let kept = registry.version(third.key(), 1).await.unwrap().unwrap();
    assert_eq!((kept.code, third.latest.code), (a, b));
    let active = Version { state: State::Active { note: None }, ..(*kept).clone() };
    let settled = done(registry.settle(&kept, active.clone()).await.unwrap());
    assert!(matches!(registry.settle(&kept, active.clone()).await.unwrap(), Changed::Conflict));
    assert_eq!(registry.versions(third.key(), 0, 9).await.unwrap(), vec![active]);
    assert_eq!(registry.versions(third.key(), 1, 9).await.unwrap(), []);

    let (after, version) = publication(&third);
    let fourth = done(registry.publish(&third, after, &version).await.unwrap());
    let gone = registry.unpublish(&fourth, (*fourth).clone(), &settled).await.unwrap();
    assert_eq!(done(gone).published, 2);
    assert_eq!(registry.version(third.key(), 1).await.unwrap(), None);
    assert!(!registry.uses_code(&a.blob).await.unwrap());
    let (account, region) = (AccountId::default_account(), Region::default());
    assert_eq!(registry.versions_in(&account, &region).await.unwrap(), vec![version.clone()]);
    let (_, versions) = registry.remove(third.key()).await.unwrap().unwrap();
    assert_eq!(versions, [version]);
    assert_eq!(registry.version(third.key(), 2).await.unwrap(), None);
    assert!(!registry.uses_code(&b.blob).await.unwrap());
}

#[tokio::test]
async fn a_layer_s_code_is_its_version_s_and_that_of_the_functions_that_have_it() {
    let registry = Registry::new(Arc::new(MemoryTable::new()));
    let key =
        LayerKey { account: AccountId::default_account(), region: Region::default(), name: "l".to_owned() };
    let code = Code::of(b"layer");
    let content =
        LayerContent { code, description: String::new(), license: None, runtimes: None, architectures: None };
    let publish = async || {
        registry.publish_layer(&key, content.clone(), Policy::default(), Time::from_millis(0)).await.unwrap()
    };
    let version = publish().await;
    let first = done(registry.create(function("f", "a")).await.unwrap());
    let layer = UsedLayer { arn: version.arn(), code };
    let laid = with(&first, |latest| latest.configuration.layers = vec![layer.clone(), layer.clone()]);
    let second = done(registry.update(&first, laid).await.unwrap());
    assert_eq!(second.latest.codes(), [Code::of(b"a"), code]);
    let (after, published) = publication(&second);
    let third = done(registry.publish(&second, after, &published).await.unwrap());
    assert_eq!(registry.remove_layer_version(&key, 1).await.unwrap(), Some(version));
    assert_eq!(registry.remove_layer_version(&key, 1).await.unwrap(), None);
    let used = async || registry.uses_code(&code.blob).await.unwrap();
    assert!(used().await, "two versions of the function have it");
    let without = with(&third, |latest| latest.configuration.layers.clear());
    let fourth = done(registry.update(&third, without).await.unwrap());
    assert!(used().await, "the published one has it");
    done(registry.unpublish(&fourth, (*fourth).clone(), &published).await.unwrap());
    assert!(!used().await);
    assert!(registry.suspects().await.unwrap().contains(&code));
    assert_eq!(publish().await.number, 2);
}

#[test]
fn rows_from_before_there_were_versions_are_read() {
    let now = function("f", "a");
    let mut row = serde_json::to_value(&now.latest).unwrap();
    row.as_object_mut().unwrap().remove("id");
    for (name, value) in
        [("policy", json!([])), ("policy_revision_id", json!("2")), ("tags", json!(now.tags))]
    {
        row[name] = value;
    }
    let before: Value = json!({ "v": 1, "r": row });
    assert_eq!(store::decode::<Function>(before.to_string().as_bytes()).unwrap(), now);
}
