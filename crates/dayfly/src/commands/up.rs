//! `dayfly up`: a platform, until a signal ends it.

use std::io::Write;
use std::time::Instant;

use sandbox_linux::Forked;
use server::{Platform, Reach};
use tokio::signal::unix::{SignalKind, signal};

use crate::arguments::Up;
use crate::failed::Failed;
use crate::{settings, show};

pub async fn run(up: Up, forked: Forked) -> Result<(), Failed> {
    let began = Instant::now();
    let settings = settings::of(up)?;
    let data = settings.data.clone();
    let is_default = settings::default_data().is_ok_and(|default| default == data);
    let mut stop = Signals::listen()?;
    let spawner = forked.connect().map_err(Failed::because("starting the spawner's thread"))?;
    let platform = Platform::start(settings, spawner.clone())
        .await
        .map_err(|internal| Failed::new(internal.to_string()))?;
    let option = if is_default { String::new() } else { format!(" --data {}", data.display()) };
    welcome(platform.reach(), &data.display().to_string(), &option, &show::span(began.elapsed()));
    let ends = tokio::select! {
        () = stop.next() => {
            // Also when nobody reads it.
            let _ = show::say("Stopping; once more to stop at once.");
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

fn welcome(reach: &Reach, data: &str, option: &str, took: &str) {
    let mut out = std::io::stdout().lock();
    let console = reach.console.as_deref().unwrap_or("off");
    // Whoever closed standard output does not want to read this.
    let _ = writeln!(
        out,
        "Dayfly {} is ready ({took}).\n\n  AWS APIs   {}\n  console    {console}\n  data       {data}\n  root key   {}\n\nNow, in another terminal:\n\n  eval \"$(dayfly env{option})\"\n  aws lambda list-functions\n\nCtrl-C stops it.",
        env!("CARGO_PKG_VERSION"),
        reach.endpoint,
        reach.key.access_key_id,
    );
    let _ = out.flush();
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
