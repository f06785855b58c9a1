//! Queues as the source of batches for functions.

use std::time::Duration;

use async_trait::async_trait;
use delivery::{Fate, Item, Source, SourceShape, Want};
use model::{Arn, Failure, Internal};
use serde_json::{Map, Value, json};

use crate::engine::{Handle, Open, Received, Wanted};
use crate::{Sqs, faults, messages};

#[async_trait]
impl Source for Sqs {
    fn service(&self) -> &'static str {
        "sqs"
    }

    async fn shape(&self, source: &Arn) -> Result<Option<SourceShape>, Internal> {
        let open = self.engine.open_arn(source).await?;
        Ok(open.map(|open| {
            let queue = open.queue();
            let hidden_for = Duration::from_secs(queue.settings.visibility_timeout.into());
            let policy = queue.settings.policy.clone();
            SourceShape { hidden_for, is_ordered: queue.key.is_fifo(), policy }
        }))
    }

    async fn take(&self, source: &Arn, want: &Want) -> Result<Vec<Item>, Failure> {
        let open = self.engine.open_arn(source).await?.ok_or_else(faults::no_queue)?;
        let queue = open.queue();
        let visibility = Duration::from_secs(queue.settings.visibility_timeout.into());
        let wanted = Wanted {
            messages: want.items,
            patience: want.patience,
            hidden_for: want.hidden_for.unwrap_or(visibility),
            attempt: None,
            by: want.by.clone(),
        };
        let received = self.engine.receive(&open, &wanted).await?;
        let events = self.engine.events_of(received.iter().map(|one| one.message.id)).await?;
        let items = received.iter().zip(events).map(|(one, event)| Item { event, ..item(&open, one) });
        Ok(items.collect())
    }

    async fn settle(&self, source: &Arn, fates: &[(Item, Fate)]) -> Result<(), Failure> {
        let open = self.engine.open_arn(source).await?.ok_or_else(faults::no_queue)?;
        let handle = |item: &Item| Handle::read(&item.receipt);
        let done = fates.iter().filter(|(_, fate)| *fate == Fate::Done);
        let done: Vec<_> = done.filter_map(|(item, _)| handle(item)).collect();
        if !done.is_empty() {
            self.engine.delete_messages(&open, &done).await?;
        }
        for (item, fate) in fates {
            if let (Fate::Back { after: Some(after) }, Some(handle)) = (fate, handle(item)) {
                // One whose time is over is back already.
                let _ = self.engine.hide(&open, &handle, *after).await?;
            }
        }
        Ok(())
    }
}

/// Source: Lambda developer guide, "Using Lambda with Amazon SQS", example event.
fn item(open: &Open, received: &Received) -> Item {
    let (queue, message) = (open.queue(), &received.message);
    let receipt = received.handle.to_string();
    let attributes: Map<_, _> = message
        .attributes
        .iter()
        .map(|(name, one)| {
            let shown = json!({
                "stringValue": one.string_value,
                "binaryValue": one.binary_value,
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": one.data_type,
            });
            (name.clone(), without_nulls(shown))
        })
        .collect();
    let mut record = json!({
        "messageId": message.id,
        "receiptHandle": receipt,
        "body": message.body,
        "attributes": messages::system_attributes(message, queue.key.is_fifo()),
        "messageAttributes": attributes,
        "md5OfBody": messages::md5_of(&message.body),
        "eventSource": "aws:sqs",
        "eventSourceARN": queue.key.arn(),
        "awsRegion": queue.key.region,
    });
    if let Some(md5) = messages::md5_of_attributes(&message.attributes) {
        record["md5OfMessageAttributes"] = json!(md5);
    }
    Item {
        id: message.id.to_string(),
        receipt,
        record,
        group: queue.ordered(&message.group).map(str::to_owned),
        takings: message.receives,
        event: None,
    }
}

fn without_nulls(mut value: Value) -> Value {
    if let Value::Object(members) = &mut value {
        members.retain(|_, value| !value.is_null());
    }
    value
}
