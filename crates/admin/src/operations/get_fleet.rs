//! `GetFleet`: what runs for the account right now.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::{Deserialize, Serialize};
use service::{Call, Operation};

use crate::admin::Admin;
use crate::views::{self, InstanceView, SlowStartView};

pub struct GetFleet;

#[derive(Deserialize)]
pub struct Input {}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    instances: Vec<InstanceView>,
    /// Functions that start slower than others do.
    slow_starts: Vec<SlowStartView>,
}

#[async_trait]
impl Operation for GetFleet {
    type Face = Admin;
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "GetFleet";

    async fn permissions(_: &Admin, _: &Call, _: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![Permission::new("dayfly:GetFleet", "*")])
    }

    async fn run(admin: &Admin, call: &Call, _: Input) -> Result<Output, Failure> {
        let account = &call.caller.account;
        let (instances, slow_starts) = (views::instances(admin, account), views::slow_starts(admin, account));
        Ok(Output { instances, slow_starts })
    }
}
