//! `PutBucketNotificationConfiguration`: which events go where, from now on and in the place of all others.

use async_trait::async_trait;
use model::{Arn, Failure, Fault, Internal, Permission};
use service::{Call, Operation};
use store::Transaction;

use crate::engine::{
    FilterName, FilterRule, NotificationRules, Rule, Setting, TARGET_KINDS, TargetKind, is_event, overlapping,
};
use crate::protocol::{Answer, Asked, Exchange, Node, check_document};
use crate::{S3, faults, limits};

pub struct PutBucketNotificationConfiguration;

pub struct Input {
    bucket: String,
    rules: NotificationRules,
    /// Targets need not be there, nor let the bucket send to them.
    unchecked: bool,
}

#[async_trait]
impl Operation for PutBucketNotificationConfiguration {
    type Face = S3;
    type Input = Input;
    type Output = ();

    const NAME: &'static str = "PutBucketNotificationConfiguration";

    async fn permissions(face: &S3, _: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_bucket(&input.bucket, "s3:PutBucketNotification").await?])
    }

    async fn run(face: &S3, call: &Call, input: Input) -> Result<(), Failure> {
        let bucket = face.engine.bucket(&input.bucket).await?;
        let (mut refused, mut told) = (Vec::new(), Vec::new());
        for rule in input.rules.rules.iter().filter(|_| !input.unchecked) {
            let target: Arn = rule.target.parse().map_err(|_| faults::malformed_xml())?;
            if !face.source.may_send(&bucket, &target).await? {
                refused.push(rule.target.as_str());
            } else if target.service != "lambda" && !told.contains(&target) {
                told.push(target);
            }
        }
        if !refused.is_empty() {
            return Err(faults::unable_to_validate(&refused).into());
        }
        let rules = Some(&input.rules).filter(|rules| !rules.rules.is_empty());
        let kept = rules.map(serde_json::to_string).transpose();
        let kept = kept.map_err(Internal::because("writing notification rules"))?;
        let mut all = Transaction::new();
        for target in told {
            all = all.and(face.test_event(call, &bucket, target)?);
        }
        face.engine.set_with(&input.bucket, Setting::Notification, kept, all).await
    }
}

fn not_an_arn(kind: &TargetKind, target: &str) -> Fault {
    faults::invalid_argument("The ARN is not well formed", kind.element, target)
}

impl Exchange for PutBucketNotificationConfiguration {
    fn decode(asked: Asked) -> Result<Input, Fault> {
        check_document(&asked, false)?;
        let document = Node::document(&asked.document, "NotificationConfiguration")?;
        let rules = document.children.iter().map(rule).collect::<Result<Vec<_>, _>>()?;
        if rules.len() > limits::NOTIFICATION_RULES {
            let message = "The number of notification configurations exceeds the limit of 100";
            return Err(faults::invalid_argument(
                message,
                "NotificationConfiguration",
                rules.len().to_string(),
            ));
        }
        check(&rules)?;
        let skip = asked.header("x-amz-skip-destination-validation");
        let unchecked = skip.is_some_and(|skip| skip.eq_ignore_ascii_case("true"));
        Ok(Input { bucket: asked.bucket, rules: NotificationRules { rules }, unchecked })
    }

    fn encode((): ()) -> Answer {
        Answer::new(200)
    }
}

fn check(rules: &[Rule]) -> Result<(), Fault> {
    for (place, rule) in rules.iter().enumerate() {
        if rules[place + 1..].iter().any(|other| other.id == rule.id) {
            let message = "Same ID used for multiple configurations. IDs must be unique";
            return Err(faults::invalid_argument(message, "Id", &rule.id));
        }
    }
    if !overlapping(rules) {
        return Ok(());
    }
    let filtered = rules.iter().any(|rule| !rule.filters.is_empty());
    Err(if filtered { faults::ambiguous_configuration() } else { faults::overlapping_configurations() })
}

fn rule(node: &Node) -> Result<Rule, Fault> {
    if node.name == "EventBridgeConfiguration" {
        return Err(Fault::not_implemented(
            "PutBucketNotificationConfiguration with EventBridgeConfiguration",
        ));
    }
    let kind = TARGET_KINDS.iter().find(|kind| kind.configuration == node.name);
    let kind = kind.ok_or_else(faults::malformed_xml)?;
    node.only(&["Id", kind.element, "Event", "Filter"])?;
    let target = node.required(kind.element)?.to_owned();
    let arn: Arn = target.parse().map_err(|_| not_an_arn(kind, &target))?;
    let is_function = arn.resource.starts_with("function:");
    if arn.service != kind.service || (kind.service == "lambda") != is_function {
        return Err(not_an_arn(kind, &target));
    }
    if arn.resource.ends_with(".fifo") {
        let message = "FIFO queues and topics are not supported as destinations of notifications";
        return Err(faults::invalid_argument(message, kind.element, &target));
    }
    let events: Vec<String> = node.all("Event").map(|event| event.text.clone()).collect();
    if events.is_empty() {
        return Err(faults::malformed_xml());
    }
    if let Some(event) = events.iter().find(|event| !is_event(event)) {
        let message = "The event is not supported for notifications";
        return Err(faults::invalid_argument(message, "Event", event));
    }
    let id = node.get("Id").filter(|id| !id.is_empty()).map_or_else(new_id, str::to_owned);
    if id.len() > 255 {
        return Err(faults::invalid_argument("The ID is longer than 255 characters", "Id", id));
    }
    let filters = node.child("Filter").map_or(Ok(Vec::new()), filters)?;
    Ok(Rule { id, target, events, filters })
}

/// AWS: a configuration without a name gets a random one.
fn new_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

fn filters(filter: &Node) -> Result<Vec<FilterRule>, Fault> {
    filter.only(&["S3Key"])?;
    let Some(key) = filter.child("S3Key") else { return Ok(Vec::new()) };
    key.only(&["FilterRule"])?;
    let mut filters = Vec::<FilterRule>::new();
    for node in key.all("FilterRule") {
        let name = match node.required("Name")?.to_ascii_lowercase().as_str() {
            "prefix" => FilterName::Prefix,
            "suffix" => FilterName::Suffix,
            other => {
                let message = "filter rule name must be either prefix or suffix";
                return Err(faults::invalid_argument(message, "FilterRule.Name", other));
            }
        };
        let value = node.get("Value").unwrap_or("").to_owned();
        if value.len() > limits::KEY_BYTES {
            let message = "Size of filter rule value cannot exceed 1024 bytes in UTF-8 representation";
            return Err(faults::invalid_argument(message, "FilterRule.Value", value));
        }
        if filters.iter().any(|filter| filter.name == name) {
            let message = "Cannot specify more than one prefix rule and one suffix rule in a filter.";
            return Err(faults::invalid_argument(message, "FilterRule.Name", node.get("Name").unwrap_or("")));
        }
        filters.push(FilterRule { name, value });
    }
    Ok(filters)
}
