//! A client with one connection, and requests that are signed before they are timed.

use std::error::Error;
use std::sync::Arc;

use bytes::Bytes;
use http::header::HOST;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use model::Time;
use serde_json::Value;
use tokio::net::TcpStream;
use wire::sigv4::{Signer, sign};

pub type Failed = Box<dyn Error + Send + Sync>;

/// Who calls, and where.
#[derive(Clone)]
pub struct Account {
    pub address: String,
    pub signer: Arc<Signer>,
}

/// A request that can be sent again and again while its signature is fresh.
#[derive(Clone)]
pub struct Signed {
    method: Method,
    target: String,
    headers: HeaderMap,
    body: Bytes,
}

pub struct Answer {
    pub status: StatusCode,
    pub body: Bytes,
}

impl Account {
    /// `target` is path and query, percent-encoded.
    pub fn signed(
        &self,
        service: &str,
        method: Method,
        target: &str,
        headers: &[(&'static str, &str)],
        body: impl Into<Bytes>,
    ) -> Result<Signed, Failed> {
        let body = body.into();
        let mut all = HeaderMap::new();
        for (name, value) in headers {
            all.insert(HeaderName::from_static(name), HeaderValue::from_str(value)?);
        }
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let about = (&method, path, query, self.address.as_str());
        sign(&self.signer, service, Time::now(), about, &mut all, &body);
        all.insert(HOST, HeaderValue::from_str(&self.address)?);
        Ok(Signed { method, target: target.to_owned(), headers: all, body })
    }

    pub async fn connect(&self) -> Result<Connection, Failed> {
        Connection::open(&self.address).await
    }

    /// One request on a connection of its own, whose answer has to be a success.
    pub async fn call(
        &self,
        service: &str,
        method: Method,
        target: &str,
        body: impl Into<Bytes>,
    ) -> Result<Bytes, Failed> {
        let signed = self.signed(service, method, target, &[], body)?;
        self.connect().await?.succeed(&signed).await
    }

    pub async fn json(&self, method: Method, target: &str, body: &Value) -> Result<Value, Failed> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = self.call("lambda", method, target, body).await?;
        Ok(if answer.is_empty() { Value::Null } else { serde_json::from_slice(&answer)? })
    }
}

/// Keeps alive, one request at a time.
pub struct Connection(SendRequest<Full<Bytes>>);

impl Connection {
    pub async fn open(address: &str) -> Result<Self, Failed> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        // Ends when the sender is dropped; what went wrong, the sender is told.
        tokio::spawn(connection);
        Ok(Self(sender))
    }

    /// Sends and reads the whole answer.
    pub async fn send(&mut self, signed: &Signed) -> Result<Answer, Failed> {
        let mut request = Request::new(Full::new(signed.body.clone()));
        *request.method_mut() = signed.method.clone();
        *request.uri_mut() = signed.target.parse()?;
        *request.headers_mut() = signed.headers.clone();
        self.0.ready().await?;
        let (head, body) = self.0.send_request(request).await?.into_parts();
        Ok(Answer { status: head.status, body: body.collect().await?.to_bytes() })
    }

    /// As `send`, of what has to succeed.
    pub async fn succeed(&mut self, signed: &Signed) -> Result<Bytes, Failed> {
        let Answer { status, body } = self.send(signed).await?;
        if status.is_success() {
            return Ok(body);
        }
        let told = String::from_utf8_lossy(&body);
        Err(format!("{} {}: {status} {told}", signed.method, signed.target).into())
    }
}
