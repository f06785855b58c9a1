//! What callers of SNS are told: each fault with its code, status and words as AWS spells them.

use model::Fault;

pub fn no_topic() -> Fault {
    Fault::new("NotFound", 404, "Topic does not exist")
}

pub fn no_subscription() -> Fault {
    Fault::new("NotFound", 404, "Subscription does not exist")
}

pub fn no_resource() -> Fault {
    Fault::new("ResourceNotFound", 404, "Resource does not exist")
}

pub fn invalid(what: impl std::fmt::Display) -> Fault {
    Fault::new("InvalidParameter", 400, format!("Invalid parameter: {what}"))
}

/// AWS: what is wrong with one of several attributes is said to be that.
pub fn of_attributes(fault: Fault) -> Fault {
    match fault.message.strip_prefix("Invalid parameter: ") {
        Some(what) if !what.starts_with("Attribute") => invalid(format!("Attributes Reason: {what}")),
        _ => fault,
    }
}

/// AWS says it in two words where a value is no attribute's.
pub fn invalid_value(message: impl Into<String>) -> Fault {
    Fault::new("ParameterValueInvalid", 400, message)
}

pub fn empty_batch() -> Fault {
    let message = "The batch request doesn't contain any entries.";
    Fault::new("EmptyBatchRequest", 400, message)
}

pub fn too_many_entries() -> Fault {
    let message = "The batch request contains more entries than permissible.";
    Fault::new("TooManyEntriesInBatchRequest", 400, message)
}

pub fn repeated_ids() -> Fault {
    let message = "Two or more batch entries in the request have the same Id.";
    Fault::new("BatchEntryIdsNotDistinct", 400, message)
}

pub fn invalid_batch_id() -> Fault {
    let message = "The Id of a batch entry in a batch request doesn't abide by the specification. ";
    Fault::new("InvalidBatchEntryId", 400, message)
}

pub fn batch_too_long() -> Fault {
    let message = "The length of all the messages put together is more than the limit.";
    Fault::new("BatchRequestTooLong", 400, message)
}

pub fn tag_limit() -> Fault {
    Fault::new("TagLimitExceeded", 400, "Could not complete request: tag quota of per resource exceeded")
}

pub fn no_application() -> Fault {
    Fault::new("NotFound", 404, "PlatformApplication does not exist")
}

pub fn no_endpoint() -> Fault {
    Fault::new("NotFound", 404, "Endpoint does not exist")
}

pub fn endpoint_disabled() -> Fault {
    Fault::new("EndpointDisabled", 400, "Endpoint is disabled")
}

pub fn application_disabled() -> Fault {
    Fault::new("PlatformApplicationDisabled", 400, "Platform application is disabled")
}

pub fn opted_out() -> Fault {
    invalid("PhoneNumber Reason: phone number is opted out")
}

/// AWS: for the sandbox's numbers.
pub fn no_number() -> Fault {
    Fault::new("ResourceNotFound", 404, "Phone number does not exist in the SMS sandbox")
}

/// A member that has to be there is not.
pub fn missing(member: &str) -> Fault {
    let message = format!(
        "1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"
    );
    Fault::new("ValidationError", 400, message)
}

/// AWS: SNS has its own code for a denial.
pub fn denied(fault: Fault) -> Fault {
    if fault.code == "AccessDenied" { Fault { code: "AuthorizationError".into(), ..fault } } else { fault }
}
