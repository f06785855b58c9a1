//! `UpdateFunctionCode`: other code for a function.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use service::{Call, Operation, Route};

use crate::code_source::{CodeSource, check_architectures, refuse_other_architectures};
use crate::constraints::Constraints;
use crate::engine::Publication;
use crate::names::Named;
use crate::{Lambda, shown};

pub const ROUTE: Route = Route::new("PUT", "/2015-03-31/functions/{FunctionName}/code", 200);

pub struct UpdateFunctionCode;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    function_name: String,
    revision_id: Option<String>,
    #[serde(default)]
    dry_run: bool,
    #[serde(default)]
    publish: bool,
    architectures: Option<Vec<String>>,
    #[serde(flatten)]
    source: CodeSource,
}

#[async_trait]
impl Operation for UpdateFunctionCode {
    type Face = Lambda;
    type Input = Input;
    type Output = shown::Configuration;

    const NAME: &'static str = "UpdateFunctionCode";

    async fn permissions(face: &Lambda, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_function(&input.check(call)?, "lambda:UpdateFunctionCode").await?])
    }

    async fn run(face: &Lambda, call: &Call, input: Input) -> Result<Self::Output, Failure> {
        let named = input.check(call)?;
        let function = face.unqualified(&named).await?;
        let zip = input.source.zip(call, face.engine.parts.buckets.as_ref()).await?;
        let revision = input.revision_id.as_deref();
        if input.dry_run {
            let would_be = face.engine.try_recode(&function.latest, revision, zip).await?;
            return Ok(face.shown(&would_be, named.qualifier.as_deref()));
        }
        let function = face.engine.recode(&named.key, revision, zip).await?;
        if !input.publish {
            return Ok(face.shown(&function.latest, named.qualifier.as_deref()));
        }
        let publication = Publication { with_change: true, ..Publication::default() };
        let version = face.engine.publish(&named.key, &publication).await?;
        Ok(face.shown(&version, Some(&version.id.to_string())))
    }
}

impl Input {
    /// Whom it is about; fails when anything is malformed or asks for what is not built.
    fn check(&self, call: &Call) -> Result<Named, Failure> {
        let mut constraints = Constraints::default();
        self.source.check("", &mut constraints);
        check_architectures(self.architectures.as_deref(), &mut constraints);
        constraints.end()?;
        refuse_other_architectures(self.architectures.as_deref(), UpdateFunctionCode::NAME)?;
        self.source.refuse_unbuilt(UpdateFunctionCode::NAME)?;
        Ok(Named::read(call, &self.function_name, None)?)
    }
}
