//! `ListEndpointsByPlatformApplication`: the devices of an application, page by page.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation};

use crate::engine::{Endpoint, rows};
use crate::{Sns, access, forms, pages};

pub struct ListEndpointsByPlatformApplication;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Input {
    platform_application_arn: Option<String>,
    next_token: Option<String>,
}

#[async_trait]
impl Operation for ListEndpointsByPlatformApplication {
    type Face = Sns;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "ListEndpointsByPlatformApplication";

    async fn permissions(_: &Sns, _: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let arn = access::arn_of("PlatformApplicationArn", input.platform_application_arn.as_deref())?;
        Ok(vec![access::on(&arn, "sns:ListEndpointsByPlatformApplication")])
    }

    async fn run(face: &Sns, _: &Call, input: Input) -> Result<Value, Failure> {
        let arn = access::arn_of("PlatformApplicationArn", input.platform_application_arn.as_deref())?;
        face.engine.application(&arn).await?;
        let after = pages::place(input.next_token.as_deref())?;
        let (found, next) = face.engine.listed::<Endpoint>(&rows::endpoints(&arn), after.as_ref()).await?;
        let shape = |endpoint: &Endpoint| json!({ "EndpointArn": endpoint.arn, "Attributes": forms::shown(&endpoint.attributes) });
        let endpoints: Vec<Value> = found.iter().map(shape).collect();
        Ok(json!({ "Endpoints": endpoints, "NextToken": pages::token(next) }))
    }
}
