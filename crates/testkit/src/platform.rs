//! A whole platform: the release binary as a child, on a data directory of its own.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use wire::sigv4::Signer;

use crate::client::{Account, Failed};

/// For all instances together: more than they are allowed, which is far more than they use.
const MEMORY_MIB: &str = "1000000";

pub struct Platform {
    child: Child,
    pub account: Account,
    /// From the start of its process until it said that it is ready.
    pub began_in: Duration,
}

impl Platform {
    /// Starts one and waits until it is ready. `binary` is `dayfly`; nobody else may use `data`.
    ///
    /// # Errors
    /// When it ends before it is ready; why, it says on the standard error that it shares with us.
    pub fn start(binary: &Path, data: &Path, more: &[&str]) -> Result<Self, Failed> {
        let mut command = Command::new(binary);
        command.args(["up", "--listen", "127.0.0.1:0", "--console", "off", "--memory", MEMORY_MIB, "--data"]);
        command.arg(data).args(more);
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("DAYFLY_")) {
            command.env_remove(name);
        }
        let began = Instant::now();
        let mut child =
            command.env("DAYFLY_LOG", "warn").stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let mut lines = BufReader::new(child.stdout.take().ok_or("no standard output")?).lines();
        let ready = lines.by_ref().any(|line| line.is_ok_and(|line| line.contains(" is ready ")));
        let began_in = began.elapsed();
        if !ready {
            let _ = child.kill();
            return Err(format!("dayfly did not start: {}", child.wait()?).into());
        }
        // It goes on writing a few lines, and must not be left without a reader.
        std::thread::spawn(move || lines.for_each(drop));
        let account = reach(data)?;
        Ok(Self { child, account, began_in })
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends it as a user would, and gives how long that took.
    pub fn stop(mut self) -> Result<Duration, Failed> {
        let began = Instant::now();
        kill_process(Pid::from_child(&self.child), Signal::TERM)?;
        let status = self.child.wait()?;
        if status.success() { Ok(began.elapsed()) } else { Err(format!("dayfly ended with {status}").into()) }
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        // After `stop` there is nobody left, and that is fine.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn reach(data: &Path) -> Result<Account, Failed> {
    let told: Value = serde_json::from_slice(&std::fs::read(data.join("running.json"))?)?;
    let text =
        |name: &str| told[name].as_str().map(str::to_owned).ok_or(format!("running.json has no {name}"));
    let signer = Signer {
        access_key_id: text("access_key_id")?,
        secret_access_key: text("secret_access_key")?,
        session_token: None,
        region: text("region")?,
    };
    let endpoint = text("endpoint")?;
    let address = endpoint.trim_start_matches("http://").trim_end_matches('/').to_owned();
    Ok(Account { address, signer: Arc::new(signer) })
}

/// A program that was built beside this one.
pub fn beside(name: &str) -> Result<PathBuf, Failed> {
    let path = std::env::current_exe()?.with_file_name(name);
    if path.exists() { Ok(path) } else { Err(format!("{} is not built", path.display()).into()) }
}
