//! The console: what it shows, that it escapes it, and to whom.

use std::collections::BTreeMap;
use std::time::Duration;

use admin::Console;
use http::Request;
use model::{InvocationId, Region};
use registry::{
    Architecture, Code, Configuration, Function, FunctionKey, LastUpdate, LogFormat, Logging, Packaging,
    State, Tracing, Version, VersionId,
};

use crate::world::{World, account, function};

fn registered(name: &str, world: &World) -> Function {
    let latest = Version {
        id: VersionId::Latest,
        key: FunctionKey { account: account(), region: Region::default(), name: name.to_owned() },
        configuration: Configuration {
            runtime: "python3.12".to_owned(),
            handler: "a.b".to_owned(),
            role: function("role"),
            description: String::new(),
            timeout_seconds: 3,
            memory_mib: 128,
            tmp_mib: 512,
            environment: None,
            architecture: Architecture::X86,
            tracing: Tracing::PassThrough,
            logging: Logging { format: LogFormat::Text, group: String::new() },
            snap_start: Default::default(),
            dead_letter: None,
            layers: Vec::new(),
        },
        code: Code { blob: "00".repeat(32).parse().unwrap(), size: 1 },
        packaging: Packaging::Zip,
        revision_id: String::new(),
        last_modified: world.clock.now(),
        state: State::Active { note: Some("<i>".to_owned()) },
        last_update: LastUpdate::Successful,
    };
    Function {
        latest,
        published: 0,
        aliases: BTreeMap::new(),
        policies: Default::default(),
        tags: BTreeMap::new(),
        event_invoke_configs: Default::default(),
        urls: Default::default(),
        provisioned: Default::default(),
        reserved_concurrency: None,
        recursive_loop: Default::default(),
    }
}

async fn ask(console: &Console, method: &str, host: &str, path: &str) -> (u16, String, http::HeaderMap) {
    let request = Request::builder().method(method).uri(path).header("host", host).body(()).unwrap();
    let (head, body) = console.handle(request).await.into_parts();
    let bytes = wire::collect(body, usize::MAX).await.unwrap().unwrap();
    (head.status.as_u16(), String::from_utf8(bytes.to_vec()).unwrap(), head.headers)
}

#[tokio::test]
async fn the_page_shows_what_there_is_and_runs_nothing_of_it() {
    let world = World::new(false).await;
    world.admin.registry.create(registered("resize", &world)).await.unwrap();
    world.event("g", "<script>alert(1)</script>", None).await;
    world.used("f", InvocationId::random(), None).await;
    let console = Console::new(world.admin.clone(), account(), Region::default());
    let (status, page, headers) = ask(&console, "GET", "localhost:8080", "/").await;
    assert_eq!(status, 200);
    for part in
        ["Dayfly 1.2.3", "resize", "python3.12", "&lt;i&gt;", "dead", "$0.00000186667", "0 busy, 0 idle"]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(page.contains("&lt;script&gt;") && !page.contains("<script"), "{page}");
    assert_eq!(headers["x-content-type-options"], "nosniff");
    assert_eq!(headers["x-frame-options"], "DENY");
    assert!(headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
    world.used("f", InvocationId::random(), None).await;
    assert!(console.page().await.unwrap().contains(" for 1 calls"), "the bill may be a minute old");
    world.clock.advance(Duration::from_secs(61));
    assert!(console.page().await.unwrap().contains(" for 2 calls"));
}

#[tokio::test]
async fn the_console_answers_to_those_who_are_near() {
    let world = World::new(false).await;
    let console = Console::new(world.admin.clone(), account(), Region::default());
    for (method, host, path, expected) in [
        ("GET", "127.0.0.1:1", "/", 200),
        ("HEAD", "localhost", "/", 200),
        ("GET", "localhost", "/console.css", 200),
        ("GET", "localhost", "/other", 404),
        ("POST", "localhost", "/", 405),
        ("GET", "evil.example", "/", 403),
        ("GET", "evil.example", "/console.css", 403),
    ] {
        let (status, body, headers) = ask(&console, method, host, path).await;
        assert_eq!(status, expected, "{method} {host} {path}");
        assert_eq!(body.is_empty(), method == "HEAD");
        assert!(headers.contains_key("content-security-policy"));
    }
}
