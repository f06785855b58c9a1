//! S3 on a port of the loopback, without signatures: for trying real clients. `serve PORT FOLDER`.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use aws_s3::S3;
use bytes::{Buf, Bytes, BytesMut};
use delivery::{Attempt, Delivered, Delivery, Event, Settings, SourceOf, Target};
use futures::stream;
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use model::{AccountId, Arn, Caller, Failure, Internal, Permission, Region, RequestId, Time};
use service::{Authority, Call, Service};
use store_local::{LocalBlobs, SqliteTable};
use tasks::{Clock, Dice, Tasks};
use wire::{Body, BodyError};

/// Everything is allowed.
struct Anything;

#[async_trait]
impl Authority for Anything {
    async fn allow(&self, _: &Call, _: &Permission) -> Result<(), Failure> {
        Ok(())
    }
}

/// Prints what it gets; there is no function whose name begins with `missing`.
struct Printer;

#[async_trait]
impl Target for Printer {
    fn service(&self) -> &'static str {
        "lambda"
    }

    async fn may_receive(&self, target: &Arn, _: &SourceOf) -> Result<bool, Internal> {
        Ok(!target.resource.contains("missing"))
    }

    async fn deliver(&self, event: &Event, attempt: Attempt) -> Delivered {
        println!("{} {}", event.target, String::from_utf8_lossy(&attempt.payload));
        Delivered::Taken { settle: store::Transaction::new() }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let port: u16 = arguments.next().ok_or("a port")?.parse()?;
    let folder = PathBuf::from(arguments.next().ok_or("a folder")?);
    std::fs::create_dir_all(&folder)?;
    let (clock, tasks) = (Clock::system(), Tasks::new());
    let table: Arc<dyn store::Table> = Arc::new(SqliteTable::open(&folder.join("table"))?);
    let blobs = Arc::new(LocalBlobs::open(&folder.join("blobs"))?);
    let delivery =
        Delivery::new(Settings::default(), table.clone(), clock.clone(), Dice::system(), tasks.clone());
    delivery.start(vec![Arc::new(Printer)]).await?;
    let s3 = Arc::new(S3::new(table, blobs, clock, delivery));
    s3.start(&tasks);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    loop {
        let (socket, _) = listener.accept().await?;
        let s3 = s3.clone();
        tokio::spawn(async move {
            let answer = hyper::service::service_fn(move |request| answer(s3.clone(), request));
            let server = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
            let _ = server.serve_connection(TokioIo::new(socket), answer).await;
        });
    }
}

async fn answer(
    s3: Arc<S3>,
    request: http::Request<Incoming>,
) -> Result<wire::Response, std::convert::Infallible> {
    let call = Call {
        request_id: RequestId::random(),
        caller: Caller::root(AccountId::default_account()),
        region: region(&request),
        time: Time::now(),
        cause: None,
        source: None,
        origin: String::new(),
        user_agent: String::new(),
        authority: Arc::new(Anything),
    };
    let (parts, body) = request.into_parts();
    let chunked = parts
        .headers
        .get("x-amz-content-sha256")
        .is_some_and(|value| value.as_bytes().starts_with(b"STREAMING-"));
    let body = body.map_err(|_| BodyError::Disconnected).boxed_unsync();
    let body = if chunked { unchunked(body) } else { body };
    Ok(s3.handle(call, http::Request::from_parts(parts, body)).await)
}

fn region(request: &http::Request<Incoming>) -> Region {
    let header = request.headers().get("authorization").and_then(|value| value.to_str().ok());
    let scope = header.and_then(|value| value.split('/').nth(2));
    scope.map_or_else(Region::default, Region::new)
}

/// Takes the framing of `aws-chunked` away. Trusts it: the gateway is what checks.
fn unchunked(body: Body) -> Body {
    let state = (body, BytesMut::new(), 0usize, false);
    StreamBody::new(stream::try_unfold(state, |(mut body, mut have, mut left, mut ended)| async move {
        loop {
            if left > 0 && !have.is_empty() {
                let piece = have.split_to(left.min(have.len())).freeze();
                left -= piece.len();
                return Ok(Some((Frame::data(piece), (body, have, left, ended))));
            }
            if left == 0 && !ended {
                if have.starts_with(b"\r\n") {
                    have.advance(2);
                }
                if let Some(end) = have.windows(2).position(|pair| pair == b"\r\n") {
                    let line = have.split_to(end + 2);
                    let size = line[..].split(|byte| *byte == b';' || *byte == b'\r').next().unwrap_or(b"");
                    left = usize::from_str_radix(std::str::from_utf8(size).unwrap_or("0"), 16).unwrap_or(0);
                    ended = left == 0;
                    continue;
                }
            }
            match body.frame().await {
                Some(frame) => {
                    if let Ok(data) = frame?.into_data() {
                        have.extend_from_slice(&data);
                    }
                }
                None if have.is_empty() => return Ok::<_, BodyError>(None),
                None => {
                    let trailers = trailers(&have.split().freeze());
                    return Ok(Some((Frame::trailers(trailers), (body, have, 0, true))));
                }
            }
        }
    }))
    .boxed_unsync()
}

fn trailers(bytes: &Bytes) -> http::HeaderMap {
    let text = String::from_utf8_lossy(bytes);
    let pairs = text.lines().filter_map(|line| line.split_once(':'));
    pairs
        .filter_map(|(name, value)| {
            let name = http::HeaderName::from_bytes(name.trim().as_bytes()).ok()?;
            Some((name, http::HeaderValue::from_str(value.trim()).ok()?))
        })
        .collect()
}
