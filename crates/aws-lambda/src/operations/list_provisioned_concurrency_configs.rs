//! `ListProvisionedConcurrencyConfigs`: of which versions and aliases of a function instances are held.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde_json::{Value, json};
use service::{Call, Operation, Route};

use crate::names::Named;
use crate::paging::OfFunction;
use crate::{Lambda, limits, provisioned};

pub const ROUTE: Route =
    Route::new("GET", "/2019-09-30/functions/{FunctionName}/provisioned-concurrency", 200)
        .only_with("List", "ALL")
        .query(&[("Marker", "Marker"), ("MaxItems", "MaxItems")]);

pub struct ListProvisionedConcurrencyConfigs;

#[async_trait]
impl Operation for ListProvisionedConcurrencyConfigs {
    type Face = Lambda;
    type Input = OfFunction;
    type Output = Value;

    const NAME: &'static str = "ListProvisionedConcurrencyConfigs";

    async fn permissions(face: &Lambda, call: &Call, input: &OfFunction) -> Result<Vec<Permission>, Failure> {
        input.check(limits::PROVISIONED_ITEMS)?;
        let named = Named::read(call, &input.function_name, None)?;
        Ok(vec![face.on_function(&named, "lambda:ListProvisionedConcurrencyConfigs").await?])
    }

    async fn run(face: &Lambda, call: &Call, input: OfFunction) -> Result<Value, Failure> {
        let function = face.unqualified(&Named::read(call, &input.function_name, None)?).await?;
        let page = input.page(function.provisioned.iter());
        let mut all = Vec::new();
        for (qualifier, _) in &page.items {
            if let Some(held) = face.engine.held(&function, qualifier).await? {
                let mut shown = provisioned::shown(&held);
                shown.insert("FunctionArn".to_owned(), json!(held.named.arn()));
                all.push(shown);
            }
        }
        let marker = page.marker(|(qualifier, _)| (*qualifier).clone());
        Ok(json!({ "ProvisionedConcurrencyConfigs": all, "NextMarker": marker }))
    }
}
