//! The ways to name a function: its name, a partial or a full ARN, each with a qualifier behind it or beside it.

use model::{AccountId, Arn, Fault, Region};
use registry::{FunctionKey, VersionId};
use service::Call;

use crate::constraints::{Constraints, is_of};
use crate::{faults, limits};

/// The qualifier of the unpublished version.
pub const LATEST: &str = "$LATEST";

// As the API's model has them: callers are told these.
const NAME_PATTERN: &str = r"(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?";
const QUALIFIER_PATTERN: &str = r"(|[a-zA-Z0-9$_-]+)";

/// The function that a caller means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub key: FunctionKey,
    pub qualifier: Option<String>,
}

impl Named {
    /// Reads `FunctionName` and `Qualifier` as members of a call. Fails when one is malformed, when they contradict each
    /// other, and when the function is of another region.
    pub fn read(call: &Call, name: &str, qualifier: Option<&str>) -> Result<Self, Fault> {
        Self::resolve(&call.caller.account, &call.region, name, qualifier)
    }

    fn resolve(
        account: &AccountId,
        region: &Region,
        name: &str,
        qualifier: Option<&str>,
    ) -> Result<Self, Fault> {
        let mut constraints = Constraints::default();
        check(&mut constraints, name);
        constraints.length("qualifier", qualifier, limits::QUALIFIER_CHARS);
        constraints.pattern("qualifier", qualifier, QUALIFIER_PATTERN, |text| is_of(text, "$_-"));
        constraints.end()?;
        let Some(parts) = Parts::of(name) else { return Err(faults::validation("No function is named.")) };
        if let Some(asked) = parts.region.filter(|asked| *asked != region.as_str()) {
            return Err(faults::other_region(asked, region.as_str()));
        }
        let qualifier = match (parts.qualifier, qualifier) {
            (Some(derived), Some(given)) if derived != given => return Err(faults::qualifiers_differ()),
            (derived, given) => derived.or(given).map(str::to_owned),
        };
        let owner = parts.account.and_then(|account| account.parse().ok());
        let account = owner.unwrap_or_else(|| account.clone());
        Ok(Self {
            key: FunctionKey { account, region: region.clone(), name: parts.name.to_owned() },
            qualifier,
        })
    }

    /// The function of an ARN; `None` when it is no function's.
    pub fn of_arn(arn: &Arn) -> Option<Self> {
        let parts = Parts::of_resource(&arn.resource)?;
        let account = arn.account.parse().ok()?;
        let key = FunctionKey { account, region: Region::new(&arn.region), name: parts.name.to_owned() };
        (arn.service == "lambda").then(|| Self { key, qualifier: parts.qualifier.map(str::to_owned) })
    }

    /// The ARN with the qualifier that was asked for.
    pub fn arn(&self) -> Arn {
        let mut arn = self.key.arn();
        if let Some(qualifier) = &self.qualifier {
            arn.resource = format!("{}:{qualifier}", arn.resource);
        }
        arn
    }

    /// What the qualifier names; without one it is the unpublished version.
    pub fn qualified(&self) -> Qualified<'_> {
        let Some(text) = self.qualifier.as_deref() else { return Qualified::Version(VersionId::Latest) };
        match text.parse::<VersionId>().ok().filter(|id| id.to_string() == text) {
            Some(id) => Qualified::Version(id),
            None => Qualified::Alias(text),
        }
    }

    /// Whether this is the unpublished version.
    pub fn is_latest(&self) -> bool {
        self.qualified() == Qualified::Version(VersionId::Latest)
    }

    /// The qualifier that a resource policy is of. AWS: `$LATEST` has none of its own.
    pub fn policed(&self) -> Option<&str> {
        self.qualifier.as_deref().filter(|_| !self.is_latest())
    }
}

/// What a qualifier names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Qualified<'a> {
    Version(VersionId),
    Alias(&'a str),
}

/// The constraints of `FunctionName`.
pub fn check(constraints: &mut Constraints, name: &str) {
    let member = "functionName";
    constraints.length(member, Some(name), limits::FUNCTION_NAME_CHARS);
    constraints.pattern(member, Some(name), NAME_PATTERN, |name| Parts::of(name).is_some());
    if let Some(parts) = Parts::of(name) {
        constraints.length(member, Some(parts.name), 1..=limits::NAME_CHARS);
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Parts<'a> {
    region: Option<&'a str>,
    account: Option<&'a str>,
    name: &'a str,
    qualifier: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Option<Self> {
        if let Some(arn) = text.strip_prefix("arn:") {
            let mut parts = arn.splitn(5, ':');
            let (partition, service, region) = (parts.next()?, parts.next()?, parts.next()?);
            let account = parts.next().filter(|account| is_account(account))?;
            let named = Self::of_resource(parts.next()?)?;
            let is_function = partition.starts_with("aws") && service == "lambda" && !region.is_empty();
            return is_function.then_some(Self { region: Some(region), account: Some(account), ..named });
        }
        match text.split_once(':') {
            Some((account, rest)) if is_account(account) => {
                let named = Self::of_resource(rest).or_else(|| Self::of_rest(rest))?;
                Some(Self { account: Some(account), ..named })
            }
            _ => Self::of_resource(text).or_else(|| Self::of_rest(text)),
        }
    }

    /// `function:name` and perhaps a qualifier.
    fn of_resource(text: &'a str) -> Option<Self> {
        Self::of_rest(text.strip_prefix("function:")?)
    }

    fn of_rest(text: &'a str) -> Option<Self> {
        let (name, qualifier) = match text.split_once(':') {
            Some((name, qualifier)) => (name, Some(qualifier)),
            None => (text, None),
        };
        let word = |text: &str| !text.is_empty() && is_of(text, "-_");
        let valid = word(name) && qualifier.is_none_or(|qualifier| qualifier == LATEST || word(qualifier));
        valid.then_some(Self { region: None, account: None, name, qualifier })
    }
}

fn is_account(text: &str) -> bool {
    text.parse::<AccountId>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(name: &str, qualifier: Option<&str>) -> String {
        let (account, region) = (AccountId::default_account(), Region::default());
        match Named::resolve(&account, &region, name, qualifier) {
            Ok(named) => named.arn().to_string().replace("arn:aws:lambda:us-east-1:", ""),
            Err(fault) => fault.code.to_string(),
        }
    }

    #[test]
    fn every_form_names_a_function() {
        let full = "arn:aws:lambda:us-east-1:123456789012:function:f";
        for (name, qualifier, expected) in [
            ("f", None, "000000000000:function:f"),
            ("f:$LATEST", None, "000000000000:function:f:$LATEST"),
            ("f", Some("PROD"), "000000000000:function:f:PROD"),
            ("f:1", Some("1"), "000000000000:function:f:1"),
            ("function:f", None, "000000000000:function:f"),
            ("function", None, "000000000000:function:function"),
            ("123456789012:function:f", None, "123456789012:function:f"),
            ("123456789012:function:f:2", None, "123456789012:function:f:2"),
            (full, None, "123456789012:function:f"),
            (full, Some("$LATEST"), "123456789012:function:f:$LATEST"),
            (&format!("{full}:PROD"), Some("PROD"), "123456789012:function:f:PROD"),
        ] {
            assert_eq!(resolved(name, qualifier), expected, "{name} {qualifier:?}");
        }
    }

    #[test]
    fn what_names_none_is_refused() {
        let (long, longer) = ("a".repeat(65), "a".repeat(141));
        for (name, qualifier, expected) in [
            ("", None, "ValidationException"),
            ("a b", None, "ValidationException"),
            ("f:", None, "ValidationException"),
            ("f:a:b", None, "ValidationException"),
            ("f", Some(""), "ValidationException"),
            ("f", Some("a.b"), "ValidationException"),
            (&long, None, "ValidationException"),
            (&longer, None, "ValidationException"),
            ("arn:aws:s3:us-east-1:123456789012:function:f", None, "ValidationException"),
            ("arn:aws:lambda:us-east-1:123456789012:layer:f", None, "ValidationException"),
            ("arn:aws:lambda:eu-west-1:123456789012:function:f", None, "ResourceNotFoundException"),
            ("f:1", Some("2"), "InvalidParameterValueException"),
        ] {
            assert_eq!(resolved(name, qualifier), expected, "{name} {qualifier:?}");
        }
    }
}
