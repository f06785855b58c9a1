//! What conditions can ask about a request: the global keys, and those that the operation brings.
//! Source: IAM user guide, "AWS global condition context keys".

use std::borrow::Cow;
use std::net::IpAddr;

use model::{AccountId, Caller, Identity, Permission, Region, Time};

use crate::policy::{ConditionKeys, Variables};
use crate::rows::Tag;

/// What is known of a request beside its caller.
#[derive(Debug, Clone)]
pub struct RequestContext {
    /// When it came.
    pub time: Time,
    /// What region it was sent to.
    pub region: Region,
    /// `None` for a request that came by no network.
    pub source_ip: Option<IpAddr>,
    /// Whether it came by TLS.
    pub secure_transport: bool,
    /// Empty when the client did not say.
    pub user_agent: String,
}

impl RequestContext {
    /// A request that the platform makes itself.
    pub fn internal(time: Time, region: Region) -> Self {
        Self { time, region, source_ip: None, secure_transport: true, user_agent: String::new() }
    }
}

/// The keys of one request for permission.
pub struct Keys<'a> {
    pub caller: &'a Caller,
    pub request: &'a RequestContext,
    pub permission: &'a Permission,
    pub resource_account: &'a AccountId,
    /// Of the caller's role.
    pub tags: &'a [Tag],
}

impl Keys<'_> {
    /// What the platform says itself; an operation cannot say otherwise. `None` when the key is not one of these or is
    /// absent from this request.
    fn global(&self, name: &str) -> Option<Cow<'_, str>> {
        let request = self.request;
        match name {
            "currenttime" => Some(request.time.iso8601_seconds().into()),
            "epochtime" => Some((request.time.as_millis().div_euclid(1000)).to_string().into()),
            "sourceip" => request.source_ip.map(|address| address.to_canonical().to_string().into()),
            "securetransport" => Some(truth(request.secure_transport)),
            "useragent" => (!request.user_agent.is_empty()).then(|| request.user_agent.as_str().into()),
            "requestedregion" => Some(request.region.as_str().into()),
            "resourceaccount" => Some(self.resource_account.as_str().into()),
            "viaawsservice" => Some(truth(false)),
            _ => self.principal(name),
        }
    }

    fn principal(&self, name: &str) -> Option<Cow<'_, str>> {
        let caller = self.caller;
        if let Some(tag) = name.strip_prefix("principaltag/") {
            let tag = self.tags.iter().find(|known| is_named(&known.key, tag))?;
            return Some(tag.value.as_str().into());
        }
        match (name, &caller.identity) {
            ("principalisawsservice", identity) => Some(truth(matches!(identity, Identity::Service { .. }))),
            ("principalservicename", Identity::Service { name }) => Some(name.as_str().into()),
            ("principalarn", Identity::Root) => caller.arn().map(|arn| arn.to_string().into()),
            // AWS: of a session, the ARN of its role.
            ("principalarn", Identity::Session { role, .. }) => Some(role.to_string().into()),
            ("principalaccount", Identity::Root | Identity::Session { .. }) => {
                Some(caller.account.as_str().into())
            }
            ("principaltype", Identity::Root) => Some("Account".into()),
            ("principaltype", Identity::Session { .. }) => Some("AssumedRole".into()),
            ("principaltype", Identity::Anonymous) => Some("Anonymous".into()),
            ("userid", Identity::Root) => Some(caller.account.as_str().into()),
            ("userid", Identity::Session { role_id, session_name, .. }) => {
                Some(format!("{role_id}:{session_name}").into())
            }
            ("userid", Identity::Anonymous) => Some("anonymous".into()),
            // AWS: `aws:username` is there for IAM users only, and there are none here.
            _ => None,
        }
    }
}

/// Names of keys are the same in any case, also where tags bring other letters than English ones.
fn is_named(key: &str, lower_case: &str) -> bool {
    key.eq_ignore_ascii_case(lower_case) || (!key.is_ascii() && key.to_lowercase() == lower_case)
}

fn truth(truth: bool) -> Cow<'static, str> {
    if truth { "true".into() } else { "false".into() }
}

impl Variables for Keys<'_> {
    fn value(&self, name: &str) -> Option<Cow<'_, str>> {
        let mut values = self.values(name);
        // A key with several values has no one text to stand for it.
        if values.len() == 1 { values.pop() } else { None }
    }
}

/// The keys under `aws:` that say who asks and how: only the platform says them.
const OWN: [&str; 14] = [
    "currenttime",
    "epochtime",
    "sourceip",
    "securetransport",
    "useragent",
    "requestedregion",
    "resourceaccount",
    "viaawsservice",
    "principalisawsservice",
    "principalservicename",
    "principalarn",
    "principalaccount",
    "principaltype",
    "userid",
];

impl ConditionKeys for Keys<'_> {
    fn values(&self, name: &str) -> Vec<Cow<'_, str>> {
        if let Some(global) = name.strip_prefix("aws:")
            && (OWN.contains(&global) || global.starts_with("principaltag/"))
        {
            return self.global(global).into_iter().collect();
        }
        let own = self.permission.context.iter().filter(|(key, _)| is_named(key, name));
        own.map(|(_, value)| Cow::Borrowed(value.as_str())).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use model::Arn;

    use super::*;

    fn callers() -> [Caller; 4] {
        let account = AccountId::default_account();
        let session = Identity::Session {
            role: Arn::new("iam", "", account.as_str(), "role/app/r"),
            role_name: "r".to_owned(),
            role_id: "AROAX".to_owned(),
            session_name: "s".to_owned(),
            policy: None::<Arc<str>>,
        };
        let caller = |identity| Caller { account: account.clone(), identity };
        let service = Identity::Service { name: "s3.amazonaws.com".to_owned() };
        [caller(Identity::Root), caller(session), caller(service), caller(Identity::Anonymous)]
    }

    #[test]
    fn every_global_key() {
        let request = RequestContext {
            time: Time::from_millis(1_795_448_000_123),
            region: Region::default(),
            source_ip: Some("::ffff:10.0.0.1".parse().unwrap()),
            secure_transport: false,
            user_agent: "boto".to_owned(),
        };
        let owner: AccountId = "111111111111".parse().unwrap();
        let permission = Permission::new("s3:GetObject", "*")
            .with_context("aws:SourceArn", "arn:aws:s3:::b")
            .with_context("aws:PrincipalArn", "forged")
            .with_context("aws:TagKeys", "a")
            .with_context("aws:TagKeys", "b")
            .with_context("aws:RequestTag/ÉTÉ", "x");
        let tags = [Tag { key: "Team".to_owned(), value: "x".to_owned() }];
        for (name, root, session, service, anonymous) in [
            (
                "aws:currenttime",
                "2026-11-23T15:33:20Z",
                "2026-11-23T15:33:20Z",
                "2026-11-23T15:33:20Z",
                "2026-11-23T15:33:20Z",
            ),
            ("aws:epochtime", "1795448000", "1795448000", "1795448000", "1795448000"),
            ("aws:sourceip", "10.0.0.1", "10.0.0.1", "10.0.0.1", "10.0.0.1"),
            ("aws:securetransport", "false", "false", "false", "false"),
            ("aws:useragent", "boto", "boto", "boto", "boto"),
            ("aws:requestedregion", "us-east-1", "us-east-1", "us-east-1", "us-east-1"),
            ("aws:resourceaccount", "111111111111", "111111111111", "111111111111", "111111111111"),
            ("aws:viaawsservice", "false", "false", "false", "false"),
            (
                "aws:principalarn",
                "arn:aws:iam::000000000000:root",
                "arn:aws:iam::000000000000:role/app/r",
                "",
                "",
            ),
            ("aws:principalaccount", "000000000000", "000000000000", "", ""),
            ("aws:principaltype", "Account", "AssumedRole", "", "Anonymous"),
            ("aws:principalisawsservice", "false", "false", "true", "false"),
            ("aws:principalservicename", "", "", "s3.amazonaws.com", ""),
            ("aws:userid", "000000000000", "AROAX:s", "", "anonymous"),
            ("aws:username", "", "", "", ""),
            ("aws:sourcearn", "arn:aws:s3:::b", "arn:aws:s3:::b", "arn:aws:s3:::b", "arn:aws:s3:::b"),
            ("aws:tagkeys", "a,b", "a,b", "a,b", "a,b"),
            ("aws:requesttag/été", "x", "x", "x", "x"),
            ("aws:principaltag/team", "x", "x", "x", "x"),
        ] {
            let expected = [root, session, service, anonymous];
            for (caller, expected) in callers().iter().zip(expected) {
                let keys = Keys {
                    caller,
                    request: &request,
                    permission: &permission,
                    resource_account: &owner,
                    tags: &tags,
                };
                assert_eq!(keys.values(name).join(","), expected, "{name} {caller:?}");
            }
        }
    }
}
