//! `GetCallerIdentity`: who the caller is. It needs no permission, so that it can always be found out.

use async_trait::async_trait;
use model::{Failure, Identity, Permission};
use serde::{Deserialize, Serialize};
use service::{Call, Operation};

use crate::{Sessions, faults};

pub struct GetCallerIdentity;

#[derive(Debug, Deserialize)]
pub struct Input {}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    user_id: String,
    account: String,
    arn: String,
}

#[async_trait]
impl Operation for GetCallerIdentity {
    type Face = Sessions;
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "GetCallerIdentity";

    async fn permissions(_: &Sessions, _: &Call, _: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(Vec::new())
    }

    async fn run(_: &Sessions, call: &Call, _: Input) -> Result<Output, Failure> {
        let account = call.caller.account.to_string();
        let user_id = match &call.caller.identity {
            Identity::Root => account.clone(),
            Identity::Session { role_id, session_name, .. } => format!("{role_id}:{session_name}"),
            Identity::Service { .. } | Identity::Anonymous => return Err(nobody().into()),
        };
        let arn = call.caller.arn().ok_or_else(nobody)?.to_string();
        Ok(Output { user_id, account, arn })
    }
}

fn nobody() -> model::Fault {
    faults::access_denied("Must be called with credentials of an account or of a role.")
}
