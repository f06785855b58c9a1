//! `ListFunctionEventInvokeConfigs`: what is said of a function's asynchronous calls, qualifier by qualifier.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation, Route};

use crate::constraints::Constraints;
use crate::names::Named;
use crate::paging::{self, Page};
use crate::{Lambda, event_invoke, limits};

pub const ROUTE: Route =
    Route::new("GET", "/2019-09-25/functions/{FunctionName}/event-invoke-config/list", 200)
        .query(&[("Marker", "Marker"), ("MaxItems", "MaxItems")]);

pub struct ListFunctionEventInvokeConfigs;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    function_name: String,
    marker: Option<String>,
    max_items: Option<i64>,
}

#[async_trait]
impl Operation for ListFunctionEventInvokeConfigs {
    type Face = Lambda;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "ListFunctionEventInvokeConfigs";

    async fn permissions(face: &Lambda, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let mut constraints = Constraints::default();
        constraints.range("maxItems", input.max_items, limits::EVENT_INVOKE_ITEMS);
        constraints.end()?;
        let named = Named::read(call, &input.function_name, None)?;
        Ok(vec![face.on_function(&named, "lambda:ListFunctionEventInvokeConfigs").await?])
    }

    async fn run(face: &Lambda, call: &Call, input: Input) -> Result<Value, Failure> {
        let function = face.with_qualifier(&Named::read(call, &input.function_name, None)?).await?;
        let after = |qualifier: &str| input.marker.as_deref().is_none_or(|marker| qualifier > marker);
        let limit = paging::limit(input.max_items);
        let asked = function.event_invoke_configs.iter().filter(|(qualifier, _)| after(qualifier));
        let page = Page::of(asked.take(limit + 1).collect(), limit);
        let shown = |(qualifier, config): &(&String, &_)| {
            let named = Named { key: function.key().clone(), qualifier: Some((*qualifier).clone()) };
            event_invoke::shown(&named, config)
        };
        let shown: Vec<_> = page.items.iter().map(shown).collect();
        let marker = page.marker(|(qualifier, _)| (*qualifier).clone());
        Ok(json!({ "FunctionEventInvokeConfigs": shown, "NextMarker": marker }))
    }
}
