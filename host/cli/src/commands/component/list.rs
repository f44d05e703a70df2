//! `provisor component list`

use std::process::ExitCode;

use provisor::sandbox::inspect;

use super::bytes;
use super::inspect::json;
use crate::output::Output;
use crate::table::Rows;

pub fn run(output: &Output) -> anyhow::Result<ExitCode> {
    let mut components = Vec::new();
    for name in provisor_builtin::names() {
        components.push((name, inspect(&bytes(name)?)?));
    }
    if output.is_json() {
        let values: Vec<_> = components.iter().map(|(_, found)| json(found)).collect();
        output.json(&values)?;
        return Ok(ExitCode::SUCCESS);
    }
    let cells = components
        .iter()
        .map(|(name, found)| {
            vec![
                (*name).to_owned(),
                found.world.to_string(),
                found.about.version.clone(),
                found.digest.short(),
            ]
        })
        .collect();
    let summaries = components.iter().map(|(_, found)| &found.about.summary);
    let rows = Rows {
        headings: &["component", "world", "version", "digest"],
        cells,
        remarks: Some(("", summaries.cloned().collect())),
    };
    output.rows(&rows, "")?;
    Ok(ExitCode::SUCCESS)
}
