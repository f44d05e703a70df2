//! What is done to a host, step by step, so that it can be done again.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use provisor::model::{Answer, CaseId, ExportId, OperationId, Timestamp};
use provisor::{Host, HostError, Identity, Report, Request, Wanted};
use provisor_tests::world::{CANARY, person};
use serde::{Deserialize, Serialize};

/// One step.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Step {
    Request {
        id: String,
        attributes: BTreeMap<String, Vec<String>>,
    },
    Remove {
        id: String,
    },
    /// So many minutes pass, then everything that is due is done.
    Minutes(u64),
    Claim(CaseId),
    GiveBack(CaseId),
    Done {
        case: CaseId,
        values: BTreeMap<String, Vec<String>>,
    },
    Cannot(CaseId),
    Cancel(CaseId),
    Reopen(CaseId),
    /// The owner answers a question: it is to be set right, or may stay.
    Answer(CaseId, bool),
    /// Somebody says what shall be done about the drift of an account; `None` leaves it.
    Drift(String, Option<bool>),
    /// A row is the account of somebody.
    Link(String, String),
    /// An account is not that of whom it was thought to be.
    Unlink(String),
    /// A row that nobody asked for is to be removed.
    RemoveRow(String),
    Hold(OperationId),
    Release(OperationId),
    /// The application has written this export.
    Export(String),
    ReleaseExport(ExportId),
    DiscardExport(ExportId),
    /// Somebody uploads a version of a component that nobody uses.
    Upload(u8),
    Activate(u8),
    /// Somebody goes back from a version.
    GoBack(u8),
}

/// The component of a version; each is another one by a section that means nothing.
pub fn version(number: u8) -> Vec<u8> {
    let mut bytes = provisor_builtin::hostile::PLAIN_MAPPING.to_vec();
    bytes.extend([0, 3, 1, b'n', number]);
    bytes
}

/// What a version is.
pub fn digest(number: u8) -> provisor::model::Digest {
    provisor::package::digest(&version(number))
}

/// When the first step is done.
pub fn beginning() -> Timestamp {
    "2026-03-02T08:00:00Z".parse().expect("a moment")
}

/// The moment at which a step is done, after all steps before it.
pub fn moment(steps: &[Step]) -> Timestamp {
    let minutes = steps.iter().map(|step| match step {
        Step::Minutes(minutes) => *minutes,
        _ => 0,
    });
    beginning().after(Duration::from_secs(60 * minutes.sum::<u64>()))
}

/// Does one step, and what is due then, as a host that runs does all the time; the clock shows the
/// moment of the step already.
pub async fn perform(host: &Host, folder: &Path, step: &Step) -> Result<(), HostError> {
    let done = act(host, folder, step).await;
    host.run_without_exports().await?;
    done
}

async fn act(host: &Host, folder: &Path, step: &Step) -> Result<(), HostError> {
    let eva = person("eva");
    match step {
        Step::Request { id, attributes } => {
            let mut identity = Identity::new(id.parse().expect("an id")).with("password", [CANARY]);
            for (name, values) in attributes {
                identity = identity.with(name, values.iter().map(String::as_str));
            }
            host.request(request(identity, Wanted::Account)).await?;
        }
        Step::Remove { id } => {
            let identity = Identity::new(id.parse().expect("an id"));
            host.request(request(identity, Wanted::NoAccount)).await?;
        }
        Step::Minutes(_) => {}
        Step::Claim(case) => {
            host.claim(*case, &eva).await?;
        }
        Step::GiveBack(case) => {
            host.give_back(*case, &eva).await?;
        }
        Step::Done { case, values } => {
            let report = Report::Done {
                values: values.clone(),
                not_possible: BTreeMap::new(),
                note: None,
                at: None,
            };
            host.close_case(*case, &eva, report).await?;
        }
        Step::Cannot(case) => {
            let reason = "there is no such field".to_owned();
            host.close_case(*case, &eva, Report::NotPossible { reason })
                .await?;
        }
        Step::Cancel(case) => {
            let reason = "a mistake".to_owned();
            host.close_case(*case, &eva, Report::Cancelled { reason })
                .await?;
        }
        Step::Reopen(case) => {
            host.reopen_case(*case, &eva, "it was another one").await?;
        }
        Step::Answer(case, fix) => {
            host.answer_case(*case, &eva, said(*fix), &[], "as it was agreed")
                .await?;
        }
        // The same holds for what may stay, which is no drift any more.
        Step::Drift(identifier, Some(false))
            if host.account("app", identifier)?.drift.is_empty() => {}
        Step::Drift(identifier, Some(fix)) => {
            host.answer_drift("app", identifier, &[], said(*fix), &eva, "as it was agreed")
                .await?;
        }
        Step::Link(row, id) => {
            let id = id.parse().expect("an id");
            host.link_account("app", row, &id, &eva, "HR says so")
                .await?;
        }
        Step::Unlink(row) => {
            host.unlink_account("app", row, &eva, "it is another one")
                .await?;
        }
        Step::RemoveRow(row) => {
            host.remove_account("app", row, &eva, "a leftover").await?;
        }
        Step::Drift(identifier, None) => {
            host.acknowledge_drift("app", identifier, &[], &eva, "it is known")
                .await?;
        }
        // Whoever got no answer looks whether it is held before he holds it again.
        Step::Hold(operation) if host.operation(*operation)?.held.is_some() => {}
        Step::Hold(operation) => host.hold(*operation, &eva, "let us wait").await?,
        Step::Release(operation) => host.release(*operation, &eva).await?,
        Step::Export(content) => {
            std::fs::write(folder.join("exports/accounts.csv"), content).expect("written");
            host.take_export("app", None).await?;
        }
        Step::ReleaseExport(export) => {
            host.release_export(*export, &eva, "it is right").await?;
        }
        Step::Upload(number) => {
            let content = Box::new(std::io::Cursor::new(version(*number)));
            host.upload(provisor::Submission {
                content,
                by: person("ann"),
                note: String::new(),
                report: None,
                signatures: Vec::new(),
            })
            .await?;
        }
        Step::Activate(number) => {
            let called = digest(*number).to_string();
            host.activate_component(&called, &eva, Default::default(), "it is better")
                .await?;
        }
        // Whoever got no answer looks what is active before he goes back once more.
        Step::GoBack(number) => {
            let left = digest(*number);
            for activations in host.all_activations()? {
                if activations.is_active(&left) {
                    let name = activations.name.as_str();
                    host.roll_back_component(name, &eva, "it was worse").await?;
                }
            }
        }
        Step::DiscardExport(export) => {
            host.discard_export(*export, &eva, "it is wrong").await?;
        }
    }
    Ok(())
}

fn said(fix: bool) -> Answer {
    match fix {
        true => Answer::Fix,
        false => Answer::Keep,
    }
}

fn request(identity: Identity, wanted: Wanted) -> Request {
    Request {
        resource: "app".parse().expect("a name"),
        identity,
        wanted,
        requester: person("iam"),
        anew: false,
        after: None,
    }
}

/// What a step answers that was done already, when nobody heard of it.
pub fn was_done_already(error: &HostError) -> bool {
    matches!(
        error.code(),
        "case-closed"
            | "case-open"
            | "operation-state"
            | "export-not-held"
            | "component-already-active"
    )
}
