//! `provisor component activate`

use std::process::ExitCode;

use provisor::Host;
use provisor::model::Grants;

use super::versions::{activated, comparison, problem};
use crate::arguments::ActivateArguments;
use crate::output::{Output, Tone, plain};

pub async fn run(
    host: &Host,
    typed: &ActivateArguments,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let mut grants = Grants {
        origins: typed.grant.iter().cloned().collect(),
        secrets: typed.grant_secret.iter().cloned().collect(),
    };
    let upload = host.uploaded(&typed.component)?;
    // From here on this one version is meant, also when a newer one comes in.
    let digest = upload.digest.to_string();
    if typed.keep_grants
        && let Some(name) = upload.name()
        && let Some(active) = host.active_version(name)?
    {
        grants = grants.union(&active.grants);
    }
    if typed.preview {
        let view = host.version_view(&digest, Some(&grants)).await?;
        if output.is_json() {
            output.json(&view)?;
            return Ok(ExitCode::SUCCESS);
        }
        let title = output.paint(Tone::Strong, plain(&upload.title()));
        output.line(format!("{title} would be used with these grants:"))?;
        comparison(&view.grants, output)?;
        problem(&view, output)?;
        output.line("Nothing was changed.")?;
        return Ok(ExitCode::SUCCESS);
    }
    if !output.is_json() {
        let view = host.version_view(&digest, Some(&grants)).await?;
        comparison(&view.grants, output)?;
    }
    let done = host
        .activate_component(&digest, &typed.person, grants, &typed.reason)
        .await?;
    activated(&done, output)
}
