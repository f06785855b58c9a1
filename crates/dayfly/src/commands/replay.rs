//! `dayfly replay ID`: the same event again.

use http::Method;

use crate::arguments::Replay;
use crate::client::Client;
use crate::failed::Failed;
use crate::show::say;

pub async fn run(replay: &Replay) -> Result<(), Failed> {
    let client = Client::of(&replay.reach)?;
    let to = replay.to.as_ref().map(|to| format!("?to={}", wire::encoded(to))).unwrap_or_default();
    let target = format!("/_dayfly/v1/events/{}/replay{to}", wire::encoded(&replay.id));
    let answer = client.rest("dayfly", Method::POST, &target, None).await?;
    if replay.reach.json {
        return say(answer);
    }
    let said = |name: &str| answer[name].as_str().unwrap_or_default();
    say(format_args!(
        "It goes to {} again, as event {}.\n\nNow: dayfly event {}",
        said("Target"),
        said("Id"),
        said("Id")
    ))
}
