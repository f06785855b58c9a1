//! The program of a template: the process that loads modules and forks. Nothing of what it says is believed.

use std::os::fd::OwnedFd;

use rustix::process::{Signal, pidfd_send_signal};

use crate::channel::Channel;
use crate::fitness;
use crate::plan::Handed;
use crate::poll::{Mark, Poll, Watched};

pub struct Program {
    pub control: Watched<Channel>,
    pub pid: i32,
    process: OwnedFd,
    /// What it prints is not read, but printing is not to fail.
    _output: Option<OwnedFd>,
}

/// What the server may read of a template.
pub type Gauges = Vec<(Handed, OwnedFd)>;

impl Program {
    /// From what the keeper of this template has handed over.
    pub fn take(
        template: u64,
        handed: Vec<(Handed, OwnedFd)>,
        poll: &Poll,
    ) -> Result<(Self, Gauges), String> {
        let (mut control, mut process, mut output, mut gauges) = (None, None, None, Vec::new());
        for (name, descriptor) in handed {
            match name {
                Handed::Frames => control = Some(Channel::from(descriptor)),
                Handed::Listener => process = Some(descriptor),
                Handed::Output => output = Some(descriptor),
                Handed::CurrentMemory => gauges.push((name, descriptor)),
                _ => {}
            }
        }
        let (control, process) = control.zip(process).ok_or("it handed nothing over")?;
        let control = poll.watch(control, Mark::Control(template)).map_err(|error| error.to_string())?;
        let pid = fitness::number(&process).map_err(|error| error.to_string())?;
        Ok((Self { control, pid, process, _output: output }, gauges))
    }

    pub fn kill(&self) {
        let _ = pidfd_send_signal(&self.process, Signal::KILL);
    }
}
