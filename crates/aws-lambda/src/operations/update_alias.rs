//! `UpdateAlias`: leads an alias elsewhere; what is not said stays as it is.

use async_trait::async_trait;
use model::{Failure, Fault, Permission};
use registry::Alias;
use serde::Deserialize;
use serde_json::{Map, Value};
use service::{Call, Operation, Route};
use uuid::Uuid;

use crate::constraints::Constraints;
use crate::names::Named;
use crate::{Lambda, aliases, faults};

pub const ROUTE: Route = Route::new("PUT", "/2015-03-31/functions/{FunctionName}/aliases/{Name}", 200);

pub struct UpdateAlias;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    function_name: String,
    name: String,
    revision_id: Option<String>,
    #[serde(flatten)]
    settings: aliases::Settings,
}

#[async_trait]
impl Operation for UpdateAlias {
    type Face = Lambda;
    type Input = Input;
    type Output = Map<String, Value>;

    const NAME: &'static str = "UpdateAlias";

    async fn permissions(face: &Lambda, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_function(&input.check(call)?, "lambda:UpdateAlias").await?])
    }

    async fn run(face: &Lambda, call: &Call, input: Input) -> Result<Self::Output, Failure> {
        let named = input.check(call)?;
        let revise = |known: Option<&Alias>| {
            let Some(known) = known else { return Err(faults::alias_not_found(&named.arn())) };
            if input.revision_id.as_ref().is_some_and(|revision| *revision != known.revision_id) {
                return Err(faults::revision_differs("GetFunction/GetAlias"));
            }
            let mut alias = Alias { revision_id: Uuid::new_v4().to_string(), ..known.clone() };
            input.settings.apply(&mut alias)?;
            Ok(Some(alias))
        };
        let alias = face.engine.change_alias(&named, revise).await?;
        Ok(alias.map(|alias| aliases::shown(&named, &alias)).unwrap_or_default())
    }
}

impl Input {
    /// Which alias it is about; fails when anything is malformed.
    fn check(&self, call: &Call) -> Result<Named, Fault> {
        let mut constraints = Constraints::default();
        aliases::check_name(&mut constraints, Some(&self.name));
        self.settings.check(&mut constraints);
        constraints.end()?;
        aliases::named(call, &self.function_name, &self.name)
    }
}
