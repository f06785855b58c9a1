//! Queues and topics that start a function, and queues for what it could not handle.

use http::Method;
use serde_json::{Value, json};

use super::{Wanted, function};
use crate::client::{CallError, Client, element};
use crate::failed::Failed;
use crate::trigger::Trigger;

/// A message is hidden for so many times as long as the function may run. AWS: Lambda developer guide, "Using Lambda with
/// Amazon SQS", at least six times.
const HIDDEN_FOR: u32 = 6;

/// How often a message may fail before it is a dead letter.
const RECEIVES: u32 = 3;

/// Lambda's own, where nothing is said.
const TIMEOUT: u32 = 3;

/// A queue that is there.
pub struct Queue {
    url: String,
    pub arn: String,
}

/// The queue of this name; made when it is missing.
pub async fn ensure(
    client: &Client,
    name: &str,
    wanted: &Wanted,
    changes: &mut Vec<String>,
) -> Result<Queue, Failed> {
    let url = match client.sqs("GetQueueUrl", &json!({ "QueueName": name })).await {
        Ok(answer) => url_of(&answer),
        Err(CallError::Fault { code, .. }) if code.ends_with("QueueDoesNotExist") => {
            let hidden = (wanted.timeout.unwrap_or(TIMEOUT) * HIDDEN_FOR).max(30).to_string();
            let mut attributes = json!({ "VisibilityTimeout": hidden });
            if name.ends_with(".fifo") {
                attributes["FifoQueue"] = json!("true");
            }
            let made =
                client.sqs("CreateQueue", &json!({ "QueueName": name, "Attributes": attributes })).await?;
            changes.push(format!("made the queue {name}"));
            url_of(&made)
        }
        Err(error) => return Err(error.into()),
    };
    let ask = json!({ "QueueUrl": url, "AttributeNames": ["QueueArn"] });
    let answer = client.sqs("GetQueueAttributes", &ask).await?;
    let arn = answer["Attributes"]["QueueArn"].as_str().unwrap_or_default().to_owned();
    Ok(Queue { url, arn })
}

fn url_of(answer: &Value) -> String {
    answer["QueueUrl"].as_str().unwrap_or_default().to_owned()
}

/// Makes the queues and topics, and lets them start the function.
pub async fn wire(
    client: &Client,
    wanted: &Wanted,
    arn: &str,
    dead_letter: Option<&str>,
    changes: &mut Vec<String>,
) -> Result<(), Failed> {
    for trigger in &wanted.triggers {
        let is_new = match trigger {
            Trigger::Objects(_) => continue,
            Trigger::Queue(name) => {
                let queue = ensure(client, name, wanted, changes).await?;
                if let Some(dead_letter) = dead_letter {
                    redrive(client, &queue, dead_letter).await?;
                }
                map(client, &wanted.name, &queue).await?
            }
            Trigger::Topic(name) => subscribe(client, &wanted.name, name, arn).await?,
        };
        if is_new {
            changes.push(format!("{trigger} starts it"));
        }
    }
    Ok(())
}

async fn redrive(client: &Client, queue: &Queue, dead_letter: &str) -> Result<(), Failed> {
    let policy = json!({ "deadLetterTargetArn": dead_letter, "maxReceiveCount": RECEIVES }).to_string();
    let set = json!({ "QueueUrl": queue.url, "Attributes": { "RedrivePolicy": policy } });
    client.sqs("SetQueueAttributes", &set).await?;
    Ok(())
}

/// Whether it had to be made.
async fn map(client: &Client, function: &str, queue: &Queue) -> Result<bool, Failed> {
    let mapping = json!({ "EventSourceArn": queue.arn, "FunctionName": function });
    match client.rest("lambda", Method::POST, MAPPINGS, Some(&mapping)).await {
        Ok(_) => Ok(true),
        Err(error) if error.is(&["ResourceConflictException"]) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

const MAPPINGS: &str = "/2015-03-31/event-source-mappings";

/// Whether it had to be made.
async fn subscribe(client: &Client, function: &str, name: &str, arn: &str) -> Result<bool, Failed> {
    // AWS: it makes one, or gives the one that is there.
    let answer = client.sns("CreateTopic", &[("Name", name)]).await?;
    let topic = element(&answer, "TopicArn").unwrap_or_default();
    let permission = json!({
        "StatementId": format!("dayfly-topic-{name}").replace('.', "_"), "Action": "lambda:InvokeFunction",
        "Principal": "sns.amazonaws.com", "SourceArn": topic,
    });
    let path = format!("{}/policy", function::path(function));
    let is_new = match client.rest("lambda", Method::POST, &path, Some(&permission)).await {
        Ok(_) => true,
        Err(error) if error.is(&["ResourceConflictException"]) => false,
        Err(error) => return Err(error.into()),
    };
    let subscription = [("TopicArn", topic.as_str()), ("Protocol", "lambda"), ("Endpoint", arn)];
    client.sns("Subscribe", &subscription).await?;
    Ok(is_new)
}

/// No queue and no topic starts the function any more; gives their names.
pub async fn unwire(client: &Client, function: &str, arn: &str) -> Result<Vec<String>, Failed> {
    let mut had = Vec::new();
    let target = format!("{MAPPINGS}?FunctionName={}", wire::encoded(function));
    let answer = client.rest("lambda", Method::GET, &target, None).await?;
    for mapping in answer["EventSourceMappings"].as_array().into_iter().flatten() {
        let id = mapping["UUID"].as_str().unwrap_or_default();
        client.rest("lambda", Method::DELETE, &format!("{MAPPINGS}/{id}"), None).await?;
        had.extend(mapping["EventSourceArn"].as_str().map(last));
    }
    let mut token = None::<String>;
    loop {
        let page: Vec<_> = token.iter().map(|token| ("NextToken", token.as_str())).collect();
        let answer = client.sns("ListSubscriptions", &page).await?;
        for one in
            answer.split("<member>").skip(1).filter(|one| element(one, "Endpoint").as_deref() == Some(arn))
        {
            let subscription = element(one, "SubscriptionArn").unwrap_or_default();
            client.sns("Unsubscribe", &[("SubscriptionArn", &subscription)]).await?;
            had.extend(element(one, "TopicArn").as_deref().map(last));
        }
        token = element(&answer, "NextToken").filter(|token| !token.is_empty());
        if token.is_none() {
            return Ok(had);
        }
    }
}

/// The name at the end of an ARN.
fn last(arn: &str) -> String {
    arn.rsplit(':').next().unwrap_or_default().to_owned()
}
