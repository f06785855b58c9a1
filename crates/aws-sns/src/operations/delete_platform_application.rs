//! `DeletePlatformApplication`: an application goes with its endpoints.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use service::{Call, Operation};

use crate::{Sns, access};

pub struct DeletePlatformApplication;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Input {
    platform_application_arn: Option<String>,
}

#[async_trait]
impl Operation for DeletePlatformApplication {
    type Face = Sns;
    type Input = Input;
    type Output = ();

    const NAME: &'static str = "DeletePlatformApplication";

    async fn permissions(_: &Sns, _: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let arn = access::arn_of("PlatformApplicationArn", input.platform_application_arn.as_deref())?;
        Ok(vec![access::on(&arn, "sns:DeletePlatformApplication")])
    }

    async fn run(face: &Sns, _: &Call, input: Input) -> Result<(), Failure> {
        let arn = access::arn_of("PlatformApplicationArn", input.platform_application_arn.as_deref())?;
        Ok(face.engine.delete_application(&arn).await?)
    }
}
