//! One version of a function: what its owner said it should be, and how far it is.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use model::{Arn, Time};
use serde::{Deserialize, Serialize};
use store::Record;

use crate::{Code, FunctionKey, UsedLayer};

/// `$LATEST`, or the number of a published version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum VersionId {
    Latest,
    Published(u64),
}

impl fmt::Display for VersionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latest => formatter.write_str("$LATEST"),
            Self::Published(number) => number.fmt(formatter),
        }
    }
}

/// The text is neither `$LATEST` nor a number.
#[derive(Debug)]
pub struct NoVersion;

impl fmt::Display for NoVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("neither $LATEST nor the number of a version")
    }
}

impl FromStr for VersionId {
    type Err = NoVersion;

    fn from_str(text: &str) -> Result<Self, NoVersion> {
        if text == "$LATEST" {
            return Ok(Self::Latest);
        }
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|_| digits).map(Self::Published).ok_or(NoVersion)
    }
}

impl TryFrom<String> for VersionId {
    type Error = NoVersion;

    fn try_from(text: String) -> Result<Self, NoVersion> {
        text.parse()
    }
}

impl From<VersionId> for String {
    fn from(id: VersionId) -> Self {
        id.to_string()
    }
}

/// A version of a function. A published one does not change but in its state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Version {
    pub key: FunctionKey,
    pub id: VersionId,
    pub configuration: Configuration,
    pub code: Code,
    pub packaging: Packaging,
    /// Changes with every change of code or configuration; guards concurrent updates.
    pub revision_id: String,
    pub last_modified: Time,
    pub state: State,
    pub last_update: LastUpdate,
}

impl Record for Version {
    const VERSION: u32 = 1;
}

impl Version {
    /// Whether its instances are to go on from a snapshot of after its init.
    pub fn has_snapshot(&self) -> bool {
        self.id != VersionId::Latest && self.configuration.snap_start == SnapStart::PublishedVersions
    }

    /// All code that it uses, each once: its own, then that of its layers.
    pub fn codes(&self) -> Vec<Code> {
        let mut all = vec![self.code];
        for layer in &self.configuration.layers {
            if !all.contains(&layer.code) {
                all.push(layer.code);
            }
        }
        all
    }

    /// The function's ARN with this version as its qualifier.
    pub fn arn(&self) -> Arn {
        let mut arn = self.key.arn();
        arn.resource = format!("{}:{}", arn.resource, self.id);
        arn
    }
}

/// What is set by CreateFunction and UpdateFunctionConfiguration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Configuration {
    pub runtime: String,
    pub handler: String,
    pub role: Arn,
    pub description: String,
    pub timeout_seconds: u32,
    pub memory_mib: u32,
    pub tmp_mib: u32,
    /// `None` where there are no variables.
    pub environment: Option<BTreeMap<String, String>>,
    pub architecture: Architecture,
    pub tracing: Tracing,
    pub logging: Logging,
    #[serde(default)]
    pub snap_start: SnapStart,
    /// A queue or topic for the events that all tries failed of.
    #[serde(default)]
    pub dead_letter: Option<Arn>,
    /// Laid over each other in this order, the last on top.
    #[serde(default)]
    pub layers: Vec<UsedLayer>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Packaging {
    Zip,
}

/// The processor that the code is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Architecture {
    X86,
    Arm,
}

impl Architecture {
    /// The one that this machine has. Whatever is not ARM is taken to be x86.
    pub fn of_host() -> Self {
        if cfg!(target_arch = "aarch64") { Self::Arm } else { Self::X86 }
    }

    /// As Lambda names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::X86 => "x86_64",
            Self::Arm => "arm64",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tracing {
    PassThrough,
    Active,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logging {
    pub format: LogFormat,
    pub group: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LogFormat {
    Text,
}

/// Whether the init of published versions runs once, when they are published, for all their instances.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SnapStart {
    #[default]
    Off,
    PublishedVersions,
}

/// How far a function is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// Its package is being unpacked.
    Pending,
    /// `note` says what its owner should know, such as another runtime version that stands in.
    Active {
        note: Option<String>,
    },
    Failed {
        code: String,
        reason: String,
    },
}

/// How far the latest change of a function is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LastUpdate {
    Successful,
    InProgress,
    Failed { code: String, reason: String },
}
