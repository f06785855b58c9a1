//! `PublishVersion`: the function as it is now, under a number, for good.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::{Map, Value};
use service::{Call, Operation, Route};

use crate::constraints::Constraints;
use crate::engine::Publication;
use crate::names::Named;
use crate::unbuilt::refuse_unbuilt;
use crate::{Lambda, limits, shown};

pub const ROUTE: Route = Route::new("POST", "/2015-03-31/functions/{FunctionName}/versions", 201);

pub struct PublishVersion;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    function_name: String,
    code_sha256: Option<String>,
    description: Option<String>,
    revision_id: Option<String>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[async_trait]
impl Operation for PublishVersion {
    type Face = Lambda;
    type Input = Input;
    type Output = shown::Configuration;

    const NAME: &'static str = "PublishVersion";

    async fn permissions(face: &Lambda, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let mut constraints = Constraints::default();
        constraints.length("description", input.description.as_deref(), limits::DESCRIPTION_CHARS);
        constraints.end()?;
        refuse_unbuilt(&input.rest, &["PublishTo"], Self::NAME)?;
        let named = Named::read(call, &input.function_name, None)?;
        Ok(vec![face.on_function(&named, "lambda:PublishVersion").await?])
    }

    async fn run(face: &Lambda, call: &Call, input: Input) -> Result<Self::Output, Failure> {
        let named = Named::read(call, &input.function_name, None)?;
        face.unqualified(&named).await?;
        let publication = Publication {
            description: input.description,
            code_sha256: input.code_sha256.filter(|hash| !hash.is_empty()),
            revision_id: input.revision_id.filter(|revision| !revision.is_empty()),
            with_change: false,
        };
        let version = face.engine.publish(&named.key, &publication).await?;
        Ok(face.shown(&version, Some(&version.id.to_string())))
    }
}
