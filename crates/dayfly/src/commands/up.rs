//! `dayfly up`: a platform, until a signal ends it.

use std::path::Path;
use std::time::{Duration, Instant};

use sandbox_linux::Forked;
use serde_json::json;
use server::{Platform, Reach};
use tokio::signal::unix::{SignalKind, signal};

use crate::arguments::Up;
use crate::failed::Failed;
use crate::{settings, show};

pub async fn run(up: Up, forked: Forked) -> Result<(), Failed> {
    let began = Instant::now();
    let as_json = up.json;
    let settings = settings::of(up)?;
    let data = settings.data.clone();
    let mut stop = Signals::listen()?;
    let spawner = forked.connect().map_err(Failed::because("starting the spawner's thread"))?;
    let platform = Platform::start(settings, spawner.clone())
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
