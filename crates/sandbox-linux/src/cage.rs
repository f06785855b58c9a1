//! One raised sandbox, as the server holds it: what it says, prints and uses. Dropping it ends all of it.

use std::io;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Instant;

use model::{Internal, Time};
use sandbox::{Contract, Egress, Launch, LogPlace, Output, Platform, Speaker};
use tasks::{Clock, Tasks};
use tokio::net::unix::pipe::Receiver;
use tokio::sync::mpsc;

use crate::guest::{Framed, Guest, Http, Said};
use crate::limits;
use crate::log::Log;
use crate::meter::Meter;
use crate::plan::{Exit, Handed, Told};
use crate::resolver::{Asker, Resolver};
use crate::spawner::{Hold, Started};

/// What was going on in a sandbox until something decisive happened.
#[derive(Debug)]
pub enum Event {
    Said(Said),
    Exited(Exit),
    /// Its program was never started.
    NotSetUp(String),
    /// Its init was killed.
    Killed,
    /// The time that was given is over.
    TimeOver,
}

pub struct Sandbox {
    hold: Hold,
    guest: Guest,
    pub log: Log,
    pub meter: Meter,
    /// What the function was given, which its share of the CPU follows.
    memory_mib: u32,
    /// The most that it may hold, in bytes.
    memory: u64,
    status: Status,
    clock: Clock,
    /// When its program was started.
    pub begun: Instant,
    /// Whether it is a fork of a template.
    pub forked: bool,
    _platform: Box<dyn Send + Sync>,
    _resolver: Resolver,
}

/// What a sandbox is connected to.
pub struct Connections<'a> {
    pub launch: &'a Arc<Launch>,
    pub place: LogPlace,
    pub output: Arc<dyn Output>,
    pub platform: &'a dyn Platform,
    pub speaker: Arc<Speaker>,
    pub clock: Clock,
    pub tasks: &'a Tasks,
    /// Where names are asked for; those of the host when empty.
    pub resolvers: &'a [SocketAddr],
    /// When its program was started.
    pub begun: Instant,
    /// Whether it is a fork of a template.
    pub forked: bool,
}

impl Event {
    /// Whether there is nothing left in the sandbox.
    pub fn is_end(&self) -> bool {
        matches!(self, Self::Exited(_) | Self::NotSetUp(_) | Self::Killed)
    }
}

impl Sandbox {
    /// Takes what the spawner handed over. The listeners come in the order of the plan's ports.
    pub fn connect(started: Started, to: Connections<'_>) -> Result<Self, Internal> {
        Self::assemble(started, to).map_err(Internal::because("connecting a sandbox"))
    }

    fn assemble(started: Started, to: Connections<'_>) -> io::Result<Self> {
        let mut meter = Meter::default();
        let (mut status, mut output, mut frames, mut listeners) = (None, None, None, Vec::new());
        let Started { handed, hold } = started;
        for (handed, descriptor) in handed {
            let Some(descriptor) = meter.keep(handed, descriptor) else { continue };
            match handed {
                Handed::Status => status = Some(descriptor),
                Handed::Output => output = Some(descriptor),
                Handed::Frames => frames = Some(descriptor),
                _ => listeners.push(descriptor),
            }
        }
        let datagrams = UdpSocket::from(given(listeners.pop())?);
        let mut listeners = listeners.into_iter().map(TcpListener::from);
        let platform = to.platform.serve(given(listeners.next())?, to.speaker);
        let guest = match to.launch.runtime.contract {
            Contract::PullFramed => Guest::Framed(Framed::open(given(frames)?)?),
            Contract::Wasm => return Err(io::Error::other("a module runs in no sandbox of ours")),
            Contract::PullHttp => Guest::Http(Http::open(given(listeners.next())?, to.tasks)?),
        };
        let (saying, words) = mpsc::channel(1);
        let log = Log::open(given(output)?, to.place, to.output, to.clock.clone(), words)?;
        let connections = listeners.next().filter(|_| to.launch.egress != Egress::None);
        let asker = Asker {
            permits: hold.permits(),
            launch: Arc::clone(to.launch),
            servers: to.resolvers.to_vec(),
            words: saying,
        };
        let resolver = Resolver::open(datagrams, connections, asker, to.tasks)?;
        let status = Status::open(given(status)?)?;
        let (begun, forked) = (to.begun, to.forked);
        let memory = (u64::from(to.launch.limits.memory_mib) + limits::MEMORY_ALLOWANCE_MIB) << 20;
        Ok(Self {
            hold,
            guest,
            log,
            meter,
            memory_mib: to.launch.limits.memory_mib,
            memory,
            status,
            clock: to.clock,
            begun,
            forked,
            _platform: platform,
            _resolver: resolver,
        })
    }

    /// Gives the guest a call.
    pub fn call(&mut self, call: crate::guest::Call) {
        self.guest.call(call);
    }

    /// Whether the last call has reached the guest.
    pub fn has_taken_call(&self) -> bool {
        self.guest.has_taken_call()
    }

    /// Passes on what is printed until the guest says something, ends, or `until` has come.
    pub async fn follow(&mut self, until: Time) -> Event {
        loop {
            tokio::select! {
                biased;
                said = self.guest.listen() => return Event::Said(said),
                ended = self.status.ended() => return ended,
                () = self.meter.exceeds(self.memory) => return Event::Exited(Exit::Signal(libc::SIGKILL)),
                // Before the log: whoever prints without end must not print the time away.
                () = self.clock.sleep_until(until) => return Event::TimeOver,
                () = self.log.follow() => {}
            }
            tokio::task::consume_budget().await;
        }
    }

    /// Passes on what is printed until `done` is, or something decisive happens first; what the guest says waits.
    pub async fn follow_while(&mut self, done: impl Future<Output = ()>, until: Time) -> Option<Event> {
        tokio::pin!(done);
        loop {
            // Whoever takes pieces at once must not keep us from the clock.
            tokio::select! {
                () = &mut done => return None,
                () = self.meter.exceeds(self.memory) => return Some(Event::Exited(Exit::Signal(libc::SIGKILL))),
                () = self.clock.sleep_until(until) => return Some(Event::TimeOver),
                () = self.log.follow() => {}
            }
        }
    }

    /// The init is over: from now on the CPU share is that of the memory size.
    pub fn settle(&mut self) {
        self.hold.settle();
        self.meter.settle(self.memory_mib);
    }
}

fn given<T>(thing: Option<T>) -> io::Result<T> {
    thing.ok_or_else(|| io::Error::other("the spawner left something out"))
}

/// How the program ended, read from the sandbox's init.
struct Status {
    pipe: Receiver,
    text: Vec<u8>,
}

impl Status {
    fn open(pipe: OwnedFd) -> io::Result<Self> {
        Ok(Self { pipe: Receiver::from_owned_fd(pipe)?, text: Vec::new() })
    }

    /// May be dropped at any await.
    async fn ended(&mut self) -> Event {
        loop {
            if let Some(end) = self.text.iter().position(|byte| *byte == b'\n') {
                return understand(&self.text[..end]);
            }
            if self.pipe.readable().await.is_err() {
                return Event::Killed;
            }
            match self.pipe.try_read_buf(&mut self.text) {
                // It ended before it could tell.
                Ok(0) => return Event::Killed,
                Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Event::Killed,
                _ => {}
            }
        }
    }
}

fn understand(line: &[u8]) -> Event {
    match serde_json::from_slice(line) {
        Ok(Told::Ended(exit)) => Event::Exited(exit),
        Ok(Told::NotSetUp { step, error }) => Event::NotSetUp(format!("{step}: {error}")),
        Err(_) => Event::Killed,
    }
}
