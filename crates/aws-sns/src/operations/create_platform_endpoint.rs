//! `CreatePlatformEndpoint`: a device is made known to an application.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation};

use crate::{Sns, access, engine, forms};

pub struct CreatePlatformEndpoint;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Input {
    platform_application_arn: Option<String>,
    token: Option<String>,
    custom_user_data: Option<String>,
    attributes: forms::Map,
}

#[async_trait]
impl Operation for CreatePlatformEndpoint {
    type Face = Sns;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "CreatePlatformEndpoint";

    async fn permissions(_: &Sns, _: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let arn = access::arn_of("PlatformApplicationArn", input.platform_application_arn.as_deref())?;
        Ok(vec![access::on(&arn, "sns:CreatePlatformEndpoint")])
    }

    async fn run(face: &Sns, _: &Call, input: Input) -> Result<Value, Failure> {
        let arn = access::arn_of("PlatformApplicationArn", input.platform_application_arn.as_deref())?;
        let token = access::required("token", &input.token)?;
        let mut attributes = input.attributes.to_map();
        attributes.insert("Token".to_owned(), token.to_owned());
        attributes.entry("Enabled".to_owned()).or_insert_with(|| "true".to_owned());
        if let Some(data) = input.custom_user_data {
            attributes.insert("CustomUserData".to_owned(), data);
        }
        engine::check_user_data(&attributes)?;
        let endpoint_arn = face.engine.create_endpoint(&arn, attributes).await?.to_string();
        Ok(json!({ "EndpointArn": endpoint_arn }))
    }
}
