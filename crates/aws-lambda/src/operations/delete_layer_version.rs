//! `DeleteLayerVersion`: no function can take it any more; those that have it keep it.

use async_trait::async_trait;
use model::{Failure, Permission};
use service::{Call, Operation, Route};

use crate::Lambda;
use crate::layers::LayerInput;

pub const ROUTE: Route = Route::new("DELETE", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}", 204);

pub struct DeleteLayerVersion;

#[async_trait]
impl Operation for DeleteLayerVersion {
    type Face = Lambda;
    type Input = LayerInput;
    type Output = ();

    const NAME: &'static str = "DeleteLayerVersion";

    async fn permissions(face: &Lambda, call: &Call, input: &LayerInput) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_layer(&input.named(call)?, "lambda:DeleteLayerVersion").await?])
    }

    async fn run(face: &Lambda, call: &Call, input: LayerInput) -> Result<(), Failure> {
        let named = input.named(call)?;
        Ok(face.engine.remove_layer_version(&named.key, named.number).await?)
    }
}
