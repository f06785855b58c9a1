//! `GetEventSourceMapping`: a mapping, and how far it is.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde_json::{Map, Value};
use service::{Call, Operation, Route};

use crate::mappings::IdInput;
use crate::{Lambda, mappings};

pub const ROUTE: Route = Route::new("GET", "/2015-03-31/event-source-mappings/{UUID}", 200);

pub struct GetEventSourceMapping;

#[async_trait]
impl Operation for GetEventSourceMapping {
    type Face = Lambda;
    type Input = IdInput;
    type Output = Map<String, Value>;

    const NAME: &'static str = "GetEventSourceMapping";

    async fn permissions(_: &Lambda, call: &Call, input: &IdInput) -> Result<Vec<Permission>, Failure> {
        Ok(vec![mappings::permission("lambda:GetEventSourceMapping", &input.key(call))])
    }

    async fn run(face: &Lambda, call: &Call, input: IdInput) -> Result<Self::Output, Failure> {
        let (mapping, _) = face.engine.mapping(&input.key(call)).await?;
        Ok(mappings::shown(&mapping))
    }
}
