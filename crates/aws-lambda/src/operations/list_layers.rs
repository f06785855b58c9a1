//! `ListLayers`: the layers of an account and region, each with its latest version that is for what is asked.

use async_trait::async_trait;
use model::{Failure, Permission};
use registry::LayerVersion;
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation, Route};

use crate::constraints::Constraints;
use crate::layers::{self, Compatible};
use crate::paging::{self, Page};
use crate::{Lambda, limits};

pub const ROUTE: Route = Route::new("GET", "/2018-10-31/layers", 200).query(&[
    ("CompatibleArchitecture", "CompatibleArchitecture"),
    ("CompatibleRuntime", "CompatibleRuntime"),
    ("Marker", "Marker"),
    ("MaxItems", "MaxItems"),
]);

pub struct ListLayers;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    #[serde(flatten)]
    compatible: Compatible,
    marker: Option<String>,
    max_items: Option<i64>,
}

#[async_trait]
impl Operation for ListLayers {
    type Face = Lambda;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "ListLayers";

    async fn permissions(_: &Lambda, _: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let mut constraints = Constraints::default();
        input.compatible.check(&mut constraints);
        constraints.range("maxItems", input.max_items, limits::LAYER_ITEMS);
        constraints.end()?;
        Ok(vec![Permission::new("lambda:ListLayers", "*")])
    }

    async fn run(face: &Lambda, call: &Call, input: Input) -> Result<Value, Failure> {
        let (registry, account) = (&face.engine.parts.registry, &call.caller.account);
        let all = registry.layer_versions_in(account, &call.region).await?;
        let limit = paging::limit(input.max_items);
        let after = |name: &str| input.marker.as_deref().is_none_or(|marker| name > marker);
        let matching =
            all.iter().filter(|version| after(&version.key.name) && input.compatible.lets(version));
        let page = Page::of(latest(matching).into_iter().take(limit + 1).collect(), limit);
        let shown = |version: &&LayerVersion| {
            let (name, arn) = (&version.key.name, version.key.arn());
            json!({ "LayerName": name, "LayerArn": arn, "LatestMatchingVersion": layers::listed(version) })
        };
        let shown: Vec<_> = page.items.iter().map(shown).collect();
        Ok(json!({ "Layers": shown, "NextMarker": page.marker(|version| version.key.name.clone()) }))
    }
}

/// Of versions by name and number, the last of each name.
fn latest<'a>(versions: impl Iterator<Item = &'a LayerVersion>) -> Vec<&'a LayerVersion> {
    let mut latest: Vec<&LayerVersion> = Vec::new();
    for version in versions {
        match latest.last_mut() {
            Some(last) if last.key == version.key => *last = version,
            _ => latest.push(version),
        }
    }
    latest
}
