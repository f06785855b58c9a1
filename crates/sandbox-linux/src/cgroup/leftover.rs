//! Groups whose spawner was killed before it could remove them.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::{Places, Version, write};

/// What our groups are called; the spawner's process id follows.
pub const PREFIX: &str = "dayfly-";

/// How often and how long a group is waited for that has killed processes in it.
const TRIES: u32 = 500;
const PAUSE: Duration = Duration::from_millis(10);

/// Kills what is left in groups of spawners that are gone, and removes them.
pub fn remove_leftovers(places: &Places) {
    for place in places.directories() {
        let Ok(entries) = fs::read_dir(&place.path) else { continue };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let spawner = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.parse::<i32>().ok());
            if spawner.is_some_and(|pid| !is_spawner(pid)) {
                remove(&entry.path(), place.version);
            }
        }
    }
}

/// Whether a spawner has this process id. A dead one that nobody has waited for is none. The line is `pid (name) state …`.
pub fn is_spawner(pid: i32) -> bool {
    let Ok(line) = fs::read_to_string(format!("/proc/{pid}/stat")) else { return false };
    let named = line.split_once('(').and_then(|(_, rest)| rest.rsplit_once(") "));
    named.is_some_and(|(name, state)| name == crate::spawner::NAME && !state.starts_with(['Z', 'X']))
}

fn remove(group: &Path, version: Version) {
    for _ in 0..TRIES {
        kill_all(group, version);
        let children = fs::read_dir(group).into_iter().flatten().flatten();
        for child in children.filter(|child| child.file_type().is_ok_and(|kind| kind.is_dir())) {
            kill_all(&child.path(), version);
            let _ = fs::remove_dir(child.path());
        }
        if fs::remove_dir(group).is_ok() || !group.exists() {
            return;
        }
        std::thread::sleep(PAUSE);
    }
    tracing::warn!(group = %group.display(), "a cgroup of an earlier run could not be removed");
}

fn kill_all(group: &Path, version: Version) {
    if version == Version::V2 && write(group, "cgroup.kill", 1).is_ok() {
        return;
    }
    // A group of threads tells no processes.
    let read = |file| fs::read_to_string(group.join(file));
    let processes = read("cgroup.procs").or_else(|_| read("cgroup.threads")).unwrap_or_default();
    for pid in processes.lines().filter_map(|line| Pid::from_raw(line.parse().ok()?)) {
        let _ = kill_process(pid, Signal::KILL);
    }
    let _ = write(group, "freezer.state", "THAWED");
}
