//! `ListVersionsByFunction`: `$LATEST` and what was published, by number.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde_json::{Value, json};
use service::{Call, Operation, Route};

use crate::names::Named;
use crate::paging::{self, OfFunction, Page};
use crate::{Lambda, limits, shown};

pub const ROUTE: Route = Route::new("GET", "/2015-03-31/functions/{FunctionName}/versions", 200)
    .query(&[("Marker", "Marker"), ("MaxItems", "MaxItems")]);

pub struct ListVersionsByFunction;

#[async_trait]
impl Operation for ListVersionsByFunction {
    type Face = Lambda;
    type Input = OfFunction;
    type Output = Value;

    const NAME: &'static str = "ListVersionsByFunction";

    async fn permissions(face: &Lambda, call: &Call, input: &OfFunction) -> Result<Vec<Permission>, Failure> {
        input.check(limits::MAX_ITEMS)?;
        let named = Named::read(call, &input.function_name, None)?;
        Ok(vec![face.on_function(&named, "lambda:ListVersionsByFunction").await?])
    }

    async fn run(face: &Lambda, call: &Call, input: OfFunction) -> Result<Value, Failure> {
        let function = face.unqualified(&Named::read(call, &input.function_name, None)?).await?;
        let after = input.marker.as_deref().map(paging::number).transpose()?;
        let limit = paging::limit(input.max_items);
        let published =
            face.engine.parts.registry.versions(function.key(), after.unwrap_or(0), limit + 1).await?;
        let latest = after.is_none().then(|| function.latest.clone());
        let page = Page::of(latest.into_iter().chain(published).collect(), limit);
        let marker = page.marker(|version| version.id.to_string());
        let versions: Vec<_> = page.items.iter().map(shown::qualified).collect();
        Ok(json!({ "Versions": versions, "NextMarker": marker }))
    }
}
