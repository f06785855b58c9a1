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
use crate::keeper;
use crate::limits;
use crate::network::Network;
use crate::plan::{Handed, Plan, Reply};
use crate::syscall;

/// A sandbox whose program is being executed.
pub struct Built {
    pub pid: i32,
    pub process: OwnedFd,
    pub group: Group,
    /// To its init, which no longer listens unless it keeps a template.
    pub init: Channel,
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

pub fn step<T, E: ToString>(doing: &'static str, result: Result<T, E>) -> Result<T, Reply> {
    result.map_err(|error| failed(doing, error))
}

pub fn build(plan: &Plan, ids: &Ids, pool: &mut Pool, filter: &[libc::sock_filter]) -> Result<Built, Reply> {
    step("the plan", plan.check())?;
    let mut group = step("making cgroups", pool.group())?;
    let begun = step("setting limits", group.limit(plan))
        .and_then(|()| step("making a network", pool.network(&plan.ports)))
        .and_then(|network| start(plan, &group, filter, ids, network));
    match begun {
        Err(reply) => {
            let _ = group.remove();
            Err(reply)
        }
        Ok(Begun { pid, process, builder, mut handed }) => {
            let progress = group
                .take_in(pid)
                .map_err(|error| failed("entering cgroups", error))
                .and_then(|()| lead(pid, &builder, ids));
            match progress {
                Ok(listeners) => {
                    handed.extend(listeners.into_iter().map(|listener| (Handed::Listener, listener)));
                    handed.extend(group.controls().into_iter().map(|(name, file)| (name, file.into())));
                    Ok(Built { pid, process, group, init: builder, handed })
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
    let (status, their_status) = step("making a pipe", pipe())?;
    let (output, their_output) = step("making a pipe", pipe())?;
    let mut handed = vec![(Handed::Status, status), (Handed::Output, output)];
    let mut their_frames = None;
    if plan.framed {
        // A template is not spoken with in frames: its socket carries descriptors.
        let pair = if ids.template.is_some() { packets() } else { stream() };
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
        None => {
            // The spawner's end: while it is open here, the spawner's death would not be heard.
            drop(builder);
            let outfit = Outfit {
                plan,
                filter,
                builder: theirs,
                status: their_status,
                output: their_output,
                frames: their_frames,
                network,
                owner: ids.owner(),
                privileged: ids.privileged,
            };
            if ids.template.is_some() { keeper::run(&outfit) } else { inside::run(outfit) }
        }
    }
}

pub fn pipe() -> rustix::io::Result<(OwnedFd, OwnedFd)> {
    pipe_with(PipeFlags::CLOEXEC)
}

pub fn stream() -> rustix::io::Result<(OwnedFd, OwnedFd)> {
    socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)
}

fn packets() -> rustix::io::Result<(OwnedFd, OwnedFd)> {
    socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)
}

/// Leads the new process through its building; returns the descriptors that it hands over.
fn lead(pid: i32, builder: &Channel, ids: &Ids) -> Result<Vec<OwnedFd>, Reply> {
    if !ids.privileged {
        step("mapping ids", ids.map(pid))?;
    }
    follow(builder, || ids.map(pid))
}

/// Follows a process that builds, and answers when it asks for its ids.
pub fn follow(builder: &Channel, map: impl Fn() -> io::Result<()>) -> Result<Vec<OwnedFd>, Reply> {
    let until = Instant::now() + limits::BUILD;
    step("letting it build", builder.send(&Go, &[]))?;
    let mut handed = Vec::new();
    loop {
        wait_readable(builder, until)?;
        let (progress, descriptors) = step("following it", builder.receive::<Progress>())?;
        handed.extend(descriptors);
        match progress {
            Progress::Listening => {}
            Progress::WantsIds => {
                step("mapping ids", map())?;
                step("letting it go on", builder.send(&Go, &[]))?;
            }
            Progress::Ready => return Ok(handed),
            Progress::Failed { step, error } => return Err(Reply::Failed { step, error }),
        }
    }
}

pub fn wait_readable(builder: &Channel, until: Instant) -> Result<(), Reply> {
    let left = until.saturating_duration_since(Instant::now());
    let timeout = Timespec { tv_sec: left.as_secs() as i64, tv_nsec: left.subsec_nanos().into() };
    let mut waiting = [PollFd::new(builder, PollFlags::IN)];
    match step("following it", poll(&mut waiting, Some(&timeout)))? {
        0 => Err(failed("following it", "it took too long")),
        _ => Ok(()),
    }
}

pub fn abandon(pid: i32, process: &OwnedFd, group: &Group) {
    let _ = pidfd_send_signal(process, Signal::KILL);
    group.thaw();
    // Not every sandbox is a child of this process, but each has a descriptor that tells its end.
    let _ = poll(&mut [PollFd::new(process, PollFlags::IN)], None);
    if let Some(pid) = Pid::from_raw(pid) {
        let _ = waitpid(Some(pid), WaitOptions::NOHANG);
    }
    let _ = group.remove();
}

/// Who a sandbox is on the host.
pub struct Ids {
    uid: u32,
    gid: u32,
    privileged: bool,
    /// The first of the ids that a template gives to its sandboxes.
    template: Option<u32>,
}

impl Ids {
    /// A uid that no other living sandbox has; without privilege, the only one there is: our own.
    pub fn of(sandbox: u64, privileged: bool) -> Self {
        if privileged {
            let id = limits::UID_BASE + (sandbox % limits::UID_RANGE) as u32;
            Self { uid: id, gid: id, privileged, template: None }
        } else {
            let (uid, gid) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
            Self { uid, gid, privileged, template: None }
        }
    }

    /// Those of a template: the first of its slice for itself, the rest for the sandboxes made from it.
    pub fn of_template(template: u64) -> Self {
        let slice = (template % limits::TEMPLATE_SLICES) as u32;
        let id = limits::TEMPLATE_UID_BASE + slice * limits::TEMPLATE_SLICE;
        Self { uid: id, gid: id, privileged: true, template: Some(id + 1) }
    }

    /// The id of the template's sandbox of this number.
    pub fn child(&self, number: u32) -> u32 {
        self.template.unwrap_or(self.uid) + number % (limits::TEMPLATE_SLICE - 1)
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
        let in_hosts = self.privileged && self.template.is_none();
        if in_hosts { (self.uid, self.gid) } else { (limits::UID_INSIDE, limits::GID_INSIDE) }
    }

    fn map(&self, pid: i32) -> io::Result<()> {
        if !self.privileged {
            fs::write(format!("/proc/{pid}/setgroups"), "deny")?;
        }
        let rest = self
            .template
            .map_or(String::new(), |first| format!("\n{first} {first} {}", limits::TEMPLATE_SLICE - 1));
        fs::write(format!("/proc/{pid}/gid_map"), format!("{} {} 1{rest}", limits::GID_INSIDE, self.gid))?;
        fs::write(format!("/proc/{pid}/uid_map"), format!("{} {} 1{rest}", limits::UID_INSIDE, self.uid))
    }
}
