//! The spawner's side of a template: builds it, looks at it before it is forked, and makes the sandboxes that its
//! forks go on in.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Signal, pidfd_send_signal};
use serde::{Deserialize, Serialize};

use super::build::{self, Built, Ids, failed, step};
use super::fitness;
use super::pool::{Pool, Shelf};
use super::shelter::{self, Sheltered};
use crate::cgroup::Group;
use crate::channel::Channel;
use crate::inside::Go;
use crate::limits;
use crate::plan::{Handed, Plan, Reply, Unfit};

/// A template, until the last sandbox that was made from it has ended.
pub struct Template {
    keeper: Channel,
    keeper_process: OwnedFd,
    keeper_pid: i32,
    group: Group,
    control: Channel,
    program: OwnedFd,
    program_pid: i32,
    ids: Ids,
    state: State,
    made: u32,
    /// Made before they are asked for, after the plan that was asked for last.
    stock: Shelf<Sheltered>,
    model: Option<Plan>,
    /// Sandboxes that live.
    pub children: usize,
}

enum State {
    Loading,
    Parked,
    Unfit(String),
    Retired,
}

/// What the program is told first.
#[derive(Serialize)]
struct Load<'a> {
    modules: &'a [String],
    /// What it puts before its system calls once it has come in.
    filter: Vec<(u16, u8, u8, u32)>,
}

/// What the program is told when it is to fork. Its descriptors: the namespaces, output, frames, the channel on which
/// the fork reports to us, and the pipe on which it names the program.
#[derive(Serialize)]
struct Sprout<'a> {
    environment: BTreeMap<&'a str, &'a str>,
}

/// The program's word that it has loaded all.
#[derive(Deserialize)]
struct Parked {}

impl Template {
    pub fn build(
        plan: &Plan,
        modules: &[String],
        pool: &mut Pool,
        filter: &[libc::sock_filter],
    ) -> Result<(Self, Vec<(Handed, OwnedFd)>), Reply> {
        let ids = Ids::of_template(plan.id);
        let Built { pid, process, group, init, handed } = build::build(plan, &ids, pool, filter)?;
        let (mut control, mut program, mut gauges) = (None, None, Vec::new());
        for (name, descriptor) in handed {
            match name {
                Handed::Frames => control = Some(Channel::from(descriptor)),
                Handed::Listener => program = Some(descriptor),
                Handed::CurrentMemory => gauges.push((name, descriptor)),
                _ => {}
            }
        }
        let (Some(control), Some(program)) = (control, program) else {
            build::abandon(pid, &process, &group);
            return Err(failed("following it", "it handed nothing over"));
        };
        let filter = filter.iter().map(|step| (step.code, step.jt, step.jf, step.k)).collect();
        let told = control.send(&Load { modules, filter }, &[]);
        match told.map_err(io::Error::other).and_then(|()| fitness::number(&program)) {
            Ok(program_pid) => {
                let template = Self {
                    keeper: init,
                    keeper_process: process,
                    keeper_pid: pid,
                    group,
                    control,
                    program,
                    program_pid,
                    ids,
                    state: State::Loading,
                    made: 0,
                    stock: Shelf::new(limits::SHELTERS_LEAST, limits::SHELTERS_MOST),
                    model: None,
                    children: 0,
                };
                Ok((template, gauges))
            }
            Err(error) => {
                build::abandon(pid, &process, &group);
                Err(failed("starting the template's program", error))
            }
        }
    }

    /// Whether it can be forked now.
    fn look(&mut self) -> Result<(), Unfit> {
        if matches!(self.state, State::Loading) && is_readable(&self.control) {
            let word = self.control.receive::<Parked>();
            let obstacle = match word {
                Ok(_) => fitness::obstacle(self.program_pid),
                Err(_) => Some("the template has ended while it loaded".to_owned()),
            };
            // It waits from now on: this is the share that is left for its forking.
            let _ = self.group.settle();
            self.state = obstacle.map_or(State::Parked, State::Unfit);
        }
        let obstacle = match &self.state {
            State::Loading => return Err(Unfit::NotYet),
            State::Parked => fitness::obstacle_now(self.program_pid).or_else(|| self.stowaway()),
            State::Unfit(reason) => Some(reason.clone()),
            State::Retired => Some("it was given up".to_owned()),
        };
        if self.children >= limits::TEMPLATE_CHILDREN {
            return Err(Unfit::NotYet);
        }
        obstacle.map_or(Ok(()), |reason| Err(self.refuse(reason)))
    }

    /// Who is in its groups besides keeper and program was left behind by what it imported.
    fn stowaway(&self) -> Option<String> {
        let alone = self.group.population().is_ok_and(|population| population <= 2);
        (!alone).then(|| "what it imports leaves processes behind".to_owned())
    }

    fn refuse(&mut self, reason: String) -> Unfit {
        self.state = State::Unfit(reason.clone());
        Unfit::Never(reason)
    }

    /// A sandbox in which the program goes on as a fork of the template.
    pub fn sprout(&mut self, plan: &Plan, pool: &mut Pool) -> Result<Built, Reply> {
        step("the plan", plan.check())?;
        self.look().map_err(Reply::Unfit)?;
        let sheltered = match self.stock.take() {
            Some(sheltered) => sheltered,
            None => self.shelter(plan, pool)?,
        };
        self.model = Some(plan.clone());
        match self.fork_into(&sheltered, plan) {
            Ok(handed) => {
                self.children += 1;
                Ok(sheltered.inhabited(handed))
            }
            Err(reply) => {
                sheltered.abandon();
                let _ = self.refuse("it did not fork".to_owned());
                Err(reply)
            }
        }
    }

    fn shelter(&mut self, plan: &Plan, pool: &mut Pool) -> Result<Sheltered, Reply> {
        self.made += 1;
        shelter::make(plan, self.ids.child(self.made), &self.keeper, pool)
    }

    pub fn is_short(&self) -> bool {
        matches!(self.state, State::Parked) && self.model.is_some() && self.stock.is_short()
    }

    /// Makes one sandbox ahead.
    pub fn make_one(&mut self, pool: &mut Pool) {
        let Some(plan) = self.model.clone() else { return };
        match self.shelter(&plan, pool) {
            Ok(sheltered) => self.stock.put(sheltered),
            Err(_) => self.stock.give_up(),
        }
    }

    /// Lets sandboxes go that demand no longer asks for.
    pub fn forget(&mut self) {
        self.stock.forget().into_iter().for_each(Sheltered::abandon);
    }

    /// Whether forgetting would change nothing any more.
    pub fn is_settled(&self) -> bool {
        self.stock.is_settled()
    }

    /// Has the program fork, and sees to it that the fork is in the sandbox's groups before it goes on.
    fn fork_into(&self, sheltered: &Sheltered, plan: &Plan) -> Result<Vec<(Handed, OwnedFd)>, Reply> {
        let until = Instant::now() + limits::FORK;
        let (birth, theirs) = step("making a channel", Channel::pair())?;
        step("attesting", birth.attest())?;
        let (output, their_output) = step("making a pipe", build::pipe())?;
        let (frames, their_frames) = step("making a socket", build::stream())?;
        let environment = plan.environment.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let order = Sprout { environment: environment.collect() };
        let mut given: Vec<BorrowedFd<'_>> = sheltered.namespaces.iter().map(AsFd::as_fd).collect();
        given.extend([their_output.as_fd(), their_frames.as_fd(), theirs.as_fd(), sheltered.tell.as_fd()]);
        step("asking the template", self.control.send(&order, &given))?;
        drop((theirs, their_output, their_frames));
        build::wait_readable(&birth, until)?;
        let fork = step("waiting for the fork", birth.receive_sender())?;
        step("entering cgroups", sheltered.group.adopt(fork))?;
        step("letting it go on", birth.send(&Go, &[]))?;
        Ok(vec![(Handed::Output, output), (Handed::Frames, frames)])
    }

    /// Ends the program. The keeper stays for the sandboxes that were made from it.
    pub fn retire(&mut self) {
        let _ = pidfd_send_signal(&self.program, Signal::KILL);
        self.state = State::Retired;
        self.stock.empty().into_iter().for_each(Sheltered::abandon);
    }

    /// Whether nobody needs it any more.
    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Retired) && self.children == 0
    }

    /// Its keeper, as a sandbox without a template.
    pub fn into_keeper(self) -> (i32, OwnedFd, Group) {
        (self.keeper_pid, self.keeper_process, self.group)
    }
}

fn is_readable(channel: &Channel) -> bool {
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut [PollFd::new(channel, PollFlags::IN)], Some(&now)).is_ok_and(|ready| ready > 0)
}
