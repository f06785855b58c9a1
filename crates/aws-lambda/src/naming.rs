//! The members by which most operations are told their function.

use model::Fault;
use serde::Deserialize;
use service::Call;

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
