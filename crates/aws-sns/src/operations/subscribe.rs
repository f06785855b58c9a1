//! `Subscribe`: somebody gets what is published; an address after it was asked.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation};

use std::collections::BTreeMap;

use delivery::NewEvent;
use model::{Arn, Fault, Internal};
use store::CommitError;
use uuid::Uuid;

use crate::engine::{Subscription, TopicKey};
use crate::{Sns, access, faults, forms, limits, settings};

pub struct Subscribe;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    topic_arn: Option<String>,
    protocol: Option<String>,
    endpoint: Option<String>,
    #[serde(default)]
    attributes: forms::Map,
    #[serde(default)]
    return_subscription_arn: bool,
}

#[async_trait]
impl Operation for Subscribe {
    type Face = Sns;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "Subscribe";

    async fn permissions(face: &Sns, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let _ = call;
        let key = access::topic_of(input.topic_arn.as_deref())?;
        Ok(vec![face.on_topic(&key, "sns:Subscribe").await?])
    }

    async fn run(face: &Sns, call: &Call, input: Input) -> Result<Value, Failure> {
        let _ = call;
        let key = access::topic_of(input.topic_arn.as_deref())?;
        let ready = face.topic(&key).await?;
        let mut subscription = input.subscription(call, &key)?;
        for (name, value) in input.attributes.to_map() {
            settings::set_subscription(&mut subscription, &name, &value).map_err(faults::of_attributes)?;
        }
        let same = ready
            .subscriptions
            .iter()
            .map(|one| &one.subscription)
            .find(|one| one.protocol == subscription.protocol && one.endpoint == subscription.endpoint);
        if let Some(there) = same {
            let given = subscription.attributes.iter();
            if given.clone().any(|(name, value)| there.attributes.get(name) != Some(value)) {
                let reason = "Attributes Reason: Subscription already exists with different attributes";
                return Err(faults::invalid(reason).into());
            }
            return Ok(json!({ "SubscriptionArn": shown_arn(there, input.return_subscription_arn) }));
        }
        face.engine.keep(&subscription).await?;
        if matches!(subscription.protocol.as_str(), "http" | "https") {
            face.ask(&key, &subscription).await?;
        }
        Ok(json!({ "SubscriptionArn": shown_arn(&subscription, input.return_subscription_arn) }))
    }
}

impl Input {
    fn subscription(&self, call: &Call, topic: &TopicKey) -> Result<Subscription, Fault> {
        let protocol = self.protocol.clone().unwrap_or_default();
        let endpoint = self.endpoint.clone().unwrap_or_default();
        check_endpoint(&protocol, &endpoint, topic)?;
        // AWS: people and addresses are asked first. Mail and text messages end in the outbox, where nobody needs to be.
        let token = matches!(protocol.as_str(), "http" | "https").then(token).transpose()?;
        let principal = call.caller.arn().map(|arn| arn.to_string()).unwrap_or_default();
        Ok(Subscription {
            topic: topic.clone(),
            id: Uuid::new_v4().to_string(),
            protocol,
            endpoint,
            owner: call.caller.account.clone(),
            principal,
            attributes: BTreeMap::new(),
            authenticated: token.is_none(),
            token,
            created: call.time,
        })
    }
}

fn token() -> Result<String, Fault> {
    let bytes: Vec<u8> = (0..limits::TOKEN_BYTES / 16).flat_map(|_| Uuid::new_v4().into_bytes()).collect();
    Ok(hex::encode(bytes))
}

/// AWS: who is asked first is shown as pending, unless the caller wants the ARN at once.
fn shown_arn(subscription: &Subscription, always: bool) -> String {
    match subscription.is_pending() && !always {
        true => "pending confirmation".to_owned(),
        false => subscription.arn().to_string(),
    }
}

fn check_endpoint(protocol: &str, endpoint: &str, topic: &TopicKey) -> Result<(), Fault> {
    let arn_of = |service: &str| endpoint.parse::<Arn>().ok().filter(|arn| arn.service == service);
    if topic.is_fifo() && protocol != "sqs" {
        return Err(faults::invalid(format!("Invalid protocol type: {protocol}")));
    }
    match protocol {
        "sqs" => {
            let queue = arn_of("sqs").ok_or_else(|| faults::invalid("SQS endpoint ARN"))?;
            if queue.resource.ends_with(".fifo") && !topic.is_fifo() {
                let reason = "FIFO SQS Queues can not be subscribed to standard SNS topics";
                return Err(faults::invalid(format!("Invalid parameter: Endpoint Reason: {reason}")));
            }
            Ok(())
        }
        "lambda" => arn_of("lambda").map(drop).ok_or_else(|| faults::invalid("Lambda endpoint ARN")),
        "http" | "https" if is_address(protocol, endpoint) => Ok(()),
        "http" | "https" => Err(faults::invalid("Endpoint must match the specified protocol")),
        "email" | "email-json" if endpoint.contains('@') => Ok(()),
        "email" | "email-json" => Err(faults::invalid("Email address")),
        "sms" if is_number(endpoint) => Ok(()),
        "sms" => Err(faults::invalid(format!("Invalid SMS endpoint: {endpoint}"))),
        "application" => {
            arn_of("sns").map(drop).ok_or_else(|| faults::invalid("Application endpoint arn invalid"))
        }
        "firehose" => Err(Fault::not_implemented("the protocol firehose of Subscribe")),
        _ => Err(faults::invalid(format!("Amazon SNS does not support this protocol string: {protocol}"))),
    }
}

fn is_address(protocol: &str, endpoint: &str) -> bool {
    let uri = endpoint.parse::<http::Uri>().ok();
    uri.is_some_and(|uri| {
        uri.scheme_str() == Some(protocol) && uri.host().is_some_and(|host| !host.is_empty())
    })
}

/// E.164.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    (4..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

impl Sns {
    /// Asks an address whether it wants to be subscribed.
    async fn ask(&self, key: &TopicKey, subscription: &Subscription) -> Result<(), Failure> {
        let ready = self.topic(key).await?;
        let payload = self.engine.confirmation(&ready.topic, subscription).await?;
        let (account, region) = (key.account.clone(), key.region.clone());
        let mut new = NewEvent::new(account, region, "sns", subscription.arn(), payload);
        new.subject = format!("confirmation of {}", subscription.endpoint);
        new.max_age = limits::HTTP_AGE;
        let (_, rows) = self.engine.parts.delivery.accept(new)?;
        let committed = self.engine.parts.table.commit(rows).await;
        committed.map(drop).map_err(CommitError::unexpected).map_err(|internal: Internal| internal.into())
    }
}
