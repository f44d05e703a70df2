//! `provisor component retire`

use std::process::ExitCode;

use provisor::Host;

use crate::arguments::RetireArguments;
use crate::output::{Output, plain};

pub async fn run(
    host: &Host,
    typed: &RetireArguments,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let upload = host
        .retire_component(&typed.component, &typed.person, &typed.reason)
        .await?;
    if output.is_json() {
        output.json(&upload)?;
    } else {
        let title = upload.title();
        output.line(format!("{} will not be activated again", plain(&title)))?;
    }
    Ok(ExitCode::SUCCESS)
}
