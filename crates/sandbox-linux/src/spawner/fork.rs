//! A fork of a template, from the order to be born until it goes on as a function.

use std::collections::BTreeMap;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Instant;

use serde::Serialize;

use super::build::{self, Built, step};
use super::residents::Resident;
use super::shelter::Sheltered;
use crate::channel::{Channel, ChannelError};
use crate::inside::Go;
use crate::limits;
use crate::plan::{Handed, Plan, Reply};
use crate::poll::{Mark, Poll, Watched};

/// What the program is told when it is to fork. Its descriptors: the namespaces, the channel on which the fork reports to
/// us and hears from us, the pipe on which it names the program to the sandbox's init, and the files by which it enters
/// the sandbox's cgroups.
#[derive(Serialize)]
struct Sprout {}

/// What a fork is told when it is to go on. Its descriptors: output and frames.
#[derive(Serialize)]
struct Life<'a> {
    environment: BTreeMap<&'a str, &'a str>,
}

/// On its way into its sandbox.
pub struct Forking {
    sheltered: Sheltered,
    birth: Watched<Channel>,
    pub until: Instant,
}

impl Forking {
    /// Has the program at the other end of `control` fork.
    pub fn begin(
        template: u64,
        sheltered: Sheltered,
        control: &Channel,
        poll: &Poll,
    ) -> Result<Self, (Reply, Resident)> {
        match order(template, &sheltered, control, poll) {
            Ok(birth) => Ok(Self { sheltered, birth, until: Instant::now() + limits::FORK }),
            Err(reply) => Err((reply, sheltered.resident)),
        }
    }

    /// Sees to it that the fork is in the sandbox's groups before it goes on; whether it is.
    pub fn hear(&self) -> Result<bool, Reply> {
        let fork = match self.birth.receive_sender() {
            Err(ChannelError::NotNow) => return Ok(false),
            other => step("waiting for the fork", other)?,
        };
        step("entering cgroups", self.sheltered.resident.group.adopt(fork))?;
        step("letting it go on", self.birth.send_now(&Go, &[]))?;
        Ok(true)
    }

    pub fn finish(self) -> Parked {
        self.birth.rest();
        Parked { sheltered: self.sheltered, birth: self.birth }
    }

    pub fn abandon(self) -> Resident {
        self.sheltered.resident
    }
}

fn order(
    template: u64,
    sheltered: &Sheltered,
    control: &Channel,
    poll: &Poll,
) -> Result<Watched<Channel>, Reply> {
    let (birth, theirs) = step("making a channel", Channel::pair())?;
    step("attesting", birth.attest())?;
    let birth = step("waiting for the fork", poll.watch(birth, Mark::Birth(template)))?;
    let mut given: Vec<BorrowedFd<'_>> = sheltered.namespaces.iter().map(AsFd::as_fd).collect();
    given.extend([theirs.as_fd(), sheltered.tell.as_fd()]);
    given.extend(sheltered.entrances.iter().map(AsFd::as_fd));
    step("asking the template", control.send_now(&Sprout {}, &given))?;
    Ok(birth)
}

/// In its sandbox, waiting for the word who it is.
pub struct Parked {
    sheltered: Sheltered,
    birth: Watched<Channel>,
}

impl Parked {
    /// From now on it is the instance of this plan.
    pub fn wake(self, plan: &Plan) -> Result<Built, Resident> {
        match self.tell(plan) {
            Ok(handed) => {
                let Sheltered { resident, handed: mut all, .. } = self.sheltered;
                all.extend(handed);
                Ok(Built { resident, handed: all })
            }
            Err(_) => Err(self.sheltered.resident),
        }
    }

    fn tell(&self, plan: &Plan) -> Result<[(Handed, std::os::fd::OwnedFd); 2], Reply> {
        let (output, their_output) = step("making a pipe", build::pipe())?;
        let (frames, their_frames) = step("making a socket", build::stream())?;
        let environment = plan.environment.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let life = Life { environment: environment.collect() };
        let told = self.birth.send_now(&life, &[their_output.as_fd(), their_frames.as_fd()]);
        step("telling the fork", told)?;
        Ok([(Handed::Output, output), (Handed::Frames, frames)])
    }

    pub fn abandon(self) -> Resident {
        self.sheltered.resident
    }
}
