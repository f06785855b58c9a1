//! `DeleteEndpoint`: a device is not known any more.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use service::{Call, Operation};

use crate::{Sns, access};

pub struct DeleteEndpoint;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Input {
    endpoint_arn: Option<String>,
}

#[async_trait]
impl Operation for DeleteEndpoint {
    type Face = Sns;
    type Input = Input;
    type Output = ();

    const NAME: &'static str = "DeleteEndpoint";

    async fn permissions(_: &Sns, _: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let arn = access::arn_of("EndpointArn", input.endpoint_arn.as_deref())?;
        Ok(vec![access::on(&arn, "sns:DeleteEndpoint")])
    }

    async fn run(face: &Sns, _: &Call, input: Input) -> Result<(), Failure> {
        let arn = access::arn_of("EndpointArn", input.endpoint_arn.as_deref())?;
        Ok(face.engine.delete_endpoint(&arn).await?)
    }
}
