//! What starts a function: the bucket, the permission, and the bucket's notification.

use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Wanted, function};
use crate::client::{CallError, Client};
use crate::failed::Failed;
use crate::trigger::S3Trigger;

/// A bucket's notification configuration. Source: S3 API reference, `PutBucketNotificationConfiguration`.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename = "NotificationConfiguration")]
struct Notifications {
    /// Not ours, and kept as they are.
    #[serde(rename = "TopicConfiguration", default)]
    topics: Vec<Rule>,
    #[serde(rename = "QueueConfiguration", default)]
    queues: Vec<Rule>,
    #[serde(rename = "CloudFunctionConfiguration", default)]
    functions: Vec<Rule>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Rule {
    #[serde(rename = "Id")]
    id: String,
    #[serde(rename = "CloudFunction", skip_serializing_if = "Option::is_none", default)]
    function: Option<String>,
    #[serde(rename = "Queue", skip_serializing_if = "Option::is_none", default)]
    queue: Option<String>,
    #[serde(rename = "Topic", skip_serializing_if = "Option::is_none", default)]
    topic: Option<String>,
    #[serde(rename = "Event", default)]
    events: Vec<String>,
    #[serde(rename = "Filter", skip_serializing_if = "Option::is_none", default)]
    filter: Option<Filter>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Filter {
    #[serde(rename = "S3Key")]
    key: KeyFilter,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct KeyFilter {
    #[serde(rename = "FilterRule", default)]
    rules: Vec<FilterRule>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct FilterRule {
    #[serde(rename = "Name")]
    name: String,
    #[serde(rename = "Value", default)]
    value: String,
}

impl Rule {
    fn of(trigger: &S3Trigger, wanted: &Wanted, arn: &str) -> Self {
        let said = [("prefix", &trigger.prefix), ("suffix", &trigger.suffix)];
        let rules: Vec<FilterRule> = said
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| FilterRule { name: name.to_owned(), value: value.clone() })
            .collect();
        Self {
            id: format!("dayfly {} {trigger}", wanted.name),
            function: Some(arn.to_owned()),
            queue: None,
            topic: None,
            events: vec!["s3:ObjectCreated:*".to_owned()],
            filter: (!rules.is_empty()).then_some(Filter { key: KeyFilter { rules } }),
        }
    }
}

/// Makes the buckets, lets them call the function, and tells them to.
pub async fn ensure(
    client: &Client,
    wanted: &Wanted,
    arn: &str,
    changes: &mut Vec<String>,
) -> Result<(), Failed> {
    for trigger in wanted.objects() {
        if ensure_bucket(client, &trigger.bucket).await? {
            changes.push(format!("made the bucket {}", trigger.bucket));
        }
        permit(client, &wanted.name, &trigger.bucket).await?;
        let mut there = read(client, &trigger.bucket).await?;
        let rule = Rule::of(trigger, wanted, arn);
        if there.functions.contains(&rule) {
            continue;
        }
        there.functions.retain(|other| other.id != rule.id);
        there.functions.push(rule);
        write(client, &trigger.bucket, &there).await?;
        changes.push(format!("{trigger} starts it"));
    }
    Ok(())
}

/// Whether the bucket had to be made.
pub async fn ensure_bucket(client: &Client, bucket: &str) -> Result<bool, CallError> {
    let path = format!("/{}", wire::encoded(bucket));
    match client.call("s3", Method::HEAD, &path, &[], "").await {
        Ok(_) => return Ok(false),
        Err(CallError::Fault { status: 404, .. }) => {}
        Err(error) => return Err(error),
    }
    // AWS: the first region is the one that is not named.
    let place = match client.region() {
        "us-east-1" => String::new(),
        region => format!(
            "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>{region}</LocationConstraint></CreateBucketConfiguration>"
        ),
    };
    match client.call("s3", Method::PUT, &path, &[], place).await {
        Ok(_) => Ok(true),
        Err(error) if error.is(&["BucketAlreadyOwnedByYou"]) => Ok(false),
        Err(error) => Err(error),
    }
}

async fn permit(client: &Client, function: &str, bucket: &str) -> Result<(), Failed> {
    let statement: String =
        format!("dayfly-{bucket}").chars().map(|letter| if letter == '.' { '_' } else { letter }).collect();
    let permission = json!({
        "StatementId": statement, "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com",
        "SourceArn": format!("arn:aws:s3:::{bucket}"),
    });
    let path = format!("{}/policy", function::path(function));
    match client.rest("lambda", Method::POST, &path, Some(&permission)).await {
        Err(error) if !error.is(&["ResourceConflictException"]) => Err(error.into()),
        _ => Ok(()),
    }
}

async fn read(client: &Client, bucket: &str) -> Result<Notifications, Failed> {
    let answer = client.call("s3", Method::GET, &notification(bucket), &[], "").await?;
    let mut there: Notifications = quick_xml::de::from_str(&answer.text())
        .map_err(Failed::because("reading the bucket's notifications"))?;
    // AWS: it answers `Prefix` where it was told `prefix`.
    let all = there.topics.iter_mut().chain(&mut there.queues).chain(&mut there.functions);
    let filters = all.filter_map(|rule| rule.filter.as_mut());
    filters.flat_map(|filter| &mut filter.key.rules).for_each(|rule| rule.name.make_ascii_lowercase());
    Ok(there)
}

async fn write(client: &Client, bucket: &str, notifications: &Notifications) -> Result<(), Failed> {
    let document = quick_xml::se::to_string(notifications)
        .map_err(Failed::because("writing the bucket's notifications"))?;
    client.call("s3", Method::PUT, &notification(bucket), &[], document).await?;
    Ok(())
}

fn notification(bucket: &str) -> String {
    format!("/{}?notification=", wire::encoded(bucket))
}

/// Takes the function out of every bucket's notifications; gives the buckets that had it.
pub async fn unwire(client: &Client, arn: &str) -> Result<Vec<String>, Failed> {
    let answer = client.call("s3", Method::GET, "/", &[], "").await?;
    let listed: Listed =
        quick_xml::de::from_str(&answer.text()).map_err(Failed::because("reading the list of buckets"))?;
    let mut had = Vec::new();
    for Named { name } in listed.buckets.buckets {
        let mut there = read(client, &name).await?;
        let before = there.functions.len();
        let is_other = |function: &str| function != arn && !function.starts_with(&format!("{arn}:"));
        there.functions.retain(|rule| rule.function.as_deref().is_none_or(is_other));
        if there.functions.len() < before {
            write(client, &name, &there).await?;
            had.push(name);
        }
    }
    Ok(had)
}

#[derive(Deserialize)]
struct Listed {
    #[serde(rename = "Buckets", default)]
    buckets: Buckets,
}

#[derive(Default, Deserialize)]
struct Buckets {
    #[serde(rename = "Bucket", default)]
    buckets: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    #[serde(rename = "Name")]
    name: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_of_others_survive_the_round_trip() {
        let xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<NotificationConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><CloudFunctionConfiguration><Id>a</Id><Filter><S3Key><FilterRule><Name>prefix</Name><Value>in/</Value></FilterRule></S3Key></Filter><CloudFunction>arn:aws:lambda:us-east-1:000000000000:function:f</CloudFunction><Event>s3:ObjectCreated:*</Event></CloudFunctionConfiguration><QueueConfiguration><Id>b</Id><Queue>arn:aws:sqs:us-east-1:000000000000:q</Queue><Event>s3:ObjectRemoved:*</Event></QueueConfiguration></NotificationConfiguration>";
        let read: Notifications = quick_xml::de::from_str(xml).unwrap();
        assert_eq!(read.functions[0].filter.as_ref().unwrap().key.rules[0].value, "in/");
        assert_eq!(read.queues[0].queue.as_deref(), Some("arn:aws:sqs:us-east-1:000000000000:q"));
        let again: Notifications =
            quick_xml::de::from_str(&quick_xml::se::to_string(&read).unwrap()).unwrap();
        assert_eq!(again, read);
        let empty: Notifications = quick_xml::de::from_str("<NotificationConfiguration/>").unwrap();
        assert_eq!(empty, Notifications::default());
    }
}
