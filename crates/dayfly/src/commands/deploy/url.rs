//! A function URL that anybody may call.

use http::Method;
use serde_json::{Value, json};

use super::function;
use crate::client::Client;
use crate::failed::Failed;

/// Makes it where there is none, and lets everybody in. Gives the URL.
pub async fn ensure(client: &Client, name: &str, changes: &mut Vec<String>) -> Result<String, Failed> {
    let target = format!("/2021-10-31/functions/{}/url", wire::encoded(name));
    let config = match client.rest("lambda", Method::GET, &target, None).await {
        Ok(config) => config,
        Err(error) if error.is(&["ResourceNotFoundException"]) => {
            changes.push("made a URL that anybody may call".to_owned());
            client.rest("lambda", Method::POST, &target, Some(&json!({ "AuthType": "NONE" }))).await?
        }
        Err(error) => return Err(error.into()),
    };
    let policy = format!("{}/policy", function::path(name));
    for permission in permissions() {
        match client.rest("lambda", Method::POST, &policy, Some(&permission)).await {
            Err(error) if !error.is(&["ResourceConflictException"]) => return Err(error.into()),
            _ => {}
        }
    }
    Ok(config["FunctionUrl"].as_str().unwrap_or_default().to_owned())
}

/// AWS: since October 2025 both are asked for.
fn permissions() -> [Value; 2] {
    [
        json!({
            "StatementId": "dayfly-url", "Action": "lambda:InvokeFunctionUrl", "Principal": "*",
            "FunctionUrlAuthType": "NONE",
        }),
        json!({
            "StatementId": "dayfly-url-calls", "Action": "lambda:InvokeFunction", "Principal": "*",
            "InvokedViaFunctionUrl": true,
        }),
    ]
}
