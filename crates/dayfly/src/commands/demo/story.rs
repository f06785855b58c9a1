//! What the demo shows, one chapter after the other.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::time::Duration;

use http::Method;
use serde_json::{Value, json};

use crate::arguments::By;
use crate::client::{CallError, Client};
use crate::commands::bill as bills;
use crate::commands::deploy::{Wanted, carry_out, ensure_bucket};
use crate::commands::events::{Follower, followed};
use crate::failed::Failed;
use crate::package;
use crate::show::{self, Progress, say};
use crate::trigger::S3Trigger;

const PHOTOS: &str = "photos";
const THUMBNAILS: &str = "thumbnails";
const FUNCTION: &str = "thumbnail";

/// Longest wait for the events of one photo.
const PATIENCE: Duration = Duration::from_secs(120);

fn chapter(number: u32, title: &str) -> Result<(), Failed> {
    say(format_args!("{number}. {title}"))
}

fn key(photo: &Path) -> String {
    photo.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

pub async fn deploy(client: &Client, code: &Path) -> Result<(), Failed> {
    chapter(1, "Deploy examples/thumbnail: Python, Pillow and boto3, as anyone would write it for Lambda\n")?;
    let wanted = Wanted {
        memory: Some(512),
        timeout: Some(30),
        environment: Some(BTreeMap::from([("THUMBNAILS".to_owned(), THUMBNAILS.to_owned())])),
        triggers: vec![S3Trigger { bucket: PHOTOS.to_owned(), prefix: String::new(), suffix: String::new() }],
        ..Wanted::plain(FUNCTION)
    };
    let progress = Progress::new(false);
    let runtimes = sandbox_linux::discover(&[]);
    let package = package::build(code, None, None, &runtimes, &progress)?;
    let deployed = carry_out(client, &wanted, package, &progress).await;
    progress.done();
    let deployed = deployed?;
    ensure_bucket(client, THUMBNAILS).await?;
    say(format_args!(
        "   {} is ready on {}, {} of code and packages. An upload to s3://{PHOTOS} starts it.\n",
        deployed.function,
        deployed.runtime,
        show::size(deployed.package_bytes as u64)
    ))?;
    Ok(())
}

/// Uploads every photo and shows each event's way until all have come to their end.
pub async fn upload(client: &Client, photos: &[PathBuf]) -> Result<HashMap<String, Value>, Failed> {
    chapter(2, "Upload photos, and see what happens because of it\n")?;
    say(format_args!(
        "   AWS tries a failed event again after 1 and 2 minutes; this demo after 1 and 2 seconds.\n"
    ))?;
    let mut follower = Follower::from_now(client).await?;
    for photo in photos {
        let content =
            std::fs::read(photo).map_err(Failed::because(format!("reading {}", photo.display())))?;
        let size = show::size(content.len() as u64);
        let target = format!("/{PHOTOS}/{}", wire::encoded(&key(photo)));
        client.call("s3", Method::PUT, &target, &[("content-type", "image/jpeg")], content).await?;
        say(format_args!("   put s3://{PHOTOS}/{} ({size})", key(photo)))?;
    }
    say("")?;
    let mut ended = HashMap::new();
    let watching = async {
        while ended.len() < photos.len() {
            for (event, step) in follower.next(client).await? {
                say(format_args!("   {}", followed(&event, &step)))?;
                if event["State"] != "pending" {
                    ended.insert(event["Id"].as_str().unwrap_or_default().to_owned(), event);
                }
            }
        }
        Ok::<_, Failed>(())
    };
    let patience = PATIENCE * u32::try_from(photos.len()).unwrap_or(1);
    tokio::time::timeout(patience, watching)
        .await
        .map_err(|_| Failed::new("the events did not come to their end"))??;
    say("")?;
    Ok(ended)
}

/// Fetches what came of the photos.
pub async fn thumbnails(client: &Client, photos: &[PathBuf], out: &Path) -> Result<(), Failed> {
    chapter(3, "Fetch the thumbnails\n")?;
    std::fs::create_dir_all(out).map_err(Failed::because(format!("making {}", out.display())))?;
    for photo in photos {
        let name = key(photo);
        let target = format!("/{THUMBNAILS}/{}", wire::encoded(&name));
        match client.call("s3", Method::GET, &target, &[], "").await {
            Ok(answer) => {
                let path = out.join(&name);
                std::fs::write(&path, &answer.body)
                    .map_err(Failed::because(format!("writing {}", path.display())))?;
                say(format_args!("   {} ({})", path.display(), show::size(answer.body.len() as u64)))?;
            }
            Err(CallError::Fault { status: 404, .. }) => say(format_args!("   {name} has no thumbnail"))?,
            Err(error) => return Err(error.into()),
        }
    }
    say("")?;
    Ok(())
}

/// What the function said about the photos that it could not read.
pub async fn failures(client: &Client, events: &HashMap<String, Value>) -> Result<(), Failed> {
    let mut dead: Vec<&Value> = events.values().filter(|event| event["State"] == "dead").collect();
    dead.sort_by_key(|event| event["Subject"].as_str());
    for event in dead {
        let id = event["Id"].as_str().unwrap_or_default();
        let subject = event["Subject"].as_str().unwrap_or_default();
        chapter(
            4,
            &format!(
                "Look into what failed: {subject}, in the function's own log (dayfly logs {FUNCTION})\n"
            ),
        )?;
        for line in first_try(client, id).await? {
            say(format_args!("   {line}"))?;
        }
        say("")?;
    }
    Ok(())
}

/// The lines of the first try of an event: all tries have its id.
async fn first_try(client: &Client, id: &str) -> Result<Vec<String>, Failed> {
    let read = async || -> Result<Option<Vec<String>>, Failed> {
        let ask = json!({ "logGroupName": format!("/aws/lambda/{FUNCTION}"), "limit": 10_000 });
        let answer = client.json("logs", "Logs_20140328.FilterLogEvents", &ask).await?;
        let events = answer["events"].as_array().map(Vec::as_slice).unwrap_or_default();
        let says = |event: &Value, what: &str| {
            event["message"].as_str().is_some_and(|line| line.starts_with(what) && line.contains(id))
        };
        let Some(begin) = events.iter().position(|event| says(event, "START")) else { return Ok(None) };
        // Other instances write at the same time, each into a stream of its own.
        let stream = &events[begin]["logStreamName"];
        let own = events[begin..].iter().filter(|event| event["logStreamName"] == *stream);
        let own: Vec<&Value> = own.collect();
        let Some(end) = own.iter().position(|event| says(event, "REPORT")) else { return Ok(None) };
        let messages = own[..=end].iter().filter_map(|event| event["message"].as_str());
        Ok(Some(messages.flat_map(|message| message.trim_end().lines()).map(str::to_owned).collect()))
    };
    // Lines are written down a moment after they were said.
    for _ in 0..50 {
        if let Some(lines) = read().await? {
            return Ok(lines);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(vec![])
}

pub async fn bill(client: &Client) -> Result<(), Failed> {
    chapter(5, "The bill (dayfly bill)\n")?;
    let bill = bills::read(client, By::Function, "1970-01-01").await?;
    for line in bills::shown(&bill, By::Function).lines() {
        say(format_args!("   {line}"))?;
    }
    Ok(())
}
