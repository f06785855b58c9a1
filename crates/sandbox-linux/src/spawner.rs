//! The spawner: a small process, forked before the server has threads, that alone makes namespaces, cgroups and
//! mounts. This file is the server's side of it.

mod build;
mod command_line;
mod fitness;
mod pool;
mod serve;
mod shelter;
mod template;

use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::mpsc;
use std::thread;

use model::Internal;
use rustix::process::{Pid, WaitOptions, waitpid};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use crate::channel::Channel;
use crate::descriptors;
use crate::plan::{Bounds, Handed, Plan, Reply, Request, Unfit};
use crate::runtimes::Runtimes;
use crate::syscall::{self, Fork};

/// The spawner process's name, by which a later run knows it.
pub const NAME: &str = "dayfly-spawner";

/// The server's handle. When the last one is dropped, or the server dies, the spawner kills every sandbox, removes
/// their cgroups and ends.
#[derive(Clone)]
pub struct Spawner {
    orders: mpsc::Sender<Order>,
    pid: i32,
}

enum Order {
    /// A request that is answered, and the id of the sandbox that comes of it.
    Ask(Request, Option<u64>, oneshot::Sender<Result<Started, NotStarted>>),
    Tell(Request),
}

/// No sandbox came of it.
#[derive(Debug)]
pub(crate) enum NotStarted {
    /// For this template's sake: another start may do.
    Unfit(Unfit),
    Internal(Internal),
}

impl From<NotStarted> for Internal {
    fn from(error: NotStarted) -> Self {
        match error {
            NotStarted::Unfit(Unfit::NotYet) => Self::new("the template is not ready"),
            NotStarted::Unfit(Unfit::Never(reason)) => Self::because("using a template")(reason),
            NotStarted::Internal(internal) => internal,
        }
    }
}

/// A sandbox whose program is being executed, and the server's part of it.
pub(crate) struct Started {
    pub handed: Vec<(Handed, OwnedFd)>,
}

/// A spawner whose server side is not yet running: forking must come before any thread, the handle needs one.
pub struct Forked {
    channel: Channel,
    pid: i32,
}

impl Spawner {
    /// Forks the spawner off this process. Call it as the program's first statement, before any thread exists.
    ///
    /// # Errors
    /// When the system has no more processes or descriptors.
    pub fn fork() -> io::Result<Forked> {
        descriptors::raise();
        let (ours, theirs) = Channel::pair()?;
        match syscall::fork()? {
            Fork::Parent(pid) => Ok(Forked { channel: ours, pid }),
            Fork::Child => {
                drop(ours);
                serve::run(theirs)
            }
        }
    }

    /// The spawner's process id.
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// Resolves when the spawner has ended, as it does by itself only when the last handle is dropped. Sandboxes end
    /// with it, and there are no new ones.
    ///
    /// # Errors
    /// When this process cannot hear of the end of its children.
    pub async fn ended(&self) -> io::Result<()> {
        let mut ends = signal(SignalKind::child())?;
        // Waited for and gone is what an earlier call left.
        while let Ok(None) = waitpid(Pid::from_raw(self.pid), WaitOptions::NOHANG) {
            ends.recv().await;
        }
        Ok(())
    }

    pub(crate) async fn start(&self, plan: Plan) -> Result<Started, NotStarted> {
        let id = plan.id;
        self.ask(Request::Start(Box::new(plan)), Some(id)).await
    }

    /// Has a sandbox made in which `template` goes on as a fork.
    pub(crate) async fn sprout(&self, template: u64, plan: Plan) -> Result<Started, NotStarted> {
        let id = plan.id;
        self.ask(Request::Sprout { template, plan: Box::new(plan) }, Some(id)).await
    }

    /// Has a template made; its number is the plan's.
    pub(crate) async fn plant(&self, plan: Plan, modules: Vec<String>) -> Result<Started, NotStarted> {
        self.ask(Request::Template { plan: Box::new(plan), modules }, None).await
    }

    async fn ask(&self, request: Request, id: Option<u64>) -> Result<Started, NotStarted> {
        let (answer, answered) = oneshot::channel();
        let gone = || NotStarted::Internal(Internal::new("the spawner is gone"));
        self.orders.send(Order::Ask(request, id, answer)).map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }

    /// Asks for what is not answered; without a spawner there is nothing left to ask for.
    pub(crate) fn tell(&self, request: Request) {
        let _ = self.orders.send(Order::Tell(request));
    }
}

impl Forked {
    /// Has the spawner take nothing from the host any more but what lies below `data`, and these runtimes. What a server
    /// says before it gives up root, the spawner believes for good.
    ///
    /// # Errors
    /// When the spawner is gone.
    pub fn confine(&self, data: &Path, runtimes: &Runtimes) -> Result<(), Internal> {
        let roots = runtimes.all().flat_map(|runtime| runtime.roots.iter().cloned()).collect();
        let bounds = Bounds { data: data.to_owned(), roots };
        self.channel.send(&Request::Confine(bounds), &[]).map_err(Internal::because("confining the spawner"))
    }

    /// Starts the thread that speaks with the spawner.
    pub fn connect(self) -> io::Result<Spawner> {
        let (orders, taken) = mpsc::channel();
        let channel = self.channel;
        thread::Builder::new().name("spawner-link".to_owned()).spawn(move || relay(&channel, &taken))?;
        Ok(Spawner { orders, pid: self.pid })
    }
}

/// One order after the other, until nobody can give one any more or the spawner is gone.
fn relay(channel: &Channel, orders: &mpsc::Receiver<Order>) {
    while let Ok(order) = orders.recv() {
        let alive = match order {
            Order::Tell(request) => channel.send(&request, &[]).is_ok(),
            Order::Ask(request, id, answer) => {
                let started = ask(channel, &request);
                let made = started.is_ok();
                let unheard = answer.send(started).is_err();
                match id {
                    Some(id) if made && unheard => channel.send(&Request::End { id }, &[]).is_ok(),
                    _ => true,
                }
            }
        };
        if !alive {
            tracing::error!("the spawner is gone; no sandbox can be started any more");
            return;
        }
    }
}

fn ask(channel: &Channel, request: &Request) -> Result<Started, NotStarted> {
    let received = channel
        .send(request, &[])
        .map_err(Internal::because("asking the spawner"))
        .and_then(|()| channel.receive::<Reply>().map_err(Internal::because("waiting for the spawner")));
    let (reply, descriptors) = received.map_err(NotStarted::Internal)?;
    match reply {
        Reply::Started { handed } if handed.len() == descriptors.len() => {
            Ok(Started { handed: handed.into_iter().zip(descriptors).collect() })
        }
        Reply::Started { .. } => {
            Err(NotStarted::Internal(Internal::new("the spawner's descriptors are not as it says")))
        }
        Reply::Failed { step, error } => {
            let error = format!("{step}: {error}");
            Err(NotStarted::Internal(Internal::because("building a sandbox")(error)))
        }
        Reply::Unfit(unfit) => Err(NotStarted::Unfit(unfit)),
    }
}
