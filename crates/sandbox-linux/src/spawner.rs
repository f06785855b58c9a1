//! The spawner: a small process, forked before the server has threads, that alone makes namespaces, cgroups and
//! mounts. This file is the server's side of it.

mod ahead;
mod build;
mod fork;
mod pool;
mod program;
mod residents;
mod serve;
mod shelter;
mod template;
mod yard;

use std::collections::BTreeMap;
use std::io;
use std::net::Ipv4Addr;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;

use model::Internal;
use rustix::process::{Pid, WaitOptions, waitpid};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use crate::channel::Channel;
use crate::descriptors;
use crate::limits;
use crate::plan::{Answer, Bounds, Handed, Plan, Reply, Unfit};
use crate::request::{Request, Seed};
use crate::runtimes::Runtimes;
use crate::survey::{no_egress, no_lists};
use crate::syscall::{self, Fork};

/// The spawner process's name, by which a later run knows it.
pub const NAME: &str = "dayfly-spawner";

/// The server's handle. When the last one is dropped, or the server dies, the spawner kills every sandbox, removes
/// their cgroups and ends.
#[derive(Clone)]
pub struct Spawner {
    orders: mpsc::Sender<Order>,
    pid: i32,
    no_egress: Option<Arc<str>>,
    no_lists: Option<&'static str>,
    /// The number of the next permit: above those of all plans.
    permits: Arc<AtomicU64>,
}

enum Order {
    /// A request that is answered, under this id.
    Ask(Request, u64, Asker),
    Tell(Request),
}

/// Who waits for an answer.
struct Asker {
    answer: oneshot::Sender<Result<Started, NotStarted>>,
    spawner: Spawner,
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
            NotStarted::Unfit(Unfit::NotNow) => Self::new("the template has too many forks"),
            NotStarted::Unfit(Unfit::Never(reason) | Unfit::Lost(reason)) => {
                Self::because("using a template")(reason)
            }
            NotStarted::Internal(internal) => internal,
        }
    }
}

/// A sandbox whose program is being executed, and the server's part of it.
pub(crate) struct Started {
    pub handed: Vec<(Handed, OwnedFd)>,
    pub hold: Hold,
}

/// The sandbox lives for as long as this does.
pub(crate) struct Hold {
    id: u64,
    spawner: Spawner,
}

impl Hold {
    /// The init is over: from now on the CPU share is that of the memory size.
    pub fn settle(&self) {
        self.spawner.tell(Request::Settle { id: self.id });
    }
}

impl Hold {
    pub fn permits(&self) -> Permits {
        Permits { sandbox: self.id, spawner: self.spawner.clone() }
    }
}

/// Has a sandbox with an allowlist let through to addresses.
pub(crate) struct Permits {
    sandbox: u64,
    spawner: Spawner,
}

/// Where the numbers of permits begin.
const PERMITS: u64 = 1 << 62;

impl Permits {
    /// To this address, by these ports, for so many seconds: done when this resolves.
    pub async fn permit(
        &self,
        address: Ipv4Addr,
        ports: Vec<Option<u16>>,
        seconds: u32,
    ) -> Result<(), NotStarted> {
        let (id, sandbox) = (self.spawner.permits.fetch_add(1, Ordering::Relaxed), self.sandbox);
        self.spawner.ask(id, Request::Permit { id, sandbox, address, ports, seconds }).await.map(drop)
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.spawner.tell(Request::End { id: self.id });
    }
}

/// A spawner whose server side is not yet running: forking must come before any thread, the handle needs one.
pub struct Forked {
    channel: Channel,
    pid: i32,
    no_egress: Option<Arc<str>>,
    no_lists: Option<&'static str>,
}

impl Spawner {
    /// Forks the spawner off this process. Call it as the program's first statement, before any thread exists.
    ///
    /// # Errors
    /// When the system has no more processes or descriptors.
    pub fn fork() -> io::Result<Forked> {
        descriptors::raise();
        // Kernels before 6.12 have turns of one length for all.
        let _ = syscall::take_turns(limits::SERVER_TURN);
        let (ours, theirs) = Channel::pair()?;
        match syscall::fork()? {
            Fork::Parent(pid) => {
                let root = rustix::process::geteuid().is_root();
                let (no_egress, no_lists) = (no_egress(root).map(Arc::from), no_lists(root));
                Ok(Forked { channel: ours, pid, no_egress, no_lists })
            }
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

    /// Why it gives functions no way out, for people; `None` where it does.
    pub fn no_egress(&self) -> Option<&str> {
        self.no_egress.as_deref()
    }

    /// Why it lets no function through to a list of places only, for people; `None` where it does.
    pub fn no_lists(&self) -> Option<&'static str> {
        self.no_lists
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
        self.ask(plan.id, Request::Start(Box::new(plan))).await
    }

    /// Has a sandbox made in which `template` goes on as a fork.
    pub(crate) async fn sprout(&self, template: u64, plan: Plan) -> Result<Started, NotStarted> {
        self.ask(plan.id, Request::Sprout { template, plan: Box::new(plan) }).await
    }

    /// Has a template made, which can be forked when this resolves; its number is the plan's.
    pub(crate) async fn plant(&self, plan: Plan, seed: Seed) -> Result<Started, NotStarted> {
        self.ask(plan.id, Request::Template { plan: Box::new(plan), seed: Box::new(seed) }).await
    }

    async fn ask(&self, id: u64, request: Request) -> Result<Started, NotStarted> {
        let (answer, answered) = oneshot::channel();
        let gone = || NotStarted::Internal(Internal::new("the spawner is gone"));
        let asker = Asker { answer, spawner: self.clone() };
        self.orders.send(Order::Ask(request, id, asker)).map_err(|_| gone())?;
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

    /// Starts the threads that speak with the spawner: one asks, one hears.
    ///
    /// # Errors
    /// When the system has no more threads.
    pub fn connect(self) -> io::Result<Spawner> {
        let (orders, taken) = mpsc::channel();
        let link = Arc::new(Link { channel: self.channel, askers: Mutex::new(Some(BTreeMap::new())) });
        let hearing = Arc::clone(&link);
        thread::Builder::new().name("spawner-asks".to_owned()).spawn(move || link.ask_all(&taken))?;
        thread::Builder::new().name("spawner-answers".to_owned()).spawn(move || hearing.hear_all())?;
        let permits = Arc::new(AtomicU64::new(PERMITS));
        let Self { pid, no_egress, no_lists, .. } = self;
        Ok(Spawner { orders, pid, no_egress, no_lists, permits })
    }
}

struct Link {
    channel: Channel,
    /// Who waits for which answer; `None` once the spawner is gone.
    askers: Mutex<Option<BTreeMap<u64, Asker>>>,
}

impl Link {
    fn askers(&self) -> MutexGuard<'_, Option<BTreeMap<u64, Asker>>> {
        self.askers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One order after the other, until nobody can give one any more or the spawner is gone.
    fn ask_all(&self, orders: &mpsc::Receiver<Order>) {
        while let Ok(order) = orders.recv() {
            let request = match order {
                Order::Tell(request) => request,
                Order::Ask(request, id, asker) => {
                    let mut askers = self.askers();
                    let Some(askers) = askers.as_mut() else { return };
                    askers.insert(id, asker);
                    request
                }
            };
            if self.channel.send(&request, &[]).is_err() {
                return;
            }
        }
        self.channel.close();
    }

    /// One answer after the other, until the spawner is gone. Whoever still waits then is told so.
    fn hear_all(&self) {
        while let Ok((Answer { id, reply }, descriptors)) = self.channel.receive() {
            let asker = self.askers().as_mut().and_then(|askers| askers.remove(&id));
            if let Some(Asker { answer, spawner }) = asker {
                // What nobody hears is dropped, and ends with that.
                let _ = answer.send(understand(id, reply, descriptors, spawner));
            }
        }
        tracing::info!("the spawner is gone; no sandbox can be started any more");
        *self.askers() = None;
    }
}

fn understand(
    id: u64,
    reply: Reply,
    descriptors: Vec<OwnedFd>,
    spawner: Spawner,
) -> Result<Started, NotStarted> {
    match reply {
        Reply::Started { handed } => {
            let hold = Hold { id, spawner };
            if handed.len() != descriptors.len() {
                let error = Internal::new("the spawner's descriptors are not as it says");
                return Err(NotStarted::Internal(error));
            }
            Ok(Started { handed: handed.into_iter().zip(descriptors).collect(), hold })
        }
        Reply::Failed { step, error } => {
            let error = format!("{step}: {error}");
            Err(NotStarted::Internal(Internal::because("building a sandbox")(error)))
        }
        Reply::Unfit(unfit) => Err(NotStarted::Unfit(unfit)),
    }
}
