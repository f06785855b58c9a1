//! `AddLayerVersionPermission`: others may use a version of a layer.

use async_trait::async_trait;
use model::{AccountId, Arn, Failure, Fault, Permission};
use registry::{LayerVersion, Statement};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation, Route};

use super::add_permission::is_organisation;
use crate::constraints::{Constraints, is_of};
use crate::layers::{self, NamedLayer};
use crate::{Lambda, engine, faults, limits};

pub const ROUTE: Route =
    Route::new("POST", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy", 201)
        .query(&[("RevisionId", "RevisionId")]);

/// The one action that may be given.
const ACTION: &str = "lambda:GetLayerVersion";

pub struct AddLayerVersionPermission;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    layer_name: String,
    version_number: i64,
    statement_id: Option<String>,
    action: Option<String>,
    principal: Option<String>,
    organization_id: Option<String>,
    revision_id: Option<String>,
}

#[async_trait]
impl Operation for AddLayerVersionPermission {
    type Face = Lambda;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "AddLayerVersionPermission";

    async fn permissions(face: &Lambda, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_layer(&input.check(call)?, "lambda:AddLayerVersionPermission").await?])
    }

    async fn run(face: &Lambda, call: &Call, input: Input) -> Result<Value, Failure> {
        let named = input.check(call)?;
        let add = |version: &mut LayerVersion| input.add_to(version);
        let version = face.engine.change_layer(&named, add).await?;
        let shown = engine::statement(&input.statement(), &version.arn());
        Ok(json!({ "Statement": shown.to_string(), "RevisionId": version.policy.revision_id }))
    }
}

impl Input {
    /// Which version it is about; fails when anything is malformed.
    fn check(&self, call: &Call) -> Result<NamedLayer, Fault> {
        let mut constraints = Constraints::default();
        let (id, action, principal) =
            (self.statement_id.as_deref(), self.action.as_deref(), self.principal.as_deref());
        constraints.present("statementId", id.as_ref());
        constraints.length("statementId", id, limits::STATEMENT_ID_CHARS);
        constraints.pattern("statementId", id, "([a-zA-Z0-9-_]+)", |id| is_of(id, "-_"));
        constraints.present("action", action.as_ref());
        constraints.pattern("action", action, ACTION, |action| action == ACTION);
        constraints.present("principal", principal.as_ref());
        let pattern = r"\d{12}|\*|arn:(aws[a-zA-Z-]*):iam::\d{12}:root";
        constraints.pattern("principal", principal, pattern, is_principal);
        let organisation = self.organization_id.as_deref();
        constraints.pattern("organizationId", organisation, "o-[a-z0-9]{10,32}", is_organisation);
        constraints.end()?;
        layers::named(call, &self.layer_name, self.version_number)
    }

    fn add_to(&self, version: &mut LayerVersion) -> Result<(), Fault> {
        let statement = self.statement();
        let policy = &mut version.policy;
        if self.revision_id.as_ref().is_some_and(|revision| *revision != policy.revision_id) {
            return Err(faults::revision_differs("GetLayerPolicy"));
        }
        if policy.statements.iter().any(|known| known.id == statement.id) {
            return Err(faults::statement_exists(&statement.id));
        }
        policy.statements.push(statement);
        let bytes = engine::layer_document(version).map_or(0, |document| document.len());
        if bytes > limits::POLICY_BYTES {
            return Err(faults::policy_too_long(bytes));
        }
        Ok(())
    }

    fn statement(&self) -> Statement {
        Statement {
            id: self.statement_id.clone().unwrap_or_default(),
            action: self.action.clone().unwrap_or_default(),
            principal: self.principal.clone().unwrap_or_default(),
            principal_org_id: self.organization_id.clone(),
            ..Statement::default()
        }
    }
}

/// Everybody, or an account.
fn is_principal(text: &str) -> bool {
    let is_root =
        |arn: Arn| arn.service == "iam" && arn.resource == "root" && arn.account.parse::<AccountId>().is_ok();
    text == "*" || text.parse::<AccountId>().is_ok() || text.parse().is_ok_and(is_root)
}
