//! `GetLayerVersionByArn`: the same as GetLayerVersion, of the version that an ARN names.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::{Map, Value};
use service::{Call, Operation, Route};

use crate::{Lambda, layers};

pub const ROUTE: Route =
    Route::new("GET", "/2018-10-31/layers", 200).only_with("find", "LayerVersion").query(&[("Arn", "Arn")]);

pub struct GetLayerVersionByArn;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    arn: String,
}

#[async_trait]
impl Operation for GetLayerVersionByArn {
    type Face = Lambda;
    type Input = Input;
    type Output = Map<String, Value>;

    const NAME: &'static str = "GetLayerVersionByArn";

    async fn permissions(face: &Lambda, _: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_layer(&layers::version(&input.arn)?, "lambda:GetLayerVersion").await?])
    }

    async fn run(face: &Lambda, call: &Call, input: Input) -> Result<Self::Output, Failure> {
        let version = face.layer_version(&layers::version(&input.arn)?).await?;
        face.shown_layer(call, &version).await
    }
}
