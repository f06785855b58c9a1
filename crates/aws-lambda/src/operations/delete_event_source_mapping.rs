//! `DeleteEventSourceMapping`: nothing more is taken from the source; the mapping goes when what was taken is handled.

use async_trait::async_trait;
use model::{Failure, Permission};
use registry::MappingState;
use serde_json::{Map, Value};
use service::{Call, Operation, Route};

use crate::mappings::IdInput;
use crate::{Lambda, mappings};

pub const ROUTE: Route = Route::new("DELETE", "/2015-03-31/event-source-mappings/{UUID}", 202);

pub struct DeleteEventSourceMapping;

#[async_trait]
impl Operation for DeleteEventSourceMapping {
    type Face = Lambda;
    type Input = IdInput;
    type Output = Map<String, Value>;

    const NAME: &'static str = "DeleteEventSourceMapping";

    async fn permissions(_: &Lambda, call: &Call, input: &IdInput) -> Result<Vec<Permission>, Failure> {
        Ok(vec![mappings::permission("lambda:DeleteEventSourceMapping", &input.key(call))])
    }

    async fn run(face: &Lambda, call: &Call, input: IdInput) -> Result<Self::Output, Failure> {
        let key = input.key(call);
        let deleting = face.engine.change_mapping(&key, "delete", |mapping| {
            mapping.state = MappingState::Deleting;
            Ok(())
        });
        Ok(mappings::shown(&deleting.await?))
    }
}
