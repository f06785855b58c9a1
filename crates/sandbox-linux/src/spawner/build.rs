//! The spawner's side of building one sandbox: its cgroups, its process, its ids, and what is handed to the server.

use std::fs;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::time::Instant;

use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use rustix::pipe::{PipeFlags, pipe_with};
use sandbox::Egress;

use super::pool::Pool;
use super::residents::Resident;
use crate::cgroup::Group;
use crate::channel::{Channel, ChannelError};
use crate::inside::{self, Go, Outfit, Progress};
use crate::keeper;
use crate::limits;
use crate::network::Network;
use crate::plan::{Handed, Plan, Reply};
use crate::poll::{Mark, Poll, Watched};
use crate::syscall;
use crate::uplink::pasta::{self, Pasta};

/// A sandbox whose program is being executed.
pub struct Built {
    pub resident: Resident,
    pub handed: Vec<(Handed, OwnedFd)>,
}

/// What is to be built.
pub struct Order<'a> {
    pub plan: &'a Plan,
    pub ids: Ids,
    /// As what it is waited for.
    pub mark: Mark,
    /// Whether its program's process waits to be told who it is.
    pub waits: bool,
}

/// What sandboxes are built with.
pub struct Site<'a> {
    pub pool: &'a mut Pool,
    pub filter: &'a [libc::sock_filter],
    pub poll: &'a Poll,
}

/// A sandbox that builds itself.
pub struct Building {
    pub resident: Resident,
    /// To its init, which no longer listens once it is built, unless it keeps a template.
    pub init: Watched<Channel>,
    handed: Vec<(Handed, OwnedFd)>,
    ids: Ids,
    reaches_out: bool,
    pub until: Instant,
}

pub fn failed(step: &str, error: impl ToString) -> Reply {
    Reply::Failed { step: step.to_owned(), error: error.to_string() }
}

pub fn step<T, E: ToString>(doing: &'static str, result: Result<T, E>) -> Result<T, Reply> {
    result.map_err(|error| failed(doing, error))
}

impl Building {
    /// Starts its first process, which waits for `admit`.
    pub fn begin(order: Order<'_>, site: &mut Site<'_>) -> Result<Self, Reply> {
        let (plan, pool) = (order.plan, &mut *site.pool);
        let mut group = step("making cgroups", pool.group())?;
        let begun = step("setting limits", group.limit(plan))
            .and_then(|()| step("making a network", pool.network(&plan.ports)))
            .and_then(|network| {
                let namespace = network.as_ref().map(|network| network.namespace.as_fd());
                let gate = step("making a way out", pool.connect(namespace, &plan.egress))?;
                Ok((start(&order, &group, network, site.filter, site.poll)?, gate))
            });
        match begun {
            Ok((Begun { pid, process, init, handed }, gate)) => {
                let (group, pasta) = (Box::new(group), None);
                let resident = Resident { pid, process, group, gate, pasta, template: None };
                let reaches_out = plan.egress != Egress::None;
                let (ids, until) = (order.ids, Instant::now() + limits::BUILD);
                Ok(Self { resident, init, handed, ids, reaches_out, until })
            }
            Err(reply) => {
                let _ = group.remove();
                Err(reply)
            }
        }
    }

    /// Lets it go on, into its cgroups first.
    pub fn admit(&mut self) -> Result<(), Reply> {
        let entrances = self.resident.group.entrances();
        let entrances: Vec<BorrowedFd<'_>> = entrances.iter().map(AsFd::as_fd).collect();
        if !self.ids.privileged {
            step("mapping ids", self.ids.map(self.resident.pid))?;
            if self.reaches_out {
                self.resident.pasta = Some(step("making a way out", Pasta::carry(self.resident.pid))?);
            }
        }
        step("letting it build", self.init.send_now(&Go, &entrances))
    }

    /// Takes what it says; whether it is built.
    pub fn hear(&mut self) -> Result<bool, Reply> {
        let map = || self.ids.map(self.resident.pid);
        follow(&self.init, map, &mut self.handed)
    }

    /// It is built.
    pub fn finish(self) -> (Built, Watched<Channel>, Ids) {
        let Self { resident, init, mut handed, ids, .. } = self;
        handed.extend(resident.group.controls().into_iter().map(|(name, file)| (name, file.into())));
        if !resident.group.limits_memory()
            && let Ok(process) = resident.process.try_clone()
        {
            handed.push((Handed::Init, process));
        }
        (Built { resident, handed }, init, ids)
    }
}

struct Begun {
    pid: i32,
    process: OwnedFd,
    init: Watched<Channel>,
    handed: Vec<(Handed, OwnedFd)>,
}

fn start(
    order: &Order<'_>,
    group: &Group,
    network: Option<Network>,
    filter: &[libc::sock_filter],
    poll: &Poll,
) -> Result<Begun, Reply> {
    let Order { plan, ids, .. } = order;
    let (init, theirs) = step("making a channel", Channel::pair())?;
    let init = step("following it", poll.watch(init, order.mark))?;
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
    let walled_off = (network.is_none() && plan.egress != Egress::None).then(pasta::addresses_of_host);
    let cloned = syscall::clone_into(namespaces, birthplace.as_ref().map(AsFd::as_fd));
    match step("making namespaces", cloned)? {
        Some((pid, process)) => {
            let listeners = network.map(|network| network.listeners).unwrap_or_default();
            handed.extend(listeners.into_iter().map(|listener| (Handed::Listener, listener)));
            Ok(Begun { pid, process, init, handed })
        }
        None => {
            // The spawner's end: while it is open here, the spawner's death would not be heard. By its number, for its
            // owner would take it out of the spawner's poll set.
            syscall::close_numbers(&[init.as_fd().as_raw_fd()]);
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
                walled_off,
                waits: order.waits,
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

/// Takes what a process that builds says, and answers when it asks for its ids; whether it is built.
pub fn follow(
    init: &Channel,
    map: impl Fn() -> io::Result<()>,
    handed: &mut Vec<(Handed, OwnedFd)>,
) -> Result<bool, Reply> {
    loop {
        let (progress, descriptors) = match init.receive_now::<Progress>() {
            Err(ChannelError::NotNow) => return Ok(false),
            other => step("following it", other)?,
        };
        // Listeners, or a keeper's program.
        handed.extend(descriptors.into_iter().map(|descriptor| (Handed::Listener, descriptor)));
        match progress {
            Progress::Listening => {}
            Progress::WantsIds => {
                step("mapping ids", map())?;
                step("letting it go on", init.send_now(&Go, &[]))?;
            }
            Progress::Ready => return Ok(true),
            Progress::Failed { step, error } => return Err(Reply::Failed { step, error }),
        }
    }
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
    pub fn owner(&self) -> (u32, u32) {
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
