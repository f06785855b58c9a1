//! Amazon Resource Names: `arn:partition:service:region:account:resource`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An ARN taken apart. Any part but the service and the resource may be empty, as in `arn:aws:s3:::bucket`.
/// Source: AWS General Reference, "Amazon Resource Names (ARNs)".
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Arn {
    pub partition: String,
    pub service: String,
    pub region: String,
    pub account: String,
    pub resource: String,
}

impl Arn {
    /// An ARN in the partition `aws`.
    pub fn new(service: &str, region: &str, account: &str, resource: impl Into<String>) -> Self {
        Self {
            partition: "aws".to_owned(),
            service: service.to_owned(),
            region: region.to_owned(),
            account: account.to_owned(),
            resource: resource.into(),
        }
    }
}

impl FromStr for Arn {
    type Err = InvalidArn;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.splitn(6, ':');
        let mut part = || parts.next().map(str::to_owned);
        let (Some(scheme), Some(partition), Some(service), Some(region), Some(account), Some(resource)) =
            (part(), part(), part(), part(), part(), part())
        else {
            return Err(InvalidArn(text.to_owned()));
        };
        if scheme != "arn" || partition.is_empty() || service.is_empty() || resource.is_empty() {
            return Err(InvalidArn(text.to_owned()));
        }
        Ok(Self { partition, service, region, account, resource })
    }
}

impl TryFrom<String> for Arn {
    type Error = InvalidArn;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Arn> for String {
    fn from(arn: Arn) -> Self {
        arn.to_string()
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { partition, service, region, account, resource } = self;
        write!(formatter, "arn:{partition}:{service}:{region}:{account}:{resource}")
    }
}

impl fmt::Debug for Arn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// The text has no six parts, or no service, or no resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidArn(pub String);

impl fmt::Display for InvalidArn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "not an ARN: {:?}", self.0)
    }
}

impl std::error::Error for InvalidArn {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_survives_the_round_trip() {
        for text in [
            "arn:aws:lambda:us-east-1:000000000000:function:resize:PROD",
            "arn:aws:s3:::photos/2026/a:b.jpg",
            "arn:aws:iam::123456789012:role/service-role/resizer",
        ] {
            assert_eq!(text.parse::<Arn>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_not_an_arn_is_refused() {
        for text in ["", "arn", "arn:aws:s3::", "arn:aws:s3:::", "urn:aws:s3:::b", "arn:aws::::b"] {
            assert!(text.parse::<Arn>().is_err(), "{text}");
        }
    }
}
