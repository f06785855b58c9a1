//! `dayfly demo`: the main job, for real, on a platform that is thrown away: from code to thumbnails to the bill.

mod log;
mod photos;
mod setup;
mod story;

use std::path::{Path, PathBuf};
use std::time::Duration;

use model::Internal;
use sandbox_linux::Forked;
use server::{Platform, Prepared, Reach, Settings};

use super::up::Signals;
use crate::arguments::Demo;
use crate::client::Client;
use crate::failed::Failed;
use crate::show::say;

use story::Story;

/// The function that the demo deploys: `examples/thumbnail`.
const CODE: [(&str, &str); 2] = [
    ("app.py", include_str!("../../../../examples/thumbnail/app.py")),
    ("requirements.txt", include_str!("../../../../examples/thumbnail/requirements.txt")),
];

/// Waits before a failed event is tried again. AWS: 1 and 2 minutes; nobody wants to look at that.
const RETRY_AFTER: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(2)];

pub async fn run(demo: Demo, forked: Forked) -> Result<(), Failed> {
    let mut signals = Signals::listen()?;
    let directory = tempfile::Builder::new()
        .prefix("dayfly-demo-")
        .tempdir()
        .map_err(Failed::because("making a directory"))?;
    let out = demo.out.clone().unwrap_or_else(|| PathBuf::from("dayfly-demo"));
    let settings = settings(directory.path(), demo.keep);
    let spawner = forked.connect().map_err(Failed::because("starting the spawner's thread"))?;
    let told = |internal: Internal| Failed::new(internal.to_string());
    let prepared = Prepared::new(settings).map_err(told)?;
    let platform = Platform::start(prepared, spawner).await.map_err(told)?;
    let client = Client::to(platform.reach(), None)?;
    let mut told = tokio::select! {
        told = tell(&client, &demo, directory.path(), &out) => told,
        () = signals.next() => Err(Failed::new("stopped")),
    };
    if told.is_ok() && demo.keep {
        told = stays(platform.reach(), directory.path());
        signals.next().await;
    }
    tokio::select! {
        () = platform.stop() => {}
        () = signals.next() => {}
    }
    directory.close().map_err(Failed::because("removing the platform's directory"))?;
    told
}

fn settings(directory: &Path, keep: bool) -> Settings {
    let mut settings = Settings::new(directory.join("data"));
    settings.listen.set_port(0);
    match &mut settings.console {
        Some(console) if keep => console.set_port(0),
        console => *console = None,
    }
    settings.retry_after = RETRY_AFTER.to_vec();
    settings
}

fn stays(reach: &Reach, directory: &Path) -> Result<(), Failed> {
    let data = directory.join("data").display().to_string();
    say(format_args!("\nThe platform stays up. In another terminal:  eval \"$(dayfly env --data {data})\""))?;
    match &reach.console {
        Some(console) => say(format_args!("Its page is at {console}. Ctrl-C ends it.")),
        None => say("Ctrl-C ends it."),
    }
}

async fn tell(client: &Client, demo: &Demo, directory: &Path, out: &Path) -> Result<(), Failed> {
    if !demo.json {
        say(format_args!("A platform is up at {}, on {}.\n", client.endpoint, directory.display()))?;
    }
    let code = directory.join("thumbnail");
    std::fs::create_dir(&code).map_err(Failed::because("writing the function"))?;
    for (name, text) in CODE {
        std::fs::write(code.join(name), text).map_err(Failed::because("writing the function"))?;
    }
    setup::pip(demo.json)?;
    let story = Story { client, quiet: demo.json };
    story.deploy(&code).await?;
    let photos = match &demo.photos {
        Some(folder) => photos::found(folder)?,
        None => photos::made(&code, directory, demo.json)?,
    };
    let events = story.upload(&photos).await?;
    let thumbnails = story.thumbnails(&photos, out).await?;
    story.failures(&events).await?;
    let bill = story.bill().await?;
    if demo.json {
        say(story::summary(&events, &thumbnails, &bill))?;
    }
    Ok(())
}
