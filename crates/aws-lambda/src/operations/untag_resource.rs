//! `UntagResource`: takes tags off a function.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use service::{Call, Operation, Route};

use crate::constraints::Constraints;
use crate::{Lambda, tags};

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
        let named = tags::resource(call, &input.resource, Self::NAME)?;
        Ok(vec![face.on_function(&named, "lambda:UntagResource").await?])
    }

    async fn run(face: &Lambda, call: &Call, input: Input) -> Result<(), Failure> {
        let named = tags::resource(call, &input.resource, Self::NAME)?;
        let keys = input.tag_keys.unwrap_or_default();
        face.engine.retag(&named.key, |tags| tags.retain(|key, _| !keys.contains(key))).await
    }
}
