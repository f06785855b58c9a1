//! The processes of a sandbox as seen from outside, in place of cgroups where there are none for us: what they use, and
//! stopping them between calls. Looked at while a call runs only.

use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::fitness::number;
use crate::limits;
use crate::pace::Pace;

/// All that descend from a sandbox's init.
pub struct Watch {
    init: OwnedFd,
    /// Bytes.
    peak: AtomicU64,
    exceeded: AtomicU64,
    /// Once the init is over.
    pace: Option<Pace>,
    next: Instant,
}

/// What a process has used: bytes that are resident, and CPU time with that of its children that have ended.
#[derive(Debug, Default, PartialEq, Eq)]
struct Used {
    memory: u64,
    cpu: Duration,
}

impl Watch {
    pub fn new(init: OwnedFd) -> Self {
        let (peak, exceeded) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { init, peak, exceeded, pace: None, next: Instant::now() }
    }

    /// From now on they have the share of the CPU that the function's size gives.
    pub fn settle(&mut self, memory_mib: u32) {
        self.pace = Some(Pace::new(memory_mib, Instant::now(), self.cpu()));
    }

    /// Resolves when they hold more than `most` bytes together; they are killed then. Stops them while they have had more
    /// than their share of the CPU. May be dropped at any await.
    pub async fn exceeds(&mut self, most: u64) {
        loop {
            tokio::time::sleep_until(self.next.into()).await;
            self.next = Instant::now() + limits::WATCH;
            if self.memory() > most {
                break;
            }
            let used = self.cpu();
            if let Some(stop) = self.pace.as_mut().and_then(|pace| pace.look(Instant::now(), used)) {
                self.signal(if stop { Signal::STOP } else { Signal::CONT });
            }
        }
        self.exceeded.store(1, Ordering::Relaxed);
        self.signal(Signal::KILL);
    }

    pub fn has_exceeded(&self) -> bool {
        self.exceeded.load(Ordering::Relaxed) > 0
    }

    /// In bytes, with what lies in `/tmp` and in files without a name. What processes share counts for each of them.
    pub fn memory(&self) -> u64 {
        let processes = self.processes();
        let held: u64 = processes.iter().map(|pid| used(*pid).memory + nameless(*pid)).sum();
        let memory = held + processes.first().map_or(0, |pid| in_tmp(*pid));
        self.peak.fetch_max(memory, Ordering::Relaxed);
        memory
    }

    /// In bytes; the highest that was seen.
    pub fn peak_memory(&self) -> u64 {
        self.memory().max(self.peak.load(Ordering::Relaxed))
    }

    /// With that of orphans that have ended, which the init had adopted.
    pub fn cpu(&self) -> Duration {
        let init = number(&self.init).map_or(Duration::ZERO, |init| used(init).cpu);
        self.processes().into_iter().map(|pid| used(pid).cpu).sum::<Duration>() + init
    }

    /// Stops them where they are, or lets them go on.
    pub fn stop(&mut self, stopped: bool) {
        self.pace.iter_mut().for_each(Pace::resume);
        self.signal(if stopped { Signal::STOP } else { Signal::CONT });
    }

    fn signal(&self, signal: Signal) {
        for pid in self.processes().into_iter().filter_map(Pid::from_raw) {
            let _ = kill_process(pid, signal);
        }
    }

    /// All but the init, which is ours.
    fn processes(&self) -> Vec<i32> {
        let Ok(init) = number(&self.init) else { return Vec::new() };
        let mut found = children(init);
        let mut next = 0;
        while let Some(pid) = found.get(next) {
            found.extend(children(*pid));
            next += 1;
        }
        found
    }
}

/// Bytes of the files that a process holds and that have no name, as `memfd_create` makes them.
fn nameless(pid: i32) -> u64 {
    let held = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    let nameless = held.map(|entry| entry.path()).filter(|path| {
        fs::read_link(path).is_ok_and(|target| target.as_os_str().as_encoded_bytes().starts_with(b"/memfd:"))
    });
    nameless.filter_map(|path| Some(fs::metadata(path).ok()?.blocks() * BLOCK)).sum()
}

/// Of `st_blocks`, stat(3type).
const BLOCK: u64 = 512;

/// Bytes of what lies in the `/tmp` that a process sees.
fn in_tmp(pid: i32) -> u64 {
    let found = rustix::fs::statvfs(format!("/proc/{pid}/root/tmp"));
    found.map_or(0, |found| found.f_blocks.saturating_sub(found.f_bfree) * found.f_frsize)
}

fn children(pid: i32) -> Vec<i32> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let told = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    told.flat_map(|told| told.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>())
        .collect()
}

fn used(pid: i32) -> Used {
    read(&fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default()).unwrap_or_default()
}

/// Source: proc_pid_stat(5), fields 14 to 17 and 24, counted from the third, which follows the name in parentheses.
fn read(stat: &str) -> Option<Used> {
    let (_, after_name) = stat.rsplit_once(") ")?;
    let fields: Vec<&str> = after_name.split_ascii_whitespace().collect();
    let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
    let ticks = field(14)? + field(15)? + field(16)? + field(17)?;
    let cpu = Duration::from_millis(ticks * 1000 / rustix::param::clock_ticks_per_second());
    Some(Used { memory: field(24)? * rustix::param::page_size() as u64, cpu })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_process_uses_is_read_behind_any_name() {
        let fields: Vec<String> = (4..=52).map(|field| field.to_string()).collect();
        let stat = format!("7 (a ) b) S {}", fields.join(" "));
        let Used { memory, cpu } = read(&stat).unwrap();
        assert_eq!(memory, 24 * rustix::param::page_size() as u64);
        assert_eq!(cpu.as_millis() as u64, 62 * 1000 / rustix::param::clock_ticks_per_second());
        assert_eq!(read(""), None);
    }
}
