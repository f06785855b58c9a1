//! The same cases in processes that have less rights over the machine: what holds there, and why the rest does not.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Root,
    /// No right over anything.
    Without,
    /// The same, in a cgroup that root has given away.
    Delegated,
}

/// Of nobody on this machine.
const UID: u32 = 54321;
/// Is set where a cgroup was given away.
const DELEGATED: &str = "DAYFLY_TEST_DELEGATED";

/// Parts of the names of cases that need root, and what for.
const ROOT_ONLY: [(&str, &str); 6] = [
    ("bench::", "what root has is what is measured"),
    ("templates::", "a template has a slice of the host's ids, which only root gives"),
    ("snapshots::", "a template has a slice of the host's ids, which only root gives"),
    (" as forks", "a template has a slice of the host's ids, which only root gives"),
    ("outside::", "only root connects a sandbox"),
    ("instances_have_users_of_their_own", "all sandboxes have the one user who started the platform"),
];
/// Of those that show what a group of one's own is good for.
const WITH_GROUPS: [&str; 6] = [
    "python_answers",
    "an_idle_instance_is_frozen",
    "processes_are_limited",
    "what_is_left_behind_ends",
    "nothing_is_left_after_many_cycles",
    "a_killed_",
];

impl Mode {
    pub fn current() -> Self {
        match (rustix::process::geteuid().is_root(), std::env::var_os(DELEGATED)) {
            (true, _) => Self::Root,
            (false, None) => Self::Without,
            (false, Some(_)) => Self::Delegated,
        }
    }

    /// What is put behind the name of a case.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Root => "",
            Self::Without => " without root",
            Self::Delegated => " without root in a group of its own",
        }
    }

    pub fn has_groups(self) -> bool {
        self != Self::Without
    }

    /// Whether a case says something in this mode.
    pub fn concerns(self, case: &str) -> bool {
        self != Self::Delegated || WITH_GROUPS.iter().any(|part| case.contains(part))
    }

    /// Why a case cannot hold in this mode.
    pub fn obstacle(self, case: &str) -> Option<&'static str> {
        let found = ROOT_ONLY.iter().find(|(part, _)| self != Self::Root && case.contains(part));
        found.map(|(_, reason)| *reason)
    }
}

/// Runs this program again as somebody who is not root, without and with a group; whether all held.
pub fn run_without_root(arguments: &[String]) -> bool {
    let folder = tempfile::Builder::new().permissions(PermissionsExt::from_mode(0o755)).tempdir();
    let folder = folder.expect("a directory");
    let program = folder.path().join("sandboxes");
    fs::copy(std::env::current_exe().expect("this program"), &program).expect("a copy");
    chown(folder.path(), Some(UID), Some(UID)).expect("root gives away");
    let held = run(&program, None, arguments);
    let Some(group) = delegate() else {
        println!("skipped all in a group of its own: there is no cgroup of version 2");
        return held;
    };
    let held_in_group = run(&program, Some(&group), arguments);
    let _ = fs::remove_dir(group);
    held && held_in_group
}

fn run(program: &Path, group: Option<&Path>, arguments: &[String]) -> bool {
    let enter = group.map_or(String::new(), |group| format!("echo $$ > {}/cgroup.procs; ", group.display()));
    let leave = format!("exec setpriv --reuid {UID} --regid {UID} --clear-groups \"$0\" \"$@\"");
    let folder = program.parent().unwrap_or(program);
    let mut command = Command::new("sh");
    command.arg("-c").arg(enter + &leave).arg(program).args(arguments);
    command.current_dir("/").env("TMPDIR", folder).env("HOME", folder);
    if group.is_some() {
        command.env(DELEGATED, "1");
    }
    command.status().is_ok_and(|status| status.success())
}

/// Makes a group and gives it away, as systemd does with `Delegate=`.
fn delegate() -> Option<PathBuf> {
    let mounts = fs::read_to_string("/proc/self/mounts").ok()?;
    let tree = mounts.lines().find(|line| line.split(' ').nth(2) == Some("cgroup2"))?.split(' ').nth(1)?;
    let group = Path::new(tree).join(format!("test-{}", std::process::id()));
    fs::create_dir(&group).ok()?;
    for name in ["", "cgroup.procs", "cgroup.threads", "cgroup.subtree_control"] {
        chown(group.join(name), Some(UID), Some(UID)).ok()?;
    }
    Some(group)
}
