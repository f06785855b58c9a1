//! `AddPermission`: other accounts may do something with a topic: a statement more in its policy.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use service::{Call, Operation};

use crate::{Sns, access, policy};

pub struct AddPermission;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    topic_arn: Option<String>,
    label: Option<String>,
    #[serde(default, rename = "AWSAccountId")]
    accounts: Vec<String>,
    #[serde(default, rename = "ActionName")]
    actions: Vec<String>,
}

#[async_trait]
impl Operation for AddPermission {
    type Face = Sns;
    type Input = Input;
    type Output = ();

    const NAME: &'static str = "AddPermission";

    async fn permissions(face: &Sns, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let _ = call;
        let key = access::topic_of(input.topic_arn.as_deref())?;
        Ok(vec![face.on_topic(&key, "sns:AddPermission").await?])
    }

    async fn run(face: &Sns, call: &Call, input: Input) -> Result<(), Failure> {
        let _ = call;
        let key = access::topic_of(input.topic_arn.as_deref())?;
        let label = input.label.as_deref().unwrap_or_default();
        face.engine.change(&key, |topic| policy::add(topic, label, &input.accounts, &input.actions)).await
    }
}
