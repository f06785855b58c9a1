//! A client of the platform's APIs: finds it, signs, sends, and tells faults apart.

use std::fmt;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use http::header::{HOST, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use model::Time;
use serde_json::Value;
use wire::sigv4::{Signer, sign};

use crate::arguments::Reach;
use crate::failed::Failed;
use crate::settings;

/// Where the platform is and who calls it.
pub struct Client {
    http: hyper_util::client::legacy::Client<HttpConnector, Full<Bytes>>,
    pub endpoint: String,
    host: String,
    signer: Signer,
}

/// A call that did not succeed.
#[derive(Debug)]
pub enum CallError {
    /// The platform said no.
    Fault { status: u16, code: String, message: String },
    /// It could not be asked.
    Unreachable(String),
}

impl CallError {
    /// Whether the platform said no with one of these codes.
    pub fn is(&self, codes: &[&str]) -> bool {
        matches!(self, Self::Fault { code, .. } if codes.contains(&code.as_str()))
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fault { code, message, status } if message.is_empty() => {
                write!(formatter, "{code} (HTTP {status})")
            }
            Self::Fault { code, message, .. } => write!(formatter, "{message} ({code})"),
            Self::Unreachable(why) => formatter.write_str(why),
        }
    }
}

impl From<CallError> for Failed {
    fn from(error: CallError) -> Self {
        Failed::new(error.to_string())
    }
}

/// A successful answer.
pub struct Answer {
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn json(&self) -> Result<Value, CallError> {
        if self.body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&self.body)
            .map_err(|error| CallError::Unreachable(format!("the platform's answer is no JSON: {error}")))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Of the environment; an empty one is none.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The platform that runs on a data directory: the one that was typed, the environment's, or the default one.
///
/// # Errors
/// When none runs there.
pub fn running(typed: Option<&Path>) -> Result<server::Reach, Failed> {
    let named = typed.map(Path::to_owned).or_else(|| variable("DAYFLY_DATA").map(PathBuf::from));
    let data = named.map_or_else(settings::default_data, Ok)?;
    let running = server::reach(&data).map_err(Failed::because(format!("reading {}", data.display())))?;
    running.ok_or_else(|| {
        Failed::new(format!("no platform runs on {}. Start one with: dayfly up", data.display()))
    })
}

/// The platform at an address, with the environment's key or else the one of the platform that runs here.
fn at(endpoint: String, data: Option<&Path>) -> Result<(server::Reach, Option<String>), Failed> {
    let key = variable("AWS_ACCESS_KEY_ID").zip(variable("AWS_SECRET_ACCESS_KEY"));
    let Some((access_key_id, secret_access_key)) = key else {
        let running = running(data).map_err(|_| {
            Failed::new("an endpoint is named, but no key: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
        })?;
        return Ok((server::Reach { endpoint, ..running }, None));
    };
    let region = variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION"));
    let reach = server::Reach {
        endpoint,
        console: None,
        region: region.unwrap_or_else(|| "us-east-1".to_owned()),
        pid: 0,
        key: server::RootKey { access_key_id, secret_access_key },
    };
    Ok((reach, variable("AWS_SESSION_TOKEN")))
}

impl Client {
    /// What was typed wins over the environment, an address over a data directory.
    ///
    /// # Errors
    /// When no platform is named and none runs on the data directory.
    pub fn of(arguments: &Reach) -> Result<Self, Failed> {
        let data = arguments.data.as_deref();
        let of_environment = || data.is_none().then(|| variable("AWS_ENDPOINT_URL")).flatten();
        let (reach, session_token) = match arguments.endpoint.clone().or_else(of_environment) {
            Some(endpoint) => at(endpoint, data)?,
            None => (running(data)?, None),
        };
        Self::to(&reach, session_token)
    }

    /// A client of the platform that is reached so.
    pub fn to(reach: &server::Reach, session_token: Option<String>) -> Result<Self, Failed> {
        let endpoint = reach.endpoint.trim_end_matches('/').to_owned();
        let Some(host) = endpoint.strip_prefix("http://").filter(|host| !host.contains('/')) else {
            return Err(Failed::new(format!("the platform's address is http://HOST:PORT, not {endpoint:?}")));
        };
        let signer = Signer {
            access_key_id: reach.key.access_key_id.clone(),
            secret_access_key: reach.key.secret_access_key.clone(),
            session_token,
            region: reach.region.clone(),
        };
        let http = hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build_http();
        Ok(Self { http, host: host.to_owned(), signer, endpoint })
    }

    pub fn region(&self) -> &str {
        &self.signer.region
    }

    /// One signed request. `target` is path and query, percent-encoded.
    pub async fn call(
        &self,
        service: &str,
        method: Method,
        target: &str,
        headers: &[(&'static str, &str)],
        body: impl Into<Bytes>,
    ) -> Result<Answer, CallError> {
        let body = body.into();
        let mut signed = HeaderMap::new();
        for (name, value) in headers {
            let value = HeaderValue::from_str(value)
                .map_err(|_| CallError::Unreachable(format!("{value:?} cannot be sent in a header")))?;
            signed.insert(HeaderName::from_static(name), value);
        }
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let head = (&method, path, query, self.host.as_str());
        sign(&self.signer, service, Time::now(), head, &mut signed, &body);
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method;
        let uri = format!("{}{target}", self.endpoint);
        *request.uri_mut() =
            uri.parse().map_err(|_| CallError::Unreachable(format!("{uri:?} is no address")))?;
        *request.headers_mut() = signed;
        if let Ok(host) = HeaderValue::from_str(&self.host) {
            request.headers_mut().insert(HOST, host);
        }
        self.send(request).await
    }

    async fn send(&self, request: Request<Full<Bytes>>) -> Result<Answer, CallError> {
        let unreachable = |error: &dyn std::error::Error| {
            let mut why = format!("the platform at {} cannot be reached: {error}", self.endpoint);
            let mut source = error.source();
            while let Some(error) = source {
                why.push_str(&format!(": {error}"));
                source = error.source();
            }
            CallError::Unreachable(why)
        };
        let response = self.http.request(request).await.map_err(|error| unreachable(&error))?;
        let (head, body) = response.into_parts();
        let body = body.collect().await.map_err(|error| unreachable(&error))?.to_bytes();
        if head.status.is_success() {
            return Ok(Answer { headers: head.headers, body });
        }
        Err(fault(head.status, &head.headers, &body))
    }

    /// A call of a REST API with JSON bodies.
    pub async fn rest(
        &self,
        service: &str,
        method: Method,
        target: &str,
        body: Option<&Value>,
    ) -> Result<Value, CallError> {
        let body = body.map_or_else(String::new, Value::to_string);
        let headers: &[_] = if body.is_empty() { &[] } else { &[("content-type", "application/json")] };
        self.call(service, method, target, headers, body).await?.json()
    }

    /// A call of an awsJson API; `target` as in `Logs_20140328.FilterLogEvents`.
    pub async fn json(&self, service: &str, target: &str, body: &Value) -> Result<Value, CallError> {
        let headers = [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", target)];
        self.call(service, Method::POST, "/", &headers, body.to_string()).await?.json()
    }

    /// A call of IAM; the answer is XML.
    pub async fn iam(&self, action: &str, members: &[(&str, &str)]) -> Result<String, CallError> {
        self.query("iam", "2010-05-08", action, members).await
    }

    /// A call of SNS; the answer is XML.
    pub async fn sns(&self, action: &str, members: &[(&str, &str)]) -> Result<String, CallError> {
        self.query("sns", "2010-03-31", action, members).await
    }

    /// A call of SQS.
    pub async fn sqs(&self, action: &str, body: &Value) -> Result<Value, CallError> {
        self.json("sqs", &format!("AmazonSQS.{action}"), body).await
    }

    async fn query(
        &self,
        service: &str,
        version: &str,
        action: &str,
        members: &[(&str, &str)],
    ) -> Result<String, CallError> {
        let mut form = format!("Action={action}&Version={version}");
        for (name, value) in members {
            form.push_str(&format!("&{name}={}", wire::encoded(value)));
        }
        let headers = [("content-type", "application/x-www-form-urlencoded; charset=utf-8")];
        Ok(self.call(service, Method::POST, "/", &headers, form).await?.text())
    }
}

/// What the answer says went wrong, in whichever protocol.
fn fault(status: StatusCode, headers: &HeaderMap, body: &Bytes) -> CallError {
    let status = status.as_u16();
    let text = String::from_utf8_lossy(body);
    if let Some(code) = element(&text, "Code") {
        let message = element(&text, "Message").unwrap_or_default();
        return CallError::Fault { status, code, message };
    }
    let document: Value = serde_json::from_str(&text).unwrap_or_default();
    let said = |name: &str| document[name].as_str().map(str::to_owned);
    let header = headers.get("x-amzn-errortype").and_then(|code| code.to_str().ok());
    let code =
        header.map(str::to_owned).or_else(|| said("__type")).unwrap_or_else(|| format!("HTTP {status}"));
    let message = said("message").or_else(|| said("Message")).unwrap_or_default();
    CallError::Fault { status, code, message }
}

/// The text of the first element of that name.
pub fn element(xml: &str, name: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    Some(quick_xml::escape::unescape(text).map_or_else(|_| text.to_owned(), std::borrow::Cow::into_owned))
}
