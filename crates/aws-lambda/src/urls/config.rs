//! Function URLs as callers ask for them and as answers show them.

use model::{Fault, Time};
use registry::{Cors, FunctionUrl, InvokeMode, UrlAuth};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use service::Call;
use uuid::Uuid;

use super::address::url_of;
use crate::constraints::{Constraints, is_of};
use crate::limits;
use crate::names::{LATEST, Named};

pub const AUTH_TYPES: [&str; 2] = ["NONE", "AWS_IAM"];
const MODES: [&str; 2] = ["BUFFERED", "RESPONSE_STREAM"];
const METHODS: [&str; 7] = ["GET", "PUT", "HEAD", "POST", "PATCH", "DELETE", "*"];

// As the API's model has it: callers are told this.
const QUALIFIER_PATTERN: &str = r"((?!^\d+$)^[0-9a-zA-Z-_]+$)";

/// `FunctionName` and `Qualifier`, by which operations are told a function URL.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UrlInput {
    function_name: String,
    qualifier: Option<String>,
}

/// The same, with what is said of it.
#[derive(Debug, Deserialize)]
pub struct SettingsInput {
    #[serde(flatten)]
    pub url: UrlInput,
    #[serde(flatten)]
    pub settings: Settings,
}

impl UrlInput {
    pub fn named(&self, call: &Call) -> Result<Named, Fault> {
        named(call, &self.function_name, self.qualifier.as_deref())
    }
}

/// The function or the alias that a URL is of. Fails when it is named otherwise. AWS: published versions have none.
pub fn named(call: &Call, name: &str, qualifier: Option<&str>) -> Result<Named, Fault> {
    let mut constraints = Constraints::default();
    constraints.pattern("qualifier", qualifier, QUALIFIER_PATTERN, is_alias);
    constraints.end()?;
    let named = Named::read(call, name, qualifier)?;
    let mut constraints = Constraints::default();
    constraints.pattern("qualifier", named.qualifier.as_deref(), QUALIFIER_PATTERN, is_alias);
    constraints.end()?;
    Ok(named)
}

fn is_alias(text: &str) -> bool {
    !text.is_empty() && is_of(text, "-_") && !text.bytes().all(|byte| byte.is_ascii_digit())
}

/// What a URL's owner says of it. What is absent stays as it is.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Settings {
    pub auth_type: Option<String>,
    cors: Option<Cors>,
    invoke_mode: Option<String>,
}

impl Settings {
    /// Adds what is malformed.
    pub fn check(&self, constraints: &mut Constraints) {
        constraints.one_of("authType", self.auth_type.as_deref(), &AUTH_TYPES);
        constraints.one_of("invokeMode", self.invoke_mode.as_deref(), &MODES);
        let Some(cors) = &self.cors else { return };
        for method in cors.allow_methods.iter().flatten() {
            constraints.one_of("cors.allowMethods", Some(method), &METHODS);
        }
        for origin in cors.allow_origins.iter().flatten() {
            constraints.length("cors.allowOrigins", Some(origin), limits::ORIGIN_CHARS);
        }
        for header in [&cors.allow_headers, &cors.expose_headers].into_iter().flatten().flatten() {
            constraints.length("cors.headers", Some(header), limits::CORS_HEADER_CHARS);
        }
        let lists = [
            ("cors.allowHeaders", &cors.allow_headers),
            ("cors.allowOrigins", &cors.allow_origins),
            ("cors.exposeHeaders", &cors.expose_headers),
        ];
        for (member, list) in lists {
            if let Some(list) = list.as_ref().filter(|list| list.len() > limits::CORS_ITEMS) {
                let rule = format!("Member must have length less than or equal to {}", limits::CORS_ITEMS);
                constraints.fails(member, format!("[{}]", list.join(", ")), rule);
            }
        }
        constraints.range("cors.maxAge", cors.max_age.map(i64::from), limits::CORS_AGE_SECONDS);
    }

    /// A URL that is to be.
    pub fn made(&self, now: Time) -> FunctionUrl {
        let mut url = FunctionUrl {
            id: Uuid::new_v4().simple().to_string(),
            auth: UrlAuth::Iam,
            cors: None,
            mode: InvokeMode::Buffered,
            created: now,
            last_modified: now,
        };
        self.apply(&mut url, now);
        url
    }

    pub fn apply(&self, url: &mut FunctionUrl, now: Time) {
        if let Some(auth) = &self.auth_type {
            url.auth = auth_of(auth);
        }
        if let Some(cors) = &self.cors {
            url.cors = Some(cors.clone());
        }
        match self.invoke_mode.as_deref() {
            Some("RESPONSE_STREAM") => url.mode = InvokeMode::ResponseStream,
            Some(_) => url.mode = InvokeMode::Buffered,
            None => {}
        }
        url.last_modified = now;
    }
}

/// What a checked text names.
pub fn auth_of(text: &str) -> UrlAuth {
    if text == UrlAuth::None.name() { UrlAuth::None } else { UrlAuth::Iam }
}

/// `FunctionUrlConfig`, as whoever reached the platform by this call's origin is shown it.
pub fn shown(call: &Call, named: &Named, url: &FunctionUrl, domains: &[String]) -> Map<String, Value> {
    let alias = named.qualifier.clone().filter(|qualifier| qualifier != LATEST);
    let arn = Named { key: named.key.clone(), qualifier: alias }.arn();
    let mut shown = Map::new();
    let mut show = |name: &str, value: Value| drop(shown.insert(name.to_owned(), value));
    show("FunctionUrl", json!(url_of(&url.id, &named.key.region, &call.origin, domains)));
    show("FunctionArn", json!(arn));
    show("AuthType", json!(url.auth.name()));
    if let Some(cors) = &url.cors {
        show("Cors", json!(cors));
    }
    show("CreationTime", json!(url.created.iso8601()));
    show("LastModifiedTime", json!(url.last_modified.iso8601()));
    show("InvokeMode", json!(url.mode.name()));
    shown
}
