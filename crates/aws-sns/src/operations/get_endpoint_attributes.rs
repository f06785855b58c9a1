//! `GetEndpointAttributes`: what is set on a device.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation};

use crate::{Sns, access, forms};

pub struct GetEndpointAttributes;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Input {
    endpoint_arn: Option<String>,
}

#[async_trait]
impl Operation for GetEndpointAttributes {
    type Face = Sns;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "GetEndpointAttributes";

    async fn permissions(_: &Sns, _: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let arn = access::arn_of("EndpointArn", input.endpoint_arn.as_deref())?;
        Ok(vec![access::on(&arn, "sns:GetEndpointAttributes")])
    }

    async fn run(face: &Sns, _: &Call, input: Input) -> Result<Value, Failure> {
        let arn = access::arn_of("EndpointArn", input.endpoint_arn.as_deref())?;
        Ok(json!({ "Attributes": forms::shown(&face.engine.endpoint(&arn).await?.attributes) }))
    }
}
