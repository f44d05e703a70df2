//! `provisor component build`

use std::process::ExitCode;

use provisor::sandbox::{Sandbox, SandboxConfig};
use provisor_kit::{Product, Project};

use super::inspect::json;
use crate::arguments::BuildArguments;
use crate::output::{Output, Tone, plain};

pub async fn run(arguments: &BuildArguments, output: &Output) -> anyhow::Result<ExitCode> {
    let project = Project::open(&arguments.folder)?;
    project.make()?;
    let sandbox = Sandbox::new(SandboxConfig::default())?;
    let judged = output.watched("judging the component", Product::of(&project, &sandbox));
    let product = judged.await?;
    let found = &product.inspection;
    if output.is_json() {
        let mut value = json(found);
        value["file"] = serde_json::json!(project.file);
        value["stamped"] = product.is_stamped.into();
        output.json(&value)?;
        return Ok(ExitCode::SUCCESS);
    }
    output.line(format!(
        "{} {}: {}",
        output.paint(Tone::Strong, plain(&found.about.name)),
        plain(&found.about.version),
        plain(&found.about.summary)
    ))?;
    for (label, text) in [
        ("world", found.world.to_string()),
        ("file", project.file.display().to_string()),
        ("size", format!("{} bytes", found.size)),
        ("digest", format!("sha256 {}", found.digest)),
    ] {
        output.line(format!("  {label:<10} {}", plain(&text)))?;
    }
    if product.is_stamped {
        output.line("  It did not say what it is; what it answers was written into the file.")?;
    }
    Ok(ExitCode::SUCCESS)
}
