//! Who may do what with a topic, and the names of topics and subscriptions.

use std::sync::Arc;

use model::{Arn, Failure, Fault, Permission};
use service::Call;

use crate::engine::{Ready, Subscription, TopicKey};
use crate::{Sns, faults};

/// The topic of an ARN.
pub fn topic_of(arn: Option<&str>) -> Result<TopicKey, Fault> {
    let arn = arn.filter(|arn| !arn.is_empty());
    let arn = arn.ok_or_else(|| faults::invalid("TopicArn Reason: no value for required parameter"))?;
    let key = arn.parse::<Arn>().ok().and_then(|arn| TopicKey::of_arn(&arn));
    match key {
        Some((key, None)) => Ok(key),
        _ => Err(faults::invalid(format!(
            "TopicArn Reason: An ARN must have at least 6 elements, not {}",
            arn.split(':').count().min(5)
        ))),
    }
}

/// The topic and the id of a subscription's ARN.
pub fn subscription_of(arn: Option<&str>) -> Result<(TopicKey, String), Fault> {
    let arn =
        arn.ok_or_else(|| faults::invalid("SubscriptionArn Reason: no value for required parameter"))?;
    match arn.parse::<Arn>().ok().and_then(|arn| TopicKey::of_arn(&arn)) {
        Some((topic, Some(id))) => Ok((topic, id)),
        _ => Err(faults::invalid(format!(
            "SubscriptionArn Reason: An ARN must have at least 6 elements, not {}",
            arn.split(':').count().min(5)
        ))),
    }
}

/// A member that is an ARN of SNS.
pub fn arn_of(member: &str, arn: Option<&str>) -> Result<Arn, Fault> {
    let arn =
        arn.ok_or_else(|| faults::invalid(format!("{member} Reason: no value for required parameter")))?;
    arn.parse::<Arn>().ok().filter(|arn| arn.service == "sns").ok_or_else(|| {
        let parts = arn.split(':').count().min(5);
        faults::invalid(format!("{member} Reason: An ARN must have at least 6 elements, not {parts}"))
    })
}

/// A member that has to be there.
pub fn required<'a>(member: &str, value: &'a Option<String>) -> Result<&'a str, Fault> {
    value.as_deref().ok_or_else(|| faults::missing(member))
}

/// Where a resource of the caller's is or would be.
pub fn own(call: &Call, resource: impl Into<String>) -> Arn {
    Arn::new("sns", call.region.as_str(), call.caller.account.as_str(), resource)
}

/// An action on something that has no policy of its own.
pub fn on(arn: &Arn, action: &'static str) -> Permission {
    let permission = Permission::new(action, arn.to_string());
    match arn.account.parse() {
        Ok(owner) => permission.owned_by(owner),
        Err(_) => permission,
    }
}

impl Sns {
    /// The topic with its subscriptions. Fails when there is none.
    pub(crate) async fn topic(&self, key: &TopicKey) -> Result<Arc<Ready>, Failure> {
        self.engine.ready(key).await?.ok_or_else(|| faults::no_topic().into())
    }

    /// The subscription that is named. Fails when there is none.
    pub(crate) async fn subscription(&self, arn: Option<&str>) -> Result<Subscription, Failure> {
        let (topic, id) = subscription_of(arn)?;
        self.engine.subscription(&topic, &id).await?.ok_or_else(|| faults::no_subscription().into())
    }

    /// An action on a topic, under its policy.
    pub(crate) async fn on_topic(&self, key: &TopicKey, action: &'static str) -> Result<Permission, Failure> {
        let ready = self.engine.ready(key).await?;
        let owner = key.account.clone();
        let policy = ready.map(|ready| ready.topic.policy());
        Ok(Permission::new(action, key.arn().to_string()).owned_by(owner).with_policy(policy))
    }
}
