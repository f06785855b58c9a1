//! The Runtime API as a function's code may use it: what its connections send, one after the other.

use std::time::Duration;

use crate::guest::{Call, Header, Http};
use crate::world::runtime;
use tasks::Tasks;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::signal::unix::{SignalKind, signal};

/// Between what one connection sends and what the next one does.
const APART: &[u8] = b"~~";

/// How long an answer is waited for: a request for work may wait for ever.
const PATIENCE: Duration = Duration::from_millis(5);

fn call() -> Call {
    let header = Header {
        request_id: "id".to_owned(),
        deadline_ms: 1,
        invoked_arn: "arn".to_owned(),
        trace_id: "trace".to_owned(),
        client_context: Some("bad\nvalue".to_owned()),
        cognito_identity: None,
    };
    Call { header, payload: "{}".into() }
}

async fn talk(address: std::net::SocketAddr, data: &[u8]) {
    let Ok(mut stream) = TcpStream::connect(address).await else { return };
    // It may be cut off at any time.
    let _ = stream.write_all(data).await;
    let _ = stream.shutdown().await;
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
}

pub fn probe(data: &[u8]) {
    runtime().block_on(async {
        // A fuzz target's own `main` leaves the signal at what it is, deadly; a program's does not.
        let _handled = signal(SignalKind::pipe()).expect("a signal's handler");
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a listener");
        let address = listener.local_addr().expect("an address");
        let tasks = Tasks::new();
        let mut http = Http::open(listener, &tasks).expect("a server");
        let (mut rest, mut said) = (data, 0);
        for _ in 0..4 {
            let end = rest.windows(APART.len()).position(|bytes| bytes == APART).unwrap_or(rest.len());
            talk(address, &rest[..end]).await;
            rest = rest.get(end + APART.len()..).unwrap_or_default();
            while tokio::time::timeout(Duration::ZERO, http.listen()).await.is_ok() {
                said += 1;
            }
            assert!(said <= 8, "a guest says no more than it was asked");
            http.call(call());
        }
    });
}
