//! `ListFunctionEventInvokeConfigs`: what is said of a function's asynchronous calls, qualifier by qualifier.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde_json::{Value, json};
use service::{Call, Operation, Route};

use crate::names::Named;
use crate::paging::OfFunction;
use crate::{Lambda, event_invoke, limits};

pub const ROUTE: Route =
    Route::new("GET", "/2019-09-25/functions/{FunctionName}/event-invoke-config/list", 200)
        .query(&[("Marker", "Marker"), ("MaxItems", "MaxItems")]);

pub struct ListFunctionEventInvokeConfigs;

#[async_trait]
impl Operation for ListFunctionEventInvokeConfigs {
    type Face = Lambda;
    type Input = OfFunction;
    type Output = Value;

    const NAME: &'static str = "ListFunctionEventInvokeConfigs";

    async fn permissions(face: &Lambda, call: &Call, input: &OfFunction) -> Result<Vec<Permission>, Failure> {
        input.check(limits::EVENT_INVOKE_ITEMS)?;
        let named = Named::read(call, &input.function_name, None)?;
        Ok(vec![face.on_function(&named, "lambda:ListFunctionEventInvokeConfigs").await?])
    }

    async fn run(face: &Lambda, call: &Call, input: OfFunction) -> Result<Value, Failure> {
        let function = face.with_qualifier(&Named::read(call, &input.function_name, None)?).await?;
        let page = input.page(function.event_invoke_configs.iter());
        let shown = |(qualifier, config): &(&String, &_)| {
            let named = Named { key: function.key().clone(), qualifier: Some((*qualifier).clone()) };
            event_invoke::shown(&named, config)
        };
        let shown: Vec<_> = page.items.iter().map(shown).collect();
        let marker = page.marker(|(qualifier, _)| (*qualifier).clone());
        Ok(json!({ "FunctionEventInvokeConfigs": shown, "NextMarker": marker }))
    }
}
