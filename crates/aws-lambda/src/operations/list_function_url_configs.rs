//! `ListFunctionUrlConfigs`: the URLs of a function and its aliases.

use async_trait::async_trait;
use model::{Failure, Permission};
use registry::FunctionUrl;
use serde_json::{Value, json};
use service::{Call, Operation, Route};

use crate::names::Named;
use crate::paging::OfFunction;
use crate::{Lambda, limits, urls};

pub const ROUTE: Route = Route::new("GET", "/2021-10-31/functions/{FunctionName}/urls", 200)
    .query(&[("Marker", "Marker"), ("MaxItems", "MaxItems")]);

pub struct ListFunctionUrlConfigs;

#[async_trait]
impl Operation for ListFunctionUrlConfigs {
    type Face = Lambda;
    type Input = OfFunction;
    type Output = Value;

    const NAME: &'static str = "ListFunctionUrlConfigs";

    async fn permissions(face: &Lambda, call: &Call, input: &OfFunction) -> Result<Vec<Permission>, Failure> {
        input.check(limits::URL_ITEMS)?;
        let named = urls::named(call, &input.function_name, None)?;
        Ok(vec![face.on_function(&named, "lambda:ListFunctionUrlConfigs").await?])
    }

    async fn run(face: &Lambda, call: &Call, input: OfFunction) -> Result<Value, Failure> {
        let function = face.unqualified(&urls::named(call, &input.function_name, None)?).await?;
        let page = input.page(function.urls.iter());
        let shown = |(qualifier, url): &(&String, &FunctionUrl)| {
            let named = Named { key: function.key().clone(), qualifier: Some((*qualifier).clone()) };
            urls::shown(call, &named, url, &face.engine.parts.domains)
        };
        let shown: Vec<_> = page.items.iter().map(shown).collect();
        let marker = page.marker(|(qualifier, _)| (*qualifier).clone());
        Ok(json!({ "FunctionUrlConfigs": shown, "NextMarker": marker }))
    }
}
