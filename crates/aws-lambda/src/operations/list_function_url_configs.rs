//! `ListFunctionUrlConfigs`: the URLs of a function and its aliases.

use async_trait::async_trait;
use model::{Failure, Permission};
use registry::FunctionUrl;
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation, Route};

use crate::constraints::Constraints;
use crate::names::Named;
use crate::paging::{self, Page};
use crate::{Lambda, limits, urls};

pub const ROUTE: Route = Route::new("GET", "/2021-10-31/functions/{FunctionName}/urls", 200)
    .query(&[("Marker", "Marker"), ("MaxItems", "MaxItems")]);

pub struct ListFunctionUrlConfigs;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    function_name: String,
    marker: Option<String>,
    max_items: Option<i64>,
}

#[async_trait]
impl Operation for ListFunctionUrlConfigs {
    type Face = Lambda;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "ListFunctionUrlConfigs";

    async fn permissions(face: &Lambda, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let mut constraints = Constraints::default();
        constraints.range("maxItems", input.max_items, limits::URL_ITEMS);
        constraints.end()?;
        let named = urls::named(call, &input.function_name, None)?;
        Ok(vec![face.on_function(&named, "lambda:ListFunctionUrlConfigs").await?])
    }

    async fn run(face: &Lambda, call: &Call, input: Input) -> Result<Value, Failure> {
        let function = face.unqualified(&urls::named(call, &input.function_name, None)?).await?;
        let limit = paging::limit(input.max_items);
        let after = |qualifier: &str| input.marker.as_deref().is_none_or(|marker| qualifier > marker);
        let asked = function.urls.iter().filter(|(qualifier, _)| after(qualifier)).take(limit + 1);
        let page = Page::of(asked.collect(), limit);
        let shown = |(qualifier, url): &(&String, &FunctionUrl)| {
            let named = Named { key: function.key().clone(), qualifier: Some((*qualifier).clone()) };
            urls::shown(call, &named, url, &face.engine.parts.domains)
        };
        let shown: Vec<_> = page.items.iter().map(shown).collect();
        let marker = page.marker(|(qualifier, _)| (*qualifier).clone());
        Ok(json!({ "FunctionUrlConfigs": shown, "NextMarker": marker }))
    }
}
