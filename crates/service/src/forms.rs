//! Forms of the query protocol: in the body, in the query, or both.

use model::{Failure, Fault, RequestId};
use wire::Request;

use crate::intake;

/// Names and values, as they came.
pub type Pairs = Vec<(String, String)>;

/// The action that a request names, and all that it says.
///
/// # Errors
/// A fault when the body is longer than `limit` bytes, and when no action is named.
pub async fn read(request: Request, limit: usize) -> Result<(String, Pairs), Failure> {
    let (head, body) = request.into_parts();
    let bytes = intake::body(body, limit, "Query").await?;
    let mut pairs = wire::query_pairs(head.uri.query().unwrap_or_default());
    pairs.extend(wire::query_pairs(&String::from_utf8_lossy(&bytes)));
    let action = pairs.iter().find(|(name, _)| name == "Action").map(|(_, action)| action.clone());
    let missing = || Fault::new("MissingAction", 400, "The request must contain the parameter Action.");
    Ok((action.ok_or_else(missing)?, pairs))
}

/// What the caller is told. Our own errors go to the log, here and only here.
pub fn fault_of(failure: Failure, action: &str, request_id: &RequestId) -> Fault {
    intake::fault_of(failure, action, request_id, "ServiceFailure")
}
