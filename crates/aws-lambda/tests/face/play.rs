//! An engine without sandboxes: its instances do what the payload asks for.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use model::{Internal, Time};
use sandbox::{
    Answer, Ended, Engine, FunctionError, Instance, Launch, LaunchKey, SlowStart, Start, StartError, Usage,
    Work,
};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

/// Code that begins with `fails` fails in its init; `{"fail": "ValueError"}` fails; `{"wait": true}` waits for a permit of `let_end`; everything is echoed.
#[derive(Clone)]
pub struct Play {
    pub living: Arc<Mutex<BTreeMap<String, usize>>>,
    pub begun: Arc<Semaphore>,
    pub let_end: Arc<Semaphore>,
    pub works: Arc<Mutex<Vec<Work>>>,
}

impl Play {
    pub fn new() -> Self {
        Self {
            living: Arc::default(),
            begun: Arc::new(Semaphore::new(0)),
            let_end: Arc::new(Semaphore::new(0)),
            works: Arc::default(),
        }
    }

    pub fn living(&self) -> usize {
        self.living.lock().unwrap().values().sum()
    }
}

struct Actor {
    play: Play,
    launch: Arc<Launch>,
    calls: u32,
}

#[async_trait]
impl Engine for Play {
    async fn start(&self, launch: Arc<Launch>) -> Result<Box<dyn Instance>, StartError> {
        *self.living.lock().unwrap().entry(launch.key.0.clone()).or_default() += 1;
        Ok(Box::new(Actor { play: self.clone(), launch, calls: 0 }))
    }

    async fn prepare(&self, _: Arc<Launch>) {}

    fn forget(&self, _: &LaunchKey) {}

    fn slow_starts(&self) -> Vec<SlowStart> {
        vec![]
    }
}

#[async_trait]
impl Instance for Actor {
    async fn ready(&mut self) -> Result<Option<FunctionError>, Internal> {
        self.calls += 1;
        let code = std::fs::read_to_string(self.launch.package.code.join("app.py")).unwrap_or_default();
        let fails = code.starts_with("fails").then(|| FunctionError {
            kind: "Unhandled",
            error_type: "ValueError".to_owned(),
            payload: json!({ "errorMessage": "no", "errorType": "ValueError" }).to_string().into(),
        });
        Ok(fails)
    }

    async fn invoke(&mut self, work: Work) -> Result<Ended, Internal> {
        self.play.works.lock().unwrap().push(work.clone());
        self.play.begun.add_permits(1);
        let asked: Value = serde_json::from_slice(&work.payload).unwrap();
        if asked["wait"] == true {
            self.play.let_end.acquire().await.unwrap().forget();
        }
        self.calls += 1;
        let answer = match asked["fail"].as_str() {
            Some(kind) => Answer::Failed(FunctionError {
                kind: "Unhandled",
                error_type: kind.to_owned(),
                payload: json!({ "errorMessage": "no", "errorType": kind }).to_string().into(),
            }),
            None => {
                let package = &self.launch.package;
                let text = |folder: &Path| std::fs::read_to_string(folder.join("app.py")).ok();
                let echo = json!({
                    "payload": asked,
                    "arn": work.invoked_arn,
                    "version": self.launch.version,
                    "snap": self.launch.snap_start,
                    "context": work.client_context,
                    "memory": self.launch.limits.memory_mib,
                    "code": text(&package.code),
                    "layers": package.layers.iter().map(|layer| text(layer)).collect::<Vec<_>>(),
                });
                Answer::Returned(echo.to_string().into())
            }
        };
        let start = if self.calls > 1 { Start::Warm } else { Start::Cold { init: Duration::from_millis(7) } };
        let usage = Usage {
            started: Time::from_millis(1_000 + i64::from(self.calls)),
            start,
            duration: Duration::from_micros(1_500),
            peak_memory: 1 << 20,
            cpu: Duration::from_micros(900),
        };
        Ok(Ended { answer, usage, log_tail: Bytes::from_static(b"START\nEND\n"), log_stream: String::new() })
    }

    fn is_alive(&self) -> bool {
        true
    }

    fn memory(&self) -> u64 {
        1
    }
}

impl Drop for Actor {
    fn drop(&mut self) {
        *self.play.living.lock().unwrap().get_mut(&self.launch.key.0).unwrap() -= 1;
    }
}
