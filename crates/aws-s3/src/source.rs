//! Events: what happens to objects becomes events for functions, in the same commit.

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use delivery::{Delivery, Event, NewEvent, Parcel, SourceOf};
use model::{AccountId, Arn, Caller, Failure, Identity, Internal};
use serde_json::{Value, json};
use service::Call;
use sha2::{Digest, Sha256};
use store::Transaction;

use crate::S3;
use crate::engine::{At, NotificationRules, Object, OpenBucket, Rule, Setting};
use crate::protocol::event_key;

/// Gives events to delivery.
pub struct Source {
    delivery: Delivery,
    /// The last sequencer given out: later events of a key have greater ones.
    last: AtomicU64,
}

/// What happened to an object.
pub struct Happened<'a> {
    /// As in `ObjectCreated:Put`.
    pub event: &'static str,
    pub at: &'a At,
    /// The object that came to be; `None` when it is gone.
    pub object: Option<&'a Object>,
}

impl Source {
    pub fn new(delivery: Delivery) -> Self {
        Self { delivery, last: AtomicU64::new(0) }
    }

    fn sequencer(&self, call: &Call) -> String {
        let now = (call.time.as_millis().max(0) as u64) << 16;
        let next = |last: u64| now.max(last + 1);
        let last = self.last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(next(last)));
        format!("{:018X}", last.map_or(now, next))
    }

    /// Whether the bucket may send events to this function, queue or topic now.
    pub async fn may_send(&self, bucket: &OpenBucket, target: &Arn) -> Result<bool, Internal> {
        let from = SourceOf {
            service: "s3.amazonaws.com".to_owned(),
            arn: Arn::new("s3", "", "", bucket.name.clone()),
            account: bucket.bucket.owner.clone(),
        };
        self.delivery.may_deliver(target, &from).await
    }
}

impl S3 {
    /// What has to be committed with the change so that everybody who wants to know of it will.
    pub(crate) async fn announce(
        &self,
        call: &Call,
        happened: &Happened<'_>,
    ) -> Result<Transaction, Failure> {
        self.announce_out_of(None, call, happened).await
    }

    /// The same of a change that no call made, but an event.
    pub(crate) async fn announce_out_of(
        &self,
        parent: Option<&Event>,
        call: &Call,
        happened: &Happened<'_>,
    ) -> Result<Transaction, Failure> {
        let bucket = &happened.at.bucket;
        let Some(rules) = self.engine.setting(bucket, Setting::Notification).await? else {
            return Ok(Transaction::new());
        };
        let rules: NotificationRules =
            serde_json::from_str(&rules).map_err(Internal::because("reading notification rules"))?;
        let wanting: Vec<_> =
            rules.rules.iter().filter(|rule| rule.wants(happened.event, &happened.at.key)).collect();
        if wanting.is_empty() {
            return Ok(Transaction::new());
        }
        let (open, sequencer) = (self.engine.bucket(bucket).await?, self.source.sequencer(call));
        let mut all = Transaction::new();
        for rule in wanting {
            let document = json!({ "Records": [record(call, happened, &open, rule, &sequencer)] });
            let target: Arn =
                rule.target.parse().map_err(Internal::because("reading a notification's target"))?;
            let subject = format!("s3://{}/{}", happened.at.bucket, happened.at.key);
            let event = told(call, &open, target, &document, subject)?.out_of(parent);
            all = all.and(self.source.delivery.accept(event)?.1);
        }
        Ok(all)
    }

    /// What queues and topics get when a bucket is set to tell them of its events. Source: S3 user guide, "Enabling event
    /// notifications".
    pub(crate) fn test_event(
        &self,
        call: &Call,
        open: &OpenBucket,
        target: Arn,
    ) -> Result<Transaction, Internal> {
        let (request, host) = crate::protocol::answer_ids(&call.request_id);
        let document = json!({
            "Service": "Amazon S3",
            "Event": "s3:TestEvent",
            "Time": call.time.iso8601(),
            "Bucket": open.name,
            "RequestId": request,
            "HostId": host,
        });
        let event = told(call, open, target, &document, format!("s3://{}", open.name))?;
        Ok(self.source.delivery.accept(event)?.1)
    }
}

fn told(
    call: &Call,
    open: &OpenBucket,
    target: Arn,
    document: &Value,
    subject: String,
) -> Result<NewEvent, Internal> {
    let payload = packed(&target, document.to_string())?;
    let (owner, region) = (open.bucket.owner.clone(), open.bucket.region.clone());
    let mut event = NewEvent::new(owner, region, "s3", target, payload);
    event.subject = subject;
    event.cause.clone_from(&call.cause);
    Ok(event)
}

/// As the target takes it: functions the document itself.
fn packed(target: &Arn, document: String) -> Result<Bytes, Internal> {
    match &*target.service {
        "sqs" => Parcel::of(document).pack(),
        "sns" => Parcel { subject: Some("Amazon S3 Notification".to_owned()), ..Parcel::of(document) }.pack(),
        _ => Ok(document.into()),
    }
}

/// One record, members in the order of AWS. Source: "Event message structure" in the S3 user guide.
fn record(call: &Call, happened: &Happened<'_>, open: &OpenBucket, rule: &Rule, sequencer: &str) -> Value {
    let mut object = json!({ "key": event_key(&happened.at.key) });
    if let Some(there) = happened.object {
        object["size"] = json!(there.size);
        object["eTag"] = json!(there.etag);
    }
    object["sequencer"] = json!(sequencer);
    let (request, host) = crate::protocol::answer_ids(&call.request_id);
    json!({
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": open.bucket.region,
        "eventTime": call.time.iso8601(),
        "eventName": happened.event,
        "userIdentity": { "principalId": principal(&call.caller) },
        "requestParameters": {
            "sourceIPAddress": call.source.map_or_else(|| "127.0.0.1".to_owned(), |source| source.to_string()),
        },
        "responseElements": { "x-amz-request-id": request, "x-amz-id-2": host },
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": rule.id,
            "bucket": {
                "name": open.name,
                "ownerIdentity": { "principalId": customer(&open.bucket.owner) },
                "arn": format!("arn:aws:s3:::{}", open.name),
            },
            "object": object,
        },
    })
}

/// "Amazon-customer-ID-of-the-user-who-caused-the-event".
fn principal(caller: &Caller) -> String {
    match &caller.identity {
        Identity::Session { role_id, session_name, .. } => format!("AWS:{role_id}:{session_name}"),
        Identity::Anonymous => "Anonymous".to_owned(),
        Identity::Root | Identity::Service { .. } => customer(&caller.account),
    }
}

/// "Amazon-customer-ID-of-the-bucket-owner": fourteen characters that begin with `A`.
fn customer(account: &AccountId) -> String {
    let digest = hex::encode_upper(Sha256::digest(format!("customer {account}")));
    format!("A{}", &digest[..13])
}
