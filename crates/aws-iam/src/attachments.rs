//! How many roles of an account each managed policy is attached to.

use std::collections::BTreeMap;

use model::{AccountId, Internal};

use crate::{Roles, limits};

/// Counts by the ARN of the policy.
#[derive(Default)]
pub struct Attachments(BTreeMap<String, u32>);

impl Attachments {
    /// Reads every role: few ask, and a count of its own would have to be kept at every change.
    pub async fn count(face: &Roles, account: &AccountId) -> Result<Self, Internal> {
        let (mut counts, mut after) = (Self::default(), None::<String>);
        loop {
            let roles = face.iam.roles(account, after.as_deref(), limits::DEFAULT_PAGE).await?;
            for arn in roles.iter().flat_map(|role| &role.attached) {
                *counts.0.entry(arn.clone()).or_default() += 1;
            }
            match roles.last() {
                Some(last) if roles.len() == limits::DEFAULT_PAGE => after = Some(last.name.clone()),
                _ => return Ok(counts),
            }
        }
    }

    pub fn of(&self, arn: &str) -> u32 {
        self.0.get(arn).copied().unwrap_or_default()
    }
}
