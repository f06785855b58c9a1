//! `CreatePlatformApplication`: an application of a push service is made known.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation};

use crate::engine::Application;
use crate::{Sns, access, faults, forms, limits};

pub struct CreatePlatformApplication;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Input {
    name: Option<String>,
    platform: Option<String>,
    attributes: forms::Map,
}

#[async_trait]
impl Operation for CreatePlatformApplication {
    type Face = Sns;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "CreatePlatformApplication";

    async fn permissions(_: &Sns, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let (name, platform) =
            (access::required("name", &input.name)?, access::required("platform", &input.platform)?);
        let arn = access::own(call, format!("app/{platform}/{name}"));
        Ok(vec![access::on(&arn, "sns:CreatePlatformApplication")])
    }

    async fn run(face: &Sns, call: &Call, input: Input) -> Result<Value, Failure> {
        let (name, platform) =
            (access::required("name", &input.name)?, access::required("platform", &input.platform)?);
        if !PLATFORMS.contains(&platform) {
            let reason = format!("Platform Reason: {platform} is not supported");
            return Err(faults::invalid(reason).into());
        }
        let is_name =
            |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.');
        if !limits::APPLICATION_NAME_CHARS.contains(&name.len()) || !name.chars().all(is_name) {
            return Err(faults::invalid("Name").into());
        }
        let arn = access::own(call, format!("app/{platform}/{name}"));
        let application = Application { arn: arn.clone(), attributes: input.attributes.to_map() };
        face.engine.put_application(&application).await?;
        Ok(json!({ "PlatformApplicationArn": arn }))
    }
}

/// Source: API reference, `CreatePlatformApplication`, Platform.
const PLATFORMS: [&str; 10] =
    ["ADM", "APNS", "APNS_SANDBOX", "APNS_VOIP", "APNS_VOIP_SANDBOX", "BAIDU", "GCM", "MACOS", "MPNS", "WNS"];
