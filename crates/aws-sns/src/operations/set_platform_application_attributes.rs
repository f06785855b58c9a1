//! `SetPlatformApplicationAttributes`: attributes of an application get values.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use service::{Call, Operation};

use crate::{Sns, access, forms};

pub struct SetPlatformApplicationAttributes;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Input {
    platform_application_arn: Option<String>,
    attributes: forms::Map,
}

#[async_trait]
impl Operation for SetPlatformApplicationAttributes {
    type Face = Sns;
    type Input = Input;
    type Output = ();

    const NAME: &'static str = "SetPlatformApplicationAttributes";

    async fn permissions(_: &Sns, _: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let arn = access::arn_of("PlatformApplicationArn", input.platform_application_arn.as_deref())?;
        Ok(vec![access::on(&arn, "sns:SetPlatformApplicationAttributes")])
    }

    async fn run(face: &Sns, _: &Call, input: Input) -> Result<(), Failure> {
        let arn = access::arn_of("PlatformApplicationArn", input.platform_application_arn.as_deref())?;
        let mut application = face.engine.application(&arn).await?;
        application.attributes.extend(input.attributes.to_map());
        Ok(face.engine.put_application(&application).await?)
    }
}
