//! `TagResource`: tags for a function, in the place of those of the same keys.

use std::collections::BTreeMap;

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use service::{Call, Operation, Route};

use crate::constraints::Constraints;
use crate::{Lambda, tags};

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
        let named = tags::resource(call, &input.resource, Self::NAME)?;
        Ok(vec![face.on_function(&named, "lambda:TagResource").await?])
    }

    async fn run(face: &Lambda, call: &Call, input: Input) -> Result<(), Failure> {
        let named = tags::resource(call, &input.resource, Self::NAME)?;
        let new = input.tags.unwrap_or_default();
        tags::check(&new)?;
        face.check_egress(&new)?;
        face.engine.retag(&named.key, |tags| tags.extend(new.clone())).await
    }
}
