//! Pages of subscriptions: by topic and id.

use serde_json::{Value, json};

use crate::engine::Subscription;
use crate::limits;

/// The page that begins after a place, and the place where the next one does.
pub fn page(all: &[Subscription], after: Option<&str>) -> Value {
    let place = |one: &Subscription| format!("{}:{}", one.topic.name, one.id);
    let rest: Vec<_> = all.iter().filter(|one| after.is_none_or(|after| *place(one) > *after)).collect();
    let shown: Vec<_> = rest.iter().take(limits::PAGE).map(|one| shown(one)).collect();
    let token = rest.get(limits::PAGE - 1).filter(|_| rest.len() > limits::PAGE).map(|last| place(last));
    json!({ "Subscriptions": shown, "NextToken": token })
}

fn shown(one: &Subscription) -> Value {
    let arn = if one.is_pending() { "PendingConfirmation".to_owned() } else { one.arn().to_string() };
    json!({
        "SubscriptionArn": arn,
        "Owner": one.owner,
        "Protocol": one.protocol,
        "Endpoint": one.endpoint,
        "TopicArn": one.topic.arn(),
    })
}
