//! What pages of other origins are told by a function URL.
//! Source: Lambda developer guide, "Cross-origin resource sharing (CORS)"; Fetch standard, "HTTP CORS protocol".

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_METHOD, HeaderName, HeaderValue, ORIGIN, VARY,
};
use http::{HeaderMap, Method};
use registry::Cors;

/// Whether a browser asks by this what it may ask: the function is not asked then.
pub fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    *method == Method::OPTIONS
        && headers.contains_key(ORIGIN)
        && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// Adds what the answer to a preflight says.
pub fn tell_what_may_be(cors: &Cors, asked: &HeaderMap, answer: &mut HeaderMap) {
    if !let_in(cors, asked, answer) {
        return;
    }
    insert(answer, ACCESS_CONTROL_ALLOW_METHODS, cors.allow_methods.as_deref());
    insert(answer, ACCESS_CONTROL_ALLOW_HEADERS, cors.allow_headers.as_deref());
    if let Some(seconds) = cors.max_age {
        answer.insert(ACCESS_CONTROL_MAX_AGE, seconds.into());
    }
}

/// Adds what any other answer says, in the place of what the function says of it.
pub fn tell(cors: &Cors, asked: &HeaderMap, answer: &mut HeaderMap) {
    if let_in(cors, asked, answer) {
        insert(answer, ACCESS_CONTROL_EXPOSE_HEADERS, cors.expose_headers.as_deref());
    }
}

/// Whether the origin that asks may read the answer, and says so.
fn let_in(cors: &Cors, asked: &HeaderMap, answer: &mut HeaderMap) -> bool {
    let Some(origin) = asked.get(ORIGIN) else { return false };
    let allowed = cors.allow_origins.as_deref().unwrap_or_default();
    let is_any = allowed.iter().any(|one| one == "*");
    if !is_any && !allowed.iter().any(|one| one.as_bytes() == origin.as_bytes()) {
        return false;
    }
    let with_credentials = cors.allow_credentials == Some(true);
    // Browsers let no credentials pass to whoever answers everybody.
    let told = if is_any && !with_credentials { HeaderValue::from_static("*") } else { origin.clone() };
    answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, told);
    answer.append(VARY, HeaderValue::from_static("Origin"));
    if with_credentials {
        answer.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    }
    true
}

fn insert(answer: &mut HeaderMap, name: HeaderName, list: Option<&[String]>) {
    let joined = list.map(|list| list.join(",")).filter(|joined| !joined.is_empty());
    if let Some(value) = joined.and_then(|joined| HeaderValue::try_from(joined).ok()) {
        answer.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(origin: &str, allowed: &[&str], credentials: bool) -> String {
        let list = |items: &[&str]| Some(items.iter().map(|item| (*item).to_owned()).collect());
        let cors = Cors {
            allow_credentials: Some(credentials),
            allow_headers: list(&["x-a", "x-b"]),
            allow_methods: list(&["GET", "PUT"]),
            allow_origins: list(allowed),
            expose_headers: list(&["x-c"]),
            max_age: Some(60),
        };
        let asked = HeaderMap::from_iter([(ORIGIN, HeaderValue::try_from(origin).unwrap())]);
        let (mut before, mut after) = (HeaderMap::new(), HeaderMap::new());
        tell_what_may_be(&cors, &asked, &mut before);
        tell(&cors, &asked, &mut after);
        let short = |headers: &HeaderMap| {
            let pairs = headers.iter().map(|(name, value)| {
                let name = name.as_str().trim_start_matches("access-control-").to_owned();
                format!("{name}={} ", value.to_str().unwrap())
            });
            pairs.collect::<String>()
        };
        format!("{}| {}", short(&before), short(&after))
    }

    #[test]
    fn origins_that_are_let_in_are_told_so() {
        let may = "allow-methods=GET,PUT allow-headers=x-a,x-b max-age=60 ";
        for (origin, allowed, credentials, expected) in [
            (
                "http://a",
                &["*"][..],
                false,
                format!("allow-origin=* vary=Origin {may}| allow-origin=* vary=Origin expose-headers=x-c "),
            ),
            ("http://a", &["http://b"], false, "| ".to_owned()),
            ("http://a", &[], false, "| ".to_owned()),
            (
                "http://a",
                &["http://b", "http://a"],
                true,
                format!(
                    "allow-origin=http://a vary=Origin allow-credentials=true {may}| allow-origin=http://a vary=Origin \
                     allow-credentials=true expose-headers=x-c "
                ),
            ),
        ] {
            assert_eq!(told(origin, allowed, credentials), expected, "{origin} {allowed:?}");
        }
    }
}
