//! What callers of Lambda are told: each fault with its code, status, words and members as AWS spells them.

use model::{Arn, Fault};
use registry::{EventSourceMapping, UNZIPPED_BYTES};

use crate::limits::POLICY_BYTES;

fn user(code: &'static str, status: u16, message: impl Into<String>) -> Fault {
    Fault::new(code, status, message).member("Type", "User")
}

/// AWS: constraints of the API's model are told without a type.
pub fn validation(message: impl Into<String>) -> Fault {
    Fault::new("ValidationException", 400, message)
}

pub fn invalid_parameter(message: impl Into<String>) -> Fault {
    user("InvalidParameterValueException", 400, message)
}

pub fn invalid_content(message: impl std::fmt::Display) -> Fault {
    let message = format!("Could not parse request body into json: {message}");
    user("InvalidRequestContentException", 400, message)
}

/// A member that asks for something that is not built.
pub fn unbuilt(member: &str, operation: &str) -> Fault {
    Fault::not_implemented(&format!("{member} of {operation}"))
}

pub fn invalid_destination(destination: &Arn) -> Fault {
    invalid_parameter(format!("The provided destination {destination} is invalid."))
}

pub fn function_not_found(arn: &Arn) -> Fault {
    not_found(format!("Function not found: {arn}"))
}

pub fn alias_not_found(arn: &Arn) -> Fault {
    not_found(format!("Cannot find alias arn: {arn}"))
}

pub fn alias_exists(arn: &Arn) -> Fault {
    user("ResourceConflictException", 409, format!("Alias already exists: {arn}"))
}

/// `aliases` are those that lead to it.
pub fn version_in_use(aliases: &[&str]) -> Fault {
    let message = format!(
        "Unable to delete version because the following aliases reference it: [{}]",
        aliases.join(", ")
    );
    user("ResourceConflictException", 409, message)
}

/// An operation on functions was asked of a published version or an alias.
pub fn url_exists(arn: &Arn) -> Fault {
    let message = format!(
        "Failed to create function url config for [functionArn = {arn}]. Error message:  FunctionUrlConfig exists for this \
         Lambda function"
    );
    user("ResourceConflictException", 409, message)
}

pub fn no_url() -> Fault {
    not_found("The resource you requested does not exist.")
}

pub fn functions_only() -> Fault {
    invalid_parameter(
        "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. \
         Please specify either a function name or an unqualified function ARN.",
    )
}

pub fn code_differs(given: &str, current: &str) -> Fault {
    invalid_parameter(format!(
        "CodeSHA256 ({given}) is different from current CodeSHA256 in $LATEST ({current}). Please try again with the \
         CodeSHA256 in $LATEST."
    ))
}

pub fn not_found(message: impl Into<String>) -> Fault {
    user("ResourceNotFoundException", 404, message)
}

pub fn other_region(asked: &str, here: &str) -> Fault {
    not_found(format!("Functions from '{asked}' are not reachable in this region ('{here}')"))
}

pub fn qualifiers_differ() -> Fault {
    invalid_parameter("The derived qualifier from the function name does not match the specified qualifier.")
}

pub fn function_exists(name: &str) -> Fault {
    user("ResourceConflictException", 409, format!("Function already exist: {name}"))
}

pub fn update_in_progress(arn: &Arn) -> Fault {
    let message = format!(
        "The operation cannot be performed at this time. An update is in progress for resource: {arn}"
    );
    user("ResourceConflictException", 409, message)
}

pub fn in_state(state: &str) -> Fault {
    let message = format!(
        "The operation cannot be performed at this time. The function is currently in the following state: {state}"
    );
    user("ResourceConflictException", 409, message)
}

pub fn mapping_exists(there: &EventSourceMapping) -> Fault {
    let message = format!(
        "The event source arn (\" {} \") and function (\" {} \") provided mapping already exists. Please update or delete \
         the existing mapping with UUID {}",
        there.source, there.function.name, there.key.id
    );
    user("ResourceConflictException", 409, message)
}

/// `verb` is what was asked: `update`, `delete`.
pub fn mapping_in_use(verb: &str) -> Fault {
    let message = format!("Cannot {verb} the event source mapping because it is in use.");
    user("ResourceInUseException", 400, message)
}

pub fn statement_exists(id: &str) -> Fault {
    let message = format!(
        "The statement id ({id}) provided already exists. Please provide a new statement id, or remove the existing \
         statement."
    );
    user("ResourceConflictException", 409, message)
}

pub fn policy_too_long(bytes: usize) -> Fault {
    let message = format!("The final policy size ({bytes}) is bigger than the limit ({POLICY_BYTES}).");
    user("PolicyLengthExceededException", 400, message)
}

/// `operations` names those that tell the latest revision: `GetFunction/GetAlias`.
pub fn revision_differs(operations: &str) -> Fault {
    let message = format!(
        "The Revision Id provided does not match the latest Revision Id. Call the {operations} API to retrieve the \
         latest Revision Id"
    );
    user("PreconditionFailedException", 412, message)
}

pub fn no_layer_version(arn: &Arn) -> String {
    format!("Layer version {arn} does not exist.")
}

pub fn layers_too_large() -> Fault {
    invalid_parameter(format!("Layers consume more than the available size of {UNZIPPED_BYTES} bytes"))
}

pub fn code_and_layers_too_large(bytes: u64) -> Fault {
    invalid_parameter(format!(
        "Function code combined with layers exceeds the maximum allowed size of {UNZIPPED_BYTES} bytes. The actual size is \
         {bytes} bytes."
    ))
}

pub fn code_storage_exceeded() -> Fault {
    user("CodeStorageExceededException", 400, "Code storage limit exceeded.")
}

pub fn request_too_large(limit: usize, operation: &str) -> Fault {
    let message = format!("Request must be smaller than {limit} bytes for the {operation} operation");
    user("RequestEntityTooLargeException", 413, message)
}

pub fn access_denied(message: impl Into<String>) -> Fault {
    user("AccessDeniedException", 403, message)
}

/// Something is held already for the version that is asked for, or that the alias leads to.
pub fn already_provisioned(alias: bool) -> Fault {
    let message = if alias {
        "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version"
    } else {
        "Version is pointed by a Provisioned Concurrency alias"
    };
    user("ResourceConflictException", 409, message)
}

pub fn not_provisioned() -> Fault {
    let message = "No Provisioned Concurrency Config found for this function";
    user("ProvisionedConcurrencyConfigNotFoundException", 404, message)
}

pub fn too_much_reserved() -> Fault {
    invalid_parameter(
        "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below \
         its minimum value of [100].",
    )
}

pub fn throttled(reason: &str) -> Fault {
    let fault = Fault::new("TooManyRequestsException", 429, "Rate Exceeded.");
    fault.member("Reason", reason).member("Type", "User").header("Retry-After", "1")
}

pub fn recursive_invocation(reason: &str) -> Fault {
    user("RecursiveInvocationException", 400, reason)
}
