//! Where function URLs are: at a host name of their own, or at a path for machines without such names.

use std::net::IpAddr;

use http::header::HOST;
use http::request::Parts;
use model::Region;

/// What the paths of URLs begin with that have no host name.
const PATHS: &str = "/_dayfly/url/";
/// What follows the id in host names, before the region.
const LABEL: &str = "lambda-url";

/// What a request to a function URL names.
#[derive(Debug, PartialEq, Eq)]
pub struct Address<'a> {
    pub id: &'a str,
    /// As the function sees it.
    pub path: &'a str,
    /// The host name without port.
    pub host: &'a str,
}

/// The function URL that a request is for; `None` when it is for something else.
pub fn address_of(head: &Parts) -> Option<Address<'_>> {
    let host = head.headers.get(HOST).and_then(|host| host.to_str().ok());
    let host = host.or_else(|| head.uri.authority().map(http::uri::Authority::as_str)).unwrap_or_default();
    read(without_port(host), head.uri.path())
}

fn read<'a>(host: &'a str, path: &'a str) -> Option<Address<'a>> {
    let mut labels = host.splitn(3, '.');
    if let (Some(id), Some(LABEL), Some(_)) = (labels.next(), labels.next(), labels.next()) {
        return Some(Address { id, path, host });
    }
    let rest = path.strip_prefix(PATHS)?;
    let id = rest.split('/').next().unwrap_or(rest);
    let path = if rest.len() == id.len() { "/" } else { &rest[id.len()..] };
    Some(Address { id, path, host })
}

/// The URL with this id for whoever reached the platform at `origin`. Names below the platform's domains are taken to lead here.
pub fn url_of(id: &str, region: &Region, origin: &str, domains: &[String]) -> String {
    let (scheme, authority) = origin.split_once("://").unwrap_or(("http", origin));
    let name = without_port(authority);
    let port = &authority[name.len()..];
    let is_this_machine =
        name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    let below = |domain: &str| {
        name.eq_ignore_ascii_case(domain) || name.to_ascii_lowercase().ends_with(&format!(".{domain}"))
    };
    let domain = domains.iter().find(|domain| below(domain) || is_this_machine && *domain == "localhost");
    match domain {
        Some(domain) => format!("{scheme}://{id}.{LABEL}.{region}.{domain}{port}/"),
        None => format!("{origin}{PATHS}{id}/"),
    }
}

fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => authority,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_named_by_host_or_path() {
        for (host, path, expected) in [
            ("abc.lambda-url.us-east-1.localhost", "/a/b", Some(("abc", "/a/b"))),
            ("abc.lambda-url.us-east-1.localhost", "/_dayfly/url/x/", Some(("abc", "/_dayfly/url/x/"))),
            ("127.0.0.1", "/_dayfly/url/abc/a/b", Some(("abc", "/a/b"))),
            ("127.0.0.1", "/_dayfly/url/abc", Some(("abc", "/"))),
            ("127.0.0.1", "/2015-03-31/functions", None),
            ("lambda.us-east-1.localhost", "/", None),
        ] {
            let found = read(host, path).map(|address| (address.id, address.path));
            assert_eq!(found, expected, "{host}{path}");
        }
    }

    #[test]
    fn whoever_reaches_us_is_told_a_url_that_leads_here() {
        let domains = ["localhost".to_owned(), "apps.example".to_owned()];
        for (origin, expected) in [
            ("http://127.0.0.1:4566", "http://abc.lambda-url.us-east-1.localhost:4566/"),
            ("http://[::1]:4566", "http://abc.lambda-url.us-east-1.localhost:4566/"),
            ("http://localhost", "http://abc.lambda-url.us-east-1.localhost/"),
            ("https://lambda.apps.example", "https://abc.lambda-url.us-east-1.apps.example/"),
            ("http://10.0.0.7:4566", "http://10.0.0.7:4566/_dayfly/url/abc/"),
            ("http://machine:4566", "http://machine:4566/_dayfly/url/abc/"),
        ] {
            assert_eq!(url_of("abc", &Region::default(), origin, &domains), expected, "{origin}");
        }
    }
}
