//! Functions that are modules, as dispatch calls them.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use model::{Arn, Cause, InvocationId, Time};
use sandbox::{
    Answer, Ended, Engine, Instance, Launch, Limits, LogPlace, Output, Package, Start, StartError, Work,
};
use sandbox_wasm::{Surroundings, WasmEngine};
use tasks::Clock;

#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl Output for Heard {
    fn line(&self, _: &LogPlace, _: Time, line: Bytes) {
        self.0.lock().unwrap().push(String::from_utf8_lossy(&line).into_owned());
    }
}

struct House {
    engine: WasmEngine,
    heard: Arc<Heard>,
    folder: tempfile::TempDir,
}

impl House {
    fn new() -> Self {
        let heard = Arc::new(Heard::default());
        let surroundings = Surroundings { output: heard.clone(), clock: Clock::system() };
        Self { engine: WasmEngine::new(surroundings), heard, folder: tempfile::tempdir().unwrap() }
    }

    fn launch(&self, text: &str, handler: &str) -> Launch {
        std::fs::write(self.folder.path().join("app.wasm"), wat::parse_str(text).unwrap()).unwrap();
        Launch {
            package: Package { code: self.folder.path().to_owned(), layers: vec![] },
            handler: handler.into(),
            limits: Limits { timeout: Duration::from_millis(300), ..Limits::default() },
            ..Launch::of("test", sandbox_wasm::runtime())
        }
    }

    async fn start(&self, text: &str) -> Box<dyn Instance> {
        match self.engine.start(Arc::new(self.launch(text, "app"))).await {
            Ok(instance) => instance,
            Err(error) => panic!("{error:?}"),
        }
    }
}

async fn invoke(instance: &mut dyn Instance, payload: &str) -> Ended {
    let invocation = InvocationId::random();
    let function = Arn::new("lambda", "us-east-1", "000000000000", "function:test");
    let work = Work {
        invocation,
        payload: Bytes::copy_from_slice(payload.as_bytes()),
        invoked_arn: function.to_string(),
        client_context: None,
        trace_id: String::new(),
        sink: None,
        cause: Cause {
            invocation,
            event: None,
            roots: vec![],
            function: function.clone(),
            chain: vec![function],
        },
    };
    instance.invoke(work).await.unwrap()
}

fn told(ended: &Ended) -> String {
    match &ended.answer {
        Answer::Returned(payload) => String::from_utf8_lossy(payload).into_owned(),
        Answer::Failed(error) => {
            let document: serde_json::Value = serde_json::from_slice(&error.payload).unwrap();
            let message =
                document["errorMessage"].as_str().unwrap().split(" Error: ").last().unwrap().to_owned();
            format!("{} | {message}", error.error_type)
        }
    }
}

/// A module whose start is this body; it can read, write and exit.
fn module(body: &str) -> String {
    format!(
        r#"(module
            (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
            (memory (export "memory") 2)
            (global $count (mut i32) (i32.const 48))
            (data (i32.const 0) "\40\00\00\00\00\04\00\00")
            (data (i32.const 2048) "a line\nand the rest")
            (func (export "_start") {body}))"#
    )
}

/// Reads up to 1024 bytes and writes what came to a descriptor.
const ECHO: &str = "
    (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
    (i32.store (i32.const 4) (i32.load (i32.const 8)))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))";

#[tokio::test]
async fn a_command_reads_its_event_and_writes_its_answer() {
    let house = House::new();
    let mut instance = house.start(&module(ECHO)).await;
    let first = invoke(&mut *instance, r#"{"a":1}"#).await;
    assert_eq!(told(&first), r#"{"a":1}"#);
    assert!(matches!(first.usage.start, Start::Cold { .. }));
    assert_eq!(first.usage.peak_memory, 2 << 16);
    let second = invoke(&mut *instance, "2").await;
    assert_eq!((told(&second).as_str(), second.usage.start), ("2", Start::Warm));
    let tail = String::from_utf8(second.log_tail.to_vec()).unwrap();
    assert!(tail.starts_with("START RequestId: ") && tail.contains("\nREPORT RequestId: "), "{tail}");
}

#[tokio::test]
async fn every_request_has_a_memory_of_its_own() {
    let house = House::new();
    // Counts in its memory and in a variable, and writes both.
    let body = "
        (global.set $count (i32.add (global.get $count) (i32.const 1)))
        (i32.store8 (i32.const 65) (i32.add (i32.load8_u (i32.const 65)) (i32.const 49)))
        (i32.store8 (i32.const 64) (global.get $count))
        (i32.store (i32.const 4) (i32.const 2))
        (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))";
    let mut instance = house.start(&module(body)).await;
    for _ in 0..20 {
        assert_eq!(told(&invoke(&mut *instance, "{}").await), "11");
    }
}

#[tokio::test]
async fn ends_are_told_as_lambda_tells_them() {
    let house = House::new();
    let grow = "(if (i32.eq (memory.grow (i32.const 4000)) (i32.const -1)) (then unreachable))";
    let flood = "(i32.store (i32.const 0) (i32.const 0)) (i32.store (i32.const 4) (i32.const 65536))
        (loop $again (br_if $again (i32.eqz (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))";
    for (body, said, reported) in [
        ("(call $exit (i32.const 0))", "", ""),
        (
            "(call $exit (i32.const 3))",
            "Runtime.ExitError | Runtime exited with error: exit status 3",
            "Runtime.ExitError",
        ),
        (
            "unreachable",
            "Runtime.ExitError | Runtime exited with error: wasm trap: wasm `unreachable` instruction executed",
            "Runtime.ExitError",
        ),
        (grow, "Runtime.ExitError | Runtime exited with error: signal: killed", "Runtime.OutOfMemory"),
        (
            "(loop $again (br $again))",
            "Sandbox.Timedout | Task timed out after 0.30 seconds",
            "Status: timeout",
        ),
        (
            flood,
            "Function.ResponseSizeTooLarge | Response payload size exceeded maximum allowed payload size (6291556 bytes).",
            "",
        ),
    ] {
        let house = House::new();
        let mut instance = house.start(&module(body)).await;
        let ended = invoke(&mut *instance, "{}").await;
        assert_eq!(told(&ended), said, "{body}");
        let tail = String::from_utf8(ended.log_tail.to_vec()).unwrap();
        assert!(tail.contains(reported), "{body}: {tail}");
        assert!(instance.is_alive());
    }
    drop(house);
}

#[tokio::test]
async fn what_it_prints_on_standard_error_is_its_log() {
    let house = House::new();
    let body = "
        (i32.store (i32.const 0) (i32.const 2048)) (i32.store (i32.const 4) (i32.const 19))
        (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 8)))";
    let mut instance = house.start(&module(body)).await;
    invoke(&mut *instance, "{}").await;
    let heard = house.heard.0.lock().unwrap().clone();
    assert_eq!(heard[2..4], ["a line", "and the rest"], "{heard:?}");
}

#[tokio::test]
async fn requests_that_compute_for_ever_hold_no_other_up() {
    let house = House::new();
    let mut hogs = Vec::new();
    for _ in 0..8 {
        hogs.push(house.start(&module("(loop $again (br $again))")).await);
    }
    let hogging = hogs.iter_mut().map(|hog| invoke(&mut **hog, "{}"));
    let others = House::new();
    let mut quick = others.start(&module(ECHO)).await;
    let (ended, answered) = tokio::join!(join_all(hogging), invoke(&mut *quick, "1"));
    assert_eq!(told(&answered), "1");
    assert!(ended.iter().all(|ended| told(ended).starts_with("Sandbox.Timedout")));
}

async fn join_all<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut all: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|context| {
        for (future, output) in &mut all {
            if output.is_none()
                && let std::task::Poll::Ready(ready) = future.as_mut().poll(context)
            {
                *output = Some(ready);
            }
        }
        if all.iter().all(|(_, output)| output.is_some()) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    all.into_iter().filter_map(|(_, output)| output).collect()
}

#[tokio::test]
async fn what_is_no_module_is_the_functions_own_error() {
    let house = House::new();
    let mut launch = house.launch("(module)", "app");
    for (text, said) in [
        (&b"not a module"[..], "magic header not detected"),
        (&wat::parse_str("(module)").unwrap(), "it exports no function _start"),
        (
            &wat::parse_str(r#"(module (import "env" "f" (func)) (func (export "_start")))"#).unwrap(),
            "env::f",
        ),
    ] {
        let file = house.folder.path().join("app.wasm");
        std::fs::write(&file, text).unwrap();
        match house.engine.start(Arc::new(launch.clone())).await {
            Err(StartError::Function(error, _)) => {
                assert_eq!(error.error_type, "Runtime.InvalidEntrypoint");
                let payload = String::from_utf8_lossy(&error.payload);
                assert!(payload.contains(said), "{payload}");
            }
            other => panic!("{said}: {}", other.is_ok()),
        }
    }
    launch.handler = "other:run".into();
    std::fs::remove_file(house.folder.path().join("app.wasm")).unwrap();
    assert!(matches!(house.engine.start(Arc::new(launch)).await, Err(StartError::Function(..))));
}

#[tokio::test(flavor = "multi_thread")]
async fn times() {
    let house = House::new();
    let mut instance = house.start(&module(ECHO)).await;
    invoke(&mut *instance, "{}").await;
    let mut taken: Vec<Duration> = Vec::new();
    for _ in 0..2000 {
        let began = Instant::now();
        invoke(&mut *instance, "{}").await;
        taken.push(began.elapsed());
    }
    taken.sort();
    println!(
        "a request in an instance of its own: min {:?}, p50 {:?}, p99 {:?}",
        taken[0], taken[1000], taken[1980]
    );
}
