//! `provisor component delete`

use std::process::ExitCode;

use provisor::Host;

use crate::arguments::DeleteArguments;
use crate::output::{Output, plain};

pub async fn run(
    host: &Host,
    typed: &DeleteArguments,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let upload = host
        .delete_component(&typed.component, &typed.person)
        .await?;
    if output.is_json() {
        output.json(&upload)?;
    } else {
        output.line(format!("{} is deleted", plain(&upload.title())))?;
    }
    Ok(ExitCode::SUCCESS)
}
