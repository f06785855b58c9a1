//! Who a statement of a resource's policy is about.
//! Source: IAM user guide, "AWS JSON policy elements: Principal" and "NotPrincipal".

use model::{Arn, Caller, Identity};

use super::document::WrittenPrincipal;

/// The principals that are named, or all but those.
#[derive(Debug)]
pub enum Principals {
    Named(Vec<Principal>),
    AllBut(Vec<Principal>),
}

#[derive(Debug)]
pub enum Principal {
    /// `*`: anybody, also without a signature.
    Anybody,
    /// `{"AWS": "*"}`: anybody but a part of the platform.
    AnyAccount,
    Account(String),
    /// A role, or one session of it.
    Arn(String),
    /// The unique id of a role.
    Id(String),
    Service(String),
    /// Of a kind that no caller is here: users, federated and canonical ones.
    Absent,
}

/// How a resource's policy lets a caller in, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grant {
    /// It names the account, which says by its own policies which of its roles may.
    Account,
    /// It names the caller, or anybody.
    Caller,
    /// It names this very session: the session's own policy does not narrow that.
    Session,
}

/// The kind and the name that cannot be a principal.
#[derive(Debug, PartialEq, Eq)]
pub struct MalformedPrincipal(pub String);

impl Principals {
    /// `None` when the statement is not about this caller.
    pub fn grant(&self, caller: &Caller) -> Option<Grant> {
        match self {
            Self::Named(named) => best(named, caller),
            Self::AllBut(excepted) => best(excepted, caller).is_none().then_some(Grant::Caller),
        }
    }
}

fn best(principals: &[Principal], caller: &Caller) -> Option<Grant> {
    principals.iter().filter_map(|principal| principal.grant(caller)).max()
}

impl Principal {
    fn grant(&self, caller: &Caller) -> Option<Grant> {
        let when = |matches: bool, grant| matches.then_some(grant);
        match (self, &caller.identity) {
            (Self::Anybody, _) => Some(Grant::Caller),
            (Self::AnyAccount, identity) => {
                when(!matches!(identity, Identity::Service { .. }), Grant::Caller)
            }
            (Self::Account(account), Identity::Root) => {
                when(account == caller.account.as_str(), Grant::Caller)
            }
            (Self::Account(account), Identity::Session { .. }) => {
                when(account == caller.account.as_str(), Grant::Account)
            }
            (Self::Arn(arn), Identity::Session { role, .. }) => {
                if *arn == role.to_string() {
                    return Some(Grant::Caller);
                }
                when(caller.arn().is_some_and(|session| session.to_string() == *arn), Grant::Session)
            }
            (Self::Id(id), Identity::Session { role_id, .. }) => when(id == role_id, Grant::Caller),
            (Self::Service(service), Identity::Service { name }) => {
                when(service == name || without_region(service) == *name, Grant::Caller)
            }
            _ => None,
        }
    }
}

/// AWS: some services are also named with their region, as in `logs.us-east-1.amazonaws.com`.
fn without_region(service: &str) -> String {
    let name = service.strip_suffix(".amazonaws.com").and_then(|name| name.split_once('.'));
    name.map_or_else(|| service.to_owned(), |(name, _)| format!("{name}.amazonaws.com"))
}

/// The principals that are written.
pub fn read(written: WrittenPrincipal) -> Result<Vec<Principal>, MalformedPrincipal> {
    let kinds = match written {
        WrittenPrincipal::Bare(text) if text == "*" => return Ok(vec![Principal::Anybody]),
        WrittenPrincipal::Bare(text) => return Err(MalformedPrincipal(format!("\"STRING\":\"{text}\""))),
        WrittenPrincipal::Kinds(kinds) => kinds.0,
    };
    let mut principals = Vec::new();
    for (kind, names) in kinds {
        for name in names.into_vec() {
            let principal = match kind.as_str() {
                "AWS" => aws(&name),
                "Service" => (!name.is_empty() && name != "*").then(|| Principal::Service(name.clone())),
                "Federated" | "CanonicalUser" => (!name.is_empty()).then_some(Principal::Absent),
                _ => None,
            };
            principals.push(principal.ok_or_else(|| MalformedPrincipal(format!("\"{kind}\":\"{name}\"")))?);
        }
    }
    if principals.is_empty() { Err(MalformedPrincipal("{}".to_owned())) } else { Ok(principals) }
}

fn aws(name: &str) -> Option<Principal> {
    if name == "*" {
        return Some(Principal::AnyAccount);
    }
    if name.len() == 12 && name.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Principal::Account(name.to_owned()));
    }
    if ["AROA", "AIDA"].iter().any(|start| name.starts_with(start)) && !name.contains(['*', '?']) {
        return Some(Principal::Id(name.to_owned()));
    }
    let arn: Arn = name.parse().ok()?;
    match (arn.service.as_str(), arn.resource.as_str()) {
        (_, resource) if resource.contains(['*', '?']) => None,
        ("iam", "root") => Some(Principal::Account(arn.account)),
        ("iam", resource) if resource.starts_with("role/") => Some(Principal::Arn(name.to_owned())),
        ("sts", resource) if resource.starts_with("assumed-role/") => Some(Principal::Arn(name.to_owned())),
        ("iam", resource) if resource.starts_with("user/") => Some(Principal::Absent),
        ("sts", resource) if resource.starts_with("federated-user/") => Some(Principal::Absent),
        _ => None,
    }
}
