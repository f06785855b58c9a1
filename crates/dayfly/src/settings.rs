//! What `up` is told: by flags, then the environment, then one TOML file whose unknown keys are errors.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use metering::Prices;
use model::{AccountId, Region};
use serde::Deserialize;
use server::{AccessKey, Settings};

use crate::arguments::{Fallback, Up};
use crate::failed::Failed;

/// The file. Its keys are the flags' names.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    data: Option<PathBuf>,
    user: Option<String>,
    listen: Option<SocketAddr>,
    console: Option<String>,
    access_keys: Option<Vec<String>>,
    domains: Option<Vec<String>>,
    region: Option<String>,
    dev: Option<bool>,
    runtime_fallback: Option<Fallback>,
    no_templates: Option<bool>,
    resolvers: Option<Vec<SocketAddr>>,
    runtimes: Option<Vec<PathBuf>>,
    memory: Option<u64>,
    concurrency: Option<usize>,
    keep_idle: Option<u64>,
    retry_after: Option<Vec<u64>>,
    timelines: Option<u64>,
    private_posts: Option<bool>,
    prices: Option<PathBuf>,
}

/// The settings of a platform.
///
/// # Errors
/// When the file cannot be read or has a key that is not known, or a value is not what it has to be.
pub fn of(up: Up) -> Result<Settings, Failed> {
    let file = match &up.config {
        Some(path) => read(path)?,
        None => File::default(),
    };
    let data = up.data.or(file.data).map_or_else(default_data, Ok)?;
    let mut settings = Settings::new(data);
    settings.user = up.user.or(file.user);
    settings.dispatch.memory_budget = up.memory.or(file.memory).map_or_else(half_of_memory, |mib| mib << 20);
    set(&mut settings.listen, up.listen.or(file.listen));
    if let Some(console) = up.console.or(file.console) {
        settings.console = console_address(&console)?;
    }
    let keys = or(up.access_keys, file.access_keys).unwrap_or_default();
    settings.access_keys = keys.iter().map(|text| access_key(text)).collect::<Result<_, _>>()?;
    let domains = or(up.domains, file.domains);
    domains.iter().flatten().try_for_each(|name| named("--domain", "apps.example", name))?;
    set(&mut settings.domains, domains);
    let region = up.region.or(file.region);
    region.iter().try_for_each(|name| named("--region", "eu-central-1", name))?;
    set(&mut settings.region, region.map(Region::new));
    settings.dev = up.dev || file.dev.unwrap_or(false);
    let fallback = up.runtime_fallback.or(file.runtime_fallback);
    settings.nearest_runtime = fallback != Some(Fallback::Off);
    settings.templates = !(up.no_templates || file.no_templates.unwrap_or(false));
    set(&mut settings.resolvers, or(up.resolvers, file.resolvers));
    set(&mut settings.runtime_directories, or(up.runtime_directories, file.runtimes));
    let concurrency = up.concurrency.or(file.concurrency);
    if concurrency == Some(0) {
        return Err(Failed::new(
            "--concurrency takes a number of calls from 1 on: with 0 nothing would ever run",
        ));
    }
    set(&mut settings.dispatch.account_concurrency, concurrency);
    set(&mut settings.dispatch.keep_idle, up.keep_idle.or(file.keep_idle).map(Duration::from_secs));
    let waits = or(up.retry_after, file.retry_after);
    set(&mut settings.retry_after, waits.map(|waits| waits.into_iter().map(Duration::from_secs).collect()));
    if let Some(days) = up.timelines.or(file.timelines) {
        settings.timelines = timelines(days)?;
    }
    settings.private_posts = up.private_posts || file.private_posts.unwrap_or(false);
    if let Some(path) = up.prices.or(file.prices) {
        settings.prices = prices(&path)?;
    }
    Ok(settings)
}

/// `~/.local/share/dayfly`, or where the XDG base directories say.
///
/// # Errors
/// When there is no home directory to be found.
pub fn default_data() -> Result<PathBuf, Failed> {
    let share = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share"));
    let share = share.filter(|share| share.is_absolute()).or_else(home);
    share
        .map(|share| share.join("dayfly"))
        .ok_or_else(|| Failed::new("there is no HOME; name a directory with --data"))
}

/// Up to ten years.
fn timelines(days: u64) -> Result<Duration, Failed> {
    match days {
        1..=3_650 => Ok(Duration::from_secs(days * 24 * 60 * 60)),
        _ => Err(Failed::new(format!("--timelines takes a number of days from 1 to 3650, not {days}"))),
    }
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

/// What was typed or in the environment; without it what is in the file.
fn or<T>(said: Vec<T>, file: Option<Vec<T>>) -> Option<Vec<T>> {
    if said.is_empty() { file } else { Some(said) }
}

fn read(path: &Path) -> Result<File, Failed> {
    let text =
        std::fs::read_to_string(path).map_err(Failed::because(format!("reading {}", path.display())))?;
    toml::from_str(&text).map_err(Failed::because(format!("in {}", path.display())))
}

fn console_address(text: &str) -> Result<Option<SocketAddr>, Failed> {
    match text {
        "off" => Ok(None),
        address => address.parse().map(Some).map_err(|_| {
            Failed::new(format!("--console takes an address such as 127.0.0.1:4580, or off; not {address:?}"))
        }),
    }
}

/// Whether a name can be in hosts and ARNs.
fn named(flag: &str, example: &str, name: &str) -> Result<(), Failed> {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.';
    if name.is_empty() || !name.bytes().all(fits) {
        return Err(Failed::new(format!("{flag} takes a name such as {example}, not {name:?}")));
    }
    Ok(())
}

/// `ID:SECRET[:ACCOUNT]`.
fn access_key(text: &str) -> Result<AccessKey, Failed> {
    let mut parts = text.splitn(3, ':');
    let (Some(id), Some(secret), account) = (parts.next(), parts.next(), parts.next()) else {
        return Err(Failed::new("--access-key takes ID:SECRET or ID:SECRET:ACCOUNT"));
    };
    let fits = |id: &str| {
        !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
    };
    if !fits(id) || secret.is_empty() {
        return Err(Failed::new(
            "--access-key takes ID:SECRET or ID:SECRET:ACCOUNT, an ID of letters and digits",
        ));
    }
    let account = match account {
        Some(account) => account.parse().map_err(|error| Failed::new(format!("--access-key: {error}")))?,
        None => AccountId::default_account(),
    };
    Ok(AccessKey { id: id.to_owned(), secret: secret.to_owned(), account })
}

fn prices(path: &Path) -> Result<Prices, Failed> {
    let text =
        std::fs::read_to_string(path).map_err(Failed::because(format!("reading {}", path.display())))?;
    Prices::parse(&text).map_err(Failed::because(format!("in {}", path.display())))
}

/// Of the machine's memory in bytes: functions are not all that runs here.
fn half_of_memory() -> u64 {
    let told = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total = told
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    total.map_or(dispatch::Settings::default().memory_budget, |kib| kib * 1024 / 2)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::arguments::{Arguments, Command};

    fn up(file: &str, flags: &[&str]) -> Result<Settings, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dayfly.toml");
        std::fs::write(&path, file).unwrap();
        let path = path.display().to_string();
        let typed = ["dayfly", "up", "--config", &path].into_iter().chain(flags.iter().copied());
        match Arguments::parse_from(typed).command {
            Command::Up(up) => of(*up).map_err(|failed| failed.to_string()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn flags_win_over_the_file() {
        let file = "data = '/a'\nlisten = '127.0.0.1:1'\nkeep-idle = 5\naccess-keys = ['A:b:111111111111']\nconsole = 'off'";
        let settings =
            up(file, &["--data", "/b", "--timelines", "3", "--domain", "x.test", "--domain", "y.test"])
                .unwrap();
        assert_eq!(settings.data, Path::new("/b"));
        assert_eq!(settings.listen.port(), 1);
        assert_eq!(settings.dispatch.keep_idle, Duration::from_secs(5));
        assert_eq!(settings.access_keys[0].account.as_str(), "111111111111");
        assert_eq!(settings.timelines, Duration::from_secs(3 * 86_400));
        assert_eq!((settings.console, settings.domains.len()), (None, 2));
    }

    #[test]
    fn what_is_not_known_or_does_not_fit_is_an_error() {
        for (file, flags, said) in [
            ("lisen = '127.0.0.1:1'", vec![], "unknown field `lisen`"),
            ("listen = 'here'", vec![], "invalid socket address"),
            ("", vec!["--access-key", "only-an-id"], "ID:SECRET"),
            ("", vec!["--access-key", "A:b:12"], "twelve digits"),
            ("", vec!["--console", "nowhere"], "127.0.0.1:4580"),
            ("prices = '/does/not/exist'", vec![], "/does/not/exist"),
            ("concurrency = 0", vec![], "--concurrency"),
            ("", vec!["--timelines", "0"], "--timelines"),
            ("timelines = 9999", vec![], "--timelines"),
            ("region = 'x y'", vec![], "--region"),
            ("", vec!["--domain", "a b"], "--domain"),
        ] {
            let error = up(file, &flags).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
    }
}
