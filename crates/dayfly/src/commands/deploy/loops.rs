//! A function that writes where it is started from would call itself for ever: such a trigger is refused.

use super::Wanted;
use crate::client::{Client, element};
use crate::failed::Failed;

/// Refuses triggers whose source the function is told to write to by its environment.
pub fn refuse_named(wanted: &Wanted) -> Result<(), Failed> {
    if wanted.force {
        return Ok(());
    }
    for trigger in wanted.objects() {
        let told = wanted.environment.iter().flatten().find(|(_, value)| trigger.is_named_by(value));
        if let Some((key, value)) = told {
            return Err(Failed::new(format!(
                "refused: {key}={value} names the source of {trigger}. What the function writes there would start it again, without end. Write to another bucket, or start it from another prefix; --force does it all the same"
            )));
        }
    }
    Ok(())
}

/// Refuses triggers whose source the function's role lets it write to. The role that deploy makes denies just that.
pub async fn refuse_allowed(client: &Client, wanted: &Wanted, role: &str) -> Result<(), Failed> {
    if wanted.force || wanted.role.is_none() {
        return Ok(());
    }
    for trigger in wanted.objects() {
        let object = trigger.example_arn();
        let ask = [
            ("PolicySourceArn", role),
            ("ActionNames.member.1", "s3:PutObject"),
            ("ResourceArns.member.1", object.as_str()),
        ];
        let answer = client.iam("SimulatePrincipalPolicy", &ask).await?;
        if element(&answer, "EvalDecision").as_deref() == Some("allowed") {
            return Err(Failed::new(format!(
                "refused: the role {role} lets the function write into {trigger}, which starts it. It could start itself without end. Deny s3:PutObject on {} to the role, or start it from elsewhere; --force does it all the same",
                trigger.objects_arn()
            )));
        }
    }
    Ok(())
}
