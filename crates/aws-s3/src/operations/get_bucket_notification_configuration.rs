//! `GetBucketNotificationConfiguration`: which events go where.

use async_trait::async_trait;
use model::{Failure, Fault, Internal, Permission};
use service::{Call, Operation};

use crate::S3;
use crate::engine::{FilterName, NotificationRules, Rule, Setting, TARGET_KINDS, TargetKind};
use crate::protocol::{Answer, Asked, Element, Exchange, OnBucket};

pub struct GetBucketNotificationConfiguration;

#[async_trait]
impl Operation for GetBucketNotificationConfiguration {
    type Face = S3;
    type Input = OnBucket;
    type Output = NotificationRules;

    const NAME: &'static str = "GetBucketNotificationConfiguration";

    async fn permissions(face: &S3, _: &Call, input: &OnBucket) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_bucket(&input.bucket, "s3:GetBucketNotification").await?])
    }

    async fn run(face: &S3, _: &Call, input: OnBucket) -> Result<NotificationRules, Failure> {
        let kept = face.engine.setting(&input.bucket, Setting::Notification).await?;
        let rules = kept.map(|kept| serde_json::from_str(&kept)).transpose();
        Ok(rules.map_err(Internal::because("reading notification rules"))?.unwrap_or_default())
    }
}

impl Exchange for GetBucketNotificationConfiguration {
    fn decode(asked: Asked) -> Result<OnBucket, Fault> {
        Ok(OnBucket { bucket: asked.bucket })
    }

    fn encode(rules: NotificationRules) -> Answer {
        let of_kind = |kind: &'static TargetKind| {
            let service = format!(":{}:", kind.service);
            rules
                .rules
                .iter()
                .filter(move |rule| rule.target.contains(&service))
                .map(move |rule| written(kind, rule))
        };
        let all = TARGET_KINDS.iter().flat_map(of_kind);
        Answer::xml(&Element::root("NotificationConfiguration").children(all))
    }
}

fn written(kind: &TargetKind, rule: &Rule) -> Element {
    let configuration = rule.events.iter().fold(
        Element::new(kind.configuration).text("Id", &rule.id).text(kind.element, &rule.target),
        |element, event| element.text("Event", event),
    );
    if rule.filters.is_empty() {
        return configuration;
    }
    let filters = rule.filters.iter().map(|filter| {
        // AWS: told so, whatever the case they were put in.
        let name = match filter.name {
            FilterName::Prefix => "Prefix",
            FilterName::Suffix => "Suffix",
        };
        Element::new("FilterRule").text("Name", name).text("Value", &filter.value)
    });
    configuration.child(Element::new("Filter").child(Element::new("S3Key").children(filters)))
}
