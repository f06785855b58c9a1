//! `ListTags`: the tags of a function.

use std::collections::BTreeMap;

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::{Deserialize, Serialize};
use service::{Call, Operation, Route};

use crate::Lambda;
use crate::tags::{self, Tagged};

pub const ROUTE: Route = Route::new("GET", "/2017-03-31/tags/{Resource}", 200);

pub struct ListTags;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    resource: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    tags: BTreeMap<String, String>,
}

#[async_trait]
impl Operation for ListTags {
    type Face = Lambda;
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "ListTags";

    async fn permissions(face: &Lambda, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let tagged = tags::resource(call, &input.resource, Self::NAME)?;
        Ok(vec![face.on_tagged(&tagged, "lambda:ListTags").await?])
    }

    async fn run(face: &Lambda, call: &Call, input: Input) -> Result<Output, Failure> {
        let tags = match tags::resource(call, &input.resource, Self::NAME)? {
            Tagged::Function(named) => face.unqualified(&named).await?.tags.clone(),
            Tagged::Mapping(key) => face.engine.mapping(&key).await?.0.tags,
        };
        Ok(Output { tags })
    }
}
