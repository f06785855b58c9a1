//! `GetFunctionUrlConfig`: what is said of a function URL.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde_json::{Map, Value};
use service::{Call, Operation, Route};

use crate::urls::{self, UrlInput};
use crate::{Lambda, engine, faults};

pub const ROUTE: Route =
    Route::new("GET", "/2021-10-31/functions/{FunctionName}/url", 200).query(&[("Qualifier", "Qualifier")]);

pub struct GetFunctionUrlConfig;

#[async_trait]
impl Operation for GetFunctionUrlConfig {
    type Face = Lambda;
    type Input = UrlInput;
    type Output = Map<String, Value>;

    const NAME: &'static str = "GetFunctionUrlConfig";

    async fn permissions(face: &Lambda, call: &Call, input: &UrlInput) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_function(&input.named(call)?, "lambda:GetFunctionUrlConfig").await?])
    }

    async fn run(face: &Lambda, call: &Call, input: UrlInput) -> Result<Self::Output, Failure> {
        let named = input.named(call)?;
        let function = face.engine.parts.registry.get(&named.key).await?.ok_or_else(faults::no_url)?;
        let url = engine::url_of(&function, &named).ok_or_else(faults::no_url)?;
        Ok(urls::shown(call, &named, url, &face.engine.parts.domains))
    }
}
