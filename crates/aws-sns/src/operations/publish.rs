//! `Publish`: a message to all who are subscribed to a topic, on disk when the publisher is answered; or to one number.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation};

use model::{Arn, EventId, Fault, Internal};
use store::CommitError;

use crate::engine::{Sent, TopicKey};
use crate::{Sns, access, engine, faults, messages};

pub struct Publish;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    topic_arn: Option<String>,
    target_arn: Option<String>,
    phone_number: Option<String>,
    #[serde(flatten)]
    message: messages::Input,
}

#[async_trait]
impl Operation for Publish {
    type Face = Sns;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "Publish";

    async fn permissions(face: &Sns, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        if input.phone_number.is_some() {
            return Ok(vec![Permission::new("sns:Publish", "*")]);
        }
        let _ = call;
        if let Some(device) = input.device()? {
            return Ok(vec![access::on(&device, "sns:Publish")]);
        }
        Ok(vec![face.on_topic(&input.key()?, "sns:Publish").await?])
    }

    async fn run(face: &Sns, call: &Call, input: Input) -> Result<Value, Failure> {
        if let Some(number) = &input.phone_number {
            return face.text(call, number, &input.message).await;
        }
        if let Some(device) = input.device()? {
            return face.push(call, &device, &input.message).await;
        }
        let key = input.key()?;
        let ready = face.topic(&key).await?;
        let new = input.message.check(call, Some(&ready.topic))?;
        let published = face.engine.publish(&ready.topic, vec![new]).await?;
        let published = published.first().ok_or_else(|| Internal::new("a message was not published"))?;
        Ok(json!({ "MessageId": published.id, "SequenceNumber": published.sequence }))
    }
}

impl Input {
    /// The endpoint of an application that it is for, if it is for one.
    fn device(&self) -> Result<Option<Arn>, Fault> {
        let arn = self.target_arn.as_deref().filter(|arn| arn.contains(":endpoint/"));
        arn.map(|arn| access::arn_of("TargetArn", Some(arn))).transpose()
    }

    fn key(&self) -> Result<TopicKey, Fault> {
        let arn = self.topic_arn.as_deref().or(self.target_arn.as_deref());
        let arn = arn.ok_or_else(|| {
            faults::invalid("TopicArn or TargetArn Reason: no value for required parameter")
        })?;
        if self.topic_arn.is_none() {
            access::arn_of("TargetArn", Some(arn))?;
        }
        access::topic_of(Some(arn))
    }
}

impl Sns {
    /// A text message: it ends in the outbox.
    async fn text(&self, call: &Call, number: &str, message: &messages::Input) -> Result<Value, Failure> {
        if !engine::is_number(number) {
            return Err(
                faults::invalid(format!("PhoneNumber Reason: {number} is not valid to publish to")).into()
            );
        }
        self.engine.check_phone(&access::own(call, number), number).await?;
        self.alone(call, message, "sms", "sms", number).await
    }

    /// A message to a device: it ends there too.
    async fn push(&self, call: &Call, device: &Arn, message: &messages::Input) -> Result<Value, Failure> {
        self.engine.check_reachable(device).await?;
        let platform = device.resource.split('/').nth(1).unwrap_or_default();
        self.alone(call, message, "application", platform, &device.to_string()).await
    }

    /// Records a message to one. `body` names the part of a structured message that it gets.
    async fn alone(
        &self,
        call: &Call,
        message: &messages::Input,
        protocol: &str,
        body: &str,
        to: &str,
    ) -> Result<Value, Failure> {
        let new = message.check(call, None)?;
        let event = EventId::random();
        let sent = Sent {
            time: call.time,
            protocol: protocol.to_owned(),
            to: to.to_owned(),
            subject: new.publication.subject.clone(),
            body: new.publication.body_for(body).to_owned(),
            topic: None,
            event: Some(event),
        };
        let rows = self.engine.outgoing(&call.caller.account, &sent)?;
        self.engine.parts.table.commit(rows).await.map_err(CommitError::unexpected)?;
        Ok(json!({ "MessageId": event }))
    }
}
