//! Functions as the target of events.

use async_trait::async_trait;
use delivery::{Attempt, Delivered, Event, Over, SourceOf, Target, Terms};
use metering::Ledger;
use model::{Arn, Caller, Identity, Internal};
use sandbox::{Answer, FunctionError};
use serde::Deserialize;
use store::Transaction;

use crate::engine::{Ask, Call, NotRun, check_callable, trace_id};
use crate::names::Named;
use crate::{Lambda, event_invoke, faults};

#[async_trait]
impl Target for Lambda {
    fn service(&self) -> &'static str {
        "lambda"
    }

    async fn may_receive(&self, target: &Arn, from: &SourceOf) -> Result<bool, Internal> {
        let Some(named) = Named::of_arn(target) else { return Ok(false) };
        let permission = self.on_qualified(&named, "lambda:InvokeFunction").await?;
        // Without a policy there is nothing that could allow it; nor is there without a function.
        if permission.resource_policy.is_none() {
            return Ok(false);
        }
        let permission = permission
            .with_context("aws:SourceArn", from.arn.to_string())
            .with_context("aws:SourceAccount", from.account.as_str());
        let identity = Identity::Service { name: from.service.clone() };
        let caller = Caller { account: from.account.clone(), identity };
        self.engine.parts.roles.policy_allows(&caller, &permission).await
    }

    async fn terms(&self, event: &Event) -> Result<Terms, Internal> {
        let mut terms = Terms::of(event);
        let Some(named) = Named::of_arn(&event.target) else { return Ok(terms) };
        let Some(function) = self.engine.parts.registry.get(&named.key).await? else { return Ok(terms) };
        if let Some(config) = function.event_invoke_configs.get(event_invoke::qualifier(&named)) {
            terms.retries = config.retries.unwrap_or(terms.retries);
            terms.max_age = config.max_age.unwrap_or(terms.max_age);
        }
        Ok(terms)
    }

    async fn over(&self, over: &Over<'_>) -> Result<Transaction, Internal> {
        self.engine.follow_up(over).await
    }

    async fn deliver(&self, event: &Event, attempt: Attempt) -> Delivered {
        let ask = match self.ask(event, attempt).await {
            Ok(ask) => ask,
            Err(delivered) => return delivered,
        };
        match self.engine.call(ask).await {
            Ok(call) => settled(call),
            Err(NotRun::Loops(reason)) => Delivered::Refused { reason },
            Err(NotRun::Removed) => not_found(event),
            Err(NotRun::Throttled(reason)) => Delivered::TryLater { reason: reason.to_owned() },
            Err(NotRun::Internal(internal)) => later(event, &internal),
        }
    }
}

impl Lambda {
    async fn ask(&self, event: &Event, attempt: Attempt) -> Result<Ask, Delivered> {
        let not_found = || not_found(event);
        let named = Named::of_arn(&event.target).ok_or_else(not_found)?;
        let found = self.engine.pick(&named).await;
        let found = found.map_err(|internal| later(event, &internal))?.ok_or_else(not_found)?;
        // AWS: without any concurrency an event is not tried.
        if found.function.reserved_concurrency == Some(0) {
            return Err(Delivered::Refused { reason: "the function's reserved concurrency is 0".to_owned() });
        }
        check_callable(found.version()).map_err(|fault| Delivered::TryLater { reason: fault.message })?;
        let trace_id = trace_id(found.version(), self.engine.parts.clock.now());
        Ok(Ask {
            found,
            invoked_arn: event.target.to_string(),
            invocation: attempt.invocation,
            payload: attempt.payload,
            client_context: None,
            trace_id,
            event: Some(event.id),
            roots: event.roots(),
            cause: event.cause.clone(),
        })
    }
}

fn not_found(event: &Event) -> Delivered {
    Delivered::Refused { reason: faults::function_not_found(&event.target).message }
}

fn later(event: &Event, internal: &Internal) -> Delivered {
    tracing::error!(error = %internal, event = %event.id, target = %event.target, "an event could not be run");
    Delivered::TryLater { reason: "an internal error".to_owned() }
}

fn settled(call: Call) -> Delivered {
    let settle = Ledger::row(&call.used).unwrap_or_else(|internal| {
        tracing::error!(error = %internal, "a row of the ledger could not be written");
        Default::default()
    });
    let answered = |document| delivery::Answer { document, version: Some(call.used.version.clone()) };
    match call.ended.answer {
        Answer::Returned(document) => Delivered::Taken { settle, answer: answered(document) },
        Answer::Failed(error) => Delivered::Failed {
            error_type: error.name().to_owned(),
            message: message_of(&error),
            settle,
            answer: answered(error.payload),
        },
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ErrorDocument {
    error_message: String,
}

fn message_of(error: &FunctionError) -> String {
    let document = serde_json::from_slice::<ErrorDocument>(&error.payload);
    document.map(|document| document.error_message).unwrap_or_default()
}
