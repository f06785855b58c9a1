//! `DeleteFunctionUrlConfig`: the address leads nowhere any more, and is never given again.

use async_trait::async_trait;
use model::{Failure, Permission};
use registry::FunctionUrl;
use service::{Call, Operation, Route};

use crate::urls::UrlInput;
use crate::{Lambda, faults};

pub const ROUTE: Route = Route::new("DELETE", "/2021-10-31/functions/{FunctionName}/url", 204)
    .query(&[("Qualifier", "Qualifier")]);

pub struct DeleteFunctionUrlConfig;

#[async_trait]
impl Operation for DeleteFunctionUrlConfig {
    type Face = Lambda;
    type Input = UrlInput;
    type Output = ();

    const NAME: &'static str = "DeleteFunctionUrlConfig";

    async fn permissions(face: &Lambda, call: &Call, input: &UrlInput) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_function(&input.named(call)?, "lambda:DeleteFunctionUrlConfig").await?])
    }

    async fn run(face: &Lambda, call: &Call, input: UrlInput) -> Result<(), Failure> {
        let remove = |before: Option<&FunctionUrl>| before.map(|_| None).ok_or_else(faults::no_url);
        face.engine.change_url(&input.named(call)?, remove).await?;
        Ok(())
    }
}
