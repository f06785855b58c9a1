//! Shapes that several answers have.

use iam::{ManagedPolicy, Role, Tag};
use serde::Serialize;

use crate::attachments::Attachments;
use crate::documents;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RoleShape {
    path: String,
    role_name: String,
    role_id: String,
    arn: String,
    create_date: String,
    assume_role_policy_document: String,
    description: Option<String>,
    max_session_duration: u32,
    tags: Option<Vec<TagShape>>,
    role_last_used: Option<RoleLastUsed>,
}

/// AWS: empty as long as a role was not used in the time that is tracked, and it is not tracked here.
#[derive(Serialize)]
struct RoleLastUsed {}

impl RoleShape {
    pub fn new(role: Role) -> Self {
        let arn = role.arn().to_string();
        let tags = (!role.tags.is_empty()).then(|| role.tags.into_iter().map(TagShape::from).collect());
        Self {
            path: role.path,
            role_name: role.name,
            role_id: role.id,
            arn,
            create_date: role.created.iso8601_seconds(),
            assume_role_policy_document: documents::encoded(&role.trust),
            description: role.description,
            max_session_duration: role.max_session_seconds,
            tags,
            role_last_used: None,
        }
    }

    /// AWS: only the answer about one role tells when it was used.
    pub fn told(role: Role) -> Self {
        Self { role_last_used: Some(RoleLastUsed {}), ..Self::new(role) }
    }

    /// AWS: lists do not tell the tags.
    pub fn listed(role: Role) -> Self {
        Self { tags: None, ..Self::new(role) }
    }
}

/// An answer that is one role.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct OneRole {
    pub role: RoleShape,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TagShape {
    key: String,
    value: String,
}

impl From<Tag> for TagShape {
    fn from(tag: Tag) -> Self {
        Self { key: tag.key, value: tag.value }
    }
}

/// Managed policies have one version here.
pub const ONLY_VERSION: &str = "v1";

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PolicyShape {
    policy_name: &'static str,
    arn: &'static str,
    path: &'static str,
    default_version_id: &'static str,
    attachment_count: u32,
    permissions_boundary_usage_count: u32,
    is_attachable: bool,
    description: Option<&'static str>,
}

impl PolicyShape {
    pub fn new(policy: &'static ManagedPolicy, attachments: &Attachments) -> Self {
        Self {
            policy_name: &policy.name,
            arn: &policy.arn,
            path: &policy.path,
            default_version_id: ONLY_VERSION,
            attachment_count: attachments.of(&policy.arn),
            // Boundaries are not built.
            permissions_boundary_usage_count: 0,
            is_attachable: true,
            description: Some(&policy.description),
        }
    }

    /// AWS: lists do not tell the description.
    pub fn listed(policy: &'static ManagedPolicy, attachments: &Attachments) -> Self {
        Self { description: None, ..Self::new(policy, attachments) }
    }
}
