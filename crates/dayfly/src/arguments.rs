//! The command line: what can be typed, and what it means when nothing is said.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

/// A serverless cloud in one binary: functions in real sandboxes, on the AWS APIs.
#[derive(Debug, Parser)]
#[command(name = "dayfly", version, max_term_width = 100)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start a platform and stay until Ctrl-C
    Up(Box<Up>),
    /// Print shell exports for the aws CLI and the SDKs: eval "$(dayfly env)"
    Env(Env),
    /// Tell what this machine gives to sandboxes, and what to do about what is missing
    Doctor(Doctor),
    /// Make or update a function from a directory, with all it needs
    Deploy(Box<Deploy>),
    /// Call a function and print its result, error and log apart
    Invoke(Invoke),
    /// List functions
    Ls(Ls),
    /// Remove a function, and what deploy made for it
    Rm(Rm),
    /// Print a function's log
    Logs(Logs),
    /// List events, or follow what happens to them
    Events(Events),
    /// Show one event's timeline, and what came of it
    Event(Event),
    /// Hand an event over again
    Replay(Replay),
    /// List the mails and text messages that topics sent: none has left the platform
    Outbox(Outbox),
    /// What was used and what it costs, beside an always-on machine
    Bill(Bill),
    /// See it all happen: from code to thumbnails to the bill, on a throw-away platform
    Demo(Demo),
}

/// Which platform a command talks to.
#[derive(Debug, Clone, Args)]
pub struct Reach {
    // Not clap's `env`: what is typed for one is to win over the environment's other.
    /// The platform's address [default: AWS_ENDPOINT_URL, or the one that runs on the data directory]
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<String>,
    /// The data directory of the platform on this machine [default: DAYFLY_DATA, or ~/.local/share/dayfly]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Print JSON for scripts
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Up {
    /// Where everything is kept [default: ~/.local/share/dayfly]
    #[arg(long, env = "DAYFLY_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Whom the server becomes when root has started it [default: the data directory's owner, or dayfly]
    #[arg(long, env = "DAYFLY_USER", value_name = "NAME|UID")]
    pub user: Option<String>,
    /// Where the AWS APIs listen [default: 127.0.0.1:4566]
    #[arg(long, env = "DAYFLY_LISTEN", value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
    /// Where the console listens, or "off" [default: 127.0.0.1:4580]
    #[arg(long, env = "DAYFLY_CONSOLE", value_name = "ADDRESS")]
    pub console: Option<String>,
    /// A further root key, of another account if one is named (repeatable)
    #[arg(
        long = "access-key",
        env = "DAYFLY_ACCESS_KEYS",
        hide_env_values = true,
        value_delimiter = ',',
        value_name = "ID:SECRET[:ACCOUNT]"
    )]
    pub access_keys: Vec<String>,
    /// A base of virtual hosts such as bucket.s3.localhost (repeatable) [default: localhost]
    #[arg(long = "domain", env = "DAYFLY_DOMAINS", value_delimiter = ',', value_name = "NAME")]
    pub domains: Vec<String>,
    /// The region of requests that name none [default: us-east-1]
    #[arg(long, env = "DAYFLY_REGION", value_name = "NAME")]
    pub region: Option<String>,
    /// Let the admin API wipe an account's state, for test suites
    #[arg(long, env = "DAYFLY_DEV", value_parser = FalseyValueParser::new())]
    pub dev: bool,
    /// What stands in for a runtime that this machine lacks [default: nearest]
    #[arg(long, env = "DAYFLY_RUNTIME_FALLBACK", value_name = "nearest|off")]
    pub runtime_fallback: Option<Fallback>,
    /// Start every instance from nothing, none as a fork of its function's template
    #[arg(long, env = "DAYFLY_NO_TEMPLATES", value_parser = FalseyValueParser::new())]
    pub no_templates: bool,
    /// A server that functions' questions for names go to (repeatable) [default: those of this machine]
    #[arg(long = "resolver", env = "DAYFLY_RESOLVERS", value_delimiter = ',', value_name = "ADDRESS")]
    pub resolvers: Vec<SocketAddr>,
    /// A directory with interpreters, beside those where they are usually found (repeatable)
    #[arg(long = "runtimes", env = "DAYFLY_RUNTIMES", value_delimiter = ',', value_name = "DIR")]
    pub runtime_directories: Vec<PathBuf>,
    /// Memory for all instances together, in MiB [default: half of the machine's]
    #[arg(long, env = "DAYFLY_MEMORY", value_name = "MIB")]
    pub memory: Option<u64>,
    /// Calls that run at once in an account [default: 1000]
    #[arg(long, env = "DAYFLY_CONCURRENCY", value_name = "COUNT")]
    pub concurrency: Option<usize>,
    /// How long an instance without work is kept, in seconds [default: 600]
    #[arg(long, env = "DAYFLY_KEEP_IDLE", value_name = "SECONDS")]
    pub keep_idle: Option<u64>,
    /// Waits in seconds before the second and the third try of an event [default: 60,120]
    #[arg(long, env = "DAYFLY_RETRY_AFTER", value_delimiter = ',', value_name = "SECONDS")]
    pub retry_after: Vec<u64>,
    /// How long the timeline of an event is kept, in days, from its beginning on [default: 7]
    #[arg(long, env = "DAYFLY_TIMELINES", value_name = "DAYS")]
    pub timelines: Option<u64>,
    /// Let topics post to private addresses that a role has subscribed, not only to those of the account's own key
    #[arg(long, env = "DAYFLY_PRIVATE_POSTS", value_parser = FalseyValueParser::new())]
    pub private_posts: bool,
    /// A price list in place of AWS's
    #[arg(long, env = "DAYFLY_PRICES", value_name = "FILE")]
    pub prices: Option<PathBuf>,
    /// A TOML file with any of these settings; what is typed wins, then the environment
    #[arg(long, env = "DAYFLY_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Say where it listens as JSON for scripts
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fallback {
    /// Another version of the same language, said in the function's state
    Nearest,
    /// None: such a function is refused
    Off,
}

#[derive(Debug, Args)]
pub struct Env {
    /// The data directory of the platform on this machine [default: DAYFLY_DATA, or ~/.local/share/dayfly]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Print JSON for scripts
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Doctor {
    /// Print JSON for scripts
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Deploy {
    /// The directory with the function's code, or a .wasm file
    pub directory: PathBuf,
    /// The function's name [default: the directory's]
    #[arg(long)]
    pub name: Option<String>,
    /// As Lambda names it: python3.12, nodejs20.x, provided.al2023; or wasm [default: found by looking]
    #[arg(long)]
    pub runtime: Option<String>,
    /// As Lambda spells it: file.function [default: found by looking]
    #[arg(long)]
    pub handler: Option<String>,
    /// In MB [default: 128]
    #[arg(long, value_name = "MB")]
    pub memory: Option<u32>,
    /// Of one call, in seconds [default: 3]
    #[arg(long, value_name = "SECONDS")]
    pub timeout: Option<u32>,
    /// A variable of the function's environment (repeatable)
    #[arg(long = "env", value_name = "KEY=VALUE")]
    pub environment: Vec<String>,
    /// What starts it: s3:BUCKET[/PREFIX][*SUFFIX], as in s3:photos/in/*.jpg; sqs:QUEUE; sns:TOPIC (repeatable)
    #[arg(long = "on", value_name = "SOURCE")]
    pub triggers: Vec<String>,
    /// A queue for what it could not handle: events after their last try, messages of a queue after the third
    #[arg(long, value_name = "QUEUE")]
    pub dead_letter: Option<String>,
    /// Give it a URL that anybody may call
    #[arg(long)]
    pub url: bool,
    /// What it may reach outside: internet, none, or hosts and networks, as in api.example.com:443,93.184.216.0/24
    /// [default: none]
    #[arg(long, value_name = "WHERE")]
    pub egress: Option<sandbox::Egress>,
    /// How long its instances wait for work, in seconds; 0 ends each with its call [default: as long as that pays]
    #[arg(long, value_name = "SECONDS")]
    pub keep_idle: Option<u32>,
    /// A role that exists, by name or ARN [default: one is made]
    #[arg(long)]
    pub role: Option<String>,
    /// Make a trigger although the function could write into its own source
    #[arg(long)]
    pub force: bool,
    #[command(flatten)]
    pub reach: Reach,
}

#[derive(Debug, Args)]
pub struct Invoke {
    pub name: String,
    /// The event: JSON, @file, or - for standard input
    #[arg(default_value = "{}")]
    pub payload: String,
    /// Do not wait: hand it over as an event
    #[arg(long)]
    pub event: bool,
    #[command(flatten)]
    pub reach: Reach,
}

#[derive(Debug, Args)]
pub struct Ls {
    /// With the instances that run or wait
    #[arg(long, short)]
    pub verbose: bool,
    #[command(flatten)]
    pub reach: Reach,
}

#[derive(Debug, Args)]
pub struct Rm {
    pub name: String,
    #[command(flatten)]
    pub reach: Reach,
}

#[derive(Debug, Args)]
pub struct Logs {
    pub name: String,
    /// Stay, and print lines as they come
    #[arg(long, short)]
    pub follow: bool,
    /// From this long ago on, as in 10m, 2h, 1d
    #[arg(long, default_value = "1h", value_name = "AGE")]
    pub since: String,
    /// Only lines that match a CloudWatch filter pattern
    #[arg(long, value_name = "PATTERN")]
    pub filter: Option<String>,
    #[command(flatten)]
    pub reach: Reach,
}

#[derive(Debug, Args)]
pub struct Events {
    /// Stay, and print what happens as it happens
    #[arg(long, short)]
    pub follow: bool,
    /// Only events for this function
    #[arg(long, value_name = "NAME")]
    pub function: Option<String>,
    /// Only events that stand so: pending, done, dead
    #[arg(long, value_name = "STATE")]
    pub state: Option<String>,
    /// How many, newest first
    #[arg(long, default_value_t = 50, value_name = "COUNT")]
    pub limit: usize,
    #[command(flatten)]
    pub reach: Reach,
}

#[derive(Debug, Args)]
pub struct Event {
    /// An event's id, a message's or a request's, or what it happened to: s3://BUCKET/KEY
    pub id: String,
    #[command(flatten)]
    pub reach: Reach,
}

#[derive(Debug, Args)]
pub struct Replay {
    /// An event's id, or what it happened to: s3://BUCKET/KEY
    pub id: String,
    /// Another function than the one it went to
    #[arg(long, value_name = "FUNCTION[:VERSION]")]
    pub to: Option<String>,
    #[command(flatten)]
    pub reach: Reach,
}

#[derive(Debug, Args)]
pub struct Outbox {
    /// So many, the newest ones
    #[arg(long, default_value_t = 50)]
    pub limit: usize,
    #[command(flatten)]
    pub reach: Reach,
}

#[derive(Debug, Args)]
pub struct Bill {
    /// What the lines are
    #[arg(long, value_enum, default_value_t = By::Function)]
    pub by: By,
    /// From this day on, as in 2026-11-01 [default: this month's first]
    #[arg(long, value_name = "DATE")]
    pub since: Option<String>,
    #[command(flatten)]
    pub reach: Reach,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum By {
    Function,
    Day,
}

#[derive(Debug, Args)]
pub struct Demo {
    /// A directory with your own photos in place of those that the demo makes
    #[arg(long, value_name = "DIR")]
    pub photos: Option<PathBuf>,
    /// Where the thumbnails go [default: ./dayfly-demo]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Leave the platform up at the end, until Ctrl-C
    #[arg(long)]
    pub keep: bool,
    /// Tell nothing but what came of it, as JSON for scripts
    #[arg(long)]
    pub json: bool,
}
