//! `DeleteAlias`: a name less for the versions of a function, and its policy. AWS: one that is not there is no failure.

use async_trait::async_trait;
use model::{Failure, Permission};
use service::{Call, Operation, Route};

use crate::Lambda;
use crate::naming::AliasInput;

pub const ROUTE: Route = Route::new("DELETE", "/2015-03-31/functions/{FunctionName}/aliases/{Name}", 204);

pub struct DeleteAlias;

#[async_trait]
impl Operation for DeleteAlias {
    type Face = Lambda;
    type Input = AliasInput;
    type Output = ();

    const NAME: &'static str = "DeleteAlias";

    async fn permissions(face: &Lambda, call: &Call, input: &AliasInput) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_function(&input.named(call)?, "lambda:DeleteAlias").await?])
    }

    async fn run(face: &Lambda, call: &Call, input: AliasInput) -> Result<Self::Output, Failure> {
        let named = input.named(call)?;
        face.engine.change_alias(&named, |_| Ok(None)).await?;
        Ok(())
    }
}
