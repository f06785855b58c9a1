//! The spawner's side of building one sandbox: its cgroups, its process, its ids, and what is handed to the server.

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
use crate::ids::Ids;
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
