//! Sandboxes without a platform: how long it takes from asking for one until a program runs in it. Measured in a process
//! of its own, for the spawner is forked before there are threads.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use bytes::Bytes;
use model::{Arn, Internal, Time};
use sandbox::{
    Credentials, Engine, Issuer, Launch, LaunchKey, Limits, LogPlace, Output, Package, Platform, Runtime,
    Speaker,
};
use sandbox_linux::{LinuxEngine, Spawner, Surroundings};
use tasks::{Clock, Tasks};

use crate::client::Failed;
use crate::figures::Times;
use crate::functions::MEMORY;

/// The argument that has this program measure and print.
pub const FLAG: &str = "--alone";

/// What is made ahead is made in this time.
const PAUSE: Duration = Duration::from_millis(40);

/// A program of x86-64 that prints the time, in nanoseconds as sixteen letters from `a` to `p`, and ends: `clock_gettime`,
/// `write`, `exit`. What it is linked with would be measured otherwise.
const PROGRAM: [u8; 93] = [
    0x48, 0x83, 0xec, 0x40, 0xb8, 0xe4, 0x00, 0x00, 0x00, 0x31, 0xff, 0x48, 0x8d, 0x74, 0x24, 0x20, 0x0f,
    0x05, 0x48, 0x69, 0x44, 0x24, 0x20, 0x00, 0xca, 0x9a, 0x3b, 0x48, 0x03, 0x44, 0x24, 0x28, 0x48, 0x89,
    0xe7, 0xb9, 0x10, 0x00, 0x00, 0x00, 0x48, 0xc1, 0xc0, 0x04, 0x89, 0xc2, 0x83, 0xe2, 0x0f, 0x83, 0xc2,
    0x61, 0x88, 0x17, 0x48, 0xff, 0xc7, 0xff, 0xc9, 0x75, 0xeb, 0xc6, 0x07, 0x0a, 0xb8, 0x01, 0x00, 0x00,
    0x00, 0xbf, 0x01, 0x00, 0x00, 0x00, 0x48, 0x89, 0xe6, 0xba, 0x11, 0x00, 0x00, 0x00, 0x0f, 0x05, 0xb8,
    0x3c, 0x00, 0x00, 0x00, 0x31, 0xff, 0x0f, 0x05,
];

/// Starts that took prepared parts only, and starts that found a sandbox standing; nothing where that cannot be measured.
pub fn measure(turns: usize) -> Result<Option<(Times, Times)>, Failed> {
    if !cfg!(target_arch = "x86_64") || !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let told = Command::new(std::env::current_exe()?).args([FLAG, &turns.to_string()]).output()?;
    if !told.status.success() {
        return Err(format!("sandboxes alone: {}", String::from_utf8_lossy(&told.stderr)).into());
    }
    let (pooled, parked): (Vec<u64>, Vec<u64>) = serde_json::from_slice(&told.stdout)?;
    let times = |nanos: Vec<u64>| Times::new(nanos.into_iter().map(Duration::from_nanos).collect());
    Ok(Some((times(pooled), times(parked))))
}

/// The other process. Must come before any thread.
pub fn run(turns: usize) -> Result<(), Failed> {
    let forked = Spawner::fork()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let spawner = forked.connect()?;
    let figures = runtime.block_on(figures(spawner, turns))?;
    println!("{}", serde_json::to_string(&figures)?);
    Ok(())
}

async fn figures(spawner: Spawner, turns: usize) -> Result<(Vec<u64>, Vec<u64>), Failed> {
    let folder = tempfile::tempdir()?;
    let bootstrap = folder.path().join("bootstrap");
    std::fs::write(&bootstrap, executable(&PROGRAM))?;
    std::fs::set_permissions(&bootstrap, PermissionsExt::from_mode(0o755))?;
    let printed = Arc::new(Printed::default());
    let surroundings = Surroundings {
        issuer: Arc::new(Nobody),
        output: Arc::clone(&printed) as Arc<dyn Output>,
        platform: Arc::new(Nobody),
        clock: Clock::system(),
        tasks: Tasks::new(),
        templates: false,
        resolvers: Vec::new(),
    };
    let engine = LinuxEngine::new(spawner, surroundings, folder.path().to_owned())?;
    let mut pooled = Vec::new();
    // Nothing stands yet for one that shows another directory of the host.
    for turn in 0..turns.div_ceil(10) + 1 {
        let root = folder.path().join(turn.to_string());
        std::fs::create_dir(&root)?;
        pooled.push(start(&engine, launch(folder.path(), Some(&root)), &printed).await?);
    }
    let mut parked = Vec::new();
    for _ in 0..=turns {
        parked.push(start(&engine, launch(folder.path(), None), &printed).await?);
    }
    // The first ones found nothing prepared.
    Ok((pooled.split_off(1), parked.split_off(1)))
}

fn launch(code: &Path, root: Option<&Path>) -> Launch {
    let runtime = Runtime { roots: root.into_iter().map(Path::to_owned).collect(), ..Runtime::default() };
    Launch {
        key: LaunchKey("alone".to_owned()),
        package: Package { code: code.to_owned(), layers: Vec::new() },
        limits: Limits { memory_mib: MEMORY, ..Limits::default() },
        ..Launch::of("alone", runtime)
    }
}

/// The nanoseconds from asking for a sandbox until the program runs.
async fn start(engine: &LinuxEngine, launch: Launch, printed: &Printed) -> Result<u64, Failed> {
    tokio::time::sleep(PAUSE).await;
    let asked = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos())?;
    let started = engine.start(Arc::new(launch)).await;
    let mut instance = started.map_err(|error| format!("no sandbox: {error:?}"))?;
    instance.ready().await?;
    let ran = printed.take().ok_or("the program has printed nothing")?;
    Ok(ran.saturating_sub(asked))
}

/// A file of one segment that is loaded at 4 MiB and run from its first byte of code on. Source: elf(5).
fn executable(code: &[u8]) -> Vec<u8> {
    const BASE: u64 = 0x40_0000;
    const HEADS: u64 = 64 + 56;
    let size = HEADS + code.len() as u64;
    let mut file = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    let shorts =
        |file: &mut Vec<u8>, values: &[u16]| values.iter().for_each(|value| file.extend(value.to_le_bytes()));
    let words =
        |file: &mut Vec<u8>, values: &[u32]| values.iter().for_each(|value| file.extend(value.to_le_bytes()));
    let longs =
        |file: &mut Vec<u8>, values: &[u64]| values.iter().for_each(|value| file.extend(value.to_le_bytes()));
    // An executable of x86-64; where it begins, where its program header is.
    shorts(&mut file, &[2, 62]);
    words(&mut file, &[1]);
    longs(&mut file, &[BASE + HEADS, 64, 0]);
    words(&mut file, &[0]);
    shorts(&mut file, &[64, 56, 1, 0, 0, 0]);
    // To be loaded, read and executed.
    words(&mut file, &[1, 5]);
    longs(&mut file, &[0, BASE, BASE, size, size, 0x1000]);
    file.extend(code);
    file
}

/// What the program printed last.
#[derive(Default)]
struct Printed(Mutex<Option<u64>>);

impl Printed {
    fn take(&self) -> Option<u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Output for Printed {
    fn line(&self, _: &LogPlace, _: Time, line: Bytes) {
        let is_time = line.len() == 16 && line.iter().all(|letter| (b'a'..=b'p').contains(letter));
        if is_time {
            let time = line.iter().fold(0, |time, letter| time << 4 | u64::from(letter - b'a'));
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(time);
        }
    }
}

/// A platform that gives credentials of nobody and serves nobody.
struct Nobody;

#[async_trait]
impl Issuer for Nobody {
    async fn issue(&self, _: &Arn, _: &str) -> Result<Credentials, Internal> {
        Ok(Credentials {
            access_key_id: String::new(),
            secret_access_key: String::new(),
            session_token: String::new(),
            expires: Time::now() + Duration::from_secs(3600),
        })
    }
}

impl Platform for Nobody {
    fn serve(&self, listener: TcpListener, _: Arc<Speaker>) -> Box<dyn Send + Sync> {
        Box::new(listener)
    }
}
