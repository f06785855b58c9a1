//! What callers of SQS are told: each fault in the spelling of both protocols.

use std::fmt::Display;

use model::Fault;

/// The header in which the JSON protocol tells a fault's name in the older one. Source: Smithy, trait `awsQueryCompatible`.
pub const QUERY_ERROR: &str = "x-amzn-query-error";

fn fault(json: &'static str, query: &str, message: impl Into<String>) -> Fault {
    let code = format!("com.amazonaws.sqs#{json}");
    Fault::new(code, 400, message).header(QUERY_ERROR, format!("{query};Sender"))
}

/// One whose name is the same in both, but for the older one's prefix.
fn prefixed(name: &'static str, message: impl Into<String>) -> Fault {
    fault(name, &format!("AWS.SimpleQueueService.{name}"), message)
}

/// One that is no shape of the API's model.
fn general(name: &str, message: impl Into<String>) -> Fault {
    let code = format!("com.amazon.coral.service#{name}Exception");
    Fault::new(code, 400, message).header(QUERY_ERROR, format!("{name};Sender"))
}

pub fn no_queue() -> Fault {
    fault(
        "QueueDoesNotExist",
        "AWS.SimpleQueueService.NonExistentQueue",
        "The specified queue does not exist.",
    )
}

pub fn invalid_address(address: &str) -> Fault {
    fault(
        "InvalidAddress",
        "InvalidAddress",
        format!("The address {address} is not valid for this endpoint."),
    )
}

pub fn queue_exists(attribute: &str) -> Fault {
    let message =
        format!("A queue already exists with the same name and a different value for attribute {attribute}");
    fault("QueueNameExists", "QueueAlreadyExists", message)
}

pub fn deleted_recently() -> Fault {
    let message =
        "You must wait 60 seconds after deleting a queue before you can create another with the same name.";
    prefixed("QueueDeletedRecently", message)
}

pub fn purge_in_progress(name: &str) -> Fault {
    prefixed(
        "PurgeQueueInProgress",
        format!("Only one PurgeQueue operation on {name} is allowed every 60 seconds."),
    )
}

pub fn over_limit() -> Fault {
    let message = "The number of in flight messages exceeds the limit.";
    fault("OverLimit", "OverLimit", message)
}

pub fn invalid_value(message: impl Into<String>) -> Fault {
    general("InvalidParameterValue", message)
}

/// `Value 11 for parameter MaxNumberOfMessages is invalid. Reason: …`
pub fn invalid(value: impl Display, parameter: &str, reason: &str) -> Fault {
    invalid_value(format!("Value {value} for parameter {parameter} is invalid. Reason: {reason}"))
}

pub fn missing(parameter: &str) -> Fault {
    general("MissingRequiredParameter", format!("The request must contain the parameter {parameter}."))
        .named_in_query("MissingParameter")
}

pub fn unknown_attribute(name: &str) -> Fault {
    fault("InvalidAttributeName", "InvalidAttributeName", format!("Unknown Attribute {name}."))
}

pub fn invalid_attribute(name: &str) -> Fault {
    let message = format!("Invalid value for the parameter {name}.");
    fault("InvalidAttributeValue", "InvalidAttributeValue", message)
}

pub fn invalid_attribute_because(message: impl Into<String>) -> Fault {
    fault("InvalidAttributeValue", "InvalidAttributeValue", message)
}

pub fn invalid_contents() -> Fault {
    let message = "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to \
                   #xFFFD | #x10000 to #x10FFFF";
    fault("InvalidMessageContents", "InvalidMessageContents", message)
}

pub fn invalid_handle(handle: &str) -> Fault {
    let message = format!("The input receipt handle \"{handle}\" is not a valid receipt handle.");
    fault("ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid", message)
}

pub fn empty_batch(entry: &str) -> Fault {
    prefixed("EmptyBatchRequest", format!("There should be at least one {entry} in the request."))
}

pub fn too_many_entries(count: usize) -> Fault {
    let message = format!("Maximum number of entries per request are 10. You have sent {count}.");
    prefixed("TooManyEntriesInBatchRequest", message)
}

pub fn repeated_id(id: &str) -> Fault {
    prefixed("BatchEntryIdsNotDistinct", format!("Id {id} repeated."))
}

pub fn invalid_batch_id() -> Fault {
    let message = "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at \
                   most 80 letters long.";
    prefixed("InvalidBatchEntryId", message)
}

pub fn batch_too_long(bytes: usize) -> Fault {
    let message = format!(
        "Batch requests cannot be longer than {} bytes. You have sent {bytes} bytes.",
        crate::limits::BATCH_BYTES
    );
    prefixed("BatchRequestTooLong", message)
}

pub fn unsupported(message: impl Into<String>) -> Fault {
    prefixed("UnsupportedOperation", message)
}

/// Of a move task.
pub fn no_source() -> Fault {
    not_found("The resource that you specified for the SourceArn parameter doesn't exist.")
}

pub fn not_found(message: impl Into<String>) -> Fault {
    fault("ResourceNotFoundException", "ResourceNotFoundException", message)
}

trait NamedInQuery {
    fn named_in_query(self, name: &str) -> Self;
}

impl NamedInQuery for Fault {
    fn named_in_query(mut self, name: &str) -> Self {
        for (header, value) in &mut self.headers {
            if header == QUERY_ERROR {
                *value = format!("{name};Sender");
            }
        }
        self
    }
}

/// One that is not of this service, with its name in the older protocol.
pub fn spelled(fault: Fault) -> Fault {
    if fault.headers.iter().any(|(name, _)| name == QUERY_ERROR) {
        return fault;
    }
    let name = fault.code.strip_suffix("Exception").unwrap_or(&fault.code).to_owned();
    let whose = if fault.status < 500 { "Sender" } else { "Receiver" };
    fault.header(QUERY_ERROR, format!("{name};{whose}"))
}

/// The same fault as the older protocol spells it.
pub fn in_query(fault: Fault) -> Fault {
    let name = fault.headers.iter().find(|(name, _)| name == QUERY_ERROR);
    let code = name.and_then(|(_, value)| value.split_once(';')).map(|(code, _)| code.to_owned());
    match code {
        Some(code) => Fault { code: code.into(), headers: Vec::new(), ..fault },
        None => fault,
    }
}

/// A fault's name and whether it is the caller's, as entries of batches tell it.
pub fn of_entry(fault: &Fault) -> (String, bool) {
    (in_query(fault.clone()).code.into_owned(), fault.status < 500)
}
