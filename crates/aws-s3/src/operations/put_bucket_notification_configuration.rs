//! `PutBucketNotificationConfiguration`: which events go to which function, from now on and in the place of all others.

use async_trait::async_trait;
use model::{Arn, Failure, Fault, Internal, Permission};
use service::{Call, Operation};

use crate::engine::{
    FilterName, FilterRule, FunctionRule, NotificationRules, Setting, is_event, overlapping,
};
use crate::protocol::{Answer, Asked, Exchange, Node, check_document};
use crate::{S3, faults, limits};

pub struct PutBucketNotificationConfiguration;

pub struct Input {
    bucket: String,
    rules: NotificationRules,
    /// Functions need not be there, nor let the bucket send to them.
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

    async fn run(face: &S3, _: &Call, input: Input) -> Result<(), Failure> {
        let bucket = face.engine.bucket(&input.bucket).await?;
        let mut refused = Vec::new();
        for rule in input.rules.functions.iter().filter(|_| !input.unchecked) {
            let function: Arn = rule.function.parse().map_err(|_| not_an_arn(&rule.function))?;
            if !face.source.may_send(&bucket, &function).await? {
                refused.push(rule.function.as_str());
            }
        }
        if !refused.is_empty() {
            return Err(faults::unable_to_validate(&refused).into());
        }
        let rules = Some(&input.rules).filter(|rules| !rules.functions.is_empty());
        let kept = rules.map(serde_json::to_string).transpose();
        let kept = kept.map_err(Internal::because("writing notification rules"))?;
        face.engine.set(&input.bucket, Setting::Notification, kept).await
    }
}

fn not_an_arn(function: &str) -> Fault {
    faults::invalid_argument("The ARN is not well formed", "CloudFunction", function)
}

impl Exchange for PutBucketNotificationConfiguration {
    fn decode(asked: Asked) -> Result<Input, Fault> {
        check_document(&asked, false)?;
        let document = Node::document(&asked.document, "NotificationConfiguration")?;
        for node in &document.children {
            match node.name.as_str() {
                "CloudFunctionConfiguration" => {}
                "QueueConfiguration" | "TopicConfiguration" | "EventBridgeConfiguration" => {
                    let what = format!("PutBucketNotificationConfiguration with {}", node.name);
                    return Err(Fault::not_implemented(&what));
                }
                _ => return Err(faults::malformed_xml()),
            }
        }
        let functions = document.children.iter().map(rule).collect::<Result<Vec<_>, _>>()?;
        if functions.len() > limits::NOTIFICATION_RULES {
            let message = "The number of notification configurations exceeds the limit of 100";
            return Err(faults::invalid_argument(
                message,
                "NotificationConfiguration",
                functions.len().to_string(),
            ));
        }
        check(&functions)?;
        let skip = asked.header("x-amz-skip-destination-validation");
        let unchecked = skip.is_some_and(|skip| skip.eq_ignore_ascii_case("true"));
        Ok(Input { bucket: asked.bucket, rules: NotificationRules { functions }, unchecked })
    }

    fn encode((): ()) -> Answer {
        Answer::new(200)
    }
}

fn check(functions: &[FunctionRule]) -> Result<(), Fault> {
    for (place, rule) in functions.iter().enumerate() {
        if functions[place + 1..].iter().any(|other| other.id == rule.id) {
            let message = "Same ID used for multiple configurations. IDs must be unique";
            return Err(faults::invalid_argument(message, "Id", &rule.id));
        }
    }
    if !overlapping(functions) {
        return Ok(());
    }
    let filtered = functions.iter().any(|rule| !rule.filters.is_empty());
    Err(if filtered { faults::ambiguous_configuration() } else { faults::overlapping_configurations() })
}

fn rule(node: &Node) -> Result<FunctionRule, Fault> {
    node.only(&["Id", "CloudFunction", "Event", "Filter"])?;
    let function = node.required("CloudFunction")?.to_owned();
    let arn: Arn = function.parse().map_err(|_| not_an_arn(&function))?;
    if arn.service != "lambda" || !arn.resource.starts_with("function:") {
        return Err(not_an_arn(&function));
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
    Ok(FunctionRule { id, function, events, filters })
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
