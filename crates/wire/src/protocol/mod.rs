//! The AWS protocols as serde formats: what a request's parts say becomes an operation's input, its output an answer.
//! Sources: Smithy 2.0, "AWS restJson1 protocol", "AWS JSON 1.0/1.1", "AWS Query protocol".

mod fault;
mod form;
mod members;
mod path;
mod text;
mod xml;

pub use fault::{json_fault, query_fault, rest_json_fault};
pub use form::read as read_form;
pub use members::Members;
pub use path::Pattern;
pub use text::MalformedInput;
pub use xml::{escaped, write as write_xml};
