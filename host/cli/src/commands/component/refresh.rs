//! `provisor component refresh`

use std::process::ExitCode;

use provisor_kit::{Project, Template};

use crate::arguments::RefreshArguments;
use crate::output::Output;

pub fn run(arguments: &RefreshArguments, output: &Output) -> anyhow::Result<ExitCode> {
    let project = Project::open(&arguments.folder)?;
    let glue = Template::glue(project.language, project.world);
    let written = glue.fill(&project.name, &project.folder)?;
    if output.is_json() {
        output.json(&serde_json::json!({ "written": written }))?;
        return Ok(ExitCode::SUCCESS);
    }
    for place in &written {
        output.line(format!("  {place}"))?;
    }
    let all = glue.paths().count();
    output.line(format!(
        "{} of {all} files were missing or otherwise before.",
        written.len()
    ))?;
    Ok(ExitCode::SUCCESS)
}
