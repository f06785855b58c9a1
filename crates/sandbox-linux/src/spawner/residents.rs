//! Sandboxes that stand, until nothing is left of them: the server has them, or they are being ended.

use std::collections::{BTreeMap, BTreeSet};
use std::os::fd::OwnedFd;

use rustix::process::{Pid, Signal, WaitOptions, pidfd_send_signal, waitpid};

use crate::cgroup::Group;
use crate::poll::{Mark, Poll, Watched};
use crate::uplink::Gate;
use crate::uplink::pasta::Pasta;

/// A sandbox by its first process and its cgroups.
pub struct Resident {
    pub pid: i32,
    pub process: OwnedFd,
    pub group: Box<Group>,
    /// Of a function with an allowlist.
    pub gate: Option<Gate>,
    /// What carries for it, where that is not the kernel.
    pub pasta: Option<Pasta>,
    /// Which one it was made from.
    pub template: Option<u64>,
}

struct Lodging {
    pid: i32,
    /// Gone once it was reaped.
    process: Option<Watched<OwnedFd>>,
    group: Box<Group>,
    gate: Option<Gate>,
    _pasta: Option<Pasta>,
    template: Option<u64>,
}

pub struct Residents {
    poll: Poll,
    next: u64,
    all: BTreeMap<u64, Lodging>,
    /// Those that the server has, by the id that it knows.
    live: BTreeMap<u64, u64>,
    /// Given up, but not yet ended or not yet without processes.
    ending: BTreeSet<u64>,
}

impl Residents {
    pub fn new(poll: Poll) -> Self {
        Self { poll, next: 0, all: BTreeMap::new(), live: BTreeMap::new(), ending: BTreeSet::new() }
    }

    pub fn has(&self, id: u64) -> bool {
        self.live.contains_key(&id)
    }

    pub fn move_in(&mut self, id: u64, resident: Resident) {
        let number = self.lodge(resident);
        self.live.insert(id, number);
    }

    /// Ends one that the server has never had, or has no longer.
    pub fn bury(&mut self, resident: Resident) {
        let number = self.lodge(resident);
        self.finish(number);
    }

    fn lodge(&mut self, resident: Resident) -> u64 {
        self.next += 1;
        let Resident { pid, process, group, gate, pasta, template } = resident;
        let (process, outcome) = self.poll.hold(process, Mark::Ended(self.next));
        if let Err(error) = outcome {
            tracing::warn!(%error, "a sandbox's end will not be noticed");
        }
        self.all
            .insert(self.next, Lodging { pid, process: Some(process), group, gate, _pasta: pasta, template });
        self.next
    }

    /// Of one that the server has.
    pub fn gate(&self, id: u64) -> Option<&Gate> {
        self.all.get(self.live.get(&id)?)?.gate.as_ref()
    }

    /// From now on its CPU share is the lasting one.
    pub fn settle(&self, id: u64) {
        let lodging = self.live.get(&id).and_then(|number| self.all.get(number));
        if let Some(Err(error)) = lodging.map(|lodging| lodging.group.settle()) {
            tracing::warn!(id, %error, "a sandbox keeps the CPU share of its init");
        }
    }

    pub fn end(&mut self, id: u64) {
        if let Some(number) = self.live.remove(&id) {
            self.finish(number);
        }
    }

    pub fn end_all(&mut self) {
        let live = std::mem::take(&mut self.live);
        live.into_values().for_each(|number| self.finish(number));
    }

    fn finish(&mut self, number: u64) {
        let Some(lodging) = self.all.get(&number) else { return };
        if let Some(process) = &lodging.process {
            // The signal first: what is thawed afterwards runs into it before its next instruction.
            let _ = pidfd_send_signal(&**process, Signal::KILL);
        }
        lodging.group.thaw();
        self.ending.insert(number);
    }

    pub fn reap(&mut self, number: u64) {
        let Some(lodging) = self.all.get_mut(&number) else { return };
        let waited = Pid::from_raw(lodging.pid).map(|pid| waitpid(Some(pid), WaitOptions::NOHANG));
        if !matches!(waited, Some(Ok(None))) {
            lodging.process = None;
        }
    }

    /// Removes what is left of those that have ended; returns which templates they were made from.
    pub fn clear(&mut self) -> Vec<u64> {
        let mut orphaned = Vec::new();
        self.ending.retain(|number| {
            let Some(lodging) = self.all.get(number) else { return false };
            let lives = lodging.process.is_some() || lodging.group.remove().is_err();
            if !lives {
                orphaned.extend(lodging.template);
                self.all.remove(number);
            }
            lives
        });
        orphaned
    }

    /// Whether some have ended whose cgroups could not be removed yet.
    pub fn are_lingering(&self) -> bool {
        let lingers = |number| self.all.get(number).is_some_and(|lodging| lodging.process.is_none());
        self.ending.iter().any(lingers)
    }

    pub fn are_ending(&self) -> bool {
        !self.ending.is_empty()
    }
}
