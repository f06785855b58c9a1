//! `GetLayerVersion`: what a version of a layer is, with a link to its code.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde_json::{Map, Value};
use service::{Call, Operation, Route};

use crate::Lambda;
use crate::layers::LayerInput;

pub const ROUTE: Route = Route::new("GET", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}", 200);

pub struct GetLayerVersion;

#[async_trait]
impl Operation for GetLayerVersion {
    type Face = Lambda;
    type Input = LayerInput;
    type Output = Map<String, Value>;

    const NAME: &'static str = "GetLayerVersion";

    async fn permissions(face: &Lambda, call: &Call, input: &LayerInput) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_layer(&input.named(call)?, "lambda:GetLayerVersion").await?])
    }

    async fn run(face: &Lambda, call: &Call, input: LayerInput) -> Result<Self::Output, Failure> {
        let version = face.layer_version(&input.named(call)?).await?;
        face.shown_layer(call, &version).await
    }
}
