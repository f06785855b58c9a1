//! `ListFunctions`: the functions of the caller's account and region, by name.

use async_trait::async_trait;
use model::{Failure, Permission};
use registry::{FunctionKey, Version};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation, Route};

use crate::constraints::{Constraints, is_of};
use crate::paging::{self, Page};
use crate::{Lambda, faults, limits, shown};

pub const ROUTE: Route = Route::new("GET", "/2015-03-31/functions", 200).query(&[
    ("MasterRegion", "MasterRegion"),
    ("FunctionVersion", "FunctionVersion"),
    ("Marker", "Marker"),
    ("MaxItems", "MaxItems"),
]);

const MASTER_REGION_PATTERN: &str = r"ALL|[a-z]{2}(-gov)?-[a-z]+-\d{1}";

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
        let master = input.master_region.as_deref();
        constraints.pattern("masterRegion", master, MASTER_REGION_PATTERN, is_master_region);
        constraints.end()?;
        if master.is_some() && input.function_version.is_none() {
            let message = "FunctionVersion must be set to ALL when MasterRegion is specified.";
            return Err(faults::invalid_parameter(message).into());
        }
        Ok(vec![Permission::new("lambda:ListFunctions", "*")])
    }

    async fn run(face: &Lambda, call: &Call, input: Input) -> Result<Value, Failure> {
        // AWS: a region names those that were copied from there to the edge, which no function here is.
        if input.master_region.as_deref().is_some_and(|region| region != "ALL") {
            return Ok(json!({ "Functions": [], "NextMarker": null }));
        }
        let limit = paging::limit(input.max_items);
        let versions = match input.function_version {
            Some(_) => every_version(face, call, input.marker.as_deref(), limit + 1).await?,
            None => functions(face, call, input.marker.as_deref(), limit + 1).await?,
        };
        let page = Page::of(versions, limit);
        let marker = page.marker(|version| match input.function_version {
            Some(_) => format!("{}:{}", version.key.name, version.id),
            None => version.key.name.clone(),
        });
        // AWS: where versions are asked for, ARNs are those of versions.
        let shown = |version| match input.function_version {
            Some(_) => shown::qualified(version),
            None => shown::listed(version, None),
        };
        let shown: Vec<_> = page.items.iter().map(shown).collect();
        Ok(json!({ "Functions": shown, "NextMarker": marker }))
    }
}

async fn functions(
    face: &Lambda,
    call: &Call,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<Version>, Failure> {
    let registry = &face.engine.parts.registry;
    let functions = registry.list(&call.caller.account, &call.region, after, limit).await?;
    Ok(functions.into_iter().map(|function| function.latest).collect())
}

/// Function by function, the unpublished version first.
async fn every_version(
    face: &Lambda,
    call: &Call,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<Version>, Failure> {
    let registry = &face.engine.parts.registry;
    let mut versions = Vec::new();
    let (mut name, number) = match after.and_then(|after| after.split_once(':')) {
        Some((name, number)) => (Some(name.to_owned()), Some(paging::number(number)?)),
        None => (after.map(str::to_owned), None),
    };
    if let (Some(name), Some(number)) = (&name, number) {
        let account = call.caller.account.clone();
        let key = FunctionKey { account, region: call.region.clone(), name: name.clone() };
        versions = registry.versions(&key, number, limit).await?;
    }
    while versions.len() < limit {
        let next = registry.list(&call.caller.account, &call.region, name.as_deref(), limits::PAGE).await?;
        let Some(last) = next.last() else { break };
        name = Some(last.key().name.clone());
        for function in next {
            let left = limit.saturating_sub(versions.len() + 1);
            let published = registry.versions(function.key(), 0, left).await?;
            versions.push(function.latest);
            versions.extend(published);
            if versions.len() >= limit {
                break;
            }
        }
    }
    Ok(versions)
}

fn is_master_region(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').collect();
    let number =
        parts.last().is_some_and(|last| last.len() == 1 && last.bytes().all(|byte| byte.is_ascii_digit()));
    text == "ALL" || (parts.len() >= 3 && number && is_of(text, "-"))
}
