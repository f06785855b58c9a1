//! The registry over a table in memory: changes, conflicts, and code that may be nobody's.

use std::sync::Arc;

use model::{AccountId, Arn, Region, Time};
use registry::{
    Architecture, Changed, Code, Configuration, Function, FunctionKey, LastUpdate, LogFormat, Logging,
    Packaging, Registry, State, Tracing,
};
use store::MemoryTable;

fn function(name: &str, code: &str) -> Function {
    Function {
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
        },
        code: Code::of(code.as_bytes()),
        packaging: Packaging::Zip,
        revision_id: "1".to_owned(),
        last_modified: Time::from_millis(0),
        state: State::Pending,
        last_update: LastUpdate::Successful,
        policy: vec![],
        policy_revision_id: "1".to_owned(),
        tags: Default::default(),
    }
}

fn done(changed: Changed) -> Arc<Function> {
    match changed {
        Changed::Done(function) => function,
        Changed::Conflict => panic!("a conflict"),
    }
}

#[tokio::test]
async fn of_two_changes_of_the_same_the_second_is_refused() {
    let registry = Registry::new(Arc::new(MemoryTable::new()));
    let first = done(registry.create(function("f", "a")).await.unwrap());
    assert!(matches!(registry.create(function("f", "b")).await.unwrap(), Changed::Conflict));
    let active = Function { state: State::Active { note: None }, ..(*first).clone() };
    done(registry.update(&first, active.clone()).await.unwrap());
    assert!(matches!(registry.update(&first, active.clone()).await.unwrap(), Changed::Conflict));
    assert_eq!(registry.get(&first.key).await.unwrap().as_deref(), Some(&active));
    assert_eq!(registry.remove(&first.key).await.unwrap().as_deref(), Some(&active));
    assert_eq!(registry.remove(&first.key).await.unwrap(), None);
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
    let second = done(registry.update(&first, Function { code: b, ..(*first).clone() }).await.unwrap());
    assert_eq!(registry.suspects().await.unwrap(), [a]);
    let used = async |code: &Code| registry.uses_code(&code.blob).await.unwrap();
    assert_eq!((used(&a).await, used(&b).await), (false, true));
    registry.acquit(&a).await.unwrap();
    // Another change of a function says nothing about its code.
    let tagged = Function { tags: [("a".to_owned(), "b".to_owned())].into(), ..(*second).clone() };
    done(registry.update(&second, tagged).await.unwrap());
    assert!(used(&b).await);
    assert_eq!(registry.suspects().await.unwrap(), []);
    registry.remove(&first.key).await.unwrap();
    assert_eq!(registry.suspects().await.unwrap(), [b]);
    assert!(!used(&b).await);
}
