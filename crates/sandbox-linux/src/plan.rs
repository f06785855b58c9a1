//! Plans of sandboxes, and what came of them.

use std::path::{Component, Path, PathBuf};

use sandbox::Egress;
use serde::{Deserialize, Serialize};

/// One sandbox, self-contained.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Plan {
    /// Never used again by this server; the sandbox's host uid follows from it.
    pub id: u64,
    /// An absolute program inside the sandbox, and its arguments.
    pub command: Vec<String>,
    pub environment: Vec<(String, String)>,
    /// Host paths that appear read-only at the same place.
    pub roots: Vec<PathBuf>,
    /// Appears at `/var/task`.
    pub code: PathBuf,
    /// Appear at `/opt`, the last on top.
    pub layers: Vec<PathBuf>,
    /// Appears at `/var/runtime`.
    pub guest: Option<PathBuf>,
    pub tmp_mib: u32,
    pub memory_mib: u32,
    pub pids: u32,
    pub descriptors: u32,
    /// Loopback ports on which the server listens inside.
    pub ports: Vec<u16>,
    pub egress: Egress,
    /// Whether the program gets a socket for frames, as descriptor 3.
    pub framed: bool,
}

/// From where plans may take what they show. Told by a server that is still what the spawner is, for the time when it is
/// root no more: whoever then speaks in its name must not have the spawner show them the host.
#[derive(Debug, Serialize, Deserialize)]
pub struct Bounds {
    /// Code, layers and guests lie below.
    pub data: PathBuf,
    /// The directories of runtimes.
    pub roots: Vec<PathBuf>,
}

impl Bounds {
    /// Whether a plan, checked for itself, keeps to them; the phrase says what does not.
    pub fn check(&self, plan: &Plan) -> Result<(), &'static str> {
        let mut kept = plan.layers.iter().chain(&plan.guest).chain([&plan.code]);
        if !kept.all(|path| path.starts_with(&self.data)) {
            return Err("code, a layer or the guest lies outside of the data directory");
        }
        if !plan.roots.iter().all(|root| self.roots.contains(root)) {
            return Err("a root is none of a runtime");
        }
        Ok(())
    }
}

/// What the spawner answers, and to which request: that with the plan of this id.
#[derive(Debug, Serialize, Deserialize)]
pub struct Answer {
    pub id: u64,
    pub reply: Reply,
}

/// What came of a request; descriptors travel with it in the order of `handed`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Reply {
    Started {
        handed: Vec<Handed>,
    },
    /// Nothing is left of the attempt.
    Failed {
        step: String,
        error: String,
    },
    /// The template cannot be forked.
    Unfit(Unfit),
}

/// Why a template is not used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unfit {
    /// It has as many forks as it may have.
    NotNow,
    /// Not this one, for a reason that need not hold for another: for people.
    Lost(String),
    /// Nor will it ever be: the reason, for people.
    Never(String),
}

/// What a descriptor that the spawner hands to the server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Handed {
    /// The sandbox's init writes here how the program ended.
    Status,
    /// Read end of the program's standard output and error.
    Output,
    /// The server's end of the socket for frames.
    Frames,
    /// A listener inside, in the order of the plan's ports; the last is the socket for datagrams that ask for names.
    Listener,
    /// `cgroup.freeze` (v2) or `freezer.state` (v1).
    Freeze(FreezeKind),
    /// Its init, as a process, where no cgroup tells what is in it.
    Init,
    PeakMemory,
    CurrentMemory,
    /// `memory.oom_control` (v1) or `memory.events` (v2).
    OutOfMemory,
    /// `cpuacct.usage` in nanoseconds (v1) or `cpu.stat` (v2).
    CpuTime,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FreezeKind {
    V1,
    V2,
}

/// How the program inside ended, as the sandbox's init saw it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Exit {
    Status(i32),
    Signal(i32),
    /// It could not be executed at all: the system's error number.
    NotExecuted(i32),
}

/// What the sandbox's init tells the server.
#[derive(Debug, Serialize, Deserialize)]
pub enum Told {
    Ended(Exit),
    /// There was never a program: the last walls could not be put up.
    NotSetUp {
        step: String,
        error: String,
    },
}

/// Places inside that a runtime's own directories must not cover.
const RESERVED: [&str; 8] = ["/etc", "/proc", "/dev", "/sys", "/var/task", "/var/runtime", "/opt", "/usr"];
const MAX_ROOTS: usize = 32;
/// Ids are kept together with what they are the id of, in one number.
const MAX_ID: u64 = u64::MAX >> 8;
/// AWS allows five.
const MAX_LAYERS: usize = 16;

impl Plan {
    /// Whether the spawner will have it; the phrase says what is wrong.
    pub fn check(&self) -> Result<(), &'static str> {
        if self.id > MAX_ID {
            return Err("its id is too large");
        }
        let program = self.command.first().ok_or("the command is empty")?;
        if !is_plain(Path::new(program)) {
            return Err("the program's path is not absolute and plain");
        }
        let strings =
            self.command.iter().chain(self.environment.iter().flat_map(|(name, value)| [name, value]));
        if strings.clone().any(|string| string.contains('\0')) {
            return Err("a string holds a zero byte");
        }
        if self.environment.iter().any(|(name, _)| name.is_empty() || name.contains('=')) {
            return Err("a variable's name is empty or holds '='");
        }
        if self.roots.len() > MAX_ROOTS || self.layers.len() > MAX_LAYERS || self.ports.len() > 3 {
            return Err("there are too many roots, layers or ports");
        }
        let sources = self.roots.iter().chain(&self.layers).chain(&self.guest).chain([&self.code]);
        if sources.clone().any(|path| !is_plain(path)) {
            return Err("a path is not absolute and plain");
        }
        if self.roots.iter().any(|root| RESERVED.iter().any(|reserved| root.starts_with(reserved))) {
            return Err("a root lies where the sandbox has something else");
        }
        Ok(())
    }
}

/// Absolute, below `/`, without `.` and `..`.
fn is_plain(path: &Path) -> bool {
    let mut components = path.components();
    components.next() == Some(Component::RootDir)
        && path.parent().is_some()
        && components.all(|component| matches!(component, Component::Normal(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        Plan {
            id: 1,
            command: vec!["/var/task/bootstrap".into()],
            environment: vec![("A".into(), "b=c".into())],
            roots: vec!["/root/.pyenv/versions/3.12.1".into()],
            code: "/data/code".into(),
            layers: vec![],
            guest: None,
            tmp_mib: 512,
            memory_mib: 128,
            pids: 1024,
            descriptors: 1024,
            ports: vec![9001],
            egress: Egress::None,
            framed: false,
        }
    }

    #[test]
    fn a_plain_plan_is_taken() {
        assert_eq!(plan().check(), Ok(()));
    }

    #[test]
    fn bounds_keep_plans_to_the_data_directory_and_the_runtimes() {
        let bounds = Bounds { data: "/data".into(), roots: vec!["/root/.pyenv/versions/3.12.1".into()] };
        assert_eq!(bounds.check(&plan()), Ok(()));
        type Change = fn(&mut Plan);
        let cases: [(&str, Change); 5] = [
            ("code", |plan| plan.code = "/etc".into()),
            ("code beside", |plan| plan.code = "/database".into()),
            ("layer", |plan| plan.layers.push("/root/.ssh".into())),
            ("guest", |plan| plan.guest = Some("/home".into())),
            ("root", |plan| plan.roots.push("/root/.ssh".into())),
        ];
        for (name, change) in cases {
            let mut plan = plan();
            change(&mut plan);
            assert!(bounds.check(&plan).is_err(), "{name}");
        }
    }

    #[test]
    fn what_could_mislead_the_spawner_is_refused() {
        type Change = fn(&mut Plan);
        let cases: [(&str, Change); 10] = [
            ("huge id", |plan| plan.id = u64::MAX),
            ("no command", |plan| plan.command.clear()),
            ("relative program", |plan| plan.command[0] = "bootstrap".into()),
            ("program above", |plan| plan.command[0] = "/var/task/../../bin/sh".into()),
            ("zero byte", |plan| plan.command.push("a\0b".into())),
            ("odd variable", |plan| plan.environment.push(("A=B".into(), String::new()))),
            ("host's root", |plan| plan.roots.push("/".into())),
            ("covering /etc", |plan| plan.roots.push("/etc/ssl".into())),
            ("relative code", |plan| plan.code = "code".into()),
            ("too many ports", |plan| plan.ports = vec![1, 2, 3, 4]),
        ];
        for (name, change) in cases {
            let mut plan = plan();
            change(&mut plan);
            assert!(plan.check().is_err(), "{name}");
        }
    }
}
