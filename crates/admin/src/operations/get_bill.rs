//! `GetBill`: what was used and what it costs, by function or by day.

use async_trait::async_trait;
use metering::Grouping;
use model::{Failure, Permission, Time};
use serde::Deserialize;
use service::{Call, Operation};

use crate::admin::Admin;
use crate::faults;
use crate::views::{self, BillView};

pub struct GetBill;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    /// `function` (the default) or `day`.
    by: Option<String>,
    /// A time or a day, in ISO 8601; from the beginning without it.
    since: Option<String>,
}

#[async_trait]
impl Operation for GetBill {
    type Face = Admin;
    type Input = Input;
    type Output = BillView;

    const NAME: &'static str = "GetBill";

    async fn permissions(_: &Admin, _: &Call, _: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![Permission::new("dayfly:GetBill", "*")])
    }

    async fn run(admin: &Admin, call: &Call, input: Input) -> Result<BillView, Failure> {
        let grouping = match input.by.as_deref() {
            None | Some("function") => Grouping::Function,
            Some("day") => Grouping::Day,
            Some(other) => {
                let message = format!("A bill is by function or by day, not by {other:?}.");
                return Err(faults::invalid_parameter(message).into());
            }
        };
        let since = match input.since.as_deref() {
            None => Time::from_millis(0),
            Some(text) => read_time(text).ok_or_else(|| {
                faults::invalid_parameter(format!("{text:?} is no time and no day in ISO 8601."))
            })?,
        };
        Ok(views::bill(admin, &call.caller.account, since, grouping).await?)
    }
}

fn read_time(text: &str) -> Option<Time> {
    Time::parse_iso8601(text).or_else(|| Time::parse_iso8601(&format!("{text}T00:00:00Z")))
}
