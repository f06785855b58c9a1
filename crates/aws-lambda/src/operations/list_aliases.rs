//! `ListAliases`: the aliases of a function by name, all or those of one version.

use async_trait::async_trait;
use model::{Failure, Permission};
use registry::Alias;
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation, Route};

use crate::constraints::Constraints;
use crate::names::Named;
use crate::paging::{self, Page};
use crate::{Lambda, aliases, limits};

pub const ROUTE: Route = Route::new("GET", "/2015-03-31/functions/{FunctionName}/aliases", 200).query(&[
    ("FunctionVersion", "FunctionVersion"),
    ("Marker", "Marker"),
    ("MaxItems", "MaxItems"),
]);

pub struct ListAliases;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    function_name: String,
    function_version: Option<String>,
    marker: Option<String>,
    max_items: Option<i64>,
}

#[async_trait]
impl Operation for ListAliases {
    type Face = Lambda;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "ListAliases";

    async fn permissions(face: &Lambda, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let mut constraints = Constraints::default();
        aliases::check_version(&mut constraints, input.function_version.as_deref());
        constraints.range("maxItems", input.max_items, limits::MAX_ITEMS);
        constraints.end()?;
        let named = Named::read(call, &input.function_name, None)?;
        Ok(vec![face.on_function(&named, "lambda:ListAliases").await?])
    }

    async fn run(face: &Lambda, call: &Call, input: Input) -> Result<Value, Failure> {
        let function = face.unqualified(&Named::read(call, &input.function_name, None)?).await?;
        let version = input.function_version.as_deref().map(aliases::version_of).transpose()?;
        let after = |name: &str| input.marker.as_deref().is_none_or(|marker| name > marker);
        let limit = paging::limit(input.max_items);
        let asked = function
            .aliases
            .iter()
            .filter(|(name, alias)| after(name) && version.is_none_or(|version| alias.leads_to(version)))
            .take(limit + 1);
        let page = Page::of(asked.collect(), limit);
        let shown = |(name, alias): &(&String, &Alias)| {
            let named = Named { key: function.key().clone(), qualifier: Some((*name).clone()) };
            aliases::shown(&named, alias)
        };
        let shown: Vec<_> = page.items.iter().map(shown).collect();
        Ok(json!({ "Aliases": shown, "NextMarker": page.marker(|(name, _)| (*name).clone()) }))
    }
}
