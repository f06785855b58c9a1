//! `ListEventSourceMappings`: the mappings of the caller's account and region, all or those of a source or a function.

use async_trait::async_trait;
use model::{Failure, Permission};
use registry::EventSourceMapping;
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation, Route};

use crate::constraints::Constraints;
use crate::names::{self, Named};
use crate::paging::Page;
use crate::{Lambda, limits, mappings};

pub const ROUTE: Route = Route::new("GET", "/2015-03-31/event-source-mappings", 200).query(&[
    ("EventSourceArn", "EventSourceArn"),
    ("FunctionName", "FunctionName"),
    ("Marker", "Marker"),
    ("MaxItems", "MaxItems"),
]);

pub struct ListEventSourceMappings;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    event_source_arn: Option<String>,
    function_name: Option<String>,
    marker: Option<String>,
    max_items: Option<i64>,
}

#[async_trait]
impl Operation for ListEventSourceMappings {
    type Face = Lambda;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "ListEventSourceMappings";

    async fn permissions(_: &Lambda, _: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let mut constraints = Constraints::default();
        mappings::check_source(&mut constraints, input.event_source_arn.as_deref());
        constraints.range("maxItems", input.max_items, limits::MAX_ITEMS);
        if let Some(name) = &input.function_name {
            names::check(&mut constraints, name);
        }
        constraints.end()?;
        Ok(vec![Permission::new("lambda:ListEventSourceMappings", "*")])
    }

    async fn run(face: &Lambda, call: &Call, input: Input) -> Result<Value, Failure> {
        let named = input.function_name.as_deref().map(|name| Named::read(call, name, None)).transpose()?;
        let is_asked = |mapping: &EventSourceMapping| {
            let of_source =
                input.event_source_arn.as_ref().is_none_or(|arn| mapping.source.to_string() == *arn);
            let of_function = named.as_ref().is_none_or(|named| {
                mapping.function == named.key
                    && (named.qualifier.is_none() || mapping.qualifier == named.qualifier)
            });
            of_source && of_function
        };
        let registry = &face.engine.parts.registry;
        let (account, marker) = (&call.caller.account, input.marker.as_deref());
        let mut all = registry.mappings(account, &call.region, marker, usize::MAX).await?;
        all.retain(is_asked);
        let limit =
            input.max_items.map_or(limits::MAPPINGS_PAGE, |asked| limits::MAPPINGS_PAGE.min(asked as usize));
        let page = Page::of(all, limit);
        let marker = page.marker(|mapping| mapping.key.id.clone());
        let shown: Vec<_> = page.items.iter().map(mappings::listed).collect();
        Ok(json!({ "EventSourceMappings": shown, "NextMarker": marker }))
    }
}
