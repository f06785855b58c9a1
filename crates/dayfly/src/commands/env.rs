//! `dayfly env`: shell exports for the aws CLI and the SDKs.

use serde_json::json;

use crate::arguments::Env;
use crate::client;
use crate::failed::Failed;
use crate::show::say;

pub fn run(arguments: &Env) -> Result<(), Failed> {
    let reach = client::running(arguments.data.as_deref())?;
    let variables = [
        ("AWS_ENDPOINT_URL", &reach.endpoint),
        ("AWS_ACCESS_KEY_ID", &reach.key.access_key_id),
        ("AWS_SECRET_ACCESS_KEY", &reach.key.secret_access_key),
        ("AWS_REGION", &reach.region),
        ("AWS_DEFAULT_REGION", &reach.region),
    ];
    if arguments.json {
        let object: serde_json::Map<_, _> =
            variables.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        return say(serde_json::Value::Object(object));
    }
    for (name, value) in variables {
        say(format_args!("export {name}={}", quoted(value)))?;
    }
    // Both would win over the key above, or be sent along with it.
    say("unset AWS_PROFILE AWS_SESSION_TOKEN")
}

/// As one word of a POSIX shell.
fn quoted(value: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./:".contains(&byte);
    if value.bytes().all(plain) { value.to_owned() } else { format!("'{}'", value.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn values_are_one_word() {
        assert_eq!(super::quoted("http://127.0.0.1:4566"), "http://127.0.0.1:4566");
        assert_eq!(super::quoted("it's $HOME"), "'it'\\''s $HOME'");
    }
}
