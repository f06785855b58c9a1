//! Connections: HTTP/1.1 and HTTP/2 without TLS on one port, bounded, each ending in order when the platform stops.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tasks::Tasks;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::attendance::Attendance;
use crate::front::Gateway;
use crate::idle::Watched;
use crate::limits;
use crate::peer::Peer;
use crate::reader::Patient;

/// Waits this long when the system has no more descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves everybody who connects from outside, until this branch of tasks stops: then no connection is taken any more,
/// and those that are there end with the request that they are at.
pub fn listen(gateway: &Gateway, listener: TcpListener, tasks: &Tasks) {
    let (gateway, tasks) = (gateway.clone(), tasks.clone());
    tasks.clone().work("front-door", async move {
        let peer = |address: SocketAddr| Peer::Outside(canonical(address.ip()));
        let stop = CancellationToken::new();
        accept(listener, gateway, tasks, limits::CONNECTIONS, stop, peer).await;
    });
}

/// An IPv4 address in IPv6 clothes is an IPv4 address.
fn canonical(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

pub fn adopt(listener: std::net::TcpListener) -> io::Result<TcpListener> {
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}

pub async fn accept(
    listener: TcpListener,
    gateway: Gateway,
    tasks: Tasks,
    most: usize,
    stop: CancellationToken,
    peer: impl Fn(SocketAddr) -> Peer,
) {
    let places = Arc::new(Semaphore::new(most));
    loop {
        let accepted = tokio::select! {
            place = Arc::clone(&places).acquire_owned() => match place {
                Ok(place) => tokio::select! {
                    accepted = listener.accept() => accepted.map(|accepted| (accepted, place)),
                    () = tasks.stopping() => return,
                    () = stop.cancelled() => return,
                },
                Err(_) => return,
            },
            () = tasks.stopping() => return,
            () = stop.cancelled() => return,
        };
        let ((stream, address), place) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let (gateway, stop, peer) = (gateway.clone(), stop.clone(), Arc::new(peer(address)));
        let stopping = tasks.clone();
        tasks.work("connection", async move {
            connection(stream, gateway, peer, &stopping, &stop).await;
            drop(place);
        });
    }
}

async fn connection(
    stream: TcpStream,
    gateway: Gateway,
    peer: Arc<Peer>,
    tasks: &Tasks,
    stop: &CancellationToken,
) {
    let _ = stream.set_nodelay(true);
    let attendance = Arc::new(Attendance::default());
    let attending = attendance.clone();
    let answer = service_fn(move |request: http::Request<hyper::body::Incoming>| {
        let (gateway, peer, attending) = (gateway.clone(), peer.clone(), attending.clone());
        async move {
            let _asking = attending.asks();
            let request = request.map(|body| Watched::new(body).boxed_unsync());
            Ok::<_, Infallible>(gateway.answer_to_the_end(request, peer).await)
        }
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits::HEAD_TIME)
        .max_buf_size(limits::HEAD_BYTES)
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(limits::HEAD_BYTES as u32)
        .max_concurrent_streams(limits::STREAMS);
    let serving = builder.serve_connection(TokioIo::new(Patient::new(stream)), answer);
    tokio::pin!(serving);
    tokio::select! {
        // A client that leaves or breaks the protocol concerns nobody but itself.
        _ = serving.as_mut() => return,
        () = stop.cancelled() => return,
        () = tasks.stopping() => serving.as_mut().graceful_shutdown(),
        () = attendance.is_over() => {
            serving.as_mut().graceful_shutdown();
            // An answer that is still being sent is sent to its end.
            tokio::select! {
                _ = serving.as_mut() => return,
                () = stop.cancelled() => return,
                () = tasks.stopping() => {}
            }
        }
    }
    let _ = tokio::time::timeout(limits::DRAIN, serving).await;
}
