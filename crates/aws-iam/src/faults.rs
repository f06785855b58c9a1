//! What callers of IAM and STS are told.

use iam::InvalidPolicy;
use model::Fault;

pub fn validation(message: impl Into<String>) -> Fault {
    Fault::new("ValidationError", 400, message)
}

pub fn invalid_input(message: impl Into<String>) -> Fault {
    Fault::new("InvalidInput", 400, message)
}

fn no_such_entity(message: impl Into<String>) -> Fault {
    Fault::new("NoSuchEntity", 404, message)
}

pub fn no_such_role(name: &str) -> Fault {
    no_such_entity(format!("The role with name {name} cannot be found."))
}

pub fn no_such_user(name: &str) -> Fault {
    no_such_entity(format!("The user with name {name} cannot be found."))
}

pub fn no_such_group(name: &str) -> Fault {
    no_such_entity(format!("The group with name {name} cannot be found."))
}

/// An ARN that is nobody's who has policies.
pub fn unclear_entity(arn: &str) -> Fault {
    invalid_input(format!("Invalid Entity Arn: {arn} does not clearly define entity type and name."))
}

/// A resource's policy is simulated for nobody.
pub fn caller_needed() -> Fault {
    invalid_input("CallerArn is required when ResourcePolicy is given.")
}

pub fn invalid_marker() -> Fault {
    validation("Invalid Marker.")
}

pub fn no_such_role_policy(name: &str) -> Fault {
    no_such_entity(format!("The role policy with name {name} cannot be found."))
}

pub fn no_such_policy(arn: &str) -> Fault {
    no_such_entity(format!("Policy {arn} was not found."))
}

pub fn not_attachable(arn: &str) -> Fault {
    no_such_entity(format!("Policy {arn} does not exist or is not attachable."))
}

pub fn no_such_version(arn: &str, version: &str) -> Fault {
    no_such_entity(format!("Policy {arn} version {version} does not exist or is not attachable."))
}

pub fn role_exists(name: &str) -> Fault {
    Fault::new("EntityAlreadyExists", 409, format!("Role with name {name} already exists."))
}

pub fn delete_conflict(message: &str) -> Fault {
    Fault::new("DeleteConflict", 409, message)
}

pub fn limit_exceeded(message: impl Into<String>) -> Fault {
    Fault::new("LimitExceeded", 409, message)
}

pub fn malformed_policy(invalid: InvalidPolicy) -> Fault {
    Fault::new("MalformedPolicyDocument", 400, invalid.0)
}

pub fn packed_policy_too_large(size: usize) -> Fault {
    let percent = (size * 100).div_ceil(crate::limits::SESSION_POLICY);
    let message = format!("Packed size consumes {percent}% of allotted space, suggest smaller policy");
    Fault::new("PackedPolicyTooLarge", 400, message)
}

pub fn access_denied(message: impl Into<String>) -> Fault {
    Fault::new("AccessDenied", 403, message)
}

/// A member of the input asks for something that is not built.
pub fn member_not_implemented(operation: &str, member: &str) -> Fault {
    Fault::not_implemented(&format!("the member {member} of {operation}"))
}
