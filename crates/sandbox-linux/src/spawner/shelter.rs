//! Sandboxes with nothing in them but their init, which a template's keeper makes and a fork of the template enters.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

use super::build::{self, Built, step};
use super::fitness;
use super::pool::Pool;
use crate::cgroup::Group;
use crate::channel::Channel;
use crate::inside::Go;
use crate::keeper::Shelter;
use crate::plan::{Handed, Plan, Reply};

/// The namespaces that a fork enters, in the order in which it is handed them. That of users comes last: in there it
/// has no rights over the others any more.
const NAMESPACES: [&str; 7] = ["pid", "net", "ipc", "uts", "cgroup", "mnt", "user"];

pub struct Sheltered {
    pid: i32,
    process: OwnedFd,
    pub group: Group,
    builder: Channel,
    /// For the fork, to name the program to the init.
    pub tell: OwnedFd,
    pub namespaces: Vec<OwnedFd>,
    handed: Vec<(Handed, OwnedFd)>,
}

/// Has `keeper` make one for this uid of the template's.
pub fn make(plan: &Plan, uid: u32, keeper: &Channel, pool: &mut Pool) -> Result<Sheltered, Reply> {
    let (builder, theirs) = step("making a channel", Channel::pair())?;
    let (status, their_status) = step("making a pipe", build::pipe())?;
    let (told, tell) = step("making a pipe", build::pipe())?;
    let order = Shelter { plan: Box::new(plan.clone()), uid };
    step("asking the keeper", keeper.send(&order, &[theirs.as_fd(), their_status.as_fd(), told.as_fd()]))?;
    let (_, descriptors) = step("asking the keeper", keeper.receive::<Go>())?;
    let process = step("asking the keeper", descriptors.into_iter().next().ok_or("it gave no process"))?;
    drop((theirs, their_status, told));
    let pid = step("finding it", fitness::number(&process))?;
    let group = step("making cgroups", pool.group())?;
    let handed = vec![(Handed::Status, status)];
    let mut made = Sheltered { pid, process, group, builder, tell, namespaces: Vec::new(), handed };
    match made.complete(plan) {
        Ok(()) => Ok(made),
        Err(reply) => {
            made.abandon();
            Err(reply)
        }
    }
}

impl Sheltered {
    fn complete(&mut self, plan: &Plan) -> Result<(), Reply> {
        step("setting limits", self.group.limit(plan))?;
        step("entering cgroups", self.group.adopt(self.pid))?;
        let listeners = build::follow(&self.builder, || Ok(()))?;
        self.handed.extend(listeners.into_iter().map(|listener| (Handed::Listener, listener)));
        self.handed.extend(self.group.controls().into_iter().map(|(name, file)| (name, file.into())));
        let open = |name| File::open(format!("/proc/{}/ns/{name}", self.pid)).map(OwnedFd::from);
        self.namespaces =
            step("opening its namespaces", NAMESPACES.map(open).into_iter().collect::<io::Result<_>>())?;
        Ok(())
    }

    /// A fork has come in, and hands over these.
    pub fn inhabited(mut self, handed: Vec<(Handed, OwnedFd)>) -> Built {
        self.handed.extend(handed);
        let Self { pid, process, group, builder, handed, .. } = self;
        Built { pid, process, group, init: builder, handed }
    }

    pub fn abandon(self) {
        build::abandon(self.pid, &self.process, &self.group);
    }
}
