//! `RemovePermission`: one statement less in a function's resource policy.

use async_trait::async_trait;
use model::{Failure, Fault, Permission};
use registry::{Function, Policy};
use serde::Deserialize;
use service::{Call, Operation, Route};
use uuid::Uuid;

use crate::names::Named;
use crate::{Lambda, faults};

pub const ROUTE: Route =
    Route::new("DELETE", "/2015-03-31/functions/{FunctionName}/policy/{StatementId}", 204)
        .query(&[("Qualifier", "Qualifier"), ("RevisionId", "RevisionId")]);

pub struct RemovePermission;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    function_name: String,
    qualifier: Option<String>,
    statement_id: String,
    revision_id: Option<String>,
}

#[async_trait]
impl Operation for RemovePermission {
    type Face = Lambda;
    type Input = Input;
    type Output = ();

    const NAME: &'static str = "RemovePermission";

    async fn permissions(face: &Lambda, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_function(&input.named(call)?, "lambda:RemovePermission").await?])
    }

    async fn run(face: &Lambda, call: &Call, input: Input) -> Result<(), Failure> {
        let named = input.named(call)?;
        face.existing(&named).await?;
        let remove = |function: &Function| removed(function, &named, &input);
        face.engine.change(&named.key, remove).await?;
        Ok(())
    }
}

impl Input {
    fn named(&self, call: &Call) -> Result<Named, Fault> {
        Named::read(call, &self.function_name, self.qualifier.as_deref())
    }
}

fn removed(function: &Function, named: &Named, input: &Input) -> Result<Function, Fault> {
    let mut after = function.clone();
    let policy = after.policies.of_mut(named.policed());
    removed_from(policy, &input.statement_id, input.revision_id.as_deref(), "GetPolicy")?;
    policy.revision_id = Uuid::new_v4().to_string();
    Ok(after)
}

/// Takes a statement away. `operation` is the one that tells the latest revision.
pub fn removed_from(
    policy: &mut Policy,
    id: &str,
    revision: Option<&str>,
    operation: &str,
) -> Result<(), Fault> {
    if revision.is_some_and(|revision| revision != policy.revision_id) {
        return Err(faults::revision_differs(operation));
    }
    let before = policy.statements.len();
    policy.statements.retain(|statement| statement.id != id);
    if policy.statements.len() == before {
        return Err(faults::not_found(format!("Statement {id} is not found in resource policy.")));
    }
    Ok(())
}
