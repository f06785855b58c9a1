//! What a host name says: a bucket, a service, or nothing.
//! Source: S3 user guide, "Virtual hosting of general purpose buckets".

/// What was read from a Host header.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Named<'a> {
    /// The first label, when it is one of a service: `lambda.us-east-1.localhost`.
    pub service: Option<&'a str>,
    /// As in `photos.s3.localhost`, `photos.s3.us-east-1.localhost`, `photos.localhost`.
    pub bucket: Option<&'a str>,
}

/// Reads a host, with or without a port, below one of the platform's domains. Other hosts say nothing.
pub fn read<'a>(host: &'a str, domains: &[String], is_service: impl Fn(&str) -> bool) -> Named<'a> {
    let name = without_port(host);
    let below = domains.iter().find_map(|domain| {
        let rest = name.len().checked_sub(domain.len()).filter(|at| name.is_char_boundary(*at))?;
        let (rest, end) = name.split_at(rest);
        end.eq_ignore_ascii_case(domain).then(|| rest.strip_suffix('.')).flatten()
    });
    let Some(below) = below.filter(|below| !below.is_empty()) else { return Named::default() };
    if let Some(bucket) = before_s3(below) {
        return Named { service: Some("s3"), bucket: Some(bucket) };
    }
    let first = below.split('.').next().unwrap_or(below);
    // AWS: a function's own name, as in `abc.lambda-url.us-east-1.on.aws`.
    if below[first.len()..].starts_with(".lambda-url.") {
        return Named { service: Some("lambda"), bucket: None };
    }
    if is_s3(first) && is_region_after(below, first) {
        return Named { service: Some("s3"), bucket: None };
    }
    if is_service(first) && is_region_after(below, first) {
        return Named { service: Some(first), bucket: None };
    }
    Named { service: None, bucket: Some(below) }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

/// `photos` of `photos.s3`, `photos.s3.us-east-1`, `photos.s3-us-west-2`. Bucket names may have dots.
fn before_s3(below: &str) -> Option<&str> {
    let labels: Vec<&str> = below.split('.').collect();
    let last = labels.len() - 1;
    let place = (last.saturating_sub(2)..=last).find(|at| *at > 0 && is_s3(labels[*at]))?;
    let length: usize = labels[..place].iter().map(|label| label.len() + 1).sum();
    Some(&below[..length - 1])
}

fn is_s3(label: &str) -> bool {
    label == "s3" || label.strip_prefix("s3-").is_some_and(is_region)
}

fn is_region(label: &str) -> bool {
    label.split('-').count() >= 3 && label.ends_with(|last: char| last.is_ascii_digit())
}

/// After the service comes nothing, or one region.
fn is_region_after(below: &str, first: &str) -> bool {
    match below[first.len()..].strip_prefix('.') {
        None => true,
        Some(rest) => is_region(rest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(host: &str, service: Option<&str>, bucket: Option<&str>) {
        let domains = ["localhost".to_owned(), "amazonaws.com".to_owned()];
        let known = |name: &str| ["lambda", "s3", "iam"].contains(&name);
        assert_eq!(read(host, &domains, known), Named { service, bucket }, "{host}");
    }

    #[test]
    fn hosts_name_buckets_and_services() {
        check("abc.lambda-url.us-east-1.localhost:4566", Some("lambda"), None);
        check("abc.lambda-urls.localhost:4566", None, Some("abc.lambda-urls"));
        check("localhost:4566", None, None);
        check("127.0.0.1:4566", None, None);
        check("[::1]:4566", None, None);
        check("photos.localhost:4566", None, Some("photos"));
        check("photos.LOCALHOST", None, Some("photos"));
        check("photos.s3.localhost:4566", Some("s3"), Some("photos"));
        check("my.photos.s3.localhost", Some("s3"), Some("my.photos"));
        check("my.photos.s3.us-east-1.amazonaws.com", Some("s3"), Some("my.photos"));
        check("photos.s3-us-west-2.amazonaws.com", Some("s3"), Some("photos"));
        check("s3.localhost", Some("s3"), None);
        check("s3.eu-central-1.amazonaws.com", Some("s3"), None);
        check("lambda.us-east-1.amazonaws.com", Some("lambda"), None);
        check("lambda.localhost:4566", Some("lambda"), None);
        check("lambda.photos.localhost", None, Some("lambda.photos"));
        check("s3.photos.localhost", None, Some("s3.photos"));
        check("example.org", None, None);
        check("notlocalhost", None, None);
        check(".localhost", None, None);
        check("é.localhost", None, Some("é"));
        check("", None, None);
    }
}
