//! A second process beside the spawner, which waits for the spawner's end and removes what the spawner could not: one that
//! was killed leaves cgroups and tables behind. Nobody's child, so that what kills a whole family misses it.

use std::fs;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, WaitOptions, getpid, kill_process, pidfd_open, waitpid};

use crate::syscall::{self, Fork};
use crate::{cgroup, command_line, uplink};

/// Leaves one behind for the calling process, the spawner.
pub fn leave() -> std::io::Result<()> {
    let spawner = getpid();
    match syscall::fork()? {
        Fork::Parent(midwife) => {
            waitpid(Pid::from_raw(midwife), WaitOptions::empty())?;
            Ok(())
        }
        Fork::Child => {
            if let Ok(Fork::Child) = syscall::fork() {
                sweep_after(spawner);
            }
            syscall::exit(0)
        }
    }
}

fn sweep_after(spawner: Pid) {
    let _ = syscall::close_from(3);
    let _ = rustix::thread::set_name(c"dayfly-sweeper");
    let _ = command_line::replace("dayfly-sweeper");
    if let Ok(process) = pidfd_open(spawner, PidfdFlags::empty()) {
        while poll(&mut [PollFd::new(&process, PollFlags::IN)], None) == Err(Errno::INTR) {}
    }
    end_session(spawner);
    cgroup::remove_leftovers(&cgroup::find());
    if rustix::process::geteuid().is_root() {
        uplink::remove_leftovers();
    }
}

/// What it has started on the host goes too.
fn end_session(spawner: Pid) {
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let pid = entry.file_name().to_str().and_then(|name| Pid::from_raw(name.parse().ok()?));
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        if let Some(pid) = pid.filter(|pid| *pid != getpid() && session(&stat) == Some(spawner)) {
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}

/// Source: proc_pid_stat(5), field 6, counted from the third, which follows the name in parentheses.
fn session(stat: &str) -> Option<Pid> {
    let (_, after_name) = stat.rsplit_once(") ")?;
    Pid::from_raw(after_name.split_ascii_whitespace().nth(6 - 3)?.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_is_read_behind_any_name() {
        assert_eq!(session("7 (a ) b) S 1 2 33 4"), Pid::from_raw(33));
        assert_eq!(session("2 (kthreadd) S 0 0 0 0"), None);
        assert_eq!(session(""), None);
    }
}
