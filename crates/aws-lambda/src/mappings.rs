//! Event source mappings as callers ask for them and as answers show them.

use std::time::Duration;

use model::{Arn, Failure, Fault, Permission};
use registry::{EventSourceMapping, MappingKey, Pollers};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use service::Call;

use crate::constraints::Constraints;
use crate::engine::Found;
use crate::names::{self, Named};
use crate::unbuilt::refuse_unbuilt;
use crate::{Lambda, faults, filters, limits};

const KEY_PATTERN: &str = r"(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()";

const SOURCE_PATTERN: &str =
    r"arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:([a-z]{2}(-gov)?-[a-z]+-\d{1})?:(\d{12})?:(.*)";

/// What CreateEventSourceMapping and UpdateEventSourceMapping say of a mapping. What is absent stays as it is.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Settings {
    pub function_name: Option<String>,
    enabled: Option<bool>,
    batch_size: Option<i64>,
    maximum_batching_window_in_seconds: Option<i64>,
    filter_criteria: Option<FilterCriteria>,
    function_response_types: Option<Vec<String>>,
    scaling_config: Option<ScalingConfig>,
    provisioned_poller_config: Option<ProvisionedPollerConfig>,
    #[serde(rename = "KMSKeyArn")]
    kms_key: Option<String>,
    metrics_config: Option<MetricsConfig>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FilterCriteria {
    filters: Option<Vec<Filter>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Filter {
    pattern: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ScalingConfig {
    maximum_concurrency: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ProvisionedPollerConfig {
    minimum_pollers: Option<i64>,
    maximum_pollers: Option<i64>,
    poller_group_name: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MetricsConfig {
    metrics: Option<Vec<String>>,
}

/// What AWS takes in these places, for other kinds of sources or for what is not built.
const UNBUILT: [&str; 13] = [
    "Topics",
    "Queues",
    "SourceAccessConfigurations",
    "SelfManagedEventSource",
    "SelfManagedKafkaEventSourceConfig",
    "AmazonManagedKafkaEventSourceConfig",
    "DocumentDBEventSourceConfig",
    "DestinationConfig",
    "LoggingConfig",
    "ParallelizationFactor",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "BisectBatchOnFunctionError",
];

impl Settings {
    /// Adds what is malformed.
    pub fn check(&self, constraints: &mut Constraints) {
        constraints.range("batchSize", self.batch_size, limits::BATCH_SIZE);
        let window = self.maximum_batching_window_in_seconds;
        constraints.range("maximumBatchingWindowInSeconds", window, limits::WINDOW_SECONDS);
        for filter in self.filters().into_iter().flatten() {
            let pattern = filter.pattern.as_deref();
            constraints.length("filterCriteria.filters.pattern", pattern, limits::PATTERN_CHARS);
        }
        for one in self.function_response_types.iter().flatten() {
            let all = ["ReportBatchItemFailures"];
            constraints.one_of("functionResponseTypes", Some(one), &all);
        }
        if let Some(scaling) = &self.scaling_config {
            let most = scaling.maximum_concurrency;
            constraints.range("scalingConfig.maximumConcurrency", most, limits::MAXIMUM_CONCURRENCY);
        }
        if let Some(pollers) = &self.provisioned_poller_config {
            let (least, most) = (pollers.minimum_pollers, pollers.maximum_pollers);
            constraints.range("provisionedPollerConfig.minimumPollers", least, limits::MINIMUM_POLLERS);
            constraints.range("provisionedPollerConfig.maximumPollers", most, limits::MAXIMUM_POLLERS);
        }
        let key = self.kms_key.as_deref();
        constraints.length("kMSKeyArn", key, limits::KMS_KEY_CHARS);
        constraints
            .pattern("kMSKeyArn", key, KEY_PATTERN, |text| text.is_empty() || text.parse::<Arn>().is_ok());
        for one in self.metrics().into_iter().flatten() {
            let all = ["EventCount", "ErrorCount", "KafkaMetrics"];
            constraints.one_of("metricsConfig.metrics", Some(one), &all);
        }
        if let Some(name) = &self.function_name {
            names::check(constraints, name);
        }
    }

    /// Fails when something is asked for that is not built.
    pub fn refuse_unbuilt(&self, operation: &str) -> Result<(), Fault> {
        if self.provisioned_poller_config.as_ref().is_some_and(|pollers| pollers.poller_group_name.is_some())
        {
            return Err(faults::unbuilt("ProvisionedPollerConfig.PollerGroupName", operation));
        }
        refuse_unbuilt(&self.rest, &UNBUILT, operation)
    }

    fn filters(&self) -> Option<&Vec<Filter>> {
        self.filter_criteria.as_ref()?.filters.as_ref()
    }

    fn metrics(&self) -> Option<&Vec<String>> {
        self.metrics_config.as_ref()?.metrics.as_ref()
    }

    /// Whether this changes whether the source is taken from at all.
    pub fn switches(&self, from: &EventSourceMapping) -> Option<bool> {
        self.enabled.filter(|enabled| *enabled != from.enabled)
    }

    /// Sets what is given. Fails when the mapping could not be so, in AWS's words.
    pub fn apply(&self, to: &mut EventSourceMapping) -> Result<(), Fault> {
        to.enabled = self.enabled.unwrap_or(to.enabled);
        if let Some(batch) = self.batch_size {
            to.batch = batch as u32;
        }
        if let Some(seconds) = self.maximum_batching_window_in_seconds {
            to.window = Duration::from_secs(seconds as u64);
        }
        if self.filter_criteria.is_some() {
            let filters = self.filters().into_iter().flatten();
            to.filters = filters.filter_map(|filter| filter.pattern.clone()).collect();
            filters::compile(&to.filters)?;
        }
        if let Some(types) = &self.function_response_types {
            to.reports_item_failures = !types.is_empty();
        }
        if let Some(scaling) = &self.scaling_config {
            to.concurrency = scaling.maximum_concurrency.map(|most| most as u32);
        }
        if let Some(pollers) = &self.provisioned_poller_config {
            let count = |count: Option<i64>| count.map(|count| count as u32);
            let (least, most) = (count(pollers.minimum_pollers), count(pollers.maximum_pollers));
            to.pollers = (least.is_some() || most.is_some()).then_some(Pollers {
                least: least.unwrap_or(limits::DEFAULT_MINIMUM_POLLERS),
                most: most.unwrap_or(limits::DEFAULT_MAXIMUM_POLLERS),
            });
        }
        if let Some(key) = &self.kms_key {
            to.kms_key = Some(key.clone()).filter(|key| !key.is_empty());
        }
        if self.metrics_config.is_some() {
            to.metrics = self.metrics().cloned().unwrap_or_default();
        }
        check_queue(to)
    }
}

/// AWS: what a mapping of a queue may be. Source: developer guide, "Creating and configuring an Amazon SQS event source
/// mapping".
fn check_queue(mapping: &EventSourceMapping) -> Result<(), Fault> {
    let refused = |message: &str| Err(faults::invalid_parameter(message));
    let is_fifo = mapping.source.resource.ends_with(".fifo");
    if is_fifo && mapping.batch > limits::FIFO_BATCH {
        return refused("Batch size for FIFO queues cannot be greater than 10.");
    }
    if is_fifo && !mapping.window.is_zero() {
        return refused("Batching window is not supported for FIFO queues.");
    }
    if mapping.batch > limits::FIFO_BATCH && mapping.window.is_zero() {
        return refused(
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
        );
    }
    if let Some(Pollers { least, most }) = mapping.pollers {
        if least.min(most) < limits::LEAST_POLLERS_OF_QUEUES {
            return refused("MinimumPollers and MaximumPollers must be at least 2 for SQS event sources.");
        }
        if least > most {
            return refused("MinimumPollers cannot be greater than MaximumPollers.");
        }
    }
    if let Some(other) = mapping.metrics.iter().find(|metric| *metric != "EventCount") {
        return refused(&format!("The metric {other} is not supported for SQS event sources."));
    }
    if mapping.pollers.is_some() && mapping.concurrency.is_some() {
        return refused("MaximumConcurrency cannot be used together with ProvisionedPollerConfig.");
    }
    Ok(())
}

/// The source that is named. Fails when it is none that mappings are made of here.
pub fn source_of(text: Option<&str>, operation: &str) -> Result<Arn, Fault> {
    let Some(text) = text else {
        let message = "Unrecognized event source, must be kinesis, dynamodb stream or sqs.";
        return Err(faults::invalid_parameter(message));
    };
    let arn: Arn = text.parse().map_err(|_| faults::validation(format!("{text} is no ARN.")))?;
    match &*arn.service {
        "sqs" => Ok(arn),
        "kinesis" | "dynamodb" | "kafka" | "mq" | "rds" => {
            Err(faults::unbuilt(&format!("an event source of {}", arn.service), operation))
        }
        _ => {
            let message = "Unrecognized event source, must be kinesis, dynamodb stream or sqs.";
            Err(faults::invalid_parameter(message))
        }
    }
}

/// The constraints of `EventSourceArn`.
pub fn check_source(constraints: &mut Constraints, arn: Option<&str>) {
    constraints.pattern("eventSourceArn", arn, SOURCE_PATTERN, |text| text.parse::<Arn>().is_ok());
}

/// A mapping by its id.
#[derive(Debug, Deserialize)]
pub struct IdInput {
    #[serde(rename = "UUID")]
    id: String,
}

impl IdInput {
    pub fn key(&self, call: &Call) -> MappingKey {
        key(call, &self.id)
    }
}

/// The mapping of the caller's that has this id.
pub fn key(call: &Call, id: &str) -> MappingKey {
    MappingKey { account: call.caller.account.clone(), region: call.region.clone(), id: id.to_owned() }
}

/// The mapping of an ARN. Fails when it is another account's or region's.
pub fn key_of(call: &Call, arn: &str) -> Result<MappingKey, Fault> {
    let (_, id) = arn.rsplit_once(':').unwrap_or_default();
    let key = key(call, id);
    match key.arn().to_string() == arn {
        true => Ok(key),
        false => Err(faults::not_found("The resource you requested does not exist.")),
    }
}

/// An action on a mapping.
pub fn permission(action: &'static str, key: &MappingKey) -> Permission {
    Permission::new(action, key.arn().to_string())
}

/// The function that a mapping's batches go to.
pub fn named(mapping: &EventSourceMapping) -> Named {
    Named { key: mapping.function.clone(), qualifier: mapping.qualifier.clone() }
}

/// `EventSourceMappingConfiguration`.
pub fn shown(mapping: &EventSourceMapping) -> Map<String, Value> {
    let mut shown = Map::new();
    let mut show = |name: &str, value: Value| drop(shown.insert(name.to_owned(), value));
    show("UUID", json!(mapping.key.id));
    show("EventSourceMappingArn", json!(mapping.key.arn()));
    show("BatchSize", json!(mapping.batch));
    show("MaximumBatchingWindowInSeconds", json!(mapping.window.as_secs()));
    show("EventSourceArn", json!(mapping.source));
    show("FunctionArn", json!(named(mapping).arn()));
    if !mapping.filters.is_empty() {
        let filters: Vec<_> = mapping.filters.iter().map(|pattern| json!({ "Pattern": pattern })).collect();
        show("FilterCriteria", json!({ "Filters": filters }));
    }
    show("LastModified", json!(mapping.last_modified.epoch_seconds()));
    show("State", json!(mapping.state.name()));
    show("StateTransitionReason", json!("USER_INITIATED"));
    let types: &[&str] = if mapping.reports_item_failures { &["ReportBatchItemFailures"] } else { &[] };
    show("FunctionResponseTypes", json!(types));
    if let Some(most) = mapping.concurrency {
        show("ScalingConfig", json!({ "MaximumConcurrency": most }));
    }
    if let Some(Pollers { least, most }) = mapping.pollers {
        show("ProvisionedPollerConfig", json!({ "MinimumPollers": least, "MaximumPollers": most }));
    }
    if let Some(key) = &mapping.kms_key {
        show("KMSKeyArn", json!(key));
    }
    if !mapping.metrics.is_empty() {
        show("MetricsConfig", json!({ "Metrics": mapping.metrics }));
    }
    shown
}

/// The same in a list. AWS: encrypted filters are shown to those alone who ask for the one mapping.
pub fn listed(mapping: &EventSourceMapping) -> Map<String, Value> {
    let mut shown = shown(mapping);
    if mapping.kms_key.is_some() {
        shown.remove("FilterCriteria");
    }
    shown
}

impl Lambda {
    /// The function that a mapping is to be for. Fails when there is none.
    pub(crate) async fn mapped(&self, named: &Named) -> Result<Found, Failure> {
        let found = self.engine.find(named, |alias| alias.version).await?;
        found.ok_or_else(|| faults::invalid_parameter("Function does not exist").into())
    }

    /// Fails unless the function, under its role, can take from the source, and is done before what it took is given again.
    pub(crate) async fn check_source(&self, found: &Found, source: &Arn) -> Result<(), Failure> {
        let configuration = &found.version().configuration;
        if source.region != found.function.key().region.as_str() {
            let message = "The event source and the function must be in the same region.";
            return Err(faults::invalid_parameter(message).into());
        }
        let shape = self.engine.parts.delivery.shape(source).await?;
        let policy = shape.as_ref().and_then(|shape| shape.policy.clone());
        for action in ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"] {
            let permission = Permission::new(action, source.to_string()).with_policy(policy.clone());
            // A queue of another account needs that one's word too.
            let permission = match source.account.parse() {
                Ok(owner) => permission.owned_by(owner),
                Err(_) => permission,
            };
            if !self.engine.parts.roles.role_allows(&configuration.role, &permission).await? {
                let action = action.trim_start_matches("sqs:");
                let message =
                    format!("The function execution role does not have permissions to call {action} on SQS");
                return Err(faults::invalid_parameter(message).into());
            }
        }
        let Some(shape) = shape else {
            let message = "Error occurred while ReceiveMessage. SQS Error Code: \
                           AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not \
                           exist.";
            return Err(faults::invalid_parameter(message).into());
        };
        let (hidden, timeout) = (shape.hidden_for.as_secs(), u64::from(configuration.timeout_seconds));
        if hidden < timeout {
            let message = format!(
                "Queue visibility timeout: {hidden} seconds is less than Function timeout: {timeout} seconds"
            );
            return Err(faults::invalid_parameter(message).into());
        }
        Ok(())
    }
}
