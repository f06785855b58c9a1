//! placeholder
pub async fn run(_: &crate::arguments::Ls) -> Result<(), crate::failed::Failed> {
    Ok(())
}
