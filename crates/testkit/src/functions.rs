//! Functions that do nothing but count the calls of their process, in each kind of runtime.

use std::io::{Cursor, Write};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::client::{Account, Failed};
use crate::platform::beside;

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}}"#;

const PYTHON: &str =
    "calls = 0\ndef handler(event, context):\n    global calls\n    calls += 1\n    return calls\n";

const NODE: &str = "let calls = 0;\nexports.handler = async () => ++calls;\n";

/// In MB. AWS: with this a function has one whole processor; with less, its share of one is what would be measured.
const MEMORY: u32 = 1_769;

/// One that does nothing.
pub struct Kind {
    pub name: &'static str,
    runtime: &'static str,
    handler: &'static str,
    file: &'static str,
    code: Vec<u8>,
}

/// Python, Node.js, and a native program.
pub fn kinds() -> Result<[Kind; 3], Failed> {
    let native = std::fs::read(beside("bench-function")?)?;
    let kind = |name, runtime, handler, file, code| Kind { name, runtime, handler, file, code };
    Ok([
        kind("python", "python3.11", "app.handler", "app.py", PYTHON.into()),
        kind("node", "nodejs20.x", "app.handler", "app.js", NODE.into()),
        kind("native", "provided.al2023", "bootstrap", "bootstrap", native),
    ])
}

pub fn path_of(name: &str) -> String {
    format!("/2015-03-31/functions/{name}")
}

impl Kind {
    fn zipped(&self) -> Result<String, Failed> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file(self.file, SimpleFileOptions::default().unix_permissions(0o755))?;
        zip.write_all(&self.code)?;
        Ok(STANDARD.encode(zip.finish()?.into_inner()))
    }

    /// The input that makes a function of this kind.
    pub fn input(&self, name: &str) -> Result<Value, Failed> {
        Ok(json!({
            "FunctionName": name, "Runtime": self.runtime, "Handler": self.handler, "MemorySize": MEMORY, "Timeout": 10,
            "Role": "arn:aws:iam::000000000000:role/bench", "Code": { "ZipFile": self.zipped()? },
        }))
    }
}

/// The role that all functions have.
pub async fn make_role(account: &Account) -> Result<(), Failed> {
    let trust = wire::encoded(TRUST);
    let form =
        format!("Action=CreateRole&Version=2010-05-08&RoleName=bench&AssumeRolePolicyDocument={trust}");
    account.call("iam", Method::POST, "/", form).await.map(drop)
}

/// Makes a function and waits until it can be called.
pub async fn make(account: &Account, input: &Value) -> Result<(), Failed> {
    account.json(Method::POST, "/2015-03-31/functions", input).await?;
    usable(account, input["FunctionName"].as_str().unwrap_or_default()).await
}

/// Makes the next call a cold one: no instance outlives a change of its configuration.
pub async fn change(account: &Account, name: &str, turn: usize) -> Result<(), Failed> {
    let path = format!("{}/configuration", path_of(name));
    let input = json!({ "Environment": { "Variables": { "TURN": turn.to_string() } } });
    account.json(Method::PUT, &path, &input).await?;
    usable(account, name).await
}

async fn usable(account: &Account, name: &str) -> Result<(), Failed> {
    for _ in 0..1_000 {
        let path = format!("{}/configuration", path_of(name));
        let found = account.json(Method::GET, &path, &Value::Null).await?;
        if found["State"] == "Active" && found["LastUpdateStatus"] == "Successful" {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Err(format!("{name} does not become active").into())
}
