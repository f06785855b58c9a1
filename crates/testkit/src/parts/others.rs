//! What people compare a platform with: MiniStack's local executor, which isolates nothing, and the emulator of cargo
//! lambda. Each is measured where its package installs; what does not is left out, and said.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use wire::sigv4::Signer;

use crate::client::{Account, Failed};
use crate::effort::Effort;
use crate::figures::{Table, Times};
use crate::functions::{self, Kind};
use crate::load;
use crate::parts::calls::{MANY, invoke};
use crate::parts::queues::rounds;
use crate::platform::Platform;

const QUEUE_CLIENTS: usize = 16;

/// How long one of them may take until it listens, building what it runs among it.
const PATIENCE: Duration = Duration::from_secs(300);

/// A server of theirs, on loopback.
struct Other {
    child: Child,
    account: Account,
}

impl Other {
    fn start(mut command: Command, port: u16) -> Result<Self, Failed> {
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let signer = Signer {
            access_key_id: "test".to_owned(),
            secret_access_key: "test".to_owned(),
            session_token: None,
            region: "us-east-1".to_owned(),
        };
        let account = Account { address: format!("127.0.0.1:{port}"), signer: Arc::new(signer) };
        Ok(Self { child, account })
    }

    async fn until_it_answers(&self) -> Result<(), Failed> {
        let began = Instant::now();
        while self.account.connect().await.is_err() {
            if began.elapsed() > PATIENCE {
                return Err("it does not listen".into());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        // It and what it started are a group of their own.
        if let Ok(group) = i32::try_from(self.child.id()).map(rustix::process::Pid::from_raw)
            && let Some(group) = group
        {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        let _ = self.child.wait();
    }
}

fn free_port() -> Result<u16, Failed> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Python and Node.js on MiniStack, Rust on cargo lambda; `rust` is the folder of a function's package. Queues on MiniStack
/// and on a platform of ours at `data`.
pub async fn measure(
    table: &mut Table,
    effort: &Effort,
    kinds: &[Kind],
    rust: &Path,
    binary: &Path,
    data: &Path,
) -> Result<(), Failed> {
    if let Err(error) = ministack(table, effort, kinds).await {
        table.said("MiniStack", format!("left out: {error}"), "");
    }
    if let Err(error) = queues(table, effort, binary, data).await {
        table.said("queues of MiniStack", format!("left out: {error}"), "");
    }
    if let Err(error) = cargo_lambda(table, effort, rust).await {
        table.said("cargo lambda watch", format!("left out: {error}"), "");
    }
    Ok(())
}

fn command(program: PathBuf) -> Command {
    use std::os::unix::process::CommandExt;
    let mut command = Command::new(program);
    command.process_group(0);
    command
}

async fn started_ministack() -> Result<Other, Failed> {
    let folder = functions::python_program("ministack")?;
    let port = free_port()?;
    let mut command = command(folder.join("bin/ministack"));
    command.envs([("BIND_HOST", "127.0.0.1"), ("LAMBDA_EXECUTOR", "local"), ("LOG_LEVEL", "ERROR")]);
    command.env("GATEWAY_PORT", port.to_string());
    let other = Other::start(command, port)?;
    other.until_it_answers().await?;
    Ok(other)
}

/// Messages sent, received and deleted one by one, there and here.
async fn queues(table: &mut Table, effort: &Effort, binary: &Path, data: &Path) -> Result<(), Failed> {
    let theirs = rounds(&started_ministack().await?.account, QUEUE_CLIENTS, effort.lasting).await?;
    let platform = Platform::start(binary, data, &[])?;
    let ours = rounds(&platform.account, QUEUE_CLIENTS, effort.lasting).await?;
    let what = format!("messages sent, received, deleted, {QUEUE_CLIENTS} conn");
    table.rate(&what, ours, Some(("MiniStack", theirs)), ">= 5x");
    platform.stop().map(drop)
}

async fn ministack(table: &mut Table, effort: &Effort, kinds: &[Kind]) -> Result<(), Failed> {
    let other = started_ministack().await?;
    functions::make_role(&other.account).await?;
    for kind in kinds {
        let (account, name) = (&other.account, kind.name);
        functions::make(account, &kind.input(name)).await?;
        let mut cold = Vec::new();
        for turn in 0..effort.cold / 10 {
            functions::change(account, name, turn).await?;
            let signed = invoke(account, name, &[])?;
            let mut connection = account.connect().await?;
            let sent = Instant::now();
            connection.succeed(&signed).await?;
            cold.push(sent.elapsed());
        }
        table.times(&format!("MiniStack, first after a change, {name}"), Times::new(cold), None, "");
        warm(table, effort, &other, "MiniStack", name).await?;
    }
    Ok(())
}

async fn cargo_lambda(table: &mut Table, effort: &Effort, rust: &Path) -> Result<(), Failed> {
    let folder = functions::python_program("cargo-lambda")?;
    let port = free_port()?;
    let mut command = command(folder.join("bin/cargo-lambda"));
    command.args(["lambda", "watch", "--release", "--ignore-changes", "-A", "127.0.0.1", "-P"]);
    command.arg(port.to_string()).current_dir(rust).env("CARGO_TARGET_DIR", folder.join("target"));
    let other = Other::start(command, port)?;
    other.until_it_answers().await?;
    // The first call waits until the function is built.
    let signed = invoke(&other.account, "bootstrap", &[])?;
    let mut connection = other.account.connect().await?;
    let first = tokio::time::timeout(PATIENCE, connection.succeed(&signed));
    first.await.map_err(|_| "it does not build the function")??;
    warm(table, effort, &other, "cargo lambda", "bootstrap").await
}

async fn warm(
    table: &mut Table,
    effort: &Effort,
    other: &Other,
    who: &str,
    name: &str,
) -> Result<(), Failed> {
    for connections in [1, MANY] {
        let signed = invoke(&other.account, name, &[])?;
        let found = load::run(&other.account.address, &signed, connections, effort.lasting).await;
        let what = format!("{who}, warm, {name}, {connections} conn");
        match found {
            Ok(found) => {
                table.times(&what, found.times, None, "");
                table.rate("  calls a second", found.rate, None, "");
            }
            Err(error) => table.said(
                &what,
                format!("fails: {}", error.to_string().chars().take(80).collect::<String>()),
                "",
            ),
        }
    }
    Ok(())
}
