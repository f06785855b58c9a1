//! `UpdateFunctionUrlConfig`: what is not said of a function URL stays as it is.

use async_trait::async_trait;
use model::{Failure, Permission};
use registry::FunctionUrl;
use serde_json::{Map, Value};
use service::{Call, Operation, Route};

use crate::constraints::Constraints;
use crate::urls::{self, SettingsInput};
use crate::{Lambda, faults};

pub const ROUTE: Route =
    Route::new("PUT", "/2021-10-31/functions/{FunctionName}/url", 200).query(&[("Qualifier", "Qualifier")]);

pub struct UpdateFunctionUrlConfig;

#[async_trait]
impl Operation for UpdateFunctionUrlConfig {
    type Face = Lambda;
    type Input = SettingsInput;
    type Output = Map<String, Value>;

    const NAME: &'static str = "UpdateFunctionUrlConfig";

    async fn permissions(
        face: &Lambda,
        call: &Call,
        input: &SettingsInput,
    ) -> Result<Vec<Permission>, Failure> {
        let mut constraints = Constraints::default();
        input.settings.check(&mut constraints);
        constraints.end()?;
        let permission = face.on_function(&input.url.named(call)?, "lambda:UpdateFunctionUrlConfig").await?;
        Ok(vec![match &input.settings.auth_type {
            Some(auth) => permission.with_context("lambda:FunctionUrlAuthType", auth.as_str()),
            None => permission,
        }])
    }

    async fn run(face: &Lambda, call: &Call, input: SettingsInput) -> Result<Self::Output, Failure> {
        let named = input.url.named(call)?;
        let change = |before: Option<&FunctionUrl>| {
            let mut url = before.cloned().ok_or_else(faults::no_url)?;
            input.settings.apply(&mut url, call.time);
            Ok(Some(url))
        };
        let url = face.engine.change_url(&named, change).await?.ok_or_else(faults::no_url)?;
        Ok(urls::shown(call, &named, &url, &face.engine.parts.domains))
    }
}
