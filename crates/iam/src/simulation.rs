//! What a caller with some policies could do, worked out without doing it: the same decision, with made-up keys.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use model::{AccountId, Caller, Permission, Region, Time};

use crate::context::{Keys, RequestContext};
use crate::decision::{Decision, DenialReason, Known, ResourceRule, decide};
use crate::policy::{ConditionKeys, Effect, Policy, Question, Variables};
use crate::rows::Tag;

/// A policy and what it is called where it is told which ones decided.
#[derive(Debug, Clone)]
pub struct NamedPolicy {
    /// A name or an id.
    pub id: String,
    /// The policy itself.
    pub policy: Arc<Policy>,
}

/// Who would ask, with which policies.
pub struct Simulation<'a> {
    /// Who would call.
    pub caller: &'a Caller,
    /// Of the caller's role.
    pub tags: &'a [Tag],
    /// The policies that the caller would have.
    pub identity: &'a [NamedPolicy],
    /// The policy that each resource would have.
    pub resource: Option<&'a NamedPolicy>,
    /// Condition keys and values. What a request would bring with it and is not here is absent.
    pub context: &'a [(String, String)],
    /// When it would be.
    pub time: Time,
}

/// How one question would end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Simulated {
    /// The decision.
    pub decision: Decision,
    /// The id of its policy for each statement that brought the decision about; none for an implicit denial.
    pub matched: Vec<String>,
    /// The condition keys that policies look at and nobody gave, in lower case.
    pub missing: Vec<String>,
}

impl Simulation<'_> {
    /// Whether `action` on a resource of that account would be allowed.
    pub fn ask(&self, action: &str, resource: &str, resource_account: &AccountId) -> Simulated {
        let request = RequestContext::internal(self.time, Region::default());
        let permission = Permission::new("", resource);
        let own = Keys {
            caller: self.caller,
            request: &request,
            permission: &permission,
            resource_account,
            tags: self.tags,
        };
        let keys = MadeUp { own, given: self.context };
        let question = Question { action, resource, caller: self.caller, keys: &keys };
        let identity: Vec<&Policy> = self.identity.iter().map(|named| &*named.policy).collect();
        let known = Known {
            identity: &identity,
            session: None,
            resource: self.resource.map(|named| &*named.policy),
            resource_account,
            rule: ResourceRule::Suffices,
        };
        let decision = decide(&question, &known);
        Simulated { decision, matched: self.matched(&question, decision), missing: self.missing(&keys) }
    }

    fn policies(&self) -> impl Iterator<Item = &NamedPolicy> {
        self.identity.iter().chain(self.resource)
    }

    fn matched(&self, question: &Question<'_>, decision: Decision) -> Vec<String> {
        let effect = match decision {
            Decision::Allowed => Effect::Allow,
            Decision::Denied(DenialReason::Explicit(_)) => Effect::Deny,
            Decision::Denied(DenialReason::NothingAllows(_)) => return Vec::new(),
        };
        let ids = self
            .policies()
            .flat_map(|named| std::iter::repeat_n(&named.id, named.policy.statements_that(effect, question)));
        ids.cloned().collect()
    }

    fn missing(&self, keys: &MadeUp<'_>) -> Vec<String> {
        let asked: BTreeSet<&str> = self.policies().flat_map(|named| named.policy.condition_keys()).collect();
        asked.into_iter().filter(|key| keys.values(key).is_empty()).map(str::to_owned).collect()
    }
}

/// What only a real request would bring.
const OF_REQUESTS: [&str; 3] = ["aws:requestedregion", "aws:securetransport", "aws:viaawsservice"];

/// The keys that were given, and for the rest what is known of the caller.
struct MadeUp<'a> {
    own: Keys<'a>,
    given: &'a [(String, String)],
}

impl Variables for MadeUp<'_> {
    fn value(&self, name: &str) -> Option<Cow<'_, str>> {
        let mut values = self.values(name);
        if values.len() == 1 { values.pop() } else { None }
    }
}

impl ConditionKeys for MadeUp<'_> {
    fn values(&self, name: &str) -> Vec<Cow<'_, str>> {
        let given = self.given.iter().filter(|(key, _)| key.to_lowercase() == name);
        let given: Vec<_> = given.map(|(_, value)| Cow::Borrowed(value.as_str())).collect();
        if !given.is_empty() || OF_REQUESTS.contains(&name) { given } else { self.own.values(name) }
    }
}

#[cfg(test)]
mod tests {
    use model::{Arn, Identity};

    use super::*;
    use crate::policy::Kind;

    const IDENTITY: &str = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/*"},
        {"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}},
        {"Effect":"Deny","Action":"s3:DeleteObject","Resource":"*"}]}"#;

    const RESOURCE: &str = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:role/r"},"Action":"s3:ListBucket","Resource":"*"}]}"#;

    fn check(action: &str, resource: &str, owner: &str, context: &[(&str, &str)]) -> String {
        let account = AccountId::default_account();
        let identity = Identity::Session {
            role: Arn::new("iam", "", account.as_str(), "role/r"),
            role_name: "r".to_owned(),
            role_id: "AROAX".to_owned(),
            session_name: "s".to_owned(),
            policy: None,
        };
        let caller = Caller { account, identity };
        let named = |id: &str, text, kind| NamedPolicy {
            id: id.to_owned(),
            policy: Arc::new(Policy::read(text, kind).unwrap()),
        };
        let context: Vec<_> =
            context.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let simulation = Simulation {
            caller: &caller,
            tags: &[],
            identity: &[named("own", IDENTITY, Kind::Identity)],
            resource: Some(&named("bucket", RESOURCE, Kind::Resource)),
            context: &context,
            time: Time::from_millis(0),
        };
        let ended = simulation.ask(action, resource, &owner.parse().unwrap());
        let decision = match ended.decision {
            Decision::Allowed => "allowed",
            Decision::Denied(DenialReason::Explicit(_)) => "explicit",
            Decision::Denied(DenialReason::NothingAllows(_)) => "implicit",
        };
        format!("{decision} {} {}", ended.matched.join(","), ended.missing.join(","))
    }

    #[test]
    fn questions_end_as_requests_would() {
        let (here, there) = ("000000000000", "111111111111");
        let ip = ("aws:SourceIp", "10.1.1.1");
        for (action, resource, owner, context, expected) in [
            ("s3:PutObject", "arn:aws:s3:::b/k", here, &[][..], "allowed own aws:sourceip"),
            ("s3:PutObject", "arn:aws:s3:::c/k", here, &[], "implicit  aws:sourceip"),
            ("s3:DeleteObject", "arn:aws:s3:::b/k", here, &[], "explicit own aws:sourceip"),
            ("s3:GetObject", "arn:aws:s3:::b/k", here, &[ip], "allowed own,own "),
            ("s3:GetObject", "arn:aws:s3:::c/k", here, &[("aws:sourceip", "11.1.1.1")], "implicit  "),
            ("s3:ListBucket", "arn:aws:s3:::c", here, &[ip], "allowed bucket "),
            ("s3:ListBucket", "arn:aws:s3:::c", there, &[ip], "implicit  "),
        ] {
            assert_eq!(check(action, resource, owner, context), expected, "{action} {resource} {owner}");
        }
    }
}
