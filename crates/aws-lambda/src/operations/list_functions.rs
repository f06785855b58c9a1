//! `ListFunctions`: the functions of the caller's account and region, by name.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation, Route};

use crate::constraints::Constraints;
use crate::names::LATEST;
use crate::{Lambda, faults, limits, shown};

pub const ROUTE: Route = Route::new("GET", "/2015-03-31/functions", 200).query(&[
    ("MasterRegion", "MasterRegion"),
    ("FunctionVersion", "FunctionVersion"),
    ("Marker", "Marker"),
    ("MaxItems", "MaxItems"),
]);

pub struct ListFunctions;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    master_region: Option<String>,
    function_version: Option<String>,
    marker: Option<String>,
    max_items: Option<i64>,
}

#[async_trait]
impl Operation for ListFunctions {
    type Face = Lambda;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "ListFunctions";

    async fn permissions(_: &Lambda, _: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let mut constraints = Constraints::default();
        constraints.range("maxItems", input.max_items, limits::MAX_ITEMS);
        constraints.one_of("functionVersion", input.function_version.as_deref(), &["ALL"]);
        constraints.end()?;
        if input.master_region.is_some() {
            return Err(faults::unbuilt("MasterRegion", Self::NAME).into());
        }
        Ok(vec![Permission::new("lambda:ListFunctions", "*")])
    }

    async fn run(face: &Lambda, call: &Call, input: Input) -> Result<Value, Failure> {
        let limit = input.max_items.map_or(limits::PAGE, |asked| limits::PAGE.min(asked as usize));
        let registry = &face.engine.parts.registry;
        let (account, marker) = (&call.caller.account, input.marker.as_deref());
        // One more than the page, to know whether there is another.
        let mut functions = registry.list(account, &call.region, marker, limit + 1).await?;
        let more = functions.len() > limit;
        functions.truncate(limit);
        let marker = functions.last().filter(|_| more).map(|function| &function.key.name);
        // AWS: where versions are asked for, ARNs are those of versions. There is just the one.
        let qualifier = input.function_version.as_ref().map(|_| LATEST);
        let shown: Vec<_> = functions.iter().map(|function| shown::listed(function, qualifier)).collect();
        Ok(json!({ "Functions": shown, "NextMarker": marker }))
    }
}
