//! What a family of processes uses.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::machine::field;

/// The process and everything that came out of it.
pub fn family(pid: u32) -> Vec<u32> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        if let Some(parent) = stat(pid, 4).and_then(|parent| parent.try_into().ok()) {
            children.entry(parent).or_default().push(pid);
        }
    }
    let (mut found, mut look) = (Vec::new(), vec![pid]);
    while let Some(pid) = look.pop() {
        found.push(pid);
        look.extend(children.remove(&pid).unwrap_or_default());
    }
    found
}

/// Resident memory in KiB: of each alone, and of all with what they share counted once.
pub fn memory(family: &[u32]) -> (Vec<u64>, u64) {
    let kib = |path: String, name: &str| {
        field(&path, name)
            .and_then(|value| value.strip_suffix(" kB")?.trim().parse::<u64>().ok())
            .unwrap_or(0)
    };
    let each = family.iter().map(|pid| kib(format!("/proc/{pid}/status"), "VmRSS")).collect();
    let shared = family.iter().map(|pid| kib(format!("/proc/{pid}/smaps_rollup"), "Pss")).sum();
    (each, shared)
}

/// Processor time that they have used so far. The kernel counts it in hundredths of a second.
pub fn processor(family: &[u32]) -> Duration {
    let ticks = family.iter().filter_map(|pid| Some(stat(*pid, 14)? + stat(*pid, 15)?)).sum::<u64>();
    Duration::from_millis(ticks * 10)
}

/// A number of `/proc/<pid>/stat`, by its place in proc(5).
fn stat(pid: u32, place: usize) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, in parentheses, may hold anything; the third field comes after it.
    let (_, rest) = text.rsplit_once(')')?;
    rest.split_whitespace().nth(place - 3)?.parse().ok()
}

/// What the machine has in use, in KiB: all but what could be had at once.
pub fn used_memory() -> u64 {
    let kib = |name| {
        let value = field("/proc/meminfo", name)?;
        value.strip_suffix(" kB")?.trim().parse::<u64>().ok()
    };
    kib("MemTotal").unwrap_or(0).saturating_sub(kib("MemAvailable").unwrap_or(0))
}

/// How many cgroups there are, in all hierarchies, that one of the family has made for its sandboxes.
pub fn cgroups(family: &[u32]) -> usize {
    let names: Vec<String> = family.iter().map(|pid| format!("dayfly-{pid}")).collect();
    let (mut found, mut look) = (0, vec![(PathBuf::from("/sys/fs/cgroup"), false)]);
    while let Some((folder, within)) = look.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                let within = within || names.iter().any(|name| entry.file_name() == name.as_str());
                found += usize::from(within);
                look.push((entry.path(), within));
            }
        }
    }
    found
}
