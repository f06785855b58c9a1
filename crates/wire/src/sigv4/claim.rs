//! What a request says about its signature: in the Authorization header, or in the query of a presigned URL.

use std::collections::HashSet;
use std::time::Duration;

use http::HeaderMap;
use model::Time;

use crate::uri::query_pairs;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// AWS: a presigned URL is good for a week at most.
const LONGEST_EXPIRY_SECONDS: u64 = 604_800;

/// Day, region and service that a signature is for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Scope {
    /// As in `20261123`.
    pub date: String,
    pub region: String,
    pub service: String,
}

impl std::fmt::Display for Scope {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}/{}/{}/aws4_request", self.date, self.region, self.service)
    }
}

/// A signature, and what it claims to be made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    pub access_key_id: String,
    pub scope: Scope,
    /// Lower case, in the order given.
    pub signed_headers: Vec<String>,
    pub signature: String,
    pub time: Time,
    /// As the client spelled it: it is signed.
    pub amz_date: String,
    pub session_token: Option<String>,
    pub place: Place,
}

/// Where the claim stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Header,
    /// A presigned URL, and how long it is good for.
    Query {
        expires: Duration,
    },
}

/// A claim that cannot be read. The texts are AWS's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    pub message: String,
    pub in_query: bool,
}

/// The claim of a request; `None` when it makes none.
pub fn read(query: &str, headers: &HeaderMap) -> Result<Option<Claim>, Malformed> {
    if let Some(header) = headers.get(http::header::AUTHORIZATION) {
        let text = header.to_str().unwrap_or_default();
        return in_header(text, headers).map(Some).map_err(|message| Malformed { message, in_query: false });
    }
    if query.contains("X-Amz-Signature=") || query.contains("X-Amz-Algorithm=") {
        return in_query(query).map(Some).map_err(|message| Malformed { message, in_query: true });
    }
    Ok(None)
}

fn in_header(text: &str, headers: &HeaderMap) -> Result<Claim, String> {
    let rest = text.strip_prefix(ALGORITHM).filter(|rest| rest.starts_with(' ')).ok_or_else(|| {
        let algorithm = text.split(' ').next().unwrap_or_default();
        format!("Unsupported AWS 'algorithm': '{algorithm}'.")
    })?;
    let part = |name: &str| {
        let mut parts = rest.split(',').filter_map(|part| part.trim().split_once('='));
        let found = parts.find(|(found, _)| *found == name).map(|(_, value)| value.trim().to_owned());
        found.ok_or_else(|| format!("Authorization header requires '{name}' parameter. Authorization={text}"))
    };
    let (access_key_id, scope) = credential(&part("Credential")?)?;
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let (amz_date, time) = match (header("x-amz-date"), header("date")) {
        (Some(date), _) => (date.to_owned(), Time::parse_amz_date(date)),
        (None, Some(date)) => {
            let time = Time::parse_http_date(date).or_else(|| Time::parse_amz_date(date));
            (time.map(Time::amz_date).unwrap_or_default(), time)
        }
        (None, None) => {
            return Err(format!(
                "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization={text}"
            ));
        }
    };
    Ok(Claim {
        access_key_id,
        scope,
        signed_headers: signed_headers(&part("SignedHeaders")?)?,
        signature: part("Signature")?,
        time: time.ok_or_else(|| format!("Date must be in ISO-8601 'basic format'. Got '{amz_date}'."))?,
        amz_date,
        session_token: header("x-amz-security-token").map(str::to_owned),
        place: Place::Header,
    })
}

fn in_query(query: &str) -> Result<Claim, String> {
    let pairs = query_pairs(query);
    let find = |name: &str| pairs.iter().find(|(found, _)| found == name).map(|(_, value)| value.clone());
    let wanted = |name: &str| {
        find(name).filter(|value| !value.is_empty()).ok_or_else(|| {
            "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, \
             X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."
                .to_owned()
        })
    };
    if wanted("X-Amz-Algorithm")? != ALGORITHM {
        return Err("X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"".to_owned());
    }
    let (access_key_id, scope) = credential(&wanted("X-Amz-Credential")?)?;
    let amz_date = wanted("X-Amz-Date")?;
    let expires = wanted("X-Amz-Expires")?;
    let expires: u64 = expires.parse().map_err(|_| {
        if expires.starts_with('-') {
            "X-Amz-Expires must be non-negative"
        } else {
            "X-Amz-Expires should be a number"
        }
        .to_owned()
    })?;
    if expires > LONGEST_EXPIRY_SECONDS {
        return Err("X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds".to_owned());
    }
    Ok(Claim {
        access_key_id,
        scope,
        signed_headers: signed_headers(&wanted("X-Amz-SignedHeaders")?)?,
        signature: wanted("X-Amz-Signature")?,
        time: Time::parse_amz_date(&amz_date)
            .ok_or("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"")?,
        amz_date,
        session_token: find("X-Amz-Security-Token"),
        place: Place::Query { expires: Duration::from_secs(expires) },
    })
}

/// Each name once: of a name that comes a thousand times, the canonical request would hold the value as often.
fn signed_headers(text: &str) -> Result<Vec<String>, String> {
    let names: Vec<String> = text.split(';').map(str::to_ascii_lowercase).collect();
    let mut known = HashSet::new();
    match names.iter().find(|name| !known.insert(name.as_str())) {
        Some(name) => Err(format!("'SignedHeaders' must name each header once. Got '{name}' again.")),
        None => Ok(names),
    }
}

/// `AKID/20261123/us-east-1/lambda/aws4_request`. A key id may hold slashes; the scope is the last four parts.
fn credential(text: &str) -> Result<(String, Scope), String> {
    let mut parts = text.rsplitn(5, '/');
    let (last, service, region, date, id) =
        (parts.next(), parts.next(), parts.next(), parts.next(), parts.next());
    let (Some("aws4_request"), Some(service), Some(region), Some(date), Some(id)) =
        (last, service, region, date, id)
    else {
        return Err(format!(
            "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\". Got '{text}'."
        ));
    };
    let scope = Scope { date: date.to_owned(), region: region.to_owned(), service: service.to_owned() };
    Ok((id.to_owned(), scope))
}
