//! `GetLayerVersionPolicy`: who may use a version of a layer.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde_json::{Value, json};
use service::{Call, Operation, Route};

use crate::layers::LayerInput;
use crate::{Lambda, engine, faults};

pub const ROUTE: Route =
    Route::new("GET", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy", 200);

pub struct GetLayerVersionPolicy;

#[async_trait]
impl Operation for GetLayerVersionPolicy {
    type Face = Lambda;
    type Input = LayerInput;
    type Output = Value;

    const NAME: &'static str = "GetLayerVersionPolicy";

    async fn permissions(face: &Lambda, call: &Call, input: &LayerInput) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_layer(&input.named(call)?, "lambda:GetLayerVersionPolicy").await?])
    }

    async fn run(face: &Lambda, call: &Call, input: LayerInput) -> Result<Value, Failure> {
        let named = input.named(call)?;
        let found = face.engine.parts.registry.layer_version(&named.key, named.number).await?;
        let Some((version, _)) = found else {
            return Err(faults::not_found(faults::no_layer_version(&named.arn())).into());
        };
        let Some(document) = engine::layer_document(&version) else {
            return Err(faults::not_found("No policy is associated with the given resource.").into());
        };
        Ok(json!({ "Policy": document, "RevisionId": version.policy.revision_id }))
    }
}
