//! `ListLayerVersions`: the versions of a layer, the newest first.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation, Route};

use crate::constraints::Constraints;
use crate::layers::{self, Compatible};
use crate::paging::{self, Page};
use crate::{Lambda, limits};

pub const ROUTE: Route = Route::new("GET", "/2018-10-31/layers/{LayerName}/versions", 200).query(&[
    ("CompatibleArchitecture", "CompatibleArchitecture"),
    ("CompatibleRuntime", "CompatibleRuntime"),
    ("Marker", "Marker"),
    ("MaxItems", "MaxItems"),
]);

pub struct ListLayerVersions;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    layer_name: String,
    #[serde(flatten)]
    compatible: Compatible,
    marker: Option<String>,
    max_items: Option<i64>,
}

#[async_trait]
impl Operation for ListLayerVersions {
    type Face = Lambda;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "ListLayerVersions";

    async fn permissions(_: &Lambda, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let mut constraints = Constraints::default();
        input.compatible.check(&mut constraints);
        constraints.range("maxItems", input.max_items, limits::LAYER_ITEMS);
        constraints.end()?;
        let key = layers::layer(call, &input.layer_name)?;
        let permission = Permission::new("lambda:ListLayerVersions", key.arn().to_string());
        Ok(vec![permission.owned_by(key.account)])
    }

    async fn run(face: &Lambda, call: &Call, input: Input) -> Result<Value, Failure> {
        let key = layers::layer(call, &input.layer_name)?;
        let all = face.engine.parts.registry.layer_versions(&key).await?;
        let before = input.marker.as_deref().map(paging::number).transpose()?;
        let limit = paging::limit(input.max_items);
        let asked = all.iter().rev().filter(|version| {
            before.is_none_or(|before| version.number < before) && input.compatible.lets(version)
        });
        let page = Page::of(asked.take(limit + 1).collect(), limit);
        let shown: Vec<_> = page.items.iter().map(|version| layers::listed(version)).collect();
        Ok(json!({ "LayerVersions": shown, "NextMarker": page.marker(|version| version.number.to_string()) }))
    }
}
