//! What this machine gives to sandboxes, for people: `dayfly doctor` shows it.

use std::fs;

use crate::cgroup::{self, Version};
use crate::uplink;

/// The parts of the machine that sandboxes are built of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// As in `6.18.0`.
    pub kernel: String,
    pub root: bool,
    /// User namespaces that may be made; 0 where they are switched off.
    pub user_namespaces: u64,
    pub seccomp: bool,
    pub overlay: bool,
    /// Why functions cannot be given a way out; `None` where they can.
    pub no_egress: Option<String>,
    /// Why they can be given one to everywhere only, and not to a list of places; `None` where they can.
    pub no_lists: Option<&'static str>,
    /// `v1`, `v2` or nothing, for each controller that limits an instance.
    pub controllers: Vec<(&'static str, Option<&'static str>)>,
}

/// Why functions cannot be given a way out here, for people; `None` where they can.
pub fn no_egress(root: bool) -> Option<String> {
    if !root {
        let missing = "the platform was started without root, and pasta (of passt) is not installed to connect sandboxes";
        return uplink::pasta::find().is_none().then(|| missing.to_owned());
    }
    uplink::obstacle().map(|error| format!("the kernel's nf_tables do not answer: {error}"))
}

/// Why functions cannot be let through to a list of places only, for people; `None` where they can.
pub fn no_lists(root: bool) -> Option<&'static str> {
    (!root).then_some("without root a function reaches the internet or nothing, not a list of places")
}

/// Whether less than a tenth of the machine's memory can still be had.
pub fn is_short_of_memory() -> bool {
    let text = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kib = |name: &str| -> u64 {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
    };
    kib("MemAvailable:") * 10 < kib("MemTotal:")
}

/// Looks. At most it passes controllers of a delegated cgroup on, as the spawner does.
pub fn survey() -> Survey {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let places = cgroup::find();
    let version = |place: &Option<cgroup::Place>| {
        place.as_ref().map(|place| match place.version {
            Version::V1 => "v1",
            Version::V2 | Version::Threaded => "v2",
        })
    };
    let root = rustix::process::geteuid().is_root();
    Survey {
        kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
        root,
        no_egress: no_egress(root),
        no_lists: no_lists(root),
        user_namespaces: read("/proc/sys/user/max_user_namespaces").trim().parse().unwrap_or(0),
        seccomp: !read("/proc/sys/kernel/seccomp/actions_avail").is_empty(),
        overlay: read("/proc/filesystems").lines().any(|line| line.ends_with("overlay")),
        controllers: vec![
            ("memory", version(&places.memory)),
            ("cpu", version(&places.cpu)),
            ("pids", version(&places.pids)),
            ("freezer", version(&places.freezer)),
        ],
    }
}
