//! The console's own port: pages for people, never on the origin of the APIs.

use std::convert::Infallible;
use std::sync::Arc;

use admin::Console;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tasks::Tasks;
use tokio::net::TcpListener;

/// Serves the console until the branch of tasks stops.
pub fn serve(listener: TcpListener, console: Console, tasks: &Tasks) {
    let console = Arc::new(console);
    let connections = tasks.clone();
    tasks.wait("console", async move {
        loop {
            let Ok((stream, _)) = listener.accept().await else { return };
            let console = console.clone();
            connections.wait("console-connection", async move {
                let answer = service_fn(move |request: http::Request<hyper::body::Incoming>| {
                    let console = console.clone();
                    async move { Ok::<_, Infallible>(console.handle(request).await) }
                });
                let mut builder = http1::Builder::new();
                // A reader that leaves concerns nobody but itself.
                let _ = builder.timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), answer).await;
            });
        }
    });
}
