//! placeholder
pub async fn run(_: &crate::arguments::Events) -> Result<(), crate::failed::Failed> {
    Ok(())
}
