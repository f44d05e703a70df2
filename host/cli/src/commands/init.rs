//! `provisor init`

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};

use crate::output::Output;

/// Files of an example: each with its name and its content.
pub type Files = &'static [(&'static str, &'static [u8])];

/// The example that a newcomer starts from: the files of `examples/payroll`.
pub const FILES: Files = &[
    (
        "provisor.toml",
        include_bytes!("../../../../examples/payroll/provisor.toml"),
    ),
    (
        "people.jsonl",
        include_bytes!("../../../../examples/payroll/people.jsonl"),
    ),
    (
        "instructions/create.md",
        include_bytes!("../../../../examples/payroll/instructions/create.md"),
    ),
    (
        "exports/paymaster-20260301-2200.csv",
        include_bytes!("../../../../examples/payroll/exports/paymaster-20260301-2200.csv"),
    ),
    (
        "exports/paymaster-20260302-2200.csv",
        include_bytes!("../../../../examples/payroll/exports/paymaster-20260302-2200.csv"),
    ),
    (
        "exports/paymaster-20260304-2200.csv",
        include_bytes!("../../../../examples/payroll/exports/paymaster-20260304-2200.csv"),
    ),
    (
        "exports/paymaster-20260305-2200.csv",
        include_bytes!("../../../../examples/payroll/exports/paymaster-20260305-2200.csv"),
    ),
    (
        "exports/paymaster-20260306-0930.csv",
        include_bytes!("../../../../examples/payroll/exports/paymaster-20260306-0930.csv"),
    ),
];

pub fn run(folder: &Path, output: &Output) -> anyhow::Result<ExitCode> {
    write(folder, FILES)?;
    if output.is_json() {
        let files: Vec<&str> = FILES.iter().map(|(name, _)| *name).collect();
        return output
            .json(&serde_json::json!({"folder": folder, "files": files}))
            .map(|()| ExitCode::SUCCESS);
    }
    output.line(format!(
        "{} is ready: provisor.toml, 240 people, five exports of a payroll application.\n\
         Next, in that folder:\n  \
         provisor --now 2026-03-02T08:00:00Z export take payroll --file paymaster-20260301-2200.csv\n  \
         provisor --now 2026-03-02T08:05:00Z request payroll --file people.jsonl\n  \
         provisor --now 2026-03-02T08:15:00Z run --no-exports\n  \
         provisor --now 2026-03-02T08:15:00Z case list",
        folder.display()
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// Writes the example into a folder that has none of its files yet.
pub fn write(folder: &Path, files: Files) -> anyhow::Result<()> {
    for (name, _) in files {
        let path = folder.join(name);
        // A link that leads nowhere is there, too.
        if path.symlink_metadata().is_ok() {
            bail!("{} is there already; nothing was written", path.display());
        }
    }
    // All folders come first, since they are what most easily goes wrong.
    for (name, _) in files {
        if let Some(parent) = folder.join(name).parent() {
            std::fs::create_dir_all(parent)
                .with_context(|| format!("folder {} cannot be made", parent.display()))?;
        }
    }
    for (name, content) in files {
        let path = folder.join(name);
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&path)
            .and_then(|mut file| file.write_all(content))
            .with_context(|| format!("{} cannot be written", path.display()))?;
    }
    Ok(())
}
