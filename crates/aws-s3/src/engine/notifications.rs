//! Which events of a bucket go where: rules, what they match, and which may not stand beside each other.

use serde::{Deserialize, Serialize};

/// Every event that a rule may name. Source: the service model of `s3`, shape `Event`.
const EVENTS: [&str; 31] = [
    "s3:ReducedRedundancyLostObject",
    "s3:ObjectCreated:*",
    "s3:ObjectCreated:Put",
    "s3:ObjectCreated:Post",
    "s3:ObjectCreated:Copy",
    "s3:ObjectCreated:CompleteMultipartUpload",
    "s3:ObjectRemoved:*",
    "s3:ObjectRemoved:Delete",
    "s3:ObjectRemoved:DeleteMarkerCreated",
    "s3:ObjectRestore:*",
    "s3:ObjectRestore:Post",
    "s3:ObjectRestore:Completed",
    "s3:ObjectRestore:Delete",
    "s3:Replication:*",
    "s3:Replication:OperationFailedReplication",
    "s3:Replication:OperationNotTracked",
    "s3:Replication:OperationMissedThreshold",
    "s3:Replication:OperationReplicatedAfterThreshold",
    "s3:LifecycleTransition",
    "s3:IntelligentTiering",
    "s3:ObjectAcl:Put",
    "s3:LifecycleExpiration:*",
    "s3:LifecycleExpiration:Delete",
    "s3:LifecycleExpiration:DeleteMarkerCreated",
    "s3:ObjectTagging:*",
    "s3:ObjectTagging:Put",
    "s3:ObjectTagging:Delete",
    "s3:ObjectAnnotation:*",
    "s3:ObjectAnnotation:Put",
    "s3:ObjectAnnotation:Delete",
    "s3:ObjectRetention:Put",
];

pub fn is_event(name: &str) -> bool {
    EVENTS.contains(&name)
}

/// The rules of a bucket, as they are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationRules {
    // The name of when there were functions only.
    #[serde(default, alias = "functions")]
    pub rules: Vec<Rule>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    pub id: String,
    /// The ARN of a function, with qualifier if one was given, of a queue or of a topic.
    #[serde(alias = "function")]
    pub target: String,
    /// As in `s3:ObjectCreated:*`.
    pub events: Vec<String>,
    #[serde(default)]
    pub filters: Vec<FilterRule>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilterRule {
    pub name: FilterName,
    pub value: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FilterName {
    Prefix,
    Suffix,
}

/// What a rule's events go to, and how its configuration is spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TargetKind {
    /// The service part of its ARNs.
    pub service: &'static str,
    /// The element of a configuration, and in that the one of the target.
    pub configuration: &'static str,
    pub element: &'static str,
}

/// In the order in which AWS answers them.
pub const TARGET_KINDS: [TargetKind; 3] = [
    TargetKind { service: "sns", configuration: "TopicConfiguration", element: "Topic" },
    TargetKind { service: "sqs", configuration: "QueueConfiguration", element: "Queue" },
    TargetKind { service: "lambda", configuration: "CloudFunctionConfiguration", element: "CloudFunction" },
];

impl Rule {
    fn filter(&self, name: FilterName) -> &str {
        self.filters.iter().find(|rule| rule.name == name).map_or("", |rule| &rule.value)
    }

    /// Whether an event, as in `ObjectCreated:Put`, of this key is for the target.
    pub fn wants(&self, event: &str, key: &str) -> bool {
        key.starts_with(self.filter(FilterName::Prefix))
            && key.ends_with(self.filter(FilterName::Suffix))
            && self.events.iter().any(|pattern| covers(pattern, event))
    }

    fn overlaps(&self, other: &Self) -> bool {
        let events = self.events.iter().any(|event| other.events.iter().any(|with| meet(event, with)));
        let (prefix, suffix) = (FilterName::Prefix, FilterName::Suffix);
        let nested = |one: &str, two: &str| one.starts_with(two) || two.starts_with(one);
        let nested_ends = |one: &str, two: &str| one.ends_with(two) || two.ends_with(one);
        events
            && nested(self.filter(prefix), other.filter(prefix))
            && nested_ends(self.filter(suffix), other.filter(suffix))
    }
}

/// Whether a pattern, as in `s3:ObjectCreated:*`, covers an event without `s3:`.
fn covers(pattern: &str, event: &str) -> bool {
    let pattern = pattern.strip_prefix("s3:").unwrap_or(pattern);
    match pattern.strip_suffix('*') {
        Some(start) => event.starts_with(start),
        None => pattern == event,
    }
}

fn meet(one: &str, two: &str) -> bool {
    let bare = |event: &str| event.strip_prefix("s3:").unwrap_or(event).to_owned();
    covers(one, &bare(two)) || covers(two, &bare(one))
}

/// Whether two rules could both want one event: AWS refuses such a configuration.
pub fn overlapping(rules: &[Rule]) -> bool {
    rules.iter().enumerate().any(|(place, rule)| rules[place + 1..].iter().any(|other| rule.overlaps(other)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `events prefix suffix`, `-` for none.
    fn rule(text: &str) -> Rule {
        let mut words = text.split(' ');
        let mut next = || words.next().unwrap().replace('-', "");
        let events = next().split(',').map(str::to_owned).collect();
        let filters = [(FilterName::Prefix, next()), (FilterName::Suffix, next())];
        let filters = filters.into_iter().map(|(name, value)| FilterRule { name, value }).collect();
        Rule { id: String::new(), target: String::new(), events, filters }
    }

    #[test]
    fn a_rule_wants_its_events_and_keys() {
        for (text, event, key, wanted) in [
            ("s3:ObjectCreated:* - -", "ObjectCreated:Put", "a", true),
            ("s3:ObjectCreated:* - -", "ObjectRemoved:Delete", "a", false),
            ("s3:ObjectCreated:Put - -", "ObjectCreated:Copy", "a", false),
            ("s3:ObjectCreated:Put in/ .jpg", "ObjectCreated:Put", "in/a.jpg", true),
            ("s3:ObjectCreated:Put in/ .jpg", "ObjectCreated:Put", "in/a.png", false),
            ("s3:ObjectCreated:Put in/ .jpg", "ObjectCreated:Put", "out/a.jpg", false),
        ] {
            assert_eq!(rule(text).wants(event, key), wanted, "{text} {event} {key}");
        }
    }

    #[test]
    fn rules_that_could_both_want_an_event_overlap() {
        for (one, two, expected) in [
            ("s3:ObjectCreated:* - -", "s3:ObjectCreated:Put - -", true),
            ("s3:ObjectCreated:Put - -", "s3:ObjectCreated:Copy - -", false),
            ("s3:ObjectCreated:* a/ -", "s3:ObjectCreated:* a/b -", true),
            ("s3:ObjectCreated:* a/ -", "s3:ObjectCreated:* b/ -", false),
            ("s3:ObjectCreated:* a/ .jpg", "s3:ObjectCreated:* - .png", false),
            ("s3:ObjectCreated:* a/ -", "s3:ObjectCreated:* - .png", true),
        ] {
            assert_eq!(overlapping(&[rule(one), rule(two)]), expected, "{one} | {two}");
        }
    }
}
