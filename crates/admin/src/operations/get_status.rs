//! `GetStatus`: the platform and the account in numbers.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use service::{Call, Operation};

use crate::admin::Admin;
use crate::views::{self, StatusView};

pub struct GetStatus;

#[derive(Deserialize)]
pub struct Input {}

#[async_trait]
impl Operation for GetStatus {
    type Face = Admin;
    type Input = Input;
    type Output = StatusView;

    const NAME: &'static str = "GetStatus";

    async fn permissions(_: &Admin, _: &Call, _: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![Permission::new("dayfly:GetStatus", "*")])
    }

    async fn run(admin: &Admin, call: &Call, _: Input) -> Result<StatusView, Failure> {
        Ok(views::status(admin, &call.caller.account).await?)
    }
}
