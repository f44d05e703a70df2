//! `provisor component new`

use std::process::ExitCode;

use provisor_kit::{Name, Template};

use crate::arguments::NewArguments;
use crate::output::{Output, Tone};

pub fn run(arguments: &NewArguments, output: &Output) -> anyhow::Result<ExitCode> {
    let name: Name = arguments.name.parse()?;
    let template = Template::find(arguments.language, arguments.world)?;
    let folder = template.write(&name, &arguments.parent)?;
    if output.is_json() {
        output.json(&serde_json::json!({
            "name": name.as_str(),
            "world": arguments.world.as_str(),
            "language": arguments.language.as_str(),
            "folder": folder,
        }))?;
        return Ok(ExitCode::SUCCESS);
    }
    output.line(format!(
        "{} is a {} component in {}. README.md says what is where.\n",
        output.paint(Tone::Strong, folder.display().to_string()),
        arguments.world,
        arguments.language.title(),
    ))?;
    output.line("Type next:")?;
    output.line(format!("    cd {}", folder.display()))?;
    for step in arguments.language.first_steps() {
        output.line(format!("    {step}"))?;
    }
    output.line("    provisor component build")?;
    Ok(ExitCode::SUCCESS)
}
