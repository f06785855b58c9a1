//! `dayfly deploy`: from a directory to a function that runs when something happens. Doing it again changes only what
//! is different.

mod function;
mod loops;
mod queues;
mod role;
mod url;
mod wiring;

use std::collections::BTreeMap;

use serde_json::json;

use crate::arguments::Deploy;
use crate::client::Client;
use crate::failed::Failed;
use crate::package;
use crate::show::{Progress, say};
use crate::trigger::{S3Trigger, Trigger, queue_named};

const EGRESS: &str = "dayfly:egress";
const KEEP_IDLE: &str = "dayfly:keep-idle";

pub use queues::unwire as unwire_queues;
pub use role::remove as remove_role;
pub use wiring::{ensure_bucket, unwire};

/// AWS: characters of a function's name. API reference, `CreateFunction`, FunctionName.
const NAME_LENGTH: usize = 64;

/// What is to be true at the end.
pub struct Wanted {
    pub name: String,
    pub memory: Option<u32>,
    pub timeout: Option<u32>,
    /// `None` leaves the function's own as it is.
    pub environment: Option<BTreeMap<String, String>>,
    /// `None` leaves the function's own as it is.
    /// Tags that speak to the platform.
    pub tags: BTreeMap<&'static str, String>,
    pub triggers: Vec<Trigger>,
    /// The name of a queue for what it could not handle.
    pub dead_letter: Option<String>,
    /// Whether it is to have a URL that anybody may call.
    pub url: bool,
    /// By name or ARN; `None` makes one.
    pub role: Option<String>,
    pub force: bool,
}

impl Wanted {
    /// A function with Lambda's defaults that nothing starts.
    pub fn plain(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            memory: None,
            timeout: None,
            environment: None,
            tags: BTreeMap::new(),
            triggers: vec![],
            dead_letter: None,
            url: false,
            role: None,
            force: false,
        }
    }
}

impl Wanted {
    /// The triggers that are objects in buckets.
    fn objects(&self) -> impl Iterator<Item = &S3Trigger> {
        self.triggers.iter().filter_map(|trigger| match trigger {
            Trigger::Objects(objects) => Some(objects),
            Trigger::Queue(_) | Trigger::Topic(_) => None,
        })
    }
}

/// What came of it.
pub struct Deployed {
    pub function: String,
    /// Of the function.
    pub arn: String,
    pub runtime: String,
    pub handler: String,
    pub package_bytes: usize,
    pub url: Option<String>,
    /// What had to be made or changed.
    pub changes: Vec<String>,
    /// What the function's owner should know, such as another version that stands in for the runtime.
    pub note: Option<String>,
}

pub async fn run(deploy: Deploy) -> Result<(), Failed> {
    let client = Client::of(&deploy.reach)?;
    let progress = Progress::new(deploy.reach.json);
    let wanted = wanted(&deploy)?;
    loops::refuse_named(&wanted)?;
    let runtimes = sandbox_linux::discover(&[]);
    let package = package::build(
        &deploy.directory,
        deploy.runtime.as_deref(),
        deploy.handler.as_deref(),
        &runtimes,
        &progress,
    )?;
    let deployed = carry_out(&client, &wanted, package, &progress).await;
    progress.done();
    let deployed = deployed?;
    if deploy.reach.json {
        say(json!({
            "Function": deployed.function, "Arn": deployed.arn, "Runtime": deployed.runtime,
            "Handler": deployed.handler, "PackageBytes": deployed.package_bytes,
            "Changes": deployed.changes, "Note": deployed.note, "Url": deployed.url,
            "Triggers": wanted.triggers.iter().map(ToString::to_string).collect::<Vec<_>>(),
        }))?;
    } else {
        print(&deployed, &wanted)?;
    }
    Ok(())
}

/// Makes everything that is wanted so. Each step looks at what is there first.
pub async fn carry_out(
    client: &Client,
    wanted: &Wanted,
    package: package::Package,
    progress: &Progress,
) -> Result<Deployed, Failed> {
    let mut changes = Vec::new();
    progress.doing("Preparing the role");
    let role = role::ensure(client, wanted, &mut changes).await?;
    loops::refuse_allowed(client, wanted, &role).await?;
    let (runtime, handler, package_bytes) =
        (package.runtime.clone(), package.handler.clone(), package.zip.len());
    let dead_letter = match &wanted.dead_letter {
        Some(name) => Some(queues::ensure(client, name, wanted, &mut changes).await?.arn),
        None => None,
    };
    let wishes = function::Wishes { wanted, role: &role, dead_letter: dead_letter.as_deref() };
    let (arn, note) = function::ensure(client, &wishes, package, &mut changes, progress).await?;
    progress.doing("Wiring what starts it");
    wiring::ensure(client, wanted, &arn, &mut changes).await?;
    queues::wire(client, wanted, &arn, dead_letter.as_deref(), &mut changes).await?;
    let url = if wanted.url { Some(url::ensure(client, &wanted.name, &mut changes).await?) } else { None };
    let function = wanted.name.clone();
    Ok(Deployed { function, arn, runtime, handler, package_bytes, url, changes, note })
}

/// The function's name: the one that was typed, or the directory's.
fn name(deploy: &Deploy) -> Result<String, Failed> {
    let (name, hint) = match &deploy.name {
        Some(name) => (name.clone(), ""),
        None => {
            let path = deploy
                .directory
                .canonicalize()
                .map_err(Failed::because(format!("looking at {}", deploy.directory.display())))?;
            let name = if path.is_file() { path.file_stem() } else { path.file_name() };
            let name = name.map(|name| name.to_string_lossy().into_owned());
            (name.unwrap_or_default(), ": choose one with --name")
        }
    };
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if name.is_empty() || name.len() > NAME_LENGTH || !name.bytes().all(fits) {
        return Err(Failed::new(format!(
            "a function's name has 1 to {NAME_LENGTH} letters, digits, - and _; {name:?} is not one{hint}"
        )));
    }
    Ok(name)
}

fn wanted(deploy: &Deploy) -> Result<Wanted, Failed> {
    let name = name(deploy)?;
    let mut environment = BTreeMap::new();
    for pair in &deploy.environment {
        let (key, value) = pair
            .split_once('=')
            .ok_or_else(|| Failed::new(format!("--env takes KEY=VALUE, not {pair:?}")))?;
        environment.insert(key.to_owned(), value.to_owned());
    }
    Ok(Wanted {
        name,
        memory: deploy.memory,
        timeout: deploy.timeout,
        environment: (!environment.is_empty()).then_some(environment),
        tags: tags(deploy),
        triggers: deploy.triggers.iter().map(|text| Trigger::parse(text)).collect::<Result<_, _>>()?,
        dead_letter: deploy.dead_letter.as_deref().map(queue_named).transpose()?,
        url: deploy.url,
        role: deploy.role.clone(),
        force: deploy.force,
    })
}

/// What is said to the platform by tags.
fn tags(deploy: &Deploy) -> BTreeMap<&'static str, String> {
    let egress = deploy.egress.as_ref().map(|egress| (EGRESS, egress.to_string()));
    let keep_idle = deploy.keep_idle.map(|seconds| (KEEP_IDLE, seconds.to_string()));
    egress.into_iter().chain(keep_idle).collect()
}

fn print(deployed: &Deployed, wanted: &Wanted) -> Result<(), Failed> {
    let Deployed { function, runtime, handler, .. } = deployed;
    say(format_args!(
        "{function} is ready: {runtime}, {handler}, {}.",
        crate::show::size(deployed.package_bytes as u64)
    ))?;
    if let Some(note) = &deployed.note {
        say(format_args!("  {note}"))?;
    }
    for change in &deployed.changes {
        say(format_args!("  {change}"))?;
    }
    if deployed.changes.is_empty() {
        say("  Nothing had to be changed.")?;
    }
    if let Some(url) = &deployed.url {
        return say(format_args!("\nNow: curl {url}"));
    }
    match wanted.triggers.first() {
        Some(Trigger::Objects(objects)) => say(format_args!(
            "\nNow: aws s3 cp FILE{} s3://{}/{}",
            objects.suffix, objects.bucket, objects.prefix
        )),
        Some(Trigger::Queue(name)) => say(format_args!(
            "\nNow: aws sqs send-message --message-body hello --queue-url $(aws sqs get-queue-url --queue-name {name} --output text)"
        )),
        Some(Trigger::Topic(name)) => say(format_args!(
            "\nNow: aws sns publish --message hello --topic-arn $(aws sns create-topic --name {name} --output text)"
        )),
        None => say(format_args!("\nNow: dayfly invoke {function}")),
    }
}
