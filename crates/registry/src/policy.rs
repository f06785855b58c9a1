//! The resource policies of a function: one of the function itself, and one of each qualifier that has any.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::UrlAuth;

/// Policies by what they are about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policies {
    pub unqualified: Policy,
    /// By published versions and aliases.
    pub qualified: BTreeMap<String, Policy>,
}

impl Policies {
    /// The policy of a qualifier, or of the function itself; `None` when there never was any.
    pub fn of(&self, qualifier: Option<&str>) -> Option<&Policy> {
        match qualifier {
            Some(qualifier) => self.qualified.get(qualifier),
            None => Some(&self.unqualified),
        }
    }

    /// The same, made when missing.
    pub fn of_mut(&mut self, qualifier: Option<&str>) -> &mut Policy {
        match qualifier {
            Some(qualifier) => self.qualified.entry(qualifier.to_owned()).or_default(),
            None => &mut self.unqualified,
        }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    pub statements: Vec<Statement>,
    /// Changes with every change of the policy.
    pub revision_id: String,
}

/// One statement of a function's resource policy, as AddPermission takes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    pub id: String,
    pub action: String,
    /// An account id, an ARN, a service principal or `*`.
    pub principal: String,
    pub source_arn: Option<String>,
    pub source_account: Option<String>,
    pub principal_org_id: Option<String>,
    pub event_source_token: Option<String>,
    /// How a function URL must let callers in.
    #[serde(default)]
    pub url_auth: Option<UrlAuth>,
    /// Whether the call must come by a function URL.
    #[serde(default)]
    pub via_url: Option<bool>,
}
