//! The members by which most operations are told their function, or their alias.

use model::Fault;
use serde::Deserialize;
use service::Call;

use crate::aliases;
use crate::constraints::Constraints;
use crate::names::Named;

/// `FunctionName`, and `Qualifier` where the operation has it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct FunctionInput {
    function_name: String,
    qualifier: Option<String>,
}

impl FunctionInput {
    pub fn named(&self, call: &Call) -> Result<Named, Fault> {
        Named::read(call, &self.function_name, self.qualifier.as_deref())
    }
}

/// `FunctionName`, and `Name` of an alias.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AliasInput {
    function_name: String,
    name: String,
}

impl AliasInput {
    pub fn named(&self, call: &Call) -> Result<Named, Fault> {
        let mut constraints = Constraints::default();
        aliases::check_name(&mut constraints, Some(&self.name));
        constraints.end()?;
        aliases::named(call, &self.function_name, &self.name)
    }
}
