//! `RemoveLayerVersionPermission`: one statement less in the policy of a layer's version.

use async_trait::async_trait;
use model::{Failure, Fault, Permission};
use registry::LayerVersion;
use serde::Deserialize;
use service::{Call, Operation, Route};

use super::remove_permission::removed_from;
use crate::Lambda;
use crate::layers::{self, NamedLayer};

pub const ROUTE: Route =
    Route::new("DELETE", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy/{StatementId}", 204)
        .query(&[("RevisionId", "RevisionId")]);

pub struct RemoveLayerVersionPermission;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    layer_name: String,
    version_number: i64,
    statement_id: String,
    revision_id: Option<String>,
}

#[async_trait]
impl Operation for RemoveLayerVersionPermission {
    type Face = Lambda;
    type Input = Input;
    type Output = ();

    const NAME: &'static str = "RemoveLayerVersionPermission";

    async fn permissions(face: &Lambda, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_layer(&input.named(call)?, "lambda:RemoveLayerVersionPermission").await?])
    }

    async fn run(face: &Lambda, call: &Call, input: Input) -> Result<(), Failure> {
        let (id, revision) = (input.statement_id.as_str(), input.revision_id.as_deref());
        let remove =
            |version: &mut LayerVersion| removed_from(&mut version.policy, id, revision, "GetLayerPolicy");
        face.engine.change_layer(&input.named(call)?, remove).await?;
        Ok(())
    }
}

impl Input {
    fn named(&self, call: &Call) -> Result<NamedLayer, Fault> {
        layers::named(call, &self.layer_name, self.version_number)
    }
}
