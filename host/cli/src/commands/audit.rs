//! `provisor audit`

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use provisor::store::Checkpoint;
use provisor::{Host, Verified, verify_log};

use crate::arguments::AuditCommand;
use crate::output::{Output, Tone, counted};

/// A checkpoint is some hundred bytes long.
const LARGEST_CHECKPOINT: u64 = 64 * 1024;

/// What needs no host; `None` for the rest.
pub fn run_without_host(
    command: &AuditCommand,
    output: &Output,
) -> Option<anyhow::Result<ExitCode>> {
    match command {
        AuditCommand::Verify {
            log: Some(log),
            key: Some(key),
            ..
        } => Some(verify(log, key, output)),
        _ => None,
    }
}

pub fn run(host: &Host, command: &AuditCommand, output: &Output) -> anyhow::Result<ExitCode> {
    match command {
        AuditCommand::Verify { checkpoint, .. } => {
            let checkpoints = checkpoint
                .iter()
                .map(|file| read_checkpoint(file))
                .collect::<anyhow::Result<Vec<_>>>()?;
            show(&host.verify_audit(&checkpoints)?, output)?;
        }
        AuditCommand::Checkpoint { to } => {
            let checkpoint = host.audit_checkpoint()?;
            match to {
                None => output.json(&checkpoint)?,
                Some(to) => {
                    let text = serde_json::to_string_pretty(&checkpoint)?;
                    create(to)?
                        .write_all(text.as_bytes())
                        .with_context(|| format!("{} cannot be written", to.display()))?;
                    told(&checkpoint, to, output)?;
                }
            }
        }
        AuditCommand::Export { to } => {
            let mut file = BufWriter::new(create(to)?);
            let checkpoint = host.export_audit(&mut file)?;
            file.flush()
                .with_context(|| format!("{} cannot be written", to.display()))?;
            told(&checkpoint, to, output)?;
        }
        AuditCommand::Key => {
            let key = host.audit_public_key()?;
            match output.is_json() {
                true => output.json(&serde_json::json!({"public-key": key}))?,
                false => output.line(key)?,
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn verify(log: &Path, key: &str, output: &Output) -> anyhow::Result<ExitCode> {
    let file = File::open(log).with_context(|| format!("{} cannot be read", log.display()))?;
    show(&verify_log(&mut BufReader::new(file), key)?, output)?;
    Ok(ExitCode::SUCCESS)
}

fn show(verified: &Verified, output: &Output) -> anyhow::Result<()> {
    if output.is_json() {
        return output.json(verified);
    }
    let checkpoints = match verified.checkpoints {
        0 => String::new(),
        count => format!(
            ", and agree with {}",
            counted(count as u64, "checkpoint", "checkpoints")
        ),
    };
    output.line(format!(
        "{} All {} are as they were written{checkpoints}.",
        output.paint(Tone::Good, "The history holds."),
        counted(verified.records, "record", "records")
    ))
}

fn told(checkpoint: &Checkpoint, to: &Path, output: &Output) -> anyhow::Result<()> {
    if output.is_json() {
        return output.json(checkpoint);
    }
    output.line(format!(
        "{} has {}, signed with the key\n{}",
        to.display(),
        match checkpoint.sequence {
            1 => "1 record".to_owned(),
            records => format!("the end of {records} records"),
        },
        checkpoint.public_key
    ))
}

fn create(path: &Path) -> anyhow::Result<File> {
    File::create_new(path).with_context(|| format!("{} cannot be made", path.display()))
}

fn read_checkpoint(path: &Path) -> anyhow::Result<Checkpoint> {
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(LARGEST_CHECKPOINT).read_to_string(&mut text))
        .with_context(|| format!("{} cannot be read", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is no checkpoint", path.display()))
}
