//! `provisor component upload`

use std::process::ExitCode;

use anyhow::Context;
use provisor::model::Stage;
use provisor::package::Signature;
use provisor::{Host, Submission};

use super::open;
use super::sign::read;
use super::versions::refused;
use crate::arguments::UploadArguments;
use crate::output::{Output, Tone, plain};

pub async fn run(
    host: &Host,
    typed: &UploadArguments,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let name = typed.file.display();
    let file = open(&typed.file).with_context(|| format!("component {name}"))?;
    let report = match &typed.report {
        Some(path) => Some(read(path)?),
        None => None,
    };
    let mut signatures = Vec::new();
    for path in &typed.signatures {
        let signature =
            Signature::read(path).with_context(|| format!("signature {}", path.display()))?;
        signatures.push(signature);
    }
    let submission = Submission {
        content: Box::new(file),
        by: typed.person.clone(),
        note: typed.note.clone(),
        report,
        signatures,
    };
    let judging = output.watched("judging the component", host.upload(submission));
    let upload = judging.await.with_context(|| format!("component {name}"))?;
    let code = match upload.stage {
        Stage::Refused(_) => ExitCode::from(1),
        _ => ExitCode::SUCCESS,
    };
    if output.is_json() {
        output.json(&upload)?;
        return Ok(code);
    }
    match (&upload.stage, &upload.about) {
        (Stage::Refused(refusal), _) => {
            refused(&format!("{} is refused:", upload.title()), refusal, output)?;
        }
        (_, Some(about)) => {
            let title = plain(&upload.title());
            output.line(format!(
                "{} is {}, as {}",
                output.paint(Tone::Strong, title),
                upload.state(),
                about.world
            ))?;
            output.line(format!("  digest     sha256 {}", upload.digest))?;
            let uses = host.uses(&about.name);
            output.line(match uses.len() {
                0 => format!(
                    "  used by    nothing; write component = \"uploaded:{}\" where it shall be",
                    about.name
                ),
                _ => format!("  used by    {}", uses.join(", ")),
            })?;
            let short = upload.digest.short();
            output.line(format!(
                "Next: provisor component show {short}, then provisor component activate {short} \
                 --as PERSON"
            ))?;
        }
        (_, None) => {}
    }
    Ok(code)
}
