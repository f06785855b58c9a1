//! A second process beside the spawner, which waits for the spawner's end and removes what the spawner could not: one that
//! was killed leaves cgroups and tables behind. Nobody's child, so that what kills a whole family misses it.

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, WaitOptions, getpid, pidfd_open, waitpid};

use crate::spawner::command_line;
use crate::syscall::{self, Fork};
use crate::{cgroup, uplink};

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
    cgroup::remove_leftovers(&cgroup::find());
    if rustix::process::geteuid().is_root() {
        uplink::remove_leftovers();
    }
}
