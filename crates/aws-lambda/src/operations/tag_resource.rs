//! `TagResource`: tags for a function or a mapping, in the place of those of the same keys.

use std::collections::BTreeMap;

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use service::{Call, Operation, Route};

use crate::Lambda;
use crate::constraints::Constraints;
use crate::tags::{self, Tagged};

pub const ROUTE: Route = Route::new("POST", "/2017-03-31/tags/{Resource}", 204);

pub struct TagResource;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    resource: String,
    tags: Option<BTreeMap<String, String>>,
}

#[async_trait]
impl Operation for TagResource {
    type Face = Lambda;
    type Input = Input;
    type Output = ();

    const NAME: &'static str = "TagResource";

    async fn permissions(face: &Lambda, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let mut constraints = Constraints::default();
        constraints.present("tags", input.tags.as_ref());
        constraints.end()?;
        let tagged = tags::resource(call, &input.resource, Self::NAME)?;
        Ok(vec![face.on_tagged(&tagged, "lambda:TagResource").await?])
    }

    async fn run(face: &Lambda, call: &Call, input: Input) -> Result<(), Failure> {
        let new = input.tags.unwrap_or_default();
        let add = |tags: &mut BTreeMap<String, String>| tags.extend(new.clone());
        match tags::resource(call, &input.resource, Self::NAME)? {
            Tagged::Function(named) => {
                tags::check(&new)?;
                face.check_egress(&new)?;
                face.engine.retag(&named.key, add).await
            }
            Tagged::Mapping(key) => {
                tags::check_own(&new)?;
                face.engine.retag_mapping(&key, add).await
            }
        }
    }
}
