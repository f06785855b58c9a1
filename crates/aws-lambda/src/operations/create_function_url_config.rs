//! `CreateFunctionUrlConfig`: an address for a function, or for one of its aliases.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde_json::{Map, Value};
use service::{Call, Operation, Route};

use crate::constraints::Constraints;
use crate::urls::{self, SettingsInput};
use crate::{Lambda, faults};

pub const ROUTE: Route =
    Route::new("POST", "/2021-10-31/functions/{FunctionName}/url", 201).query(&[("Qualifier", "Qualifier")]);

pub struct CreateFunctionUrlConfig;

#[async_trait]
impl Operation for CreateFunctionUrlConfig {
    type Face = Lambda;
    type Input = SettingsInput;
    type Output = Map<String, Value>;

    const NAME: &'static str = "CreateFunctionUrlConfig";

    async fn permissions(
        face: &Lambda,
        call: &Call,
        input: &SettingsInput,
    ) -> Result<Vec<Permission>, Failure> {
        let mut constraints = Constraints::default();
        constraints.present("authType", input.settings.auth_type.as_ref());
        input.settings.check(&mut constraints);
        constraints.end()?;
        let permission = face.on_function(&input.url.named(call)?, "lambda:CreateFunctionUrlConfig").await?;
        let auth = input.settings.auth_type.as_deref().unwrap_or_default();
        Ok(vec![permission.with_context("lambda:FunctionUrlAuthType", auth)])
    }

    async fn run(face: &Lambda, call: &Call, input: SettingsInput) -> Result<Self::Output, Failure> {
        let named = input.url.named(call)?;
        let make = |before: Option<&_>| match before {
            Some(_) => Err(faults::url_exists(&named.arn())),
            None => Ok(Some(input.settings.made(call.time))),
        };
        let url = face.engine.change_url(&named, make).await?.ok_or_else(faults::no_url)?;
        let mut shown = urls::shown(call, &named, &url, &face.engine.parts.domains);
        // AWS: what has just been made says nothing of its last change.
        shown.remove("LastModifiedTime");
        Ok(shown)
    }
}
