//! `provisor component roll-back`

use std::process::ExitCode;

use provisor::Host;
use provisor::model::{Canary, ComponentName};

use super::versions::activated;
use crate::arguments::RollBackArguments;
use crate::output::Output;

pub async fn run(
    host: &Host,
    typed: &RollBackArguments,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    // While a canary stands, it is what is gone back from.
    let canary = ComponentName::new(typed.name.as_str())
        .ok()
        .and_then(|name| host.canary(&name, 0).ok())
        .map(|report| report.canary)
        .filter(Canary::stands);
    let done = host
        .roll_back_component(&typed.name, &typed.person, &typed.reason)
        .await?;
    if let Some(canary) = canary.filter(|_| !output.is_json()) {
        output.line(format!(
            "{} {} is not tried any more",
            canary.component,
            canary.candidate.short()
        ))?;
    }
    activated(&done, output)
}
