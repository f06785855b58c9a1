//! `ListProvisionedConcurrencyConfigs`: of which versions and aliases of a function instances are held.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation, Route};

use crate::constraints::Constraints;
use crate::names::Named;
use crate::paging::{self, Page};
use crate::{Lambda, limits, provisioned};

pub const ROUTE: Route =
    Route::new("GET", "/2019-09-30/functions/{FunctionName}/provisioned-concurrency", 200)
        .only_with("List", "ALL")
        .query(&[("Marker", "Marker"), ("MaxItems", "MaxItems")]);

pub struct ListProvisionedConcurrencyConfigs;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    function_name: String,
    marker: Option<String>,
    max_items: Option<i64>,
}

#[async_trait]
impl Operation for ListProvisionedConcurrencyConfigs {
    type Face = Lambda;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "ListProvisionedConcurrencyConfigs";

    async fn permissions(face: &Lambda, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let mut constraints = Constraints::default();
        constraints.range("maxItems", input.max_items, limits::PROVISIONED_ITEMS);
        constraints.end()?;
        let named = Named::read(call, &input.function_name, None)?;
        Ok(vec![face.on_function(&named, "lambda:ListProvisionedConcurrencyConfigs").await?])
    }

    async fn run(face: &Lambda, call: &Call, input: Input) -> Result<Value, Failure> {
        let function = face.unqualified(&Named::read(call, &input.function_name, None)?).await?;
        let limit = paging::limit(input.max_items);
        let after = |qualifier: &str| input.marker.as_deref().is_none_or(|marker| qualifier > marker);
        let asked = function.provisioned.keys().filter(|qualifier| after(qualifier)).take(limit + 1);
        let page = Page::of(asked.collect(), limit);
        let mut all = Vec::new();
        for qualifier in &page.items {
            if let Some(held) = face.engine.held(&function, qualifier).await? {
                let mut shown = provisioned::shown(&held);
                shown.insert("FunctionArn".to_owned(), json!(held.named.arn()));
                all.push(shown);
            }
        }
        let marker = page.marker(|qualifier| (*qualifier).clone());
        Ok(json!({ "ProvisionedConcurrencyConfigs": all, "NextMarker": marker }))
    }
}
