//! Where policies find what they ask of a request: by names in lower case.

use std::borrow::Cow;

/// Values of policy variables.
pub trait Variables {
    /// `None` when there is no one text for this name.
    fn value(&self, name: &str) -> Option<Cow<'_, str>>;
}

/// Values of condition keys.
pub trait ConditionKeys: Variables {
    /// None for a key that is absent, several for some.
    fn values(&self, name: &str) -> Vec<Cow<'_, str>>;
}
