//! `GetPlatformApplicationAttributes`: what is set on an application; its secrets are not told.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation};

use crate::{Sns, access, forms};

pub struct GetPlatformApplicationAttributes;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Input {
    platform_application_arn: Option<String>,
}

#[async_trait]
impl Operation for GetPlatformApplicationAttributes {
    type Face = Sns;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "GetPlatformApplicationAttributes";

    async fn permissions(_: &Sns, _: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let arn = access::arn_of("PlatformApplicationArn", input.platform_application_arn.as_deref())?;
        Ok(vec![access::on(&arn, "sns:GetPlatformApplicationAttributes")])
    }

    async fn run(face: &Sns, _: &Call, input: Input) -> Result<Value, Failure> {
        let arn = access::arn_of("PlatformApplicationArn", input.platform_application_arn.as_deref())?;
        Ok(json!({ "Attributes": forms::shown(&face.engine.application(&arn).await?.told()) }))
    }
}
