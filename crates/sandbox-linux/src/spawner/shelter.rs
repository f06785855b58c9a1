//! Sandboxes with nothing in them but their init, which a template's keeper makes and a fork of the template enters.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Instant;

use super::build::{self, failed, step};
use super::pool::Pool;
use super::residents::Resident;
use crate::channel::{Channel, ChannelError};
use crate::fitness;
use crate::inside::Go;
use crate::keeper::Shelter;
use crate::limits;
use crate::plan::{Handed, Plan, Reply};
use crate::poll::{Mark, Poll, Watched};

/// The namespaces that a fork enters, in the order in which it is handed them. That of users comes last: in there it
/// has no rights over the others any more.
const NAMESPACES: [&str; 7] = ["pid", "net", "ipc", "uts", "cgroup", "mnt", "user"];

/// One that stands.
pub struct Sheltered {
    pub resident: Resident,
    /// For the fork, to name the program to the init.
    pub tell: OwnedFd,
    pub namespaces: Vec<OwnedFd>,
    /// For the fork, to enter the cgroups.
    pub entrances: Vec<OwnedFd>,
    pub handed: Vec<(Handed, OwnedFd)>,
}

/// One that is being made.
pub struct Sheltering {
    plan: Plan,
    builder: Watched<Channel>,
    tell: OwnedFd,
    handed: Vec<(Handed, OwnedFd)>,
    entrances: Vec<OwnedFd>,
    /// Once the keeper has told of its first process.
    resident: Option<Resident>,
    pub until: Instant,
}

impl Sheltering {
    /// Has the keeper of `template` make one for this uid of the template's.
    pub fn begin(template: u64, plan: Plan, uid: u32, keeper: &Channel, poll: &Poll) -> Result<Self, Reply> {
        let (builder, theirs) = step("making a channel", Channel::pair())?;
        let builder = step("following it", poll.watch(builder, Mark::Shelter(template)))?;
        let (status, their_status) = step("making a pipe", build::pipe())?;
        let (told, tell) = step("making a pipe", build::pipe())?;
        let order = Shelter { plan: Box::new(plan), uid };
        let given = [theirs.as_fd(), their_status.as_fd(), told.as_fd()];
        step("asking the keeper", keeper.send_now(&order, &given))?;
        let (plan, handed) = (*order.plan, vec![(Handed::Status, status)]);
        let (entrances, until) = (Vec::new(), Instant::now() + limits::SHELTER);
        Ok(Self { plan, builder, tell, handed, entrances, resident: None, until })
    }

    /// The keeper tells of the first process: it gets its cgroups and goes on.
    pub fn hear_keeper(&mut self, keeper: &Channel, template: u64, pool: &mut Pool) -> Result<(), Reply> {
        let process = match keeper.receive_now::<Go>() {
            Err(ChannelError::NotNow) => return Ok(()),
            other => step("asking the keeper", other)?.1.into_iter().next(),
        };
        let process = process.ok_or_else(|| failed("asking the keeper", "it gave no process"))?;
        let pid = step("finding it", fitness::number(&process))?;
        let group = Box::new(step("making cgroups", pool.group())?);
        let resident = Resident { pid, process, group, gate: None, pasta: None, template: Some(template) };
        let resident = self.resident.insert(resident);
        let network = step("opening its namespaces", File::open(format!("/proc/{pid}/ns/net")))?;
        resident.gate = step("making a way out", pool.connect(Some(network.as_fd()), &self.plan.egress))?;
        step("setting limits", resident.group.limit(&self.plan))?;
        step("entering cgroups", resident.group.take_in(pid))?;
        self.entrances = resident.group.entrances();
        let entrances: Vec<BorrowedFd<'_>> = self.entrances.iter().map(AsFd::as_fd).collect();
        step("letting it build", self.builder.send_now(&Go, &entrances))
    }

    pub fn has_process(&self) -> bool {
        self.resident.is_some()
    }

    /// Takes what it says; whether it stands.
    pub fn hear(&mut self) -> Result<bool, Reply> {
        build::follow(&self.builder, || Ok(()), &mut self.handed)
    }

    /// It stands.
    pub fn finish(self) -> Result<Sheltered, Unfinished> {
        let Self { tell, mut handed, entrances, resident, .. } = self;
        let resident = resident.ok_or_else(|| (failed("following it", "nobody knows its process"), None))?;
        handed.extend(resident.group.controls().into_iter().map(|(name, file)| (name, file.into())));
        let open = |name| File::open(format!("/proc/{}/ns/{name}", resident.pid)).map(OwnedFd::from);
        match NAMESPACES.map(open).into_iter().collect::<io::Result<_>>() {
            Ok(namespaces) => Ok(Sheltered { resident, tell, namespaces, entrances, handed }),
            Err(error) => Err((failed("opening its namespaces", error), Some(resident))),
        }
    }

    /// What is left of it.
    pub fn abandon(self) -> Option<Resident> {
        self.resident
    }
}

/// Why not, and what is left.
type Unfinished = (Reply, Option<Resident>);
