//! `provisor component key`

use std::path::Path;
use std::process::ExitCode;

use provisor::package::PrivateKey;

use crate::arguments::KeyCommand;
use crate::output::Output;

pub fn run(command: &KeyCommand, output: &Output) -> anyhow::Result<ExitCode> {
    match command {
        KeyCommand::New { file } => {
            let key = PrivateKey::new()?;
            key.write(file)?;
            show(file, &key, output, true)
        }
        KeyCommand::Show { file } => show(file, &PrivateKey::read(file)?, output, false),
    }
}

fn show(file: &Path, key: &PrivateKey, output: &Output, new: bool) -> anyhow::Result<ExitCode> {
    let public = key.public();
    if output.is_json() {
        output.json(&serde_json::json!({"file": file, "public-key": public}))?;
    } else if new {
        output.line(format!(
            "{} is a new key. Keep it to yourself; its public half is\n{public}",
            file.display()
        ))?;
    } else {
        output.line(public.to_string())?;
    }
    Ok(ExitCode::SUCCESS)
}
