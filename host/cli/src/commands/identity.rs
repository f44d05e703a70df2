//! `provisor identity`

use std::process::ExitCode;

use provisor::Host;

use crate::arguments::IdentityCommand;
use crate::output::{Output, Tone, counted};

pub async fn run(
    host: &Host,
    command: &IdentityCommand,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let IdentityCommand::Erase {
        identity,
        person,
        reason,
    } = command;
    let erasing = host.erase_identity(identity, person, reason);
    let erased = output.watched("erasing", erasing).await?;
    if output.is_json() {
        output.json(&erased)?;
        return Ok(ExitCode::SUCCESS);
    }
    if !erased.known && erased.accounts.is_empty() {
        output.line(format!("Nothing is kept of {identity}."))?;
    } else {
        output.line(format!(
            "{identity} is forgotten: attributes, {}, {}, {}.",
            counted(erased.accounts.len() as u64, "account", "accounts"),
            counted(erased.cases.len() as u64, "case", "cases"),
            counted(erased.texts, "text of the history", "texts of the history"),
        ))?;
    }
    if !erased.compacted {
        output.sentence(
            0,
            Tone::Warning,
            "but",
            "somebody else uses the database, so that its file may still have traces in its free \
             room; the same command again removes them",
        )?;
    }
    output.line("Exports and attachments are kept as evidence and may still name the person.")?;
    Ok(ExitCode::SUCCESS)
}
