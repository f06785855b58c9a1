//! What a platform can be told, with the defaults of a laptop.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use metering::Prices;
use model::{AccountId, Region};

/// Where the AWS APIs listen when nobody says otherwise.
pub const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 4566);

/// Where the console listens when nobody says otherwise.
pub const CONSOLE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 4580);

/// A root key that was given, beside the one that the data directory makes itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessKey {
    pub id: String,
    pub secret: String,
    pub account: AccountId,
}

/// What a platform is started with.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Everything that is kept is below it. Made when missing.
    pub data: PathBuf,
    /// Whom the server becomes where root starts it: a name or a number.
    pub user: Option<String>,
    pub listen: SocketAddr,
    pub console: Option<SocketAddr>,
    /// Bases of virtual hosts.
    pub domains: Vec<String>,
    pub access_keys: Vec<AccessKey>,
    pub region: Region,
    /// The admin API may wipe an account's state.
    pub dev: bool,
    /// Whether another version of a language stands in for one that this machine lacks.
    pub nearest_runtime: bool,
    /// Whether functions that can are started as forks of their templates.
    pub templates: bool,
    /// Where functions' questions for names go; those of the host when empty.
    pub resolvers: Vec<SocketAddr>,
    /// Directories with interpreters, beside those where they are usually found.
    pub runtime_directories: Vec<PathBuf>,
    pub dispatch: dispatch::Settings,
    /// Waits before the second and the third try of an event.
    pub retry_after: Vec<Duration>,
    /// How long timelines of events that are over are kept, counted from when they began.
    pub timelines: Duration,
    /// Whether topics post to private addresses that roles have subscribed, not only to those of the account itself.
    pub private_posts: bool,
    pub prices: Prices,
}

impl Settings {
    /// The defaults, with everything kept below `data`.
    pub fn new(data: PathBuf) -> Self {
        Self {
            data,
            user: None,
            listen: LISTEN,
            console: Some(CONSOLE),
            domains: vec!["localhost".to_owned()],
            access_keys: vec![],
            region: Region::default(),
            dev: false,
            nearest_runtime: true,
            templates: true,
            resolvers: vec![],
            runtime_directories: vec![],
            dispatch: dispatch::Settings::default(),
            retry_after: delivery::Settings::default().retry_after,
            timelines: delivery::Settings::default().retention,
            private_posts: false,
            prices: Prices::default(),
        }
    }
}
