//! The Lambda Runtime API, version 2018-06-01, as served to one sandbox.
//! Source: AWS Lambda developer guide, "Using the Lambda runtime API for custom runtimes".

mod answers;
mod desk;

use std::convert::Infallible;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tasks::Tasks;
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{Call, Said};
use crate::limits;
use desk::{Desk, Refusal};

/// Waits this long when a connection could not be accepted.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// How long a client may take for a request's head.
const HEAD_TIME: Duration = Duration::from_secs(30);

pub struct Http {
    desk: Arc<Desk>,
    said: mpsc::Receiver<Said>,
    _serving: DropGuard,
}

impl Http {
    /// Serves on this listener until it is dropped.
    pub fn open(listener: TcpListener, tasks: &Tasks) -> std::io::Result<Self> {
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        // One word for being ready and one for each call: the desk lets nothing more through.
        let (saying, said) = mpsc::channel(4);
        let desk = Arc::new(Desk::new(saying));
        let stop = CancellationToken::new();
        let (serving, stopped) =
            (serve(listener, Arc::clone(&desk), tasks.clone(), stop.clone()), stop.clone());
        tasks.wait("runtime-api", async move {
            tokio::select! {
                () = serving => {}
                () = stopped.cancelled() => {}
            }
        });
        Ok(Self { desk, said, _serving: stop.drop_guard() })
    }

    pub fn call(&mut self, call: Call) {
        self.desk.offer(call);
    }

    pub fn has_handed_over(&self) -> bool {
        !self.desk.is_offering()
    }

    pub async fn listen(&mut self) -> Said {
        match self.said.recv().await {
            Some(said) => said,
            None => std::future::pending().await,
        }
    }
}

async fn serve(listener: tokio::net::TcpListener, desk: Arc<Desk>, tasks: Tasks, stop: CancellationToken) {
    let places = Arc::new(Semaphore::new(limits::RUNTIME_API_CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            // The system has no more descriptors: others give theirs back.
            Err(_) => {
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let _ = stream.set_nodelay(true);
        let (desk, stop) = (Arc::clone(&desk), stop.clone());
        tasks.wait("runtime-api-connection", async move {
            let service = service_fn(move |request| {
                let desk = Arc::clone(&desk);
                async move { Ok::<_, Infallible>(answer(&desk, request).await) }
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_TIME)
                .max_buf_size(limits::RUNTIME_API_HEAD)
                .serve_connection(TokioIo::new(stream), service);
            tokio::select! {
                // A client that leaves or breaks the protocol concerns nobody but itself.
                _ = connection => {}
                () = stop.cancelled() => {}
            }
            drop(place);
        });
    }
}

async fn answer(desk: &Desk, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let path = request.uri().path().to_owned();
    let method = request.method().clone();
    let Some(path) = path.strip_prefix("/2018-06-01/runtime/") else { return answers::no_such_path(&path) };
    let parts: Vec<&str> = path.split('/').collect();
    match (method, parts.as_slice()) {
        (Method::GET, ["invocation", "next"]) => match desk.next().await {
            Ok(call) => answers::call(call),
            Err(refusal) => answers::refused(&refusal),
        },
        (Method::POST, ["invocation", id, "response"]) => respond(desk, id, request).await,
        (Method::POST, ["invocation", id, "error"]) => settle(desk.fails(id), request, Said::Failed).await,
        (Method::POST, ["init", "error"]) => settle(desk.init_fails(), request, Said::InitFailed).await,
        // No snapshot is taken of a program that is not ours: it goes on at once, as if from one.
        (Method::GET, ["restore", "next"]) => match desk.restores() {
            Ok(()) => answers::restored(),
            Err(refusal) => answers::refused(&refusal),
        },
        (Method::POST, ["restore", "error"]) => settle(desk.init_fails(), request, Said::InitFailed).await,
        (
            _,
            ["invocation" | "restore", "next"]
            | ["invocation", _, "response" | "error"]
            | ["init" | "restore", "error"],
        ) => answers::wrong_method(),
        _ => answers::no_such_path(path),
    }
}

/// A response that comes in pieces: each is passed on before the next one is read.
async fn stream(turn: desk::Turn<'_>, content_type: String, mut body: Incoming) -> Response<Full<Bytes>> {
    turn.tell(Said::Streams(content_type)).await;
    loop {
        match body.frame().await {
            None => {
                turn.end(Said::Streamed).await;
                return answers::accepted();
            }
            Some(Ok(frame)) => match frame.into_data() {
                Ok(piece) => turn.tell(Said::Piece(piece)).await,
                Err(frame) => {
                    let trailers = frame.into_trailers().unwrap_or_default();
                    if trailers.contains_key(answers::ERROR_TYPE) {
                        turn.end(Said::Failed(answers::error_of_trailers(&trailers))).await;
                        return answers::accepted();
                    }
                }
            },
            Some(Err(_)) => {
                // Its pieces are gone out already: it cannot be tried again.
                turn.end(Said::Failed(answers::truncated())).await;
                return answers::refused(&Refusal::UnreadableBody);
            }
        }
    }
}

fn text<'a>(request: &'a Request<Incoming>, header: &str) -> &'a str {
    request.headers().get(header).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The response, also one that is sent in pieces though not said to be: its trailers may say that it ended in an error.
async fn respond(desk: &Desk, id: &str, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let turn = match desk.answers(id) {
        Ok(turn) => turn,
        Err(refusal) => return answers::refused(&refusal),
    };
    if text(&request, answers::RESPONSE_MODE).eq_ignore_ascii_case("streaming") {
        let content_type = text(&request, "content-type").to_owned();
        return stream(turn, content_type, request.into_body()).await;
    }
    let body = Limited::new(request.into_body(), limits::PAYLOAD);
    match body.collect().await {
        Ok(collected) => {
            let failed =
                collected.trailers().is_some_and(|trailers| trailers.contains_key(answers::ERROR_TYPE));
            let said = match collected.trailers().filter(|_| failed) {
                Some(trailers) => Said::Failed(answers::error_of_trailers(trailers)),
                None => Said::Returned(collected.to_bytes()),
            };
            turn.say(said);
            answers::accepted()
        }
        Err(error) if error.is::<http_body_util::LengthLimitError>() => {
            turn.say(Said::TooLarge);
            answers::too_large()
        }
        Err(_) => {
            turn.give_back();
            answers::refused(&Refusal::UnreadableBody)
        }
    }
}

/// An error document of a call or of the init.
async fn settle(
    turn: Result<desk::Turn<'_>, Refusal>,
    request: Request<Incoming>,
    said: fn(Bytes) -> Said,
) -> Response<Full<Bytes>> {
    let turn = match turn {
        Ok(turn) => turn,
        Err(refusal) => return answers::refused(&refusal),
    };
    let named =
        request.headers().get(answers::ERROR_TYPE).and_then(|name| name.to_str().ok()).map(str::to_owned);
    match Limited::new(request.into_body(), limits::PAYLOAD).collect().await {
        Ok(collected) => {
            turn.say(said(answers::error_document(collected.to_bytes(), named.as_deref())));
            answers::accepted()
        }
        Err(_) => {
            turn.give_back();
            answers::refused(&Refusal::UnreadableBody)
        }
    }
}
