//! `SetSMSAttributes`: what is set for text messages is changed, and kept.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation};

use crate::{Sns, faults, forms};

pub struct SetSMSAttributes;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Input {
    attributes: forms::Map,
}

#[async_trait]
impl Operation for SetSMSAttributes {
    type Face = Sns;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "SetSMSAttributes";

    async fn permissions(_: &Sns, _: &Call, _: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![Permission::new("sns:SetSMSAttributes", "*")])
    }

    async fn run(face: &Sns, call: &Call, input: Input) -> Result<Value, Failure> {
        let (account, region) = (call.caller.account.as_str(), call.region.as_str());
        let set = input.attributes.to_map();
        if let Some(name) = set.keys().find(|name| !NAMES.contains(&name.as_str())) {
            return Err(faults::invalid(format!("Attributes Reason: {name} is not a valid attribute")).into());
        }
        let kind = set.get("DefaultSMSType");
        if kind.is_some_and(|kind| !["Promotional", "Transactional"].contains(&kind.as_str())) {
            return Err(faults::invalid("DefaultSMSType is invalid").into());
        }
        face.engine.set_sms(account, region, set).await?;
        Ok(json!({}))
    }
}

/// Source: API reference, `SetSMSAttributes`.
const NAMES: [&str; 6] = [
    "MonthlySpendLimit",
    "DeliveryStatusIAMRole",
    "DeliveryStatusSuccessSamplingRate",
    "DefaultSenderID",
    "DefaultSMSType",
    "UsageReportS3Bucket",
];
