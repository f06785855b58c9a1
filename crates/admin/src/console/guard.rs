//! Keeps other people's pages out: a name that an attacker lets point here (DNS rebinding) is neither `localhost` nor an
//! IP address.

use std::net::IpAddr;

use http::header::HOST;
use http::request::Parts;
use http::uri::Authority;

/// Whether the request was made to `localhost` or to an IP address.
pub fn is_from_here(head: &Parts) -> bool {
    let mut hosts = head.headers.get_all(HOST).iter();
    let authority = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().ok().and_then(|host| host.parse::<Authority>().ok()),
        // HTTP/2 has it in the request line.
        (None, _) => head.uri.authority().cloned(),
        (Some(_), Some(_)) => None,
    };
    let Some(authority) = authority else { return false };
    let host = authority.host();
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let has_user = authority.as_str().contains('@');
    !has_user && (host.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok())
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    #[test]
    fn only_localhost_and_addresses_come_in() {
        for (hosts, expected) in [
            (&["localhost"][..], true),
            (&["LOCALHOST:4567"], true),
            (&["127.0.0.1:4567"], true),
            (&["10.1.2.3"], true),
            (&["[::1]:4567"], true),
            (&["[::1]"], true),
            (&[], false),
            (&[""], false),
            (&["evil.example"], false),
            (&["localhost.evil.example"], false),
            (&["127.0.0.1.evil.example:80"], false),
            (&["evil.example@127.0.0.1"], false),
            (&["localhost", "evil.example"], false),
            (&["127.0.0.1 evil"], false),
        ] {
            let request = hosts.iter().fold(Request::get("/"), |request, host| request.header(HOST, *host));
            let (head, ()) = request.body(()).unwrap().into_parts();
            assert_eq!(is_from_here(&head), expected, "{hosts:?}");
        }
        let (head, ()) = Request::get("http://127.0.0.1:1/").body(()).unwrap().into_parts();
        assert!(is_from_here(&head));
    }
}
