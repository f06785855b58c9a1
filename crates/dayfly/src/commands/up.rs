//! `dayfly up`: a platform, until a signal ends it.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use model::Internal;
use sandbox_linux::Forked;
use serde_json::json;
use server::{Platform, Prepared, Reach};
use tokio::signal::unix::{SignalKind, signal};

use crate::arguments::Up;
use crate::failed::Failed;
use crate::{settings, show};

/// A platform that is about to be started.
pub struct Ready {
    prepared: Prepared,
    began: Instant,
    data: PathBuf,
    as_json: bool,
}

/// Takes what only root may take, and is root no more. Before there are threads.
///
/// # Errors
/// When a setting is wrong, or what it names cannot be had.
pub fn prepare(up: Up, forked: &Forked) -> Result<Ready, Failed> {
    let began = Instant::now();
    let as_json = up.json;
    let settings = settings::of(up)?;
    let data = settings.data.clone();
    let told = |internal: Internal| Failed::new(internal.to_string());
    let prepared = Prepared::new(settings).map_err(told)?;
    prepared.surrender(forked).map_err(told)?;
    Ok(Ready { prepared, began, data, as_json })
}

pub async fn run(ready: Ready, forked: Forked) -> Result<(), Failed> {
    let Ready { prepared, began, data, as_json } = ready;
    let mut stop = Signals::listen()?;
    let spawner = forked.connect().map_err(Failed::because("starting the spawner's thread"))?;
    let platform = Platform::start(prepared, spawner.clone())
        .await
        .map_err(|internal| Failed::new(internal.to_string()))?;
    // Whoever closed standard output does not want to read this.
    let _ = show::say(if as_json {
        announcement(platform.reach(), &data, began.elapsed())
    } else {
        welcome(platform.reach(), &data, began.elapsed())
    });
    let ends = tokio::select! {
        () = stop.next() => {
            // Also when nobody reads it.
            if !as_json {
                let _ = show::say("Stopping; once more to stop at once.");
            }
            Ok(())
        }
        // A platform without functions is none: whoever watches over it starts it again.
        _ = spawner.ended() => Err(Failed::new("the process that makes sandboxes has ended; start Dayfly again")),
    };
    drop(spawner);
    tokio::select! {
        () = platform.stop() => ends,
        () = stop.next() => Err(Failed::new("stopped at once; what was acknowledged is kept")),
    }
}

fn welcome(reach: &Reach, data: &Path, took: Duration) -> String {
    let is_default = settings::default_data().is_ok_and(|default| default == data);
    let option = if is_default { String::new() } else { format!(" --data {}", data.display()) };
    format!(
        "Dayfly {} is ready ({}).\n\n  AWS APIs   {}\n  console    {}\n  data       {}\n  root key   {}\n\nNow, in another terminal:\n\n  eval \"$(dayfly env{option})\"\n  aws lambda list-functions\n\nCtrl-C stops it.",
        env!("CARGO_PKG_VERSION"),
        show::span(took),
        reach.endpoint,
        reach.console.as_deref().unwrap_or("off"),
        data.display(),
        reach.key.access_key_id,
    )
}

/// The same for scripts.
fn announcement(reach: &Reach, data: &Path, took: Duration) -> String {
    json!({
        "Version": env!("CARGO_PKG_VERSION"), "ReadyMillis": took.as_millis() as u64,
        "Endpoint": reach.endpoint, "Console": reach.console, "Data": data.display().to_string(),
        "AccessKeyId": reach.key.access_key_id, "Region": reach.region,
    })
    .to_string()
}

/// Ctrl-C and SIGTERM.
pub struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    pub fn listen() -> Result<Self, Failed> {
        let listening = |kind| signal(kind).map_err(Failed::because("listening to signals"));
        Ok(Self {
            interrupt: listening(SignalKind::interrupt())?,
            terminate: listening(SignalKind::terminate())?,
        })
    }

    /// Resolves with the next one.
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
