//! Tokens: opaque to clients, and the same again where nothing has changed.

use telemetry::Position;

/// A place among events, and the direction in which to go on from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    Forward(Position),
    Backward(Position),
}

impl Token {
    /// `None` when it is no token of ours.
    pub fn read(text: &str) -> Option<Self> {
        let position = |rest: &str| rest.strip_suffix("/s")?.parse().ok();
        match text.split_at_checked(2)? {
            ("f/", rest) => position(rest).map(Self::Forward),
            ("b/", rest) => position(rest).map(Self::Backward),
            _ => None,
        }
    }

    pub fn write(self) -> String {
        match self {
            Self::Forward(position) => format!("f/{position}/s"),
            Self::Backward(position) => format!("b/{position}/s"),
        }
    }
}

/// The token for the page of groups after the one of this name.
pub fn after_group(name: &str) -> String {
    format!("g/{name}")
}

/// The name that `after_group` was given; `None` when it is no token of ours.
pub fn group_before(token: &str) -> Option<&str> {
    token.strip_prefix("g/")
}

/// AWS: still told, in 56 digits, though nothing asks for it any more.
pub fn sequence(arrival: u64) -> String {
    format!("{arrival:056}")
}
