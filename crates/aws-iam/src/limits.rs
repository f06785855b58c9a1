//! What AWS limits, with the same numbers. Sources: IAM user guide, "IAM and AWS STS quotas"; the API models.

use std::ops::RangeInclusive;

/// Characters of a role's name. API model, `roleNameType`.
pub const ROLE_NAME: RangeInclusive<usize> = 1..=64;

/// Characters of a policy's name. API model, `policyNameType`.
pub const POLICY_NAME: RangeInclusive<usize> = 1..=128;

/// Characters of a path. API model, `pathType`.
pub const PATH: RangeInclusive<usize> = 1..=512;

/// Characters of an ARN. API model, `arnType`.
pub const ARN: RangeInclusive<usize> = 20..=2048;

/// Characters of a version's id. API model, `policyVersionIdType`, gives a pattern only; this is ours.
pub const VERSION_ID: RangeInclusive<usize> = 1..=32;

/// Characters of a document before it is looked at. API model, `policyDocumentType`.
pub const DOCUMENT: RangeInclusive<usize> = 1..=131_072;

/// Characters of a role's description. API model, `roleDescriptionType`.
pub const DESCRIPTION: RangeInclusive<usize> = 0..=1000;

/// Seconds. API model, `roleMaxSessionDurationType`.
pub const MAX_SESSION_SECONDS: RangeInclusive<i64> = 3600..=43_200;

/// Seconds of the longest session of a role for which nobody says. API reference, `CreateRole`, MaxSessionDuration.
pub const DEFAULT_MAX_SESSION_SECONDS: u32 = 3600;

/// Characters of a marker. API model, `markerType`.
pub const MARKER: RangeInclusive<usize> = 1..=320;

/// Items of a page. API model, `maxItemsType`.
pub const PAGE: RangeInclusive<i64> = 1..=1000;

/// Items of a page when nobody says how many. API reference, `ListRoles`, MaxItems.
pub const DEFAULT_PAGE: usize = 100;

/// Characters of a trust policy without white space. Quota "Role trust policy length".
pub const TRUST_POLICY: usize = 2048;

/// Characters of all of a role's own policies without white space. Quota "Role policy size".
pub const INLINE_POLICIES: usize = 10_240;

/// Quota "Managed policies per role".
pub const ATTACHED_POLICIES: usize = 10;

/// Quota "Tags per role".
pub const TAGS: usize = 50;

/// Characters. API model, `tagKeyType`.
pub const TAG_KEY: RangeInclusive<usize> = 1..=128;

/// Characters. API model, `tagValueType`.
pub const TAG_VALUE: RangeInclusive<usize> = 0..=256;

/// Characters. API model of STS, `roleSessionNameType`.
pub const SESSION_NAME: RangeInclusive<usize> = 2..=64;

/// Seconds. API model of STS, `roleDurationSecondsType`.
pub const SESSION_SECONDS: RangeInclusive<i64> = 900..=43_200;

/// Seconds of a session when nobody says how many. API reference of STS, `AssumeRole`, DurationSeconds.
pub const DEFAULT_SESSION_SECONDS: i64 = 3600;

/// Seconds at most when a session assumes a role. API reference of STS, `AssumeRole`, DurationSeconds.
pub const CHAINED_SESSION_SECONDS: i64 = 3600;

/// Characters of a session's own policy. API reference of STS, `AssumeRole`, Policy.
pub const SESSION_POLICY: usize = 2048;

/// Characters. API model of STS, `externalIdType`.
pub const EXTERNAL_ID: RangeInclusive<usize> = 2..=1224;

/// Characters of the name of an action. API model, `ActionNameType`.
pub const ACTION_NAME: RangeInclusive<usize> = 3..=128;

/// Characters of a simulated resource's ARN. API model, `ResourceNameType`.
pub const RESOURCE_NAME: RangeInclusive<usize> = 1..=2048;

/// Characters of the name of a condition key. API model, `ContextKeyNameType`.
pub const CONTEXT_KEY: RangeInclusive<usize> = 5..=256;
