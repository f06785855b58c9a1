//! An alias: a name for a version, or for two that share its calls.

use serde::{Deserialize, Serialize};

use crate::VersionId;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alias {
    pub version: VersionId,
    pub description: String,
    pub split: Option<Split>,
    /// Changes with every change of the alias.
    pub revision_id: String,
}

/// A second version, which gets a part of an alias's calls.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Split {
    pub version: u64,
    /// In `0.0..=1.0`.
    pub weight: f64,
}

impl Alias {
    /// The version of a call, by a roll in `0.0..1.0`.
    pub fn pick(&self, roll: f64) -> VersionId {
        match self.split {
            Some(split) if roll < split.weight => VersionId::Published(split.version),
            _ => self.version,
        }
    }

    /// Whether calls may come to this version.
    pub fn leads_to(&self, version: VersionId) -> bool {
        self.version == version
            || self.split.is_some_and(|split| VersionId::Published(split.version) == version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rolls_fall_on_versions_by_weight() {
        for (weight, roll, expected) in [
            (None, 0.0, "1"),
            (Some(0.0), 0.0, "1"),
            (Some(0.25), 0.0, "2"),
            (Some(0.25), 0.249, "2"),
            (Some(0.25), 0.25, "1"),
            (Some(0.25), 0.999, "1"),
            (Some(1.0), 0.999, "2"),
        ] {
            let alias = Alias {
                version: VersionId::Published(1),
                description: String::new(),
                split: weight.map(|weight| Split { version: 2, weight }),
                revision_id: String::new(),
            };
            assert_eq!(alias.pick(roll).to_string(), expected, "{weight:?} {roll}");
            let second = VersionId::Published(2);
            assert_eq!((alias.leads_to(alias.version), alias.leads_to(second)), (true, weight.is_some()));
        }
    }
}
