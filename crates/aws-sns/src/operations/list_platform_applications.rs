//! `ListPlatformApplications`: the applications of the account, page by page.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation};

use crate::engine::{Application, rows};
use crate::{Sns, access, forms, pages};

pub struct ListPlatformApplications;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Input {
    next_token: Option<String>,
}

#[async_trait]
impl Operation for ListPlatformApplications {
    type Face = Sns;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "ListPlatformApplications";

    async fn permissions(_: &Sns, call: &Call, _: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![access::on(&access::own(call, "*"), "sns:ListPlatformApplications")])
    }

    async fn run(face: &Sns, call: &Call, input: Input) -> Result<Value, Failure> {
        let after = pages::place(input.next_token.as_deref())?;
        let all = rows::applications(call.caller.account.as_str(), call.region.as_str());
        let (found, next) = face.engine.listed::<Application>(&all, after.as_ref()).await?;
        let shape = |application: &Application| json!({ "PlatformApplicationArn": application.arn, "Attributes": forms::shown(&application.told()) });
        let platform_applications: Vec<Value> = found.iter().map(shape).collect();
        Ok(json!({ "PlatformApplications": platform_applications, "NextToken": pages::token(next) }))
    }
}
