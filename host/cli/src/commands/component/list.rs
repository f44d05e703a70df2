//! `provisor component list`

use std::collections::BTreeMap;
use std::process::ExitCode;

use provisor::Host;
use provisor::model::{Canary, Digest, Upload};
use provisor::sandbox::inspect;
use provisor::store::UploadFilter;
use serde_json::json;

use super::bytes;
use super::inspect::json;
use super::versions::{listed, tried};
use crate::output::{Output, Tone, plain};
use crate::table::Rows;

/// Uploads that are listed; the newest ones.
const MOST: usize = 1000;

/// `host` is there when there is a configuration.
pub fn run(host: Option<&Host>, output: &Output) -> anyhow::Result<ExitCode> {
    let mut components = Vec::new();
    for name in provisor_builtin::names() {
        components.push((name, inspect(&bytes(name)?)?));
    }
    let uploads = match host {
        Some(host) => uploaded(host)?,
        None => Vec::new(),
    };
    if output.is_json() {
        let built_in = components.iter().map(|(_, found)| json(found));
        let uploaded = uploads.iter().map(Uploaded::json);
        output.json(&built_in.chain(uploaded).collect::<Vec<_>>())?;
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
    if !uploads.is_empty() {
        output.line("\nuploaded")?;
        let headings = [
            "component",
            "world",
            "version",
            "digest",
            "state",
            "used by",
        ];
        let cells = uploads.iter().map(Uploaded::cells).collect();
        output.table(&headings, cells, "")?;
    }
    for one in &uploads {
        if let Some(canary) = &one.canary {
            let text = format!("{} {}", canary.component, tried(canary));
            output.sentence(0, Tone::Warning, "canary:", &text)?;
        }
        if let Some(message) = &one.not_vouched_for {
            let text = format!("{} is active, and {message}", one.upload.title());
            output.sentence(0, Tone::Warning, "not vouched for:", &text)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// An upload with what is made of it.
struct Uploaded {
    upload: Upload,
    state: &'static str,
    uses: Vec<String>,
    /// The canary that tries it.
    canary: Option<Canary>,
    /// What it lacks, of one that is active.
    not_vouched_for: Option<String>,
}

fn uploaded(host: &Host) -> anyhow::Result<Vec<Uploaded>> {
    let mut states: BTreeMap<Digest, &'static str> = BTreeMap::new();
    let mut canaries: BTreeMap<Digest, Canary> = BTreeMap::new();
    for canary in host.standing_canaries()? {
        states.insert(canary.candidate, "canary");
        canaries.insert(canary.candidate, canary);
    }
    for activations in host.all_activations()? {
        if let Some(asked) = &activations.asked {
            states.insert(asked.digest, "asked for");
        }
        if let Some(active) = activations.active() {
            states.insert(active.digest, "active");
        }
    }
    let filter = UploadFilter {
        name: None,
        limit: MOST,
    };
    let uploads = host.uploads(&filter)?.into_iter();
    uploads
        .map(|upload| {
            let state = states.get(&upload.digest).copied();
            let (uses, lacking) = match (state, upload.name()) {
                (Some("active"), Some(name)) => (host.uses(name), host.not_vouched_for(&upload)?),
                _ => (Vec::new(), None),
            };
            Ok(Uploaded {
                state: state.unwrap_or(upload.state()),
                uses,
                canary: canaries.remove(&upload.digest),
                not_vouched_for: lacking.map(|refusal| refusal.message),
                upload,
            })
        })
        .collect()
}

impl Uploaded {
    fn cells(&self) -> Vec<String> {
        let about = self.upload.about.as_ref();
        vec![
            about.map_or(String::new(), |about| about.name.to_string()),
            about.map_or(String::new(), |about| about.world.to_string()),
            about.map_or(String::new(), |about| plain(&about.version)),
            self.upload.digest.short(),
            self.state.to_owned(),
            match self.state {
                "active" => listed(&self.uses),
                _ => String::new(),
            },
        ]
    }

    fn json(&self) -> serde_json::Value {
        let about = self.upload.about.as_ref();
        json!({
            "name": about.map(|about| &about.name),
            "version": about.map(|about| &about.version),
            "summary": about.map(|about| &about.summary),
            "world": about.map(|about| about.world),
            "digest": self.upload.digest,
            "size": self.upload.size,
            "origins": about.map(|about| &about.origins),
            "uploaded-by": self.upload.by,
            "uploaded-at": self.upload.at,
            "state": self.state,
            "uses": self.uses,
            "canary": self.canary,
            "not-vouched-for": self.not_vouched_for,
        })
    }
}
