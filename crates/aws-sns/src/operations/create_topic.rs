//! `CreateTopic`: a topic, or the one that there is under the name with the same attributes.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation};

use std::collections::BTreeMap;

use model::Fault;

use crate::engine::{Topic, TopicKey};
use crate::{Sns, faults, forms, limits, settings};

pub struct CreateTopic;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    name: Option<String>,
    #[serde(default)]
    attributes: forms::Map,
    #[serde(default)]
    tags: Vec<forms::Tag>,
    data_protection_policy: Option<String>,
}

#[async_trait]
impl Operation for CreateTopic {
    type Face = Sns;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "CreateTopic";

    async fn permissions(face: &Sns, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let key = input.key(call)?;
        let mut permissions = vec![face.on_topic(&key, "sns:CreateTopic").await?];
        if !input.tags.is_empty() {
            permissions.push(face.on_topic(&key, "sns:TagResource").await?);
        }
        Ok(permissions)
    }

    async fn run(face: &Sns, call: &Call, input: Input) -> Result<Value, Failure> {
        let key = input.key(call)?;
        let arn = key.arn();
        let mut topic = Topic {
            key: key.clone(),
            attributes: BTreeMap::new(),
            tags: forms::tags(&input.tags),
            data_protection: input.data_protection_policy.clone(),
            origin: call.origin.clone(),
            deleted: 0,
        };
        for (name, value) in input.attributes.to_map() {
            settings::set_topic(&mut topic, &name, &value, Self::NAME)?;
        }
        loop {
            if let Some(there) = face.engine.topic(&key).await? {
                let differs =
                    topic.attributes.iter().any(|(name, value)| there.attributes.get(name) != Some(value));
                if differs {
                    let reason = "Attributes Reason: Topic already exists with different attributes";
                    return Err(faults::invalid(reason).into());
                }
                if !topic.tags.is_empty() && topic.tags != there.tags {
                    return Err(
                        faults::invalid("Tags Reason: Topic already exists with different tags").into()
                    );
                }
                return Ok(json!({ "TopicArn": arn }));
            }
            if face.engine.create(&topic).await? {
                return Ok(json!({ "TopicArn": arn }));
            }
        }
    }
}

impl Input {
    /// Which topic it is to be; fails when there can be none of the name.
    fn key(&self, call: &Call) -> Result<TopicKey, Fault> {
        let name = self.name.clone().unwrap_or_default();
        let is_fifo = self.attributes.to_map().get("FifoTopic").is_some_and(|value| value == "true");
        let plain = name.strip_suffix(".fifo").filter(|_| is_fifo).unwrap_or(&name);
        let letters = plain.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        if !letters || plain.is_empty() || !limits::NAME_CHARS.contains(&name.len()) {
            return Err(faults::invalid("Topic Name"));
        }
        if is_fifo && !name.ends_with(".fifo") {
            return Err(faults::invalid(
                "Fifo Topic names must end with .fifo and must be made up of only uppercase and lowercase ASCII letters, \
                 numbers, underscores, and hyphens, and must be between 1 and 256 characters long.",
            ));
        }
        Ok(TopicKey { account: call.caller.account.clone(), region: call.region.clone(), name })
    }
}
