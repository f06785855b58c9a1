//! placeholder
pub async fn run(_: crate::arguments::Demo, _: sandbox_linux::Forked) -> Result<(), crate::failed::Failed> {
    Ok(())
}
