//! The spawner's side of building one sandbox: its cgroups, its process, its ids, and what is handed to the server.

use std::fs;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, Signal, WaitOptions, pidfd_send_signal, waitpid};

use super::pool::Pool;
use crate::cgroup::Group;
use crate::channel::Channel;
use crate::inside::{self, Go, Outfit, Progress};
use crate::limits;
use crate::network::Network;
use crate::plan::{Handed, Plan, Reply};
use crate::syscall;

/// A sandbox whose program is being executed.
pub struct Built {
    pub pid: i32,
    pub process: OwnedFd,
    pub group: Group,
    pub handed: Vec<(Handed, OwnedFd)>,
}

impl Built {
    pub fn abandon(self) {
        abandon(self.pid, &self.process, &self.group);
    }
}

pub fn failed(step: &str, error: impl ToString) -> Reply {
    Reply::Failed { step: step.to_owned(), error: error.to_string() }
}

fn step<T, E: ToString>(doing: &'static str, result: Result<T, E>) -> Result<T, Reply> {
    result.map_err(|error| failed(doing, error))
}

pub fn build(
    plan: &Plan,
    pool: &mut Pool,
    filter: &[libc::sock_filter],
    privileged: bool,
) -> Result<Built, Reply> {
    step("the plan", plan.check())?;
    let mut group = step("making cgroups", pool.group())?;
    let ids = Ids::of(plan.id, privileged);
    let begun = step("setting limits", group.limit(plan))
        .and_then(|()| step("making a network", pool.network(&plan.ports)))
        .and_then(|network| start(plan, &group, filter, &ids, network));
    match begun {
        Err(reply) => {
            let _ = group.remove();
            Err(reply)
        }
        Ok(Begun { pid, process, builder, mut handed }) => {
            let progress = group
                .take_in(pid)
                .map_err(|error| failed("entering cgroups", error))
                .and_then(|()| follow(pid, &builder, &ids));
            match progress {
                Ok(listeners) => {
                    handed.extend(listeners.into_iter().map(|listener| (Handed::Listener, listener)));
                    handed.extend(group.controls().into_iter().map(|(name, file)| (name, file.into())));
                    Ok(Built { pid, process, group, handed })
                }
                Err(reply) => {
                    abandon(pid, &process, &group);
                    Err(reply)
                }
            }
        }
    }
}

struct Begun {
    pid: i32,
    process: OwnedFd,
    builder: Channel,
    handed: Vec<(Handed, OwnedFd)>,
}

fn start(
    plan: &Plan,
    group: &Group,
    filter: &[libc::sock_filter],
    ids: &Ids,
    network: Option<Network>,
) -> Result<Begun, Reply> {
    let (builder, theirs) = step("making a channel", Channel::pair())?;
    let (status, their_status) = step("making a pipe", pipe_with(PipeFlags::CLOEXEC))?;
    let (output, their_output) = step("making a pipe", pipe_with(PipeFlags::CLOEXEC))?;
    let mut handed = vec![(Handed::Status, status), (Handed::Output, output)];
    let mut their_frames = None;
    if plan.framed {
        let pair = socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None);
        let (ours, theirs) = step("making a socket", pair)?;
        handed.push((Handed::Frames, ours));
        their_frames = Some(theirs);
    }
    let birthplace = step("opening a cgroup", group.birthplace())?;
    let namespaces = ids.namespaces() | if network.is_none() { libc::CLONE_NEWNET as u64 } else { 0 };
    let cloned = syscall::clone_into(namespaces, birthplace.as_ref().map(AsFd::as_fd));
    match step("making namespaces", cloned)? {
        Some((pid, process)) => {
            let listeners = network.map(|network| network.listeners).unwrap_or_default();
            handed.extend(listeners.into_iter().map(|listener| (Handed::Listener, listener.into())));
            Ok(Begun { pid, process, builder, handed })
        }
        None => inside::run(Outfit {
            plan,
            filter,
            builder: theirs,
            status: their_status,
            output: their_output,
            frames: their_frames,
            network,
            owner: ids.owner(),
            privileged: ids.privileged,
        }),
    }
}

/// Leads the new process through its building; returns the listeners that it made.
fn follow(pid: i32, builder: &Channel, ids: &Ids) -> Result<Vec<OwnedFd>, Reply> {
    let until = Instant::now() + limits::BUILD;
    if !ids.privileged {
        step("mapping ids", ids.map(pid))?;
    }
    step("letting it build", builder.send(&Go, &[]))?;
    let mut listeners = Vec::new();
    loop {
        wait_readable(builder, until)?;
        let (progress, descriptors) = step("following it", builder.receive::<Progress>())?;
        match progress {
            Progress::Listening => listeners = descriptors,
            Progress::WantsIds => {
                step("mapping ids", ids.map(pid))?;
                step("letting it go on", builder.send(&Go, &[]))?;
            }
            Progress::Ready => return Ok(listeners),
            Progress::Failed { step, error } => return Err(Reply::Failed { step, error }),
        }
    }
}

fn wait_readable(builder: &Channel, until: Instant) -> Result<(), Reply> {
    let left = until.saturating_duration_since(Instant::now());
    let timeout = Timespec { tv_sec: left.as_secs() as i64, tv_nsec: left.subsec_nanos().into() };
    let mut waiting = [PollFd::new(builder, PollFlags::IN)];
    match step("following it", poll(&mut waiting, Some(&timeout)))? {
        0 => Err(failed("following it", "it took too long")),
        _ => Ok(()),
    }
}

fn abandon(pid: i32, process: &OwnedFd, group: &Group) {
    let _ = pidfd_send_signal(process, Signal::KILL);
    if let Some(pid) = Pid::from_raw(pid) {
        let _ = waitpid(Some(pid), WaitOptions::empty());
    }
    let _ = group.remove();
}

/// Who a sandbox is on the host.
struct Ids {
    uid: u32,
    gid: u32,
    privileged: bool,
}

impl Ids {
    /// A uid that no other living sandbox has; without privilege, the only one there is: our own.
    fn of(sandbox: u64, privileged: bool) -> Self {
        if privileged {
            let id = limits::UID_BASE + (sandbox % limits::UID_RANGE) as u32;
            Self { uid: id, gid: id, privileged }
        } else {
            let (uid, gid) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
            Self { uid, gid, privileged }
        }
    }

    /// All but that of the network.
    fn namespaces(&self) -> u64 {
        let flags = libc::CLONE_NEWNS | libc::CLONE_NEWPID | libc::CLONE_NEWIPC | libc::CLONE_NEWUTS;
        // With privilege the user namespace comes last: nothing then belongs to it, so even a process that gained
        // every capability in it would have none over the mounts, the network or the host name.
        let flags = if self.privileged { flags } else { flags | libc::CLONE_NEWUSER };
        flags as u64
    }

    /// The owner of `/tmp` as the mounting process names it.
    fn owner(&self) -> (u32, u32) {
        if self.privileged { (self.uid, self.gid) } else { (limits::UID_INSIDE, limits::GID_INSIDE) }
    }

    fn map(&self, pid: i32) -> io::Result<()> {
        if !self.privileged {
            fs::write(format!("/proc/{pid}/setgroups"), "deny")?;
        }
        fs::write(format!("/proc/{pid}/gid_map"), format!("{} {} 1", limits::GID_INSIDE, self.gid))?;
        fs::write(format!("/proc/{pid}/uid_map"), format!("{} {} 1", limits::UID_INSIDE, self.uid))
    }
}
