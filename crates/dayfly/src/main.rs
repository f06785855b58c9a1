//! The one binary: `up` starts a platform, the other commands are its clients.

mod arguments;
mod client;
mod commands;
mod failed;
mod package;
mod settings;
mod show;
mod trigger;

use std::process::ExitCode;

use clap::Parser;
use sandbox_linux::{Forked, Spawner};
use tracing_subscriber::EnvFilter;

use arguments::{Arguments, Command};
use failed::Failed;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    log_to_stderr();
    // Before any thread: the spawner is a fork of this process.
    let forked = match &arguments.command {
        Command::Up(_) | Command::Demo(_) | Command::Doctor(_) => Spawner::fork().map(Some),
        _ => Ok(None),
    };
    let forked = match forked {
        Ok(forked) => forked,
        Err(error) => return tell(&Failed::new(format!("the spawner could not be forked: {error}"))),
    };
    let done = match (arguments.command, forked) {
        // Before any thread, too: a thread takes its rights from the one that makes it.
        (Command::Up(up), Some(forked)) => commands::up::prepare(*up, &forked)
            .and_then(|ready| in_threads(commands::up::run(ready, forked)))
            .map(|()| ExitCode::SUCCESS),
        (command, forked) => in_threads(run(command, forked)),
    };
    match done {
        Ok(code) => code,
        Err(failed) => tell(&failed),
    }
}

fn in_threads<T>(work: impl Future<Output = Result<T, Failed>>) -> Result<T, Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(Failed::because("starting threads"))?.block_on(work)
}

async fn run(command: Command, forked: Option<Forked>) -> Result<ExitCode, Failed> {
    let done = match (command, forked) {
        (Command::Demo(demo), Some(forked)) => commands::demo::run(demo, forked).await,
        (Command::Doctor(doctor), Some(forked)) => return commands::doctor::run(&doctor, forked).await,
        (Command::Env(env), _) => commands::env::run(&env),
        (Command::Deploy(deploy), _) => commands::deploy::run(*deploy).await,
        (Command::Invoke(invoke), _) => return commands::invoke::run(invoke).await,
        (Command::Ls(ls), _) => commands::ls::run(&ls).await,
        (Command::Rm(rm), _) => commands::rm::run(&rm).await,
        (Command::Logs(logs), _) => commands::logs::run(&logs).await,
        (Command::Events(events), _) => commands::events::run(&events).await,
        (Command::Event(event), _) => commands::event::run(&event).await,
        (Command::Replay(replay), _) => commands::replay::run(&replay).await,
        (Command::Outbox(outbox), _) => commands::outbox::run(&outbox).await,
        (Command::Bill(bill), _) => commands::bill::run(&bill).await,
        (Command::Up(_), _) | (Command::Demo(_) | Command::Doctor(_), None) => {
            Err(Failed::new("the spawner was not forked"))
        }
    };
    done.map(|()| ExitCode::SUCCESS)
}

fn tell(failed: &Failed) -> ExitCode {
    match failed {
        Failed::Unread => ExitCode::SUCCESS,
        Failed::Because(sentence) => {
            eprintln!("dayfly: {sentence}");
            ExitCode::FAILURE
        }
    }
}

/// Quiet by default; `DAYFLY_LOG` says more, as in `info` or `delivery=debug`. Lines of fields for a person at a
/// terminal, JSON for whatever else reads them.
fn log_to_stderr() {
    let filter = EnvFilter::try_from_env("DAYFLY_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if std::io::IsTerminal::is_terminal(&std::io::stderr()) {
        lines.init();
    } else {
        lines.json().init();
    }
}
