//! May the caller do it: one pure function of policies and question, and the words for a no.
//! Source: IAM user guide, "Policy evaluation logic" and "Cross-account policy evaluation logic".

use model::{AccountId, Caller, Identity};

use crate::policy::{Grant, Policy, Question, Verdict, judge_all};

/// Whether the caller may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It may.
    Allowed,
    /// It may not.
    Denied(DenialReason),
}

/// Why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DenialReason {
    /// A statement denies it.
    Explicit(PolicyKind),
    /// Nothing allows it where something has to.
    NothingAllows(PolicyKind),
}

/// The policy that decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyKind {
    /// One of the caller's role.
    Identity,
    /// That of the resource.
    Resource,
    /// That of the caller's session.
    Session,
}

/// How much a resource's own policy counts within its account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResourceRule {
    /// It is one of two ways to be allowed.
    Suffices,
    /// AWS: nobody assumes a role whose trust policy does not say so, whatever else allows it.
    IsNeeded,
}

/// Everything that is known when it is decided.
pub struct Known<'a> {
    /// Those of the caller's role; none for callers without a role.
    pub identity: &'a [&'a Policy],
    /// That of the caller's session.
    pub session: Option<&'a Policy>,
    /// That of the resource.
    pub resource: Option<&'a Policy>,
    pub resource_account: &'a AccountId,
    pub rule: ResourceRule,
}

/// AWS: with these the root of an account gets at its buckets again, whatever a bucket's policy denies.
/// Source: S3 user guide, `PutBucketPolicy`, "Permissions".
const NEVER_LOCKED: [&str; 3] = ["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"];

/// An explicit denial wins. Within an account one of identity and resource has to allow, across accounts both.
pub fn decide(question: &Question<'_>, known: &Known<'_>) -> Decision {
    let caller = question.caller;
    let is_owner = caller.identity == Identity::Root && caller.account == *known.resource_account;
    if is_owner && NEVER_LOCKED.contains(&question.action) {
        return Decision::Allowed;
    }
    let identity = judge_all(known.identity.iter().copied(), question);
    let resource = judge_all(known.resource, question);
    let session = known.session.map(|policy| policy.judge(question));
    let denials = [
        (identity.denied, PolicyKind::Identity),
        (resource.denied, PolicyKind::Resource),
        (session.is_some_and(|verdict| verdict.denied), PolicyKind::Session),
    ];
    if let Some((_, kind)) = denials.iter().find(|(denied, _)| *denied) {
        return Decision::Denied(DenialReason::Explicit(*kind));
    }
    match missing(caller, identity, resource, session, known) {
        Some(kind) => Decision::Denied(DenialReason::NothingAllows(kind)),
        None => Decision::Allowed,
    }
}

/// What does not allow it and has to.
fn missing(
    caller: &Caller,
    identity: Verdict,
    resource: Verdict,
    session: Option<Verdict>,
    known: &Known<'_>,
) -> Option<PolicyKind> {
    let identity_allows = match &caller.identity {
        Identity::Root => true,
        Identity::Session { .. } => identity.allowed.is_some(),
        // They have no policies of their own: all that counts is what the resource says.
        Identity::Service { .. } | Identity::Anonymous => {
            return resource.allowed.is_none().then_some(PolicyKind::Resource);
        }
    };
    let is_own = caller.account == *known.resource_account;
    let resource_needed = !is_own || known.rule == ResourceRule::IsNeeded;
    if resource_needed && resource.allowed.is_none() {
        return Some(PolicyKind::Resource);
    }
    let granted = resource.allowed.filter(|_| is_own);
    if !identity_allows && granted < Some(Grant::Caller) {
        return Some(PolicyKind::Identity);
    }
    let session_allows = session.is_none_or(|verdict| verdict.allowed.is_some());
    (!session_allows && granted != Some(Grant::Session)).then_some(PolicyKind::Session)
}

/// A denial in AWS's words.
pub fn refusal(caller: &Caller, action: &str, resource: &str, reason: DenialReason) -> String {
    let user = named(caller);
    let word = |kind| match kind {
        PolicyKind::Identity => "identity-based",
        PolicyKind::Resource => "resource-based",
        PolicyKind::Session => "session",
    };
    let because = match reason {
        DenialReason::Explicit(PolicyKind::Identity) => {
            "with an explicit deny in an identity-based policy".to_owned()
        }
        DenialReason::Explicit(kind) => format!("with an explicit deny in a {} policy", word(kind)),
        DenialReason::NothingAllows(kind) => {
            format!("because no {} policy allows the {action} action", word(kind))
        }
    };
    // AWS: S3 quotes the resource, and names none where the action knows none; others name the star.
    let on = match (action.starts_with("s3:"), resource) {
        (true, "*") => String::new(),
        (true, resource) => format!(" on resource: \"{resource}\""),
        (false, resource) => format!(" on resource: {resource}"),
    };
    format!("User: {user} is not authorized to perform: {action}{on} {because}")
}

/// As AWS names the caller in its sentences.
pub fn named(caller: &Caller) -> String {
    match (&caller.identity, caller.arn()) {
        (_, Some(arn)) => arn.to_string(),
        (Identity::Service { name }, None) => name.clone(),
        (_, None) => "anonymous".to_owned(),
    }
}

#[cfg(test)]
mod tests;
