//! What callers of CloudWatch Logs are told, as AWS words it.

use model::{Failure, Fault};
use telemetry::{InvalidPattern, LogError};

pub fn no_such_group() -> Fault {
    Fault::new("ResourceNotFoundException", 400, "The specified log group does not exist.")
}

fn no_such_stream() -> Fault {
    Fault::new("ResourceNotFoundException", 400, "The specified log stream does not exist.")
}

pub fn invalid_parameter(message: impl Into<String>) -> Fault {
    Fault::new("InvalidParameterException", 400, message)
}

pub fn invalid_pattern(InvalidPattern(message): InvalidPattern) -> Fault {
    invalid_parameter(message)
}

/// A name that only AWS gives to groups.
pub fn reserved_name() -> Fault {
    invalid_parameter("Log groups starting with AWS/ are reserved for AWS.")
}

pub fn invalid_token() -> Fault {
    invalid_parameter("The specified nextToken is invalid.")
}

/// A member that AWS has and that this face does nothing with.
pub fn member_not_implemented(member: &str) -> Fault {
    invalid_parameter(format!("Dayfly does not implement the parameter {member}."))
}

pub fn too_many_tags(resource: &str) -> Fault {
    let most = crate::limits::TAGS;
    let message = format!("The resource would have more than the {most} tags that it may have.");
    Fault::new("TooManyTagsException", 400, message).member("resourceName", resource)
}

/// What went wrong with a group.
pub fn of_group(error: LogError) -> Failure {
    already_exists(error, "The specified log group already exists")
}

/// What went wrong with a stream.
pub fn of_stream(error: LogError) -> Failure {
    already_exists(error, "The specified log stream already exists")
}

fn already_exists(error: LogError, message: &str) -> Failure {
    match error {
        LogError::NoSuchGroup => no_such_group().into(),
        LogError::NoSuchStream => no_such_stream().into(),
        LogError::AlreadyExists => Fault::new("ResourceAlreadyExistsException", 400, message).into(),
        LogError::Internal(internal) => internal.into(),
    }
}
