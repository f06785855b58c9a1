//! Functions that do nothing but count the calls of their process, in each kind of runtime.

use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
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

const HEAVY_PYTHON: &str = "import boto3, numpy, time\nfrom PIL import Image\ncalls = 0\ndef handler(event, context):\n    \
    global calls\n    calls += 1\n    began = time.time()\n    time.sleep(event.get('sleep', 0))\n    \
    return [calls, began] if 'sleep' in event else calls\n";

const HEAVY_NODE: &str = "const { S3Client } = require('@aws-sdk/client-s3');\nlet calls = 0;\nexports.handler = async () => ++calls;\n";

const NODE: &str = "let calls = 0;\nexports.handler = async () => ++calls;\n";

const PYTHON_RUNTIME: &str = "python3.11";
const NODE_RUNTIME: &str = "nodejs20.x";
const HANDLER: &str = "app.handler";

/// In MB. AWS: with this a function has one whole processor; with less, its share of one is what would be measured.
pub const MEMORY: u32 = 1_769;

/// One that does nothing, or loads much first.
pub struct Kind {
    pub name: &'static str,
    runtime: &'static str,
    handler: &'static str,
    zip: Vec<u8>,
}

/// Python, Node.js, and a native program.
pub fn kinds() -> Result<[Kind; 3], Failed> {
    let native = std::fs::read(beside("bench-function")?)?;
    Ok([
        Kind { name: "python", runtime: PYTHON_RUNTIME, handler: HANDLER, zip: zipped("app.py", PYTHON)? },
        Kind { name: "node", runtime: NODE_RUNTIME, handler: HANDLER, zip: zipped("app.js", NODE)? },
        Kind {
            name: "native",
            runtime: "provided.al2023",
            handler: "bootstrap",
            zip: zipped("bootstrap", native)?,
        },
    ])
}

/// Python that answers with what it was called with.
pub fn echo() -> Result<Kind, Failed> {
    let code = "def handler(event, context):\n    return event\n";
    Ok(Kind { name: "echo", runtime: PYTHON_RUNTIME, handler: HANDLER, zip: zipped("app.py", code)? })
}

/// Those that load what many real ones do, with their packages: numpy, Pillow and boto3, and the SDK's S3 client. What
/// the registries do not give now is left out, and said.
pub fn heavy() -> Result<Vec<Kind>, Failed> {
    let mut found = Vec::new();
    let python = python_packages()
        .map(|folder| (folder, "app.py", HEAVY_PYTHON, "python, numpy + Pillow + boto3", PYTHON_RUNTIME));
    let node = packages(
        "node",
        "npm",
        &["install", "--silent", "--no-audit", "--prefix", ".", "@aws-sdk/client-s3"],
    )
    .map(|folder| (folder, "app.js", HEAVY_NODE, "node, the SDK's S3 client", NODE_RUNTIME));
    for kind in [python, node] {
        match kind {
            Ok((folder, file, code, name, runtime)) => {
                std::fs::write(folder.join(file), code)?;
                found.push(Kind { name, runtime, handler: HANDLER, zip: folder_zipped(&folder)? });
            }
            Err(error) => eprintln!("left out: {error}"),
        }
    }
    Ok(found)
}

/// Where numpy, Pillow and boto3 are.
pub fn python_packages() -> Result<PathBuf, Failed> {
    let install = ["-m", "pip", "install", "-q", "--target", ".", "numpy", "pillow", "boto3"];
    packages("python", "python3", &install)
}

/// A virtual environment with a program that comes as a Python package.
pub fn python_program(name: &str) -> Result<PathBuf, Failed> {
    let install = format!("python3 -m venv . && bin/pip install -q --disable-pip-version-check {name}");
    packages(name, "sh", &["-c", &install])
}

/// A folder beside this program with what a package manager puts there, made once.
fn packages(name: &str, program: &str, arguments: &[&str]) -> Result<PathBuf, Failed> {
    let folder = std::env::current_exe()?.with_file_name("bench-packages").join(name);
    let done = folder.with_extension("done");
    if !done.exists() {
        std::fs::create_dir_all(&folder)?;
        let status = Command::new(program).args(arguments).current_dir(&folder).status()?;
        if !status.success() {
            return Err(format!("{program} does not install packages: {status}").into());
        }
        std::fs::write(done, "")?;
    }
    Ok(folder)
}

fn zipped(file: &str, code: impl AsRef<[u8]>) -> Result<Vec<u8>, Failed> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file(file, SimpleFileOptions::default().unix_permissions(0o755))?;
    zip.write_all(code.as_ref())?;
    Ok(zip.finish()?.into_inner())
}

fn folder_zipped(folder: &Path) -> Result<Vec<u8>, Failed> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let mut look = vec![folder.to_owned()];
    while let Some(inner) = look.pop() {
        for entry in std::fs::read_dir(inner)? {
            let path = entry?.path();
            if path.is_dir() {
                look.push(path);
            } else if path.is_file() {
                let name = path.strip_prefix(folder)?.to_str().ok_or("a name that is not text")?;
                zip.start_file(name, SimpleFileOptions::default().unix_permissions(0o755))?;
                zip.write_all(&std::fs::read(&path)?)?;
            }
        }
    }
    Ok(zip.finish()?.into_inner())
}

pub fn path_of(name: &str) -> String {
    format!("/2015-03-31/functions/{name}")
}

impl Kind {
    /// The input that makes a function of this kind.
    pub fn input(&self, name: &str) -> Value {
        self.made_of(name, &json!({ "ZipFile": STANDARD.encode(&self.zip) }))
    }

    /// The same by way of a bucket, as a large package comes.
    pub async fn stored_input(&self, account: &Account, name: &str) -> Result<Value, Failed> {
        account.call("s3", Method::PUT, "/code", "").await?;
        account.call("s3", Method::PUT, &format!("/code/{name}"), self.zip.clone()).await?;
        Ok(self.made_of(name, &json!({ "S3Bucket": "code", "S3Key": name })))
    }

    fn made_of(&self, name: &str, code: &Value) -> Value {
        json!({
            "FunctionName": name, "Runtime": self.runtime, "Handler": self.handler, "MemorySize": MEMORY, "Timeout": 60,
            "Role": "arn:aws:iam::000000000000:role/bench", "Code": code,
        })
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

/// Changes its configuration; no instance outlives that.
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
