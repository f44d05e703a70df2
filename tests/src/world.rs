//! One host with one resource, a folder for its exports, and a clock.

mod exports;
mod fixture;
mod people;
mod seen;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use provisor::configuration::Configuration;
use provisor::model::{CaseId, Timestamp};
use provisor::sandbox::{CacheConfig, SandboxConfig};
use provisor::{
    Host, HostError, HostOptions, Identity, ManualClock, Receipt, Report, Request, Wanted,
};

pub use fixture::{Fixture, HEADER};
pub use people::{CANARY, WILL, identity, person, will};
pub use seen::{Seen, state, verdict};

/// When the clock of a world begins.
pub fn beginning() -> Timestamp {
    "2026-03-02T08:00:00Z".parse().expect("a moment")
}

/// Opens the host whose configuration is in `folder`. The compiled components are shared by all
/// tests, since compiling them takes longer than everything else.
pub async fn open(folder: &Path, clock: &ManualClock) -> Result<Host, HostError> {
    open_with(folder, clock, HostOptions::default().busy_timeout).await
}

/// The same with as much patience with other processes that use the database.
pub async fn open_with(
    folder: &Path,
    clock: &ManualClock,
    busy_timeout: Duration,
) -> Result<Host, HostError> {
    let configuration = Configuration::load(&folder.join("provisor.toml"))?;
    let shared = shared_folder();
    Host::open(
        configuration,
        HostOptions {
            clock: Arc::new(clock.clone()),
            sandbox: SandboxConfig {
                cache: Some(CacheConfig {
                    directory: shared.join("code"),
                    key_file: shared.join("key"),
                }),
                ..SandboxConfig::default()
            },
            busy_timeout,
        },
    )
    .await
}

/// A folder beside the built programs, which all tests share and later runs find again.
fn shared_folder() -> PathBuf {
    let program = std::env::current_exe().expect("a test is a program");
    let target = program
        .ancestors()
        .nth(3)
        .expect("it lies in target/PROFILE/deps");
    let folder = target.join("tmp").join("components");
    std::fs::create_dir_all(&folder).expect("made");
    folder
}

/// One host with one resource called `app`, a folder for its exports, and a clock.
pub struct World {
    /// The host.
    pub host: Host,
    /// Its clock.
    pub clock: ManualClock,
    /// Where its configuration, its data and its exports are.
    pub folder: tempfile::TempDir,
}

impl World {
    /// The process is gone and starts again.
    pub async fn restart(&mut self) {
        self.host = open(self.folder.path(), &self.clock)
            .await
            .expect("the host opens again");
    }

    /// Time passes.
    pub fn minutes(&self, minutes: u64) {
        self.clock.advance(Duration::from_secs(minutes * 60));
    }

    /// Somebody wants the account.
    pub async fn requests(&self, identity: Identity) -> Receipt {
        self.ask(identity, Wanted::Account, false)
            .await
            .expect("the request is recorded")
    }

    /// Somebody wants the account no more.
    pub async fn unassigns(&self, id: &str) -> Receipt {
        self.ask(identity(id), Wanted::NoAccount, false)
            .await
            .expect("the request is recorded")
    }

    /// A request, whatever becomes of it.
    pub async fn ask(
        &self,
        identity: Identity,
        wanted: Wanted,
        anew: bool,
    ) -> Result<Receipt, HostError> {
        self.host
            .request(Request {
                resource: "app".parse().expect("a name"),
                identity,
                wanted,
                requester: person("iam"),
                anew,
                after: None,
            })
            .await
    }

    /// Eva completes the case as asked.
    pub async fn completes(&self, case: CaseId) {
        self.completes_with(case, &[]).await;
    }

    /// Eva completes the case with other values.
    pub async fn completes_with(&self, case: CaseId, values: &[(&str, &[&str])]) {
        let values = values
            .iter()
            .map(|(name, values)| {
                let values = values.iter().map(ToString::to_string).collect();
                ((*name).to_owned(), values)
            })
            .collect::<BTreeMap<_, _>>();
        self.closes(
            case,
            Report::Done {
                values,
                not_possible: Default::default(),
                note: None,
                at: None,
            },
        )
        .await
        .expect("the case is closed");
    }

    /// Eva says that it cannot be done.
    pub async fn cannot(&self, case: CaseId, reason: &str) {
        self.closes(
            case,
            Report::NotPossible {
                reason: reason.to_owned(),
            },
        )
        .await
        .expect("the case is closed");
    }

    /// Eva closes a case, whatever becomes of it.
    pub async fn closes(&self, case: CaseId, report: Report) -> Result<(), HostError> {
        self.host
            .close_case(case, &person("eva"), report)
            .await
            .map(|_| ())
    }
}
