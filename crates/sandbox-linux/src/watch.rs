//! The processes of a sandbox as seen from outside, in place of cgroups where there are none for us: what they use, and
//! stopping them between calls. Looked at while a call runs only.

use std::fs;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::limits;
use crate::spawner::number;

/// All that descend from a sandbox's init.
pub struct Watch {
    init: OwnedFd,
    /// Bytes.
    peak: AtomicU64,
    exceeded: AtomicU64,
}

/// What a process has used: bytes that are resident, and CPU time with that of its children that have ended.
#[derive(Debug, Default, PartialEq, Eq)]
struct Used {
    memory: u64,
    cpu: Duration,
}

impl Watch {
    pub fn new(init: OwnedFd) -> Self {
        Self { init, peak: AtomicU64::new(0), exceeded: AtomicU64::new(0) }
    }

    /// Resolves when they hold more than `most` bytes together; they are killed then.
    pub async fn exceeds(&self, most: u64) {
        while self.memory() <= most {
            tokio::time::sleep(limits::WATCH).await;
        }
        self.exceeded.store(1, Ordering::Relaxed);
        self.signal(Signal::KILL);
    }

    pub fn has_exceeded(&self) -> bool {
        self.exceeded.load(Ordering::Relaxed) > 0
    }

    /// In bytes. What processes share counts for each of them.
    pub fn memory(&self) -> u64 {
        let memory = self.used().memory;
        self.peak.fetch_max(memory, Ordering::Relaxed);
        memory
    }

    /// In bytes; the highest that was seen.
    pub fn peak_memory(&self) -> u64 {
        self.memory().max(self.peak.load(Ordering::Relaxed))
    }

    pub fn cpu(&self) -> Duration {
        self.used().cpu
    }

    /// Stops them where they are, or lets them go on.
    pub fn stop(&self, stopped: bool) {
        self.signal(if stopped { Signal::STOP } else { Signal::CONT });
    }

    fn used(&self) -> Used {
        self.processes().into_iter().fold(Used::default(), |all, pid| {
            let one = used(&fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default());
            let Used { memory, cpu } = one.unwrap_or_default();
            Used { memory: all.memory + memory, cpu: all.cpu + cpu }
        })
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

fn children(pid: i32) -> Vec<i32> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let told = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    told.flat_map(|told| told.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>())
        .collect()
}

/// Source: proc_pid_stat(5), fields 14 to 17 and 24, counted from the third, which follows the name in parentheses.
fn used(stat: &str) -> Option<Used> {
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
        let Used { memory, cpu } = used(&stat).unwrap();
        assert_eq!(memory, 24 * rustix::param::page_size() as u64);
        assert_eq!(cpu.as_millis() as u64, 62 * 1000 / rustix::param::clock_ticks_per_second());
        assert_eq!(used(""), None);
    }
}
