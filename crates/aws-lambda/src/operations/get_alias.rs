//! `GetAlias`: an alias, and where it leads.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde_json::{Map, Value};
use service::{Call, Operation, Route};

use crate::naming::AliasInput;
use crate::{Lambda, aliases};

pub const ROUTE: Route = Route::new("GET", "/2015-03-31/functions/{FunctionName}/aliases/{Name}", 200);

pub struct GetAlias;

#[async_trait]
impl Operation for GetAlias {
    type Face = Lambda;
    type Input = AliasInput;
    type Output = Map<String, Value>;

    const NAME: &'static str = "GetAlias";

    async fn permissions(face: &Lambda, call: &Call, input: &AliasInput) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_function(&input.named(call)?, "lambda:GetAlias").await?])
    }

    async fn run(face: &Lambda, call: &Call, input: AliasInput) -> Result<Self::Output, Failure> {
        let named = input.named(call)?;
        let alias = face.alias(&named).await?;
        Ok(aliases::shown(&named, &alias))
    }
}
