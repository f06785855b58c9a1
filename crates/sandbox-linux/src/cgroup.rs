//! Cgroups: which hierarchies this host has (v1 each controller on its own, v2 one tree, or both), one group per
//! sandbox in each, their limits, and their end.

mod delegate;
mod find;
mod leftover;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

pub use find::{Version, find};
pub use leftover::{PREFIX, is_spawner, remove_leftovers};

use crate::limits;
use crate::plan::{FreezeKind, Handed, Plan};

/// A hierarchy in which groups can be made, at the group that sandboxes' groups are made in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub version: Version,
    pub path: PathBuf,
}

/// Where each controller is; `None` where the host has none for us.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    pub memory: Option<Place>,
    pub cpu: Option<Place>,
    pub cpuacct: Option<Place>,
    pub pids: Option<Place>,
    pub freezer: Option<Place>,
}

impl Places {
    /// Each directory once: one hierarchy may hold several controllers.
    pub fn directories(&self) -> Vec<&Place> {
        let all = [&self.memory, &self.cpu, &self.cpuacct, &self.pids, &self.freezer];
        let mut places: Vec<&Place> = Vec::new();
        for place in all.into_iter().flatten() {
            if !places.iter().any(|known| known.path == place.path) {
                places.push(place);
            }
        }
        places
    }

    /// The same places one level down, in the group called `name`.
    pub fn below(&self, name: &str) -> Self {
        let below = |place: &Option<Place>| {
            place.as_ref().map(|place| Place { version: place.version, path: place.path.join(name) })
        };
        Self {
            memory: below(&self.memory),
            cpu: below(&self.cpu),
            cpuacct: below(&self.cpuacct),
            pids: below(&self.pids),
            freezer: below(&self.freezer),
        }
    }

    pub fn make(&self) -> io::Result<()> {
        self.directories().into_iter().try_for_each(|place| {
            match fs::create_dir(&place.path) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                _ => {}
            }
            if place.version == Version::Threaded { write(&place.path, TYPE, THREADED) } else { Ok(()) }
        })
    }

    /// Has the groups of a tree that gives nothing but its freezer be of threads, where that can be. They have been made.
    pub fn thread(&mut self) {
        let shared = [&self.memory, &self.cpu, &self.cpuacct, &self.pids];
        let shared = shared.into_iter().flatten().any(|place| place.version == Version::V2);
        if let Some(place) = self.freezer.as_mut().filter(|place| !shared && place.version == Version::V2)
            && write(&place.path, TYPE, THREADED).is_ok()
        {
            place.version = Version::Threaded;
        }
    }

    /// In v2 a group must say which of its controllers its children have.
    pub fn pass_controllers_on(&self) -> io::Result<()> {
        let controllers = [("memory", &self.memory), ("cpu", &self.cpu), ("pids", &self.pids)];
        for (controller, place) in controllers {
            if let Some(place) = place.as_ref().filter(|place| place.version == Version::V2) {
                write(&place.path, "cgroup.subtree_control", format!("+{controller}"))?;
            }
        }
        Ok(())
    }

    /// Lets all groups below together have less of the CPU than one thread of the server, where both want it.
    pub fn yield_to_server(&self) {
        let Some(place) = &self.cpu else { return };
        let written = match place.version {
            Version::V1 => write(&place.path, "cpu.shares", limits::FUNCTIONS_WEIGHT_V1),
            Version::V2 | Version::Threaded => write(&place.path, "cpu.weight", limits::FUNCTIONS_WEIGHT_V2),
        };
        if let Err(error) = written {
            tracing::warn!(%error, "functions have as much of the CPU as the server");
        }
    }

    /// Removes the groups; fails while a process is still in one of them.
    pub fn remove(&self) -> io::Result<()> {
        self.directories().into_iter().try_for_each(|place| match fs::remove_dir(&place.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        })
    }
}

const TYPE: &str = "cgroup.type";
const THREADED: &str = "threaded";

/// The groups of one sandbox.
#[derive(Debug)]
pub struct Group {
    places: Places,
    share: Share,
    /// The files by which a process enters those that it can enter by itself, until one has.
    entrances: Vec<OwnedFd>,
}

impl Group {
    /// Makes them below `spawner`'s own, called `name` and without limits.
    pub fn make(spawner: &Places, name: u64) -> io::Result<Self> {
        let places = spawner.below(&name.to_string());
        match places.make().and_then(|()| open_entrances(&places)) {
            Ok(entrances) => Ok(Self { places, share: Share::of(0), entrances }),
            Err(error) => {
                let _ = places.remove();
                Err(error)
            }
        }
    }

    /// Sets the limits of `plan` and, for the init, gives at least one whole CPU.
    pub fn limit(&mut self, plan: &Plan) -> io::Result<()> {
        self.share = Share::of(plan.memory_mib);
        let memory = (u64::from(plan.memory_mib) + limits::MEMORY_ALLOWANCE_MIB) << 20;
        if let Some(place) = &self.places.memory {
            match place.version {
                Version::V1 => {
                    // Absent where the kernel does not account for swap. Never below the other: first where both
                    // rise, last where both fall.
                    let with_swap = || write(&place.path, "memory.memsw.limit_in_bytes", memory);
                    let _ = with_swap();
                    write(&place.path, "memory.limit_in_bytes", memory)?;
                    let _ = with_swap();
                    // Counted beside the memory; absent where the kernel does not know it.
                    let _ = write(&place.path, "memory.kmem.tcp.limit_in_bytes", limits::TCP_MEMORY);
                }
                Version::V2 | Version::Threaded => {
                    write(&place.path, "memory.max", memory)?;
                    let _ = write(&place.path, "memory.swap.max", 0);
                }
            }
        }
        if let Some(place) = &self.places.pids {
            write(&place.path, "pids.max", plan.pids)?;
        }
        self.give_cpu(self.share.quota_micros.max(limits::CPU_PERIOD_MICROS))
    }

    /// After the init, the share that the memory size gives.
    pub fn settle(&self) -> io::Result<()> {
        self.give_cpu(self.share.quota_micros)
    }

    fn give_cpu(&self, quota: u64) -> io::Result<()> {
        let Some(place) = &self.places.cpu else { return Ok(()) };
        let period = limits::CPU_PERIOD_MICROS;
        match place.version {
            Version::V1 => {
                write(&place.path, "cpu.cfs_period_us", period)?;
                write(&place.path, "cpu.cfs_quota_us", quota)?;
                write(&place.path, "cpu.shares", self.share.weight_v1)
            }
            Version::V2 | Version::Threaded => {
                write(&place.path, "cpu.max", format!("{quota} {period}"))?;
                write(&place.path, "cpu.weight", self.share.weight_v2)
            }
        }
    }

    /// The v2 directory a process can be born into.
    pub fn birthplace(&self) -> io::Result<Option<OwnedFd>> {
        let v2 = self.places.directories().into_iter().find(|place| place.version == Version::V2);
        v2.map(|place| File::open(&place.path).map(OwnedFd::from)).transpose()
    }

    /// For a process to `enter` by: all but those of v2.
    pub fn entrances(&mut self) -> Vec<OwnedFd> {
        std::mem::take(&mut self.entrances)
    }

    /// Moves a process into the v2 group.
    pub fn take_in(&self, pid: i32) -> io::Result<()> {
        self.of_version(Version::V2).try_for_each(|place| write(&place.path, "cgroup.procs", pid))
    }

    /// Sees to it that a process is in all groups. Those that it can enter by itself it has to have entered.
    pub fn adopt(&self, pid: i32) -> io::Result<()> {
        let memberships = fs::read_to_string(format!("/proc/{pid}/cgroup"))?;
        let places = enterable(&self.places);
        if places.first().is_some_and(|place| entered(&memberships, &place.path) < places.len()) {
            return Err(io::Error::other("it has not entered them"));
        }
        self.take_in(pid)
    }

    fn of_version(&self, version: Version) -> impl Iterator<Item = &Place> {
        self.places.directories().into_iter().filter(move |place| place.version == version)
    }

    /// Processes in them.
    pub fn population(&self) -> io::Result<usize> {
        let place = self.places.directories().into_iter().next();
        place.map_or(Ok(0), |place| Ok(fs::read_to_string(place.path.join("cgroup.procs"))?.lines().count()))
    }

    pub fn limits_memory(&self) -> bool {
        self.places.memory.is_some()
    }

    /// What the server reads and writes while the sandbox lives.
    pub fn controls(&self) -> Vec<(Handed, File)> {
        let mut controls = Vec::new();
        let mut offer = |handed, place: &Option<Place>, v1: &str, v2: &str, writable: bool| {
            let Some(place) = place else { return };
            let name = if place.version == Version::V1 { v1 } else { v2 };
            // A kernel without this file (memory.peak is young) leaves its reader without an answer, not us without a sandbox.
            if let Ok(file) = OpenOptions::new().read(true).write(writable).open(place.path.join(name)) {
                controls.push((handed, file));
            }
        };
        let freeze = match self.places.freezer.as_ref().map(|place| place.version) {
            Some(Version::V1) => FreezeKind::V1,
            _ => FreezeKind::V2,
        };
        offer(Handed::Freeze(freeze), &self.places.freezer, "freezer.state", "cgroup.freeze", true);
        let memory = &self.places.memory;
        offer(Handed::PeakMemory, memory, "memory.max_usage_in_bytes", "memory.peak", false);
        offer(Handed::CurrentMemory, memory, "memory.usage_in_bytes", "memory.current", false);
        offer(Handed::OutOfMemory, memory, "memory.oom_control", "memory.events", false);
        offer(Handed::CpuTime, &self.places.cpuacct, "cpuacct.usage", "cpu.stat", false);
        controls
    }

    /// Lets frozen processes run into the signal that waits for them: the v1 freezer holds even SIGKILL back.
    pub fn thaw(&self) {
        if let Some(place) = self.places.freezer.as_ref().filter(|place| place.version == Version::V1) {
            let _ = write(&place.path, "freezer.state", "THAWED");
        }
    }

    pub fn remove(&self) -> io::Result<()> {
        self.places.remove()
    }
}

/// Those that a process may enter by itself.
fn enterable(places: &Places) -> Vec<&Place> {
    places.directories().into_iter().filter(|place| place.version != Version::V2).collect()
}

/// In how many hierarchies a process with these memberships, lines `id:controllers:path`, is in a group that is called as
/// this one is. Where the hierarchies are on this host need not be known: no other group has its last two names.
fn entered(memberships: &str, group: &Path) -> usize {
    let name: PathBuf = group.iter().skip(group.iter().count().saturating_sub(2)).collect();
    let path = |line: &'_ str| line.splitn(3, ':').nth(2).map(PathBuf::from);
    memberships.lines().filter_map(path).filter(|path| path.ends_with(&name)).count()
}

fn open_entrances(places: &Places) -> io::Result<Vec<OwnedFd>> {
    let file = |place: &Place| if place.version == Version::V1 { "tasks" } else { "cgroup.threads" };
    let open = |place: &Place| OpenOptions::new().write(true).open(place.path.join(file(place)));
    enterable(places).into_iter().map(|place| open(place).map(OwnedFd::from)).collect()
}

/// Moves this process, which has one thread, through `entrances`. Whoever moves another waits for a grace period of the
/// kernel, which takes some 10 ms, and so does everybody behind him; whoever moves himself does not.
pub fn enter(entrances: &[OwnedFd]) -> io::Result<()> {
    entrances.iter().try_for_each(|entrance| rustix::io::write(entrance, b"0").map(drop).map_err(Into::into))
}

/// What of the CPU a memory size gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Share {
    quota_micros: u64,
    weight_v1: u64,
    weight_v2: u64,
}

impl Share {
    fn of(memory_mib: u32) -> Self {
        let memory = u64::from(memory_mib);
        let quota = limits::CPU_PERIOD_MICROS * memory / limits::MIB_PER_VCPU;
        Self {
            quota_micros: quota.max(limits::CPU_QUOTA_MIN_MICROS),
            weight_v1: (1024 * memory / limits::MIB_PER_VCPU).max(2),
            weight_v2: (100 * memory / limits::MIB_PER_VCPU).clamp(1, 10_000),
        }
    }
}

fn write(directory: &Path, name: &str, value: impl ToString) -> io::Result<()> {
    let path = directory.join(name);
    let written = OpenOptions::new().write(true).open(&path).and_then(|mut file| {
        // In one call: these files take a value per write.
        file.write_all(value.to_string().as_bytes())
    });
    written.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_follows_memory_as_lambda_has_it() {
        for (memory, quota, v1, v2) in
            [(128, 1_447, 74, 7), (1769, 20_000, 1024, 100), (3538, 40_000, 2048, 200), (1, 1_000, 2, 1)]
        {
            let share = Share { quota_micros: quota, weight_v1: v1, weight_v2: v2 };
            assert_eq!(Share::of(memory), share, "{memory} MiB");
        }
    }

    #[test]
    fn a_process_is_where_its_memberships_say() {
        let memberships =
            "3:memory:/jobs/1/dayfly-7/85\n2:cpu,cpuacct:/dayfly-7/85\n1:pids:/dayfly-7/8\n0::/dayfly-7/85";
        for (group, hierarchies) in
            [("/m/jobs/1/dayfly-7/85", 3), ("/p/dayfly-7/8", 1), ("/p/dayfly-77/8", 0), ("/p/dayfly-7/5", 0)]
        {
            assert_eq!(entered(memberships, Path::new(group)), hierarchies, "{group}");
        }
    }

    #[test]
    fn a_hierarchy_with_several_controllers_counts_once() {
        let at = |path: &str| Some(Place { version: Version::V1, path: path.into() });
        let places = Places { memory: at("/m"), cpu: at("/c"), cpuacct: at("/c"), pids: None, freezer: None };
        let paths: Vec<_> = places.below("7").directories().iter().map(|place| place.path.clone()).collect();
        assert_eq!(paths, [PathBuf::from("/m/7"), PathBuf::from("/c/7")]);
    }
}
