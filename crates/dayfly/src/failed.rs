//! Why a command failed, in a sentence for the person who typed it.

use std::fmt;

/// Why a command ends early.
#[derive(Debug)]
pub enum Failed {
    /// A sentence for the person who typed it.
    Because(String),
    /// Nobody reads on, as after `| head`: there is nothing left to do, and nobody to tell.
    Unread,
}

impl Failed {
    pub fn new(sentence: impl Into<String>) -> Self {
        Self::Because(sentence.into())
    }

    /// For `map_err(Failed::because("reading the file"))`.
    pub fn because<E: fmt::Display>(doing: impl Into<String>) -> impl FnOnce(E) -> Self {
        let doing = doing.into();
        move |error| Self::Because(format!("{doing}: {error}"))
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Because(sentence) => formatter.write_str(sentence),
            Self::Unread => formatter.write_str("nobody reads the output"),
        }
    }
}

impl std::error::Error for Failed {}
