//! The console's own port: pages for people, never on the origin of the APIs.

use std::convert::Infallible;

use admin::Admin;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tasks::Tasks;
use tokio::net::TcpListener;

/// Serves the console until the branch of tasks stops.
pub fn serve(listener: TcpListener, admin: Admin, tasks: &Tasks) {
    let connections = tasks.clone();
    tasks.wait("console", async move {
        loop {
            let Ok((stream, _)) = listener.accept().await else { return };
            let admin = admin.clone();
            connections.wait("console-connection", async move {
                let answer = service_fn(move |request: http::Request<hyper::body::Incoming>| {
                    let admin = admin.clone();
                    async move { Ok::<_, Infallible>(admin.console(request.map(|_| ())).await) }
                });
                let mut builder = http1::Builder::new();
                // A reader that leaves concerns nobody but itself.
                let _ = builder.timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), answer).await;
            });
        }
    });
}
