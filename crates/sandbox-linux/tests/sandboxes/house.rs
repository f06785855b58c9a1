//! What the cases live in: an engine with a trivial issuer, output and platform, and functions made of a few files.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use model::{Arn, Cause, Internal, InvocationId, Time};
use sandbox::{
    Answer, Credentials, Ended, Engine, Instance, Issuer, Launch, LaunchKey, Limits, LogPlace, Output,
    Package, Platform, Speaker, Work,
};
use sandbox_linux::{LinuxEngine, Runtimes, Spawner, Surroundings};
use tasks::{Clock, Tasks};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Where the platform answers inside.
pub const PLATFORM_PORT: u16 = 4566;

/// What a function answers that tells whether it runs in a fork.
pub const FORK: &str = "fork";
const WHICH_PYTHON: &str = "import sys\ndef handler(e, c):\n    \
                            return 'fork' if sys.modules['__main__'].__file__.endswith('template.py') else 'no'\n";
const WHICH_NODE: &str = "exports.handler = async () => process.pid === 3 ? 'fork' : 'no';";

pub struct House {
    pub engine: LinuxEngine,
    pub runtimes: Runtimes,
    pub spawner: Spawner,
    pub lines: Arc<Lines>,
    tasks: Tasks,
    directory: tempfile::TempDir,
    made: Mutex<u32>,
    /// Of all launches so far.
    keys: Mutex<Vec<LaunchKey>>,
    /// Whether functions that can are started as forks of their templates.
    pub forks: AtomicBool,
}

/// Every line that was printed, of all instances.
#[derive(Default)]
pub struct Lines(Mutex<Vec<String>>);

impl Lines {
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Output for Lines {
    fn line(&self, _: &LogPlace, _: Time, line: Bytes) {
        self.0.lock().unwrap().push(String::from_utf8_lossy(&line).into_owned());
    }
}

/// Other credentials for each instance.
#[derive(Default)]
struct Keys(AtomicU32);

#[async_trait]
impl Issuer for Keys {
    async fn issue(&self, _: &Arn, _: &str) -> Result<Credentials, Internal> {
        Ok(Credentials {
            access_key_id: "ASIAEXAMPLE".into(),
            secret_access_key: format!("secret {}", self.0.fetch_add(1, Ordering::Relaxed)),
            session_token: "token".into(),
            expires: Time::now() + Duration::from_secs(12 * 3600),
        })
    }
}

/// Answers every request with the invocation that it comes from.
struct Front;

impl Platform for Front {
    fn serve(&self, listener: TcpListener, speaker: Arc<Speaker>) -> Box<dyn Send + Sync> {
        listener.set_nonblocking(true).unwrap();
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        let serving = tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let _ = stream.read(&mut [0; 4096]).await;
                let body = speaker.cause().map_or(String::new(), |cause| cause.invocation.to_string());
                let length = body.len();
                let head =
                    format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
                let _ = stream.write_all((head + &body).as_bytes()).await;
            }
        });
        Box::new(Serving(serving))
    }
}

struct Serving(tokio::task::JoinHandle<()>);

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A function's code and settings; the defaults are a small Python function.
pub struct Function {
    pub runtime: &'static str,
    pub handler: &'static str,
    pub files: Vec<(&'static str, String)>,
    pub layers: Vec<PathBuf>,
    pub memory_mib: u32,
    pub tmp_mib: u32,
    pub timeout: Duration,
    pub environment: BTreeMap<String, String>,
    pub egress: &'static str,
}

impl Function {
    pub fn new(runtime: &'static str, handler: &'static str, file: &'static str, text: &str) -> Self {
        Self {
            runtime,
            handler,
            files: vec![(file, text.to_owned())],
            layers: vec![],
            memory_mib: 256,
            tmp_mib: 64,
            timeout: Duration::from_secs(20),
            environment: BTreeMap::new(),
            egress: "none",
        }
    }

    pub fn python(text: &str) -> Self {
        Self::new("python3.12", "app.handler", "app.py", text)
    }

    pub fn node(text: &str) -> Self {
        Self::new("nodejs20.x", "index.handler", "index.js", text)
    }

    pub fn bootstrap(text: &str) -> Self {
        Self::new("provided.al2023", "any.handler", "bootstrap", text)
    }
}

impl House {
    pub fn new(spawner: Spawner) -> Self {
        Self::with(spawner, true)
    }

    pub fn with(spawner: Spawner, templates: bool) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let lines = Arc::new(Lines::default());
        let tasks = Tasks::new();
        let surroundings = Surroundings {
            issuer: Arc::new(Keys::default()),
            output: Arc::clone(&lines) as Arc<dyn Output>,
            platform: Arc::new(Front),
            clock: Clock::system(),
            tasks: tasks.clone(),
            templates,
            resolvers: vec![crate::outside::RESOLVER],
        };
        let engine =
            LinuxEngine::new(spawner.clone(), surroundings, directory.path().to_owned()).expect("an engine");
        let runtimes = sandbox_linux::discover(&[]);
        Self {
            engine,
            runtimes,
            spawner,
            lines,
            tasks,
            directory,
            made: Mutex::new(0),
            keys: Mutex::default(),
            forks: AtomicBool::new(false),
        }
    }

    pub async fn close(self) {
        self.tasks.stop().await;
    }

    /// Gives up what was made ready for functions of earlier cases.
    pub fn forget_all(&self) {
        self.keys.lock().unwrap().iter().for_each(|key| self.engine.forget(key));
    }

    /// A directory with these files; a file called `bootstrap` can be executed.
    pub fn directory(&self, files: &[(&str, String)]) -> PathBuf {
        let number = {
            let mut made = self.made.lock().unwrap();
            *made += 1;
            *made
        };
        let directory = self.directory.path().join(format!("package {number}:a,b"));
        for (name, text) in files {
            let path = directory.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, text).unwrap();
            let mode = if *name == "bootstrap" { 0o755 } else { 0o644 };
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        }
        std::fs::create_dir_all(&directory).unwrap();
        directory
    }

    pub fn launch(&self, function: &Function) -> Arc<Launch> {
        let code = self
            .directory(&function.files.iter().map(|(name, text)| (*name, text.clone())).collect::<Vec<_>>());
        let key = LaunchKey(code.display().to_string());
        self.keys.lock().unwrap().push(key.clone());
        let (runtime, _) = self.runtimes.get_or_nearest(function.runtime).expect("the runtime is here");
        let limits = Limits {
            memory_mib: function.memory_mib,
            tmp_mib: function.tmp_mib,
            timeout: function.timeout,
            ..Limits::default()
        };
        Arc::new(Launch {
            key,
            package: Package { code, layers: function.layers.clone() },
            handler: function.handler.into(),
            environment: function.environment.clone(),
            limits,
            egress: function.egress.parse().expect("an egress"),
            ..Launch::of("test", (*runtime).clone())
        })
    }

    pub async fn start(&self, function: &Function) -> Box<dyn Instance> {
        self.start_launch((*self.launch(function)).clone()).await
    }

    /// Until the launch has a template that can be forked. Another module of its package does the first work, for
    /// that of the function may well not survive it.
    pub async fn plant(&self, launch: &Launch) {
        let python = launch.runtime.guest.as_deref() == Some("python");
        let (file, text) =
            if python { ("first_work.py", WHICH_PYTHON) } else { ("first_work.cjs", WHICH_NODE) };
        std::fs::write(launch.package.code.join(file), text).unwrap();
        let mut first = launch.clone();
        first.handler = "first_work.handler".into();
        self.until_forked(&first).await;
    }

    /// Why the function is not started from a template.
    pub fn why_slow(&self, launch: &Launch) -> Option<String> {
        let slow = self.engine.slow_starts().into_iter();
        slow.filter(|slow| slow.function == launch.function).map(|slow| slow.reason).next()
    }

    /// The same, with what the function itself imports loaded in the template: its first work is done first.
    pub async fn plant_learned(&self, launch: &Launch) {
        let mut first = self.start_as_it_comes(launch.clone()).await;
        returned(&invoke(&mut *first, "{}").await);
        self.plant(launch).await;
    }

    /// Starts the launch until that is a fork, as its answers tell.
    pub async fn until_forked(&self, launch: &Launch) {
        for _ in 0..500 {
            let mut instance = self.start_as_it_comes(launch.clone()).await;
            if returned(&invoke(&mut *instance, "{}").await) == FORK {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("no template: {:?}", self.why_slow(launch));
    }

    pub async fn start_launch(&self, launch: Launch) -> Box<dyn Instance> {
        if self.forks.load(Ordering::Relaxed) && !launch.runtime.template.is_empty() {
            self.plant(&launch).await;
        }
        self.start_as_it_comes(launch).await
    }

    pub async fn start_as_it_comes(&self, launch: Launch) -> Box<dyn Instance> {
        match self.engine.start(Arc::new(launch)).await {
            Ok(instance) => instance,
            Err(error) => panic!("no instance: {error:?}"),
        }
    }

    /// One call in an instance of its own.
    pub async fn once(&self, function: &Function, payload: &str) -> Ended {
        invoke(&mut *self.start(function).await, payload).await
    }
}

pub fn work(payload: impl Into<Bytes>) -> Work {
    let invocation = InvocationId::random();
    let function = Arn::new("lambda", "us-east-1", "000000000000", "function:test");
    Work {
        invocation,
        payload: payload.into(),
        invoked_arn: function.to_string(),
        client_context: None,
        trace_id: "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0".into(),
        sink: None,
        cause: Cause {
            invocation,
            event: None,
            roots: vec![],
            function: function.clone(),
            chain: vec![function],
        },
    }
}

pub async fn invoke(instance: &mut dyn Instance, payload: &str) -> Ended {
    instance.invoke(work(payload.to_owned())).await.expect("the call reached the instance")
}

/// The returned document.
pub fn returned(ended: &Ended) -> serde_json::Value {
    match &ended.answer {
        Answer::Returned(payload) => serde_json::from_slice(payload).expect("JSON"),
        Answer::Failed(error) => panic!("failed: {}", String::from_utf8_lossy(&error.payload)),
    }
}

/// The error document.
pub fn failed(ended: &Ended) -> serde_json::Value {
    match &ended.answer {
        Answer::Returned(payload) => panic!("returned: {}", String::from_utf8_lossy(payload)),
        Answer::Failed(error) => {
            let document: serde_json::Value = serde_json::from_slice(&error.payload).expect("JSON");
            assert_eq!(document["errorType"], error.error_type);
            document
        }
    }
}
