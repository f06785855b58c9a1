//! placeholder
pub async fn run(_: &crate::arguments::Bill) -> Result<(), crate::failed::Failed> {
    Ok(())
}
