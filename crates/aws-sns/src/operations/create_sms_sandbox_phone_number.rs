//! `CreateSMSSandboxPhoneNumber`: a number is to be verified for the sandbox.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation};

use crate::engine::Phone;
use crate::{Sns, access, faults};

pub struct CreateSMSSandboxPhoneNumber;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Input {
    phone_number: Option<String>,
    language_code: Option<String>,
}

#[async_trait]
impl Operation for CreateSMSSandboxPhoneNumber {
    type Face = Sns;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "CreateSMSSandboxPhoneNumber";

    async fn permissions(_: &Sns, _: &Call, _: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![Permission::new("sns:CreateSMSSandboxPhoneNumber", "*")])
    }

    async fn run(face: &Sns, call: &Call, input: Input) -> Result<Value, Failure> {
        let (account, region) = (call.caller.account.as_str(), call.region.as_str());
        let number = access::required("phoneNumber", &input.phone_number)?;
        if input.language_code.is_some_and(|code| !LANGUAGES.contains(&code.as_str())) {
            return Err(faults::invalid("LanguageCode").into());
        }
        let pending = |phone: &mut Phone| phone.verified = Some(false);
        face.engine.change_phone(account, region, number, pending).await?;
        Ok(json!({}))
    }
}

/// Source: API model, `LanguageCodeString`.
const LANGUAGES: [&str; 13] = [
    "en-US", "en-GB", "es-419", "es-ES", "de-DE", "fr-CA", "fr-FR", "it-IT", "ja-JP", "pt-BR", "kr-KR",
    "zh-CN", "zh-TW",
];
