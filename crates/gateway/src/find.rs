//! Whose request it is: by the scope of its signature, else by its host, else by what a service says of its head.

use std::sync::Arc;

use http::request::Parts;
use service::Service;

use crate::host::Named;

/// The service of a request; `None` when its signature is for one that is not here.
pub fn service<'a>(
    services: &'a [Arc<dyn Service>],
    scope: Option<&str>,
    named: &Named<'_>,
    head: &Parts,
) -> Option<&'a Arc<dyn Service>> {
    let by_name = |name: &str| services.iter().find(|service| service.signing_name() == name);
    if let Some(scope) = scope {
        return by_name(scope);
    }
    if let Some(service) = named.service.and_then(by_name) {
        return Some(service);
    }
    let claimed = || services.iter().find(|service| service.claims(head));
    let of_bucket = named.bucket.and_then(|_| by_name("s3"));
    // AWS: what nobody else knows by its head is a path of S3.
    of_bucket.or_else(claimed).or_else(|| by_name("s3"))
}
