//! The spawner: a small process, forked before the server has threads, that alone makes namespaces, cgroups and
//! mounts. This file is the server's side of it.

mod build;
mod command_line;
mod pool;
mod serve;

use std::io;
use std::os::fd::OwnedFd;
use std::sync::mpsc;
use std::thread;

use model::Internal;
use rustix::process::{Pid, WaitOptions, waitpid};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use crate::channel::Channel;
use crate::plan::{Handed, Plan, Reply, Request};
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
    Start(Box<Plan>, oneshot::Sender<Result<Started, Internal>>),
    Tell(Request),
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

    pub(crate) async fn start(&self, plan: Plan) -> Result<Started, Internal> {
        let (answer, answered) = oneshot::channel();
        let gone = || Internal::new("the spawner is gone");
        self.orders.send(Order::Start(Box::new(plan), answer)).map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }

    /// Asks for what is not answered; without a spawner there is nothing left to ask for.
    pub(crate) fn tell(&self, request: Request) {
        let _ = self.orders.send(Order::Tell(request));
    }
}

impl Forked {
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
            Order::Start(plan, answer) => {
                let started = start(channel, plan);
                let id = started.as_ref().ok().map(|(id, _)| *id);
                let unheard = answer.send(started.map(|(_, started)| started)).is_err();
                match id {
                    Some(id) if unheard => channel.send(&Request::End { id }, &[]).is_ok(),
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

fn start(channel: &Channel, plan: Box<Plan>) -> Result<(u64, Started), Internal> {
    let id = plan.id;
    channel.send(&Request::Start(plan), &[]).map_err(Internal::because("asking the spawner"))?;
    let (reply, descriptors) =
        channel.receive::<Reply>().map_err(Internal::because("waiting for the spawner"))?;
    match reply {
        Reply::Started { handed } if handed.len() == descriptors.len() => {
            Ok((id, Started { handed: handed.into_iter().zip(descriptors).collect() }))
        }
        Reply::Started { .. } => Err(Internal::new("the spawner's descriptors are not as it says")),
        Reply::Failed { step, error } => {
            Err(Internal::because("building a sandbox")(format!("{step}: {error}")))
        }
    }
}
