//! `provisor component approve`

use std::process::ExitCode;

use provisor::Host;

use super::versions::activated;
use crate::arguments::ApproveArguments;
use crate::output::Output;

pub async fn run(
    host: &Host,
    typed: &ApproveArguments,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let done = host
        .approve_component(&typed.component, &typed.person)
        .await?;
    activated(&done, output)
}
