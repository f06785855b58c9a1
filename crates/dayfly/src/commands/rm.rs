//! `dayfly rm`: removes a function, and what deploy made for it.

use http::Method;
use serde_json::json;

use super::deploy;
use crate::arguments::Rm;
use crate::client::Client;
use crate::failed::Failed;
use crate::show::say;

pub async fn run(rm: &Rm) -> Result<(), Failed> {
    let client = Client::of(&rm.reach)?;
    let path = format!("/2015-03-31/functions/{}", wire::encoded(&rm.name));
    let there = client.rest("lambda", Method::GET, &format!("{path}/configuration"), None).await?;
    let arn = there["FunctionArn"].as_str().unwrap_or_default();
    let buckets = deploy::unwire(&client, arn).await?;
    let queues = deploy::unwire_queues(&client, &rm.name, arn).await?;
    client.rest("lambda", Method::DELETE, &path, None).await?;
    let role = deploy::remove_role(&client, &rm.name).await?;
    if rm.reach.json {
        say(json!({ "Removed": arn, "Buckets": buckets, "Queues": queues, "RoleRemoved": role }))?;
        return Ok(());
    }
    say(format_args!("{} is gone.", rm.name))?;
    for bucket in buckets {
        say(format_args!("  {bucket} does not start it any more; the bucket and its objects stay"))?;
    }
    for queue in queues {
        say(format_args!("  {queue} does not start it any more; it and its messages stay"))?;
    }
    if role {
        say("  its role is removed")?;
    }
    Ok(())
}
