//! Policy documents: checked when they come, encoded when they go.

use iam::{Kind, Policy};
use model::Fault;

use crate::{faults, limits};

/// Fails on what is no policy of this kind.
pub fn check(document: &str, kind: Kind) -> Result<(), Fault> {
    Policy::read(document, kind).map(drop).map_err(faults::malformed_policy)
}

/// Fails on what cannot say who may assume a role.
pub fn check_trust(document: &str) -> Result<(), Fault> {
    check(document, Kind::Trust)?;
    if size(document) > limits::TRUST_POLICY {
        let most = limits::TRUST_POLICY;
        return Err(faults::limit_exceeded(format!("Cannot exceed quota for ACLSizePerRole: {most}")));
    }
    Ok(())
}

/// How long a document is where its length is limited. AWS: white space does not count.
pub fn size(document: &str) -> usize {
    document.chars().filter(|character| !character.is_whitespace()).count()
}

/// AWS: documents in answers are URL-encoded.
pub fn encoded(document: &str) -> String {
    wire::encoded(document)
}
