//! What the demo shows, one chapter after the other.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::time::Duration;

use http::Method;
use serde_json::{Value, json};

use super::log;
use crate::arguments::By;
use crate::client::{CallError, Client};
use crate::commands::bill as bills;
use crate::commands::deploy::{Wanted, carry_out, ensure_bucket};
use crate::commands::events::{Follower, followed};
use crate::failed::Failed;
use crate::package;
use crate::show::{self, Progress};
use crate::trigger::{S3Trigger, Trigger};

const PHOTOS: &str = "photos";
const THUMBNAILS: &str = "thumbnails";
pub const FUNCTION: &str = "thumbnail";

/// Longest wait for the events of one photo.
const PATIENCE: Duration = Duration::from_secs(120);

/// Tells it as it happens, or keeps quiet for a script that wants the summary alone.
pub struct Story<'a> {
    pub client: &'a Client,
    pub quiet: bool,
}

impl Story<'_> {
    fn say(&self, line: impl Display) -> Result<(), Failed> {
        if self.quiet { Ok(()) } else { show::say(line) }
    }

    pub async fn deploy(&self, code: &Path) -> Result<(), Failed> {
        self.say(
            "1. Deploy examples/thumbnail: Python, Pillow and boto3, as anyone would write it for Lambda\n",
        )?;
        let trigger = S3Trigger { bucket: PHOTOS.to_owned(), prefix: String::new(), suffix: String::new() };
        let wanted = Wanted {
            memory: Some(512),
            timeout: Some(30),
            environment: Some(BTreeMap::from([("THUMBNAILS".to_owned(), THUMBNAILS.to_owned())])),
            triggers: vec![Trigger::Objects(trigger)],
            ..Wanted::plain(FUNCTION)
        };
        let progress = Progress::new(self.quiet);
        let runtimes = sandbox_linux::discover(&[]);
        let package = package::build(code, None, None, &runtimes, &progress)?;
        let deployed = carry_out(self.client, &wanted, package, &progress).await;
        progress.done();
        let deployed = deployed?;
        ensure_bucket(self.client, THUMBNAILS).await?;
        self.say(format_args!(
            "   {} is ready on {}, {} of code and packages. An upload to s3://{PHOTOS} starts it.\n",
            deployed.function,
            deployed.runtime,
            show::size(deployed.package_bytes as u64)
        ))?;
        Ok(())
    }

    /// Uploads every photo and shows each event's way until all have come to their end. Gives the events.
    pub async fn upload(&self, photos: &[PathBuf]) -> Result<Vec<Value>, Failed> {
        self.say("2. Upload photos, and see what happens because of it\n")?;
        self.say(
            "   AWS tries a failed event again after 1 and 2 minutes; this demo after 1 and 2 seconds.\n",
        )?;
        let mut follower = Follower::from_now(self.client).await?;
        for photo in photos {
            self.put(photo).await?;
        }
        self.say("")?;
        let patience = PATIENCE * u32::try_from(photos.len()).unwrap_or(1);
        let ended = tokio::time::timeout(patience, self.watch(&mut follower, photos.len())).await;
        self.say("")?;
        ended.map_err(|_| Failed::new("the events did not come to their end"))?
    }

    async fn put(&self, photo: &Path) -> Result<(), Failed> {
        let content =
            std::fs::read(photo).map_err(Failed::because(format!("reading {}", photo.display())))?;
        let (name, size) = (name_of(photo), show::size(content.len() as u64));
        let target = format!("/{PHOTOS}/{}", wire::encoded(&name));
        self.client.call("s3", Method::PUT, &target, &[("content-type", "image/jpeg")], content).await?;
        self.say(format_args!("   put s3://{PHOTOS}/{name} ({size})"))?;
        Ok(())
    }

    async fn watch(&self, follower: &mut Follower, count: usize) -> Result<Vec<Value>, Failed> {
        let mut ended = HashMap::new();
        while ended.len() < count {
            for (event, step) in follower.next(self.client).await? {
                self.say(format_args!("   {}", followed(&event, &step)))?;
                if event["State"] != "pending" {
                    ended.insert(event["Id"].to_string(), event);
                }
            }
        }
        let mut ended: Vec<Value> = ended.into_values().collect();
        ended.sort_by_cached_key(|event| event["Subject"].to_string());
        Ok(ended)
    }

    /// Fetches what came of the photos. Gives where each thumbnail lies now.
    pub async fn thumbnails(&self, photos: &[PathBuf], out: &Path) -> Result<Vec<PathBuf>, Failed> {
        self.say("3. Fetch the thumbnails\n")?;
        std::fs::create_dir_all(out).map_err(Failed::because(format!("making {}", out.display())))?;
        let mut made = Vec::new();
        for name in photos.iter().map(|photo| name_of(photo)) {
            let target = format!("/{THUMBNAILS}/{}", wire::encoded(&name));
            match self.client.call("s3", Method::GET, &target, &[], "").await {
                Ok(answer) => {
                    let path = out.join(&name);
                    std::fs::write(&path, &answer.body)
                        .map_err(Failed::because(format!("writing {}", path.display())))?;
                    let size = show::size(answer.body.len() as u64);
                    self.say(format_args!("   {} ({size})", path.display()))?;
                    made.push(path);
                }
                Err(CallError::Fault { status: 404, .. }) => {
                    self.say(format_args!("   {name} has no thumbnail"))?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        self.say("")?;
        Ok(made)
    }

    /// What the function said about the photos that it could not read.
    pub async fn failures(&self, events: &[Value]) -> Result<(), Failed> {
        for event in events.iter().filter(|event| event["State"] == "dead") {
            let subject = event["Subject"].as_str().unwrap_or_default();
            self.say(format_args!(
                "4. Look into what failed: {subject}, in the function's own log (dayfly logs {FUNCTION})\n"
            ))?;
            for line in log::of_first_try(self.client, event["Id"].as_str().unwrap_or_default()).await? {
                self.say(format_args!("   {line}"))?;
            }
            self.say("")?;
        }
        Ok(())
    }

    /// The bill, as the platform tells it.
    pub async fn bill(&self) -> Result<Value, Failed> {
        self.say("5. The bill (dayfly bill)\n")?;
        let bill = bills::read(self.client, By::Function, "1970-01-01").await?;
        for line in bills::shown(&bill, By::Function).lines() {
            self.say(format_args!("   {line}"))?;
        }
        Ok(bill)
    }
}

/// The name that a photo has in the buckets.
fn name_of(photo: &Path) -> String {
    photo.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// What came of it, for scripts.
pub fn summary(events: &[Value], thumbnails: &[PathBuf], bill: &Value) -> Value {
    json!({
        "Events": events,
        "Thumbnails": thumbnails.iter().map(|path| path.display().to_string()).collect::<Vec<_>>(),
        "Bill": bill,
    })
}
