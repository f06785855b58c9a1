//! `SetEndpointAttributes`: attributes of a device get values.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use service::{Call, Operation};

use crate::{Sns, access, engine, forms};

pub struct SetEndpointAttributes;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Input {
    endpoint_arn: Option<String>,
    attributes: forms::Map,
}

#[async_trait]
impl Operation for SetEndpointAttributes {
    type Face = Sns;
    type Input = Input;
    type Output = ();

    const NAME: &'static str = "SetEndpointAttributes";

    async fn permissions(_: &Sns, _: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let arn = access::arn_of("EndpointArn", input.endpoint_arn.as_deref())?;
        Ok(vec![access::on(&arn, "sns:SetEndpointAttributes")])
    }

    async fn run(face: &Sns, _: &Call, input: Input) -> Result<(), Failure> {
        let arn = access::arn_of("EndpointArn", input.endpoint_arn.as_deref())?;
        let mut endpoint = face.engine.endpoint(&arn).await?;
        endpoint.attributes.extend(input.attributes.to_map());
        engine::check_user_data(&endpoint.attributes)?;
        face.engine.put_endpoint(&endpoint).await
    }
}
