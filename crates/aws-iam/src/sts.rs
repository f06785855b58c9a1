//! STS: sessions of roles. Every operation that is built, one line each; the rest is known by name.

mod assume_role;
mod get_caller_identity;

use service::QueryOperation;

use crate::Sessions;

pub fn operations() -> Vec<QueryOperation<Sessions>> {
    vec![
        QueryOperation::new::<assume_role::AssumeRole>(),
        QueryOperation::new::<get_caller_identity::GetCallerIdentity>(),
    ]
}

/// The operations of the API model that are not built.
pub const UNBUILT: &[&str] = &[
    "AssumeRoleWithSAML",
    "AssumeRoleWithWebIdentity",
    "AssumeRoot",
    "DecodeAuthorizationMessage",
    "GetAccessKeyInfo",
    "GetDelegatedAccessToken",
    "GetFederationToken",
    "GetScopedCredentials",
    "GetSessionToken",
    "GetWebIdentityToken",
];
