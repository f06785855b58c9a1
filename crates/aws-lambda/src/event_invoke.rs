//! What PutFunctionEventInvokeConfig and its family take and show.

use std::time::Duration;

use model::{Arn, Failure, Fault, Permission};
use registry::{Destinations, EventInvokeConfig, Function};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use service::Call;

use crate::constraints::Constraints;
use crate::names::{LATEST, Named};
use crate::{Lambda, faults, limits};

const DESTINATION_PATTERN: &str = r"$|kafka://([^.]([a-zA-Z0-9\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)";

/// What is said of the asynchronous calls of one qualifier.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    function_name: String,
    qualifier: Option<String>,
    maximum_retry_attempts: Option<i64>,
    maximum_event_age_in_seconds: Option<i64>,
    destination_config: Option<DestinationConfig>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DestinationConfig {
    on_success: Option<Destination>,
    on_failure: Option<Destination>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Destination {
    destination: Option<String>,
}

impl Input {
    /// Whose calls it is about; fails when anything is malformed.
    pub fn check(&self, call: &Call) -> Result<Named, Fault> {
        let mut constraints = Constraints::default();
        constraints.range("maximumRetryAttempts", self.maximum_retry_attempts, limits::RETRY_ATTEMPTS);
        let age = self.maximum_event_age_in_seconds;
        constraints.range("maximumEventAgeInSeconds", age, limits::EVENT_AGE_SECONDS);
        for (side, destination) in [("onSuccess", self.on_success()), ("onFailure", self.on_failure())] {
            let member = format!("destinationConfig.{side}.destination");
            constraints.length(&member, destination, limits::DESTINATION_CHARS);
            constraints.pattern(&member, destination, DESTINATION_PATTERN, |text| {
                text.is_empty() || text.starts_with("kafka://") || text.parse::<Arn>().is_ok()
            });
        }
        constraints.end()?;
        let named = Named::read(call, &self.function_name, self.qualifier.as_deref())?;
        let says_something = self.maximum_retry_attempts.is_some()
            || self.maximum_event_age_in_seconds.is_some()
            || self.destination_config.is_some();
        if !says_something {
            let message = "You must specify at least one of error handling or destination setting.";
            return Err(faults::invalid_parameter(message));
        }
        Ok(named)
    }

    fn on_success(&self) -> Option<&str> {
        self.destination_config.as_ref()?.on_success.as_ref()?.destination.as_deref()
    }

    fn on_failure(&self) -> Option<&str> {
        self.destination_config.as_ref()?.on_failure.as_ref()?.destination.as_deref()
    }

    /// Sets what is given.
    pub fn apply(&self, to: &mut EventInvokeConfig) {
        if let Some(retries) = self.maximum_retry_attempts {
            to.retries = Some(retries as u32);
        }
        if let Some(seconds) = self.maximum_event_age_in_seconds {
            to.max_age = Some(Duration::from_secs(seconds as u64));
        }
        if let Some(config) = &self.destination_config {
            let arn = |text: Option<&str>| text.and_then(|text| text.parse().ok());
            if config.on_success.is_some() {
                to.destinations.on_success = arn(self.on_success());
            }
            if config.on_failure.is_some() {
                to.destinations.on_failure = arn(self.on_failure());
            }
        }
    }
}

/// What nothing was said of yet.
pub fn unset(call: &Call) -> EventInvokeConfig {
    let destinations = Destinations::default();
    EventInvokeConfig { last_modified: call.time, retries: None, max_age: None, destinations }
}

/// The qualifier that a configuration is kept under.
pub fn qualifier(named: &Named) -> &str {
    named.qualifier.as_deref().unwrap_or(LATEST)
}

/// The configuration of the calls that are named. Fails when there is none.
pub fn of<'a>(function: &'a Function, named: &Named) -> Result<&'a EventInvokeConfig, Fault> {
    let config = function.event_invoke_configs.get(qualifier(named));
    config.ok_or_else(|| none(named))
}

/// That nothing is said of the calls that are named.
pub fn none(named: &Named) -> Fault {
    faults::not_found(format!("The function {} doesn't have an EventInvokeConfig", arn(named)))
}

fn arn(named: &Named) -> Arn {
    Named { key: named.key.clone(), qualifier: Some(qualifier(named).to_owned()) }.arn()
}

/// `FunctionEventInvokeConfig`.
pub fn shown(named: &Named, config: &EventInvokeConfig) -> Map<String, Value> {
    let mut shown = Map::new();
    let mut show = |name: &str, value: Value| drop(shown.insert(name.to_owned(), value));
    show("LastModified", json!(config.last_modified.epoch_seconds()));
    show("FunctionArn", json!(arn(named)));
    if let Some(retries) = config.retries {
        show("MaximumRetryAttempts", json!(retries));
    }
    if let Some(age) = config.max_age {
        show("MaximumEventAgeInSeconds", json!(age.as_secs()));
    }
    let side = |arn: &Option<Arn>| match arn {
        Some(arn) => json!({ "Destination": arn }),
        None => json!({}),
    };
    let Destinations { on_success, on_failure } = &config.destinations;
    show("DestinationConfig", json!({ "OnSuccess": side(on_success), "OnFailure": side(on_failure) }));
    shown
}

impl Lambda {
    /// The function that has the qualifier. Fails in the words of this family when there is none.
    pub(crate) async fn with_qualifier(&self, named: &Named) -> Result<std::sync::Arc<Function>, Failure> {
        let found = self.engine.find(named, |alias| alias.version).await?;
        let found = found.ok_or_else(|| faults::not_found("The function doesn't exist."))?;
        Ok(found.function)
    }

    /// Makes of a qualifier's configuration what `revise` says of the one there is.
    pub(crate) async fn change_event_invoke(
        &self,
        named: &Named,
        operation: &str,
        revise: impl Fn(Option<&EventInvokeConfig>) -> Result<EventInvokeConfig, Fault> + Send + Sync,
    ) -> Result<Map<String, Value>, Failure> {
        let function = self.with_qualifier(named).await?;
        let wanted = revise(function.event_invoke_configs.get(qualifier(named)))?;
        self.check_destinations(named, &function, &wanted.destinations, operation).await?;
        let change = |function: &Function| {
            let mut after = function.clone();
            let config = revise(function.event_invoke_configs.get(qualifier(named)))?;
            after.event_invoke_configs.insert(qualifier(named).to_owned(), config);
            Ok(after)
        };
        let (_, after) = self.engine.change(&named.key, change).await?;
        Ok(shown(named, of(&after, named)?))
    }

    /// Fails unless the records can go there.
    async fn check_destinations(
        &self,
        named: &Named,
        function: &Function,
        destinations: &Destinations,
        operation: &str,
    ) -> Result<(), Failure> {
        let Destinations { on_success, on_failure } = destinations;
        // AWS: buckets take what failed.
        if let Some(bucket) = on_success.as_ref().filter(|to| to.service == "s3") {
            return Err(faults::invalid_destination(bucket).into());
        }
        for destination in [on_success, on_failure].into_iter().flatten() {
            if &*destination.service == "events" {
                return Err(faults::unbuilt("a destination of EventBridge", operation).into());
            }
            if Named::of_arn(destination).is_some_and(|to| to.key == named.key) {
                let message = "You can't specify the function as a destination for itself.";
                return Err(faults::invalid_parameter(message).into());
            }
            self.check_destination(&function.latest.configuration.role, destination).await?;
        }
        Ok(())
    }

    /// Fails unless it is of a kind that records go to, and the role may send there.
    pub(crate) async fn check_destination(&self, role: &Arn, destination: &Arn) -> Result<(), Failure> {
        let (action, resource) = match &*destination.service {
            "sqs" => ("sqs:SendMessage", destination.to_string()),
            "sns" => ("sns:Publish", destination.to_string()),
            "lambda" => ("lambda:InvokeFunction", destination.to_string()),
            "s3" => ("s3:PutObject", format!("{destination}/*")),
            _ => return Err(faults::invalid_destination(destination).into()),
        };
        if let Some(named) = Named::of_arn(destination)
            && self.engine.find(&named, |alias| alias.version).await?.is_none()
        {
            let message = format!("The destination ARN {destination} is invalid.");
            return Err(faults::invalid_parameter(message).into());
        }
        if !self.engine.parts.roles.role_allows(role, &Permission::new(action, resource)).await? {
            let action = action.split_once(':').map_or(action, |(_, name)| name);
            let message = format!(
                "The function's execution role does not have permissions to call {action} on {destination}"
            );
            return Err(faults::invalid_parameter(message).into());
        }
        Ok(())
    }
}
