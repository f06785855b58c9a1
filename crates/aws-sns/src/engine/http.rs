//! Messages to HTTP addresses. Source: SNS developer guide, "Fanout Amazon SNS notifications to HTTPS endpoints" and "Amazon SNS
//! message delivery retries".

use std::error::Error;
use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use delivery::{Delivered, Event};
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use model::{Arn, Internal};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::Transaction;

use super::Engine;
use super::addresses::{Reach, Resolver, is_out_of_reach};
use super::topic::Subscription;
use crate::limits;

type Plain = legacy::Client<HttpConnector<Resolver>, Full<Bytes>>;
type Secure = legacy::Client<HttpsConnector<HttpConnector<Resolver>>, Full<Bytes>>;

/// Posts to addresses.
pub struct Client {
    reach: Reach,
    plain: Plain,
    /// Made when it is needed first, with the authorities that the system trusts then.
    secure: OnceLock<Secure>,
}

impl Client {
    pub fn new(reach: Reach) -> Self {
        let connector = HttpConnector::new_with_resolver(Resolver(reach));
        let plain = legacy::Client::builder(TokioExecutor::new()).build(connector);
        Self { reach, plain, secure: OnceLock::new() }
    }

    /// The status of the answer, or why there is none.
    async fn post(&self, request: Request<Full<Bytes>>) -> Result<StatusCode, String> {
        let answer = match request.uri().scheme_str() {
            Some("https") => self.secure()?.request(request).await,
            _ => self.plain.request(request).await,
        };
        let answer = answer.map_err(told)?;
        let status = answer.status();
        // To its end, so that the connection can be used again.
        let _ = Limited::new(answer.into_body(), limits::ANSWER_BYTES).collect().await;
        Ok(status)
    }

    fn secure(&self) -> Result<&Secure, String> {
        if let Some(secure) = self.secure.get() {
            return Ok(secure);
        }
        let connector = HttpsConnectorBuilder::new().with_native_roots();
        let connector =
            connector.map_err(|error| format!("no certificate authorities are known: {error}"))?;
        let mut tcp = HttpConnector::new_with_resolver(Resolver(self.reach));
        tcp.enforce_http(false);
        let connector = connector.https_only().enable_http1().wrap_connector(tcp);
        Ok(self.secure.get_or_init(|| legacy::Client::builder(TokioExecutor::new()).build(connector)))
    }
}

/// With its causes: what went wrong is in the last one.
fn told(error: legacy::Error) -> String {
    let mut told = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        told.push_str(&format!(": {error}"));
        cause = error.source();
    }
    told
}

/// The payload of an event whose target is a subscription.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Notice {
    pub kind: NoticeKind,
    /// The message's id.
    pub message: String,
    pub raw: bool,
    pub body: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoticeKind {
    Notification,
    SubscriptionConfirmation,
}

impl NoticeKind {
    fn name(self) -> &'static str {
        match self {
            Self::Notification => "Notification",
            Self::SubscriptionConfirmation => "SubscriptionConfirmation",
        }
    }
}

impl Notice {
    pub fn pack(&self) -> Result<Bytes, Internal> {
        serde_json::to_vec(self).map(Bytes::from).map_err(Internal::because("writing a notice"))
    }

    pub fn unpack(payload: &Bytes) -> Result<Self, Internal> {
        serde_json::from_slice(payload).map_err(Internal::because("reading a notice"))
    }
}

impl Engine {
    /// The account itself may have messages posted to addresses behind this machine's walls; a role, which a function may run
    /// under, only where the platform was told so.
    fn may_reach_all(&self, subscription: &Subscription) -> bool {
        let by_root = Arn::new("iam", "", subscription.owner.as_str(), "root").to_string();
        self.parts.private_posts || subscription.principal == by_root
    }

    /// Posts a notice to a subscriber's address.
    pub async fn post(&self, event: &Event, subscription: &Subscription, notice: &Notice) -> Delivered {
        let request = Request::post(subscription.endpoint.as_str())
            .header("x-amz-sns-message-type", notice.kind.name())
            .header("x-amz-sns-message-id", &notice.message)
            .header("x-amz-sns-topic-arn", subscription.topic.arn().to_string())
            .header("content-type", "text/plain; charset=UTF-8")
            .header("user-agent", "Amazon Simple Notification Service Agent");
        let request = match notice.kind {
            NoticeKind::Notification => {
                request.header("x-amz-sns-subscription-arn", subscription.arn().to_string())
            }
            NoticeKind::SubscriptionConfirmation => request,
        };
        let request = if notice.raw { request.header("x-amz-sns-rawdelivery", "true") } else { request };
        let Ok(request) = request.body(Full::new(Bytes::from(notice.body.clone()))) else {
            return Delivered::Refused { reason: format!("{} is no address", subscription.endpoint) };
        };
        let client = if self.may_reach_all(subscription) { &self.client } else { &self.public };
        let failed = |message: String| Delivered::Failed {
            error_type: "Endpoint".to_owned(),
            message,
            settle: Transaction::new(),
            answer: Default::default(),
        };
        if request.uri().host().is_none_or(|host| is_out_of_reach(host, client.reach)) {
            let reason = format!("{} is private, and was subscribed by a role", subscription.endpoint);
            return Delivered::Refused { reason };
        }
        match tokio::time::timeout(limits::HTTP_TIMEOUT, client.post(request)).await {
            Err(_) => failed("the address did not answer in time".to_owned()),
            Ok(Err(error)) => failed(error),
            Ok(Ok(status)) if status.is_success() => Delivered::Taken {
                settle: Transaction::new(),
                answer: Bytes::from(event.id.to_string()).into(),
            },
            // AWS: a client's error is for good, but for "too many requests".
            Ok(Ok(status)) if status.is_client_error() && status.as_u16() != 429 => {
                Delivered::Refused { reason: format!("the address answered {status}") }
            }
            Ok(Ok(status)) => failed(format!("the address answered {status}")),
        }
    }
}

/// How often and after which waits an address is tried. Source: developer guide, "Creating an HTTP/S delivery policy".
#[derive(Debug, Clone, PartialEq)]
pub struct Retries {
    pub immediate: u32,
    pub before_backoff: u32,
    pub in_backoff: u32,
    pub after_backoff: u32,
    pub least: Duration,
    pub most: Duration,
    pub function: String,
}

impl Default for Retries {
    fn default() -> Self {
        let (least, most) = (Duration::from_secs(20), Duration::from_secs(20));
        let function = "linear".to_owned();
        Self { immediate: 0, before_backoff: 0, in_backoff: 3, after_backoff: 0, least, most, function }
    }
}

impl Retries {
    /// Of the subscription's own policy, the topic's, or as by default.
    pub fn of(subscription: &Subscription, topic_policy: Option<&str>) -> Self {
        let own = subscription
            .attribute("DeliveryPolicy")
            .and_then(|text| serde_json::from_str::<Value>(text).ok());
        if let Some(policy) = own.as_ref().and_then(|policy| policy.get("healthyRetryPolicy")) {
            return Self::read(policy);
        }
        let topic = topic_policy.and_then(|text| serde_json::from_str::<Value>(text).ok());
        let default = topic.as_ref().and_then(|policy| policy.get("http")?.get("defaultHealthyRetryPolicy"));
        default.map_or_else(Self::default, Self::read)
    }

    fn read(policy: &Value) -> Self {
        let number = |name: &str| policy.get(name).and_then(Value::as_u64);
        let default = Self::default();
        let seconds = |name: &str, default: Duration| number(name).map_or(default, Duration::from_secs);
        let count = |name: &str| number(name).unwrap_or(0).min(limits::HTTP_RETRIES) as u32;
        let (immediate, before, after) =
            (count("numNoDelayRetries"), count("numMinDelayRetries"), count("numMaxDelayRetries"));
        let all = number("numRetries").map_or(default.in_backoff, |all| all.min(limits::HTTP_RETRIES) as u32);
        Self {
            immediate,
            before_backoff: before,
            in_backoff: all.saturating_sub(immediate + before + after),
            after_backoff: after,
            least: seconds("minDelayTarget", default.least),
            most: seconds("maxDelayTarget", default.most),
            function: policy.get("backoffFunction").and_then(Value::as_str).unwrap_or("linear").to_owned(),
        }
    }

    /// The wait before each try after the first.
    pub fn waits(&self) -> Vec<Duration> {
        let mut waits = vec![Duration::ZERO; self.immediate as usize];
        waits.extend(vec![self.least; self.before_backoff as usize]);
        waits.extend((1..=self.in_backoff).map(|step| self.backoff(step)));
        waits.extend(vec![self.most; self.after_backoff as usize]);
        waits
    }

    /// From the least to the most, as the function goes.
    fn backoff(&self, step: u32) -> Duration {
        let (least, most) = (self.least.as_secs_f64(), self.most.as_secs_f64().max(self.least.as_secs_f64()));
        let part =
            if self.in_backoff > 1 { f64::from(step - 1) / f64::from(self.in_backoff - 1) } else { 0.0 };
        let wait = match self.function.as_str() {
            "exponential" => least * 2f64.powi(step.saturating_sub(1).min(30) as i32),
            "geometric" if least > 0.0 => least * (most / least).powf(part),
            "arithmetic" => least + (most - least) * part * (f64::from(step) / f64::from(self.in_backoff)),
            _ => least + (most - least) * part,
        };
        Duration::from_secs_f64(wait.clamp(least, most))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn waits(policy: Value) -> Vec<u64> {
        Retries::read(&policy).waits().iter().map(Duration::as_secs).collect()
    }

    #[test]
    fn waits_follow_the_policy() {
        assert_eq!(Retries::default().waits(), [Duration::from_secs(20); 3]);
        let phases = json!({
            "numRetries": 8, "numNoDelayRetries": 1, "numMinDelayRetries": 2, "numMaxDelayRetries": 2,
            "minDelayTarget": 1, "maxDelayTarget": 9, "backoffFunction": "linear",
        });
        assert_eq!(waits(phases), [0, 1, 1, 1, 5, 9, 9, 9]);
        let function = |name: &str| json!({ "numRetries": 4, "minDelayTarget": 1, "maxDelayTarget": 27, "backoffFunction": name });
        assert_eq!(waits(function("geometric")), [1, 3, 9, 27]);
        assert_eq!(waits(function("exponential")), [1, 2, 4, 8]);
        assert_eq!(waits(function("linear")), [1, 9, 18, 27]);
    }
}
