//! `CreateAlias`: a name for a version of a function, or for two that share its calls.

use async_trait::async_trait;
use model::{Failure, Fault, Permission};
use registry::{Alias, VersionId};
use serde::Deserialize;
use serde_json::{Map, Value};
use service::{Call, Operation, Route};
use uuid::Uuid;

use crate::constraints::Constraints;
use crate::names::Named;
use crate::{Lambda, aliases, faults};

pub const ROUTE: Route = Route::new("POST", "/2015-03-31/functions/{FunctionName}/aliases", 201);

pub struct CreateAlias;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    function_name: String,
    name: Option<String>,
    #[serde(flatten)]
    settings: aliases::Settings,
}

#[async_trait]
impl Operation for CreateAlias {
    type Face = Lambda;
    type Input = Input;
    type Output = Map<String, Value>;

    const NAME: &'static str = "CreateAlias";

    async fn permissions(face: &Lambda, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_function(&input.check(call)?, "lambda:CreateAlias").await?])
    }

    async fn run(face: &Lambda, call: &Call, input: Input) -> Result<Self::Output, Failure> {
        let named = input.check(call)?;
        let make = |known: Option<&Alias>| {
            if known.is_some() {
                return Err(faults::alias_exists(&named.arn()));
            }
            let mut alias = Alias {
                version: VersionId::Latest,
                description: String::new(),
                split: None,
                revision_id: Uuid::new_v4().to_string(),
            };
            input.settings.apply(&mut alias)?;
            Ok(Some(alias))
        };
        let alias = face.engine.change_alias(&named, make).await?;
        Ok(alias.map(|alias| aliases::shown(&named, &alias)).unwrap_or_default())
    }
}

impl Input {
    /// Which alias it is about; fails when anything is malformed.
    fn check(&self, call: &Call) -> Result<Named, Fault> {
        let mut constraints = Constraints::default();
        constraints.present("name", self.name.as_ref());
        aliases::check_name(&mut constraints, self.name.as_deref());
        constraints.present("functionVersion", self.settings.function_version.as_ref());
        self.settings.check(&mut constraints);
        constraints.end()?;
        aliases::named(call, &self.function_name, self.name.as_deref().unwrap_or_default())
    }
}
