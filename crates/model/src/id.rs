//! Random identifiers, each a version 7 UUID in its canonical lower-case spelling.
//!
//! Version 7 begins with the time: what is kept by id lies in the order in which it came, so that the rows of one shared
//! commit lie side by side and not each on a page of its own.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Uuid);

        impl $name {
            /// One that no other call gives, later in order than those that this process gave before.
            pub fn random() -> Self {
                Self(Uuid::now_v7())
            }

            /// The id with these 16 bytes as its value, for tests and simulations that bring their own dice.
            pub fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(uuid::Builder::from_random_bytes(bytes).into_uuid())
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::try_parse(text).map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = uuid::Error;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0.hyphenated(), formatter)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, formatter)
            }
        }
    };
}

identifier! {
    /// Names one request to the platform; every answer carries it.
    RequestId
}
identifier! {
    /// Names one run of a function: what Lambda calls the request id of an invocation.
    InvocationId
}
identifier! {
    /// Names one thing that happened and was accepted for delivery.
    EventId
}

impl From<RequestId> for InvocationId {
    // AWS: a synchronous call's invocation has the request id of the call that asked for it.
    fn from(request: RequestId) -> Self {
        Self(request.0)
    }
}

impl From<EventId> for InvocationId {
    // AWS: every attempt of an asynchronous call runs under the request id that the caller was given.
    fn from(event: EventId) -> Self {
        Self(event.0)
    }
}

impl From<RequestId> for EventId {
    fn from(request: RequestId) -> Self {
        Self(request.0)
    }
}
