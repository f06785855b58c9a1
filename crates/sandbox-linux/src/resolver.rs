//! Names, as a sandbox may resolve them: its function asks inside, the server asks outside, and an allowlist is let
//! through to what comes back. A function that may not reach out is told so, in its log too.

mod query;
mod upstream;

use std::io;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sandbox::{Egress, Launch, PRIVATE};
use tasks::Tasks;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::limits;
use crate::spawner::Permits;
use query::{Query, Verdict};

/// Answers until it is dropped.
pub struct Resolver(#[expect(dead_code, reason = "its drop ends the answering")] DropGuard);

/// Whose names are resolved, and how.
pub struct Asker {
    pub permits: Permits,
    pub launch: Arc<Launch>,
    /// Where names are asked for; those of the host when empty.
    pub servers: Vec<SocketAddr>,
    /// What the function's log is told.
    pub words: mpsc::Sender<String>,
}

struct Desk {
    asker: Asker,
    said: AtomicBool,
    slots: Arc<Semaphore>,
    tasks: Tasks,
}

impl Resolver {
    /// Answers at these sockets, which are inside the sandbox. Without connections long answers are cut off.
    pub fn open(
        datagrams: UdpSocket,
        connections: Option<TcpListener>,
        asker: Asker,
        tasks: &Tasks,
    ) -> io::Result<Self> {
        datagrams.set_nonblocking(true)?;
        let datagrams = Arc::new(tokio::net::UdpSocket::from_std(datagrams)?);
        let connections = connections.map(|listener| {
            listener.set_nonblocking(true)?;
            tokio::net::TcpListener::from_std(listener)
        });
        let connections = connections.transpose()?;
        let slots = Arc::new(Semaphore::new(limits::NAMES_AT_ONCE));
        let desk = Arc::new(Desk { asker, said: AtomicBool::new(false), slots, tasks: tasks.clone() });
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        tasks.wait("resolver", async move {
            tokio::select! {
                () = Arc::clone(&desk).serve_datagrams(datagrams) => {}
                () = desk.serve_connections(connections) => {}
                () = stopped.cancelled() => {}
            }
        });
        Ok(Self(stop.drop_guard()))
    }
}

impl Desk {
    async fn serve_datagrams(self: Arc<Self>, socket: Arc<tokio::net::UdpSocket>) {
        let mut space = [0; limits::NAME_QUERY];
        loop {
            let Ok((length, from)) = socket.recv_from(&mut space).await else { continue };
            let Some(query) = Query::read(&space[..length]) else { continue };
            if let Some(answer) = self.at_once(&query) {
                let _ = socket.send_to(&answer, from).await;
            } else if let Some(slot) = self.slot() {
                let (desk, socket) = (Arc::clone(&self), Arc::clone(&socket));
                self.tasks.wait("name", async move {
                    let answer = desk.resolve(&query).await;
                    let _ = socket.send_to(&query.fit(answer), from).await;
                    drop(slot);
                });
            }
        }
    }

    /// Never resolves.
    async fn serve_connections(self: &Arc<Self>, listener: Option<tokio::net::TcpListener>) {
        let Some(listener) = listener else { return std::future::pending().await };
        loop {
            let Ok((mut stream, _)) = listener.accept().await else { continue };
            if let Some(slot) = self.slot() {
                let desk = Arc::clone(self);
                self.tasks.wait("names", async move {
                    while let Ok(Ok(())) = timeout(limits::NAME_PATIENCE, desk.converse(&mut stream)).await {}
                    drop(slot);
                });
            }
        }
    }

    /// One question and its answer, each behind its length.
    async fn converse(&self, stream: &mut TcpStream) -> io::Result<()> {
        let mut bytes = vec![0; stream.read_u16().await?.into()];
        stream.read_exact(&mut bytes).await?;
        let query = Query::read(&bytes).ok_or(io::ErrorKind::InvalidData)?;
        let answer = match self.at_once(&query) {
            Some(answer) => answer,
            None => self.resolve(&query).await,
        };
        stream.write_u16(u16::try_from(answer.len()).map_err(io::Error::other)?).await?;
        stream.write_all(&answer).await
    }

    /// What can be said without asking.
    fn at_once(&self, query: &Query) -> Option<Vec<u8>> {
        let egress = &self.asker.launch.egress;
        let allowed = match egress {
            Egress::None => false,
            Egress::Internet => true,
            Egress::Only(_) => !egress.ports_of(&query.name).is_empty(),
        };
        if !allowed {
            self.say(&query.name);
            return Some(query.answer(Verdict::Refused));
        }
        // There is no way out for what this asks for.
        query.asks_for_version_6.then(|| query.answer(Verdict::Nothing))
    }

    /// Once for each instance.
    fn say(&self, name: &str) {
        if self.said.swap(true, Ordering::Relaxed) {
            return;
        }
        let Launch { egress, function_name, .. } = &*self.asker.launch;
        let word = format!(
            "Egress of this function is {egress}: it may not reach {name}. To allow it: dayfly deploy --name \
             {function_name} --egress internet (or a list of hosts), or the tag dayfly:egress on the function."
        );
        let _ = self.asker.words.try_send(word);
    }

    async fn resolve(&self, query: &Query) -> Vec<u8> {
        let Ok(answer) = upstream::ask(&self.asker.servers, &query.bytes).await else {
            return query.answer(Verdict::Failed);
        };
        match self.let_through(query, &answer).await {
            Ok(()) => answer,
            Err(error) => {
                tracing::warn!(%error, name = query.name, "an allowlist is not let through to a name's addresses");
                query.answer(Verdict::Failed)
            }
        }
    }

    async fn let_through(&self, query: &Query, answer: &[u8]) -> Result<(), model::Internal> {
        let Asker { permits, launch, .. } = &self.asker;
        let ports = launch.egress.ports_of(&query.name);
        if ports.is_empty() {
            return Ok(());
        }
        for (address, seconds) in query::addresses(answer)? {
            if !PRIVATE.iter().any(|private| private.has(address)) {
                let seconds = seconds.clamp(limits::NAME_SECONDS_LEAST, limits::NAME_SECONDS_MOST);
                permits.permit(address, ports.clone(), seconds).await?;
            }
        }
        Ok(())
    }

    /// What is asked beyond a bound is not answered: whoever asks so much asks again.
    fn slot(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.slots).try_acquire_owned().ok()
    }
}
