//! What a sandbox uses, read from its cgroups' files, and its freezer. The files stay open: a call only reads them.

use std::os::fd::OwnedFd;
use std::time::Duration;

use crate::plan::{FreezeKind, Handed};
use crate::watch::Watch;

/// The open files; what the host does not have reads as zero.
#[derive(Default)]
pub struct Meter {
    freeze: Option<(FreezeKind, OwnedFd)>,
    peak_memory: Option<OwnedFd>,
    current_memory: Option<OwnedFd>,
    out_of_memory: Option<OwnedFd>,
    cpu: Option<OwnedFd>,
    /// In place of what the host does not have.
    watch: Option<Watch>,
}

impl Meter {
    /// Keeps the descriptor when it is one of a meter's; gives it back when not.
    pub fn keep(&mut self, handed: Handed, descriptor: OwnedFd) -> Option<OwnedFd> {
        match handed {
            Handed::Freeze(kind) => self.freeze = Some((kind, descriptor)),
            Handed::PeakMemory => self.peak_memory = Some(descriptor),
            Handed::CurrentMemory => self.current_memory = Some(descriptor),
            Handed::OutOfMemory => self.out_of_memory = Some(descriptor),
            Handed::Init => self.watch = Some(Watch::new(descriptor)),
            Handed::CpuTime => self.cpu = Some(descriptor),
            _ => return Some(descriptor),
        }
        None
    }

    /// Stops everything inside where it is, or lets it go on. Costs a write.
    pub fn freeze(&mut self, frozen: bool) {
        let Some((kind, file)) = &self.freeze else {
            return self.watch.iter_mut().for_each(|watch| watch.stop(frozen));
        };
        let word: &[u8] = match (kind, frozen) {
            (FreezeKind::V1, true) => b"FROZEN",
            (FreezeKind::V1, false) => b"THAWED",
            (FreezeKind::V2, true) => b"1",
            (FreezeKind::V2, false) => b"0",
        };
        if let Err(error) = rustix::io::pwrite(file, word, 0) {
            tracing::warn!(%error, frozen, "a sandbox's freezer does not obey");
        }
    }

    /// In bytes; the highest so far.
    pub fn peak_memory(&self) -> u64 {
        self.watch.as_ref().map_or_else(|| number(&read(self.peak_memory.as_ref())), Watch::peak_memory)
    }

    /// In bytes.
    pub fn memory(&self) -> u64 {
        self.watch.as_ref().map_or_else(|| number(&read(self.current_memory.as_ref())), Watch::memory)
    }

    /// The init is over: from now on the share of the CPU is that of the memory size, where no cgroup sees to that.
    pub fn settle(&mut self, memory_mib: u32) {
        self.watch.iter_mut().for_each(|watch| watch.settle(memory_mib));
    }

    /// Kills what is inside, and resolves, when it holds more than `most` bytes; never where a cgroup sees to that.
    pub async fn exceeds(&mut self, most: u64) {
        match &mut self.watch {
            Some(watch) => watch.exceeds(most).await,
            None => std::future::pending().await,
        }
    }

    /// Whether the kernel, or we, have killed a process inside for want of memory.
    pub fn ran_out_of_memory(&self) -> bool {
        self.watch.as_ref().is_some_and(Watch::has_exceeded)
            || field(&read(self.out_of_memory.as_ref()), "oom_kill") > 0
    }

    /// All CPU time so far.
    pub fn cpu(&self) -> Duration {
        if let (None, Some(watch)) = (&self.cpu, &self.watch) {
            return watch.cpu();
        }
        let text = read(self.cpu.as_ref());
        match field(&text, "usage_usec") {
            0 => Duration::from_nanos(number(&text)),
            micros => Duration::from_micros(micros),
        }
    }
}

fn read(file: Option<&OwnedFd>) -> String {
    let mut bytes = [0; 512];
    let length = file.and_then(|file| rustix::io::pread(file, &mut bytes, 0).ok()).unwrap_or(0);
    String::from_utf8_lossy(&bytes[..length]).into_owned()
}

fn number(text: &str) -> u64 {
    text.trim().parse().unwrap_or(0)
}

/// The value of a line `name value`.
fn field(text: &str, name: &str) -> u64 {
    let mut values = text.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    values.next().map_or(0, number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_files_are_read() {
        assert_eq!(number("123456\n"), 123_456);
        let v1 = "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n";
        assert_eq!(field(v1, "oom_kill"), 2);
        let v2 = "low 0\nhigh 0\nmax 7\noom 1\noom_kill 1\noom_group_kill 0\n";
        assert_eq!(field(v2, "oom_kill"), 1);
        assert_eq!(field("usage_usec 2500\nuser_usec 2000\n", "usage_usec"), 2500);
        assert_eq!(field("", "oom_kill"), 0);
    }
}
