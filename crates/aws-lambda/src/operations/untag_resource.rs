//! `UntagResource`: takes tags off a function.

use std::collections::BTreeMap;

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use service::{Call, Operation, Route};

use crate::Lambda;
use crate::constraints::Constraints;
use crate::tags::{self, Tagged};

pub const ROUTE: Route =
    Route::new("DELETE", "/2017-03-31/tags/{Resource}", 204).query(&[("tagKeys", "TagKeys")]);

pub struct UntagResource;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    resource: String,
    tag_keys: Option<Vec<String>>,
}

#[async_trait]
impl Operation for UntagResource {
    type Face = Lambda;
    type Input = Input;
    type Output = ();

    const NAME: &'static str = "UntagResource";

    async fn permissions(face: &Lambda, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let mut constraints = Constraints::default();
        constraints.present("tagKeys", input.tag_keys.as_ref());
        constraints.end()?;
        let tagged = tags::resource(call, &input.resource, Self::NAME)?;
        Ok(vec![face.on_tagged(&tagged, "lambda:UntagResource").await?])
    }

    async fn run(face: &Lambda, call: &Call, input: Input) -> Result<(), Failure> {
        let keys = input.tag_keys.unwrap_or_default();
        let remove = |tags: &mut BTreeMap<String, String>| tags.retain(|key, _| !keys.contains(key));
        match tags::resource(call, &input.resource, Self::NAME)? {
            Tagged::Function(named) => face.engine.retag(&named.key, remove).await,
            Tagged::Mapping(key) => face.engine.retag_mapping(&key, remove).await,
        }
    }
}
