//! What can go wrong, in two types: `Fault` is what a caller is told, `Internal` is for the log.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// An answer that refuses: the error code of the AWS API, its HTTP status, and a sentence for the caller.
/// Each service declares its faults in its `faults.rs`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub code: Cow<'static, str>,
    /// The HTTP status; 400 to 499 is the caller's doing, 500 and above is ours.
    pub status: u16,
    pub message: String,
    /// Further members of the error's shape, such as `Reason` or `BucketName`, in the order they are spelled.
    pub members: Vec<(Cow<'static, str>, String)>,
    /// Further headers of the answer, such as `Retry-After`.
    pub headers: Vec<(Cow<'static, str>, String)>,
}

impl Fault {
    pub fn new(code: impl Into<Cow<'static, str>>, status: u16, message: impl Into<String>) -> Self {
        Self { code: code.into(), status, message: message.into(), members: Vec::new(), headers: Vec::new() }
    }

    #[must_use]
    pub fn member(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.members.push((name.into(), value.into()));
        self
    }

    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// What is not built says so by name, and is never silently accepted.
    pub fn not_implemented(operation: &str) -> Self {
        Self::new("NotImplemented", 501, format!("Dayfly does not implement {operation}."))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Fault {}

/// Something broke on our side: a constant phrase of what was being done, and the error that stopped it.
/// A caller is only told that it was an internal error; this goes to the log, once.
#[derive(Debug, Clone)]
pub struct Internal {
    doing: Cow<'static, str>,
    cause: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl Internal {
    pub fn new(doing: impl Into<Cow<'static, str>>) -> Self {
        Self { doing: doing.into(), cause: None }
    }

    /// For `map_err(Internal::because("reading the index"))`.
    pub fn because<E>(doing: &'static str) -> impl FnOnce(E) -> Self
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        move |cause| Self { doing: doing.into(), cause: Some(Arc::from(cause.into())) }
    }
}

impl fmt::Display for Internal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            Some(cause) => write!(formatter, "{}: {cause}", self.doing),
            None => formatter.write_str(&self.doing),
        }
    }
}

impl std::error::Error for Internal {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as &(dyn std::error::Error + 'static))
    }
}

/// How an operation ends when it does not succeed: the caller is told a fault, or something broke.
#[derive(Debug, Clone)]
pub enum Failure {
    Fault(Fault),
    Internal(Internal),
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Internal> for Failure {
    fn from(internal: Internal) -> Self {
        Self::Internal(internal)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fault(fault) => fault.fmt(formatter),
            Self::Internal(internal) => internal.fmt(formatter),
        }
    }
}

impl std::error::Error for Failure {}
