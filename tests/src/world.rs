//! One host with one resource, a folder for its exports, and a clock.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use provisor::configuration::Configuration;
use provisor::model::{
    CaseId, CaseState, EventKind, OperationId, OperationState, PersonName, Subject, Timestamp,
    Verdict,
};
use provisor::sandbox::{CacheConfig, SandboxConfig};
use provisor::store::{CaseFilter, HistoryFilter};
use provisor::{
    AccountView, AttributeView, CaseView, ExportReport, Host, HostError, HostOptions, Identity,
    ManualClock, OperationQuery, OperationView, Receipt, Report, Request, Wanted,
};

/// The secret that every identity carries; nothing may ever keep it.
pub const CANARY: &str = "canary-4f1d-swordfish";

/// The header of the application's export.
pub const HEADER: &str = "username,fullname,description,interests,disabled,password\n";

const RESOURCE: &str = r#"
[operators]
helpdesk = ["eva", "jan"]

[resource.app]
title = "Application"
identifier = "username"
status = "enabled"
operators = ["helpdesk"]
keep-finished = "30m"
"#;

const MAPPING: &str = r#"
[resource.app.mapping]
component = "cel-mapping"

[resource.app.mapping.settings.attributes]
username = 'withIteration(identity.username, iteration, 20)'
full-name = 'identity["full-name"]'
interests = 'values.interests'
enabled = 'identity.status == "active"'
"#;

const ATTRIBUTES: &str = r#"
[resource.app.attributes]
username = { required = true, ignore-case = true }
full-name = {}
description = {}
interests = { multi-valued = true }
enabled = { kind = "boolean" }
password = { secret = true }
"#;

const READER: &str = r#"
[resource.app.reader]
component = "csv"
folder = "exports"
file = "accounts.csv"
exported-at = "read"
settle = "0s"

[resource.app.reader.settings]
identifier = "username"
columns = [
  { column = "username" },
  { column = "fullname", attribute = "full-name" },
  { column = "description" },
  { column = "interests", multi-value-delimiter = ";" },
  { column = "disabled", attribute = "enabled", type = "boolean", true-values = ["true"], false-values = ["false"], inverted = true },
  { column = "password" },
]
"#;

/// What the configuration of a world says.
#[derive(Clone)]
pub struct Fixture {
    resource: String,
    attributes: String,
    mapping: String,
    reader: String,
    policy: String,
    more: String,
}

impl Fixture {
    /// People are believed: the fixture M.
    pub fn m() -> Self {
        Self {
            resource: RESOURCE.to_owned(),
            attributes: ATTRIBUTES.to_owned(),
            mapping: MAPPING.to_owned(),
            reader: String::new(),
            policy: String::new(),
            more: String::new(),
        }
    }

    /// Exports say what is really there: the fixture S.
    pub fn s() -> Self {
        Self {
            reader: READER.to_owned(),
            ..Self::m()
        }
        .rule("grace = \"15m\"")
    }

    /// The same with another rule of the resource.
    pub fn rule(mut self, line: &str) -> Self {
        self.resource.push_str(line);
        self.resource.push('\n');
        self
    }

    /// The same with more tables at its end.
    pub fn more(mut self, tables: &str) -> Self {
        self.more.push('\n');
        self.more.push_str(tables);
        self
    }

    /// The same with a text of the configuration replaced; it must be there.
    pub fn with(mut self, from: &str, to: &str) -> Self {
        let mut found = false;
        for part in [
            &mut self.resource,
            &mut self.attributes,
            &mut self.mapping,
            &mut self.reader,
        ] {
            found |= part.contains(from);
            *part = part.replace(from, to);
        }
        assert!(found, "the fixture has no {from:?}");
        self
    }

    /// The same with rules of a policy, as settings of `cel-policy`.
    pub fn policy(mut self, rules: &str) -> Self {
        self.policy = format!("\n[resource.app.policy]\ncomponent = \"cel-policy\"\n{rules}\n");
        self
    }

    /// The same with another component as its policy.
    pub fn with_policy(mut self, component: &str) -> Self {
        self.policy = self
            .policy
            .replace("\"cel-policy\"", &format!("{component:?}"));
        self
    }

    /// The whole text.
    pub fn text(&self) -> String {
        [
            &self.resource,
            &self.attributes,
            &self.mapping,
            &self.policy,
            &self.reader,
            &self.more,
        ]
        .map(String::as_str)
        .concat()
    }

    /// Opens a host with it.
    pub async fn open(&self) -> World {
        self.open_at(ManualClock::at(beginning())).await
    }

    /// Opens a host with it and this clock.
    pub async fn open_at(&self, clock: ManualClock) -> World {
        self.open_with_file(clock, "token", "token secret").await
    }

    /// Opens a host with it and this clock, and one more file beside the configuration.
    pub async fn open_with_file(&self, clock: ManualClock, name: &str, content: &str) -> World {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("provisor.toml"), self.text()).expect("written");
        // What a ticket system lets us in with, where the configuration names it.
        std::fs::write(folder.path().join("password"), "secret").expect("written");
        std::fs::write(folder.path().join(name), content).expect("written");
        std::fs::create_dir(folder.path().join("exports")).expect("made");
        let host = open(folder.path(), &clock).await.expect("the host opens");
        let world = World {
            host,
            clock,
            folder,
        };
        world.export("");
        world
    }
}

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

    /// The application's export shows these rows from now on.
    pub fn export(&self, rows: &str) {
        self.export_as("accounts.csv", format!("{HEADER}{rows}").as_bytes());
    }

    /// A file with exactly this content is in the folder of the exports.
    pub fn export_as(&self, name: &str, content: &[u8]) {
        std::fs::write(self.path(name), content).expect("written");
    }

    /// The application wrote the file at this moment.
    pub fn written_at(&self, name: &str, moment: Timestamp) {
        let millis = u64::try_from(moment.millis()).expect("after 1970");
        let time = SystemTime::UNIX_EPOCH + Duration::from_millis(millis);
        std::fs::File::options()
            .write(true)
            .open(self.path(name))
            .and_then(|file| file.set_modified(time))
            .expect("touched");
    }

    /// Where an export of this name is.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("exports").join(name)
    }

    /// Takes the export; it is accepted.
    pub async fn reads(&self) -> ExportReport {
        let report = self.take("accounts.csv").await.expect("it can be read");
        assert_eq!(
            report.export.state.as_str(),
            "accepted",
            "{:?}",
            report.export.remarks
        );
        report
    }

    /// A minute later the application's export shows these rows, and is taken.
    pub async fn shows(&self, rows: &str) {
        self.minutes(1);
        self.export(rows);
        self.reads().await;
    }

    /// Takes an export.
    pub async fn take(&self, name: &str) -> Result<ExportReport, HostError> {
        self.host.take_export("app", Some(name)).await
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

    /// An account by its identifier.
    pub fn account(&self, identifier: &str) -> AccountView {
        self.host
            .account("app", identifier)
            .expect("the account is known")
    }

    /// The cases that are open.
    pub fn cases(&self) -> Vec<CaseView> {
        self.host
            .cases(&CaseFilter {
                state: Some(CaseState::Open),
                limit: 1000,
                ..CaseFilter::default()
            })
            .expect("cases can be listed")
    }

    /// The one case that is open.
    pub fn case(&self) -> CaseView {
        let mut cases = self.cases();
        assert_eq!(cases.len(), 1, "open cases: {cases:#?}");
        cases.remove(0)
    }

    /// Operations under way, and those that ended a short while ago.
    pub fn pending(&self) -> Vec<OperationView> {
        self.host
            .operations(&OperationQuery {
                limit: 1000,
                ..OperationQuery::default()
            })
            .expect("operations can be listed")
    }

    /// Every operation that there ever was.
    pub fn operations(&self) -> Vec<OperationView> {
        self.host
            .operations(&OperationQuery {
                history: true,
                limit: 1000,
                ..OperationQuery::default()
            })
            .expect("operations can be listed")
    }

    /// The newest operation.
    pub fn last(&self) -> OperationView {
        self.operations()
            .into_iter()
            .max_by_key(|operation| operation.id)
            .expect("there is an operation")
    }

    /// An operation by number.
    pub fn operation(&self, id: OperationId) -> OperationView {
        self.host.operation(id).expect("the operation is known")
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

    /// The kinds of all events of the account, in order.
    pub fn history(&self, identifier: &str) -> Vec<EventKind> {
        let account = self.account(identifier).id;
        self.host
            .history(&HistoryFilter {
                account: Some(account),
                limit: 10_000,
                ..HistoryFilter::default()
            })
            .expect("the history can be read")
            .into_iter()
            .map(|entry| entry.event.kind)
            .collect()
    }

    /// How many times something happened to the account.
    pub fn count(&self, identifier: &str, kind: EventKind) -> usize {
        let history = self.history(identifier);
        history.iter().filter(|one| **one == kind).count()
    }

    /// What somebody should look at.
    pub fn attention(&self) -> String {
        self.host
            .resource_view("app")
            .expect("the resource is known")
            .attention
            .join("\n")
    }

    /// Everything that would be different if something had happened, and that it happened.
    pub fn everything(&self) -> String {
        let history = self.host.history(&HistoryFilter {
            limit: 10_000,
            ..HistoryFilter::default()
        });
        format!(
            "{}{:#?}",
            self.views(),
            history.expect("the history can be read")
        )
    }

    /// Everything that would be different if something had happened.
    pub fn views(&self) -> String {
        let mut all = format!("{:#?}\n", self.operations());
        for case in self.cases() {
            all.push_str(&format!("{case:#?}\n"));
        }
        for account in self
            .host
            .accounts(&provisor::store::AccountFilter {
                limit: 1000,
                ..Default::default()
            })
            .expect("accounts can be listed")
        {
            let view = self.host.account_by_id(account.id).expect("it is there");
            all.push_str(&format!("{view:#?}\n"));
        }
        all
    }

    /// No file below the host's data folder holds the canary, in plain text or as UTF-16.
    pub fn assert_no_secret(&self) {
        let wide: Vec<u8> = CANARY.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut folders = vec![self.folder.path().join("data")];
        let mut files = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                files += 1;
                let content = std::fs::read(&path).expect("readable");
                for needle in [CANARY.as_bytes(), &wide] {
                    assert!(
                        !content.windows(needle.len()).any(|part| part == needle),
                        "{} holds the secret",
                        path.display()
                    );
                }
            }
        }
        assert!(files > 0, "nothing was searched");
    }
}

/// A person of the IAM product, active, with a password that nobody may see.
pub fn identity(id: &str) -> Identity {
    Identity::new(id.parse().expect("an id"))
        .with("username", [id])
        .with("full-name", ["Will Turner"])
        .with("interests", ["pirates", "swords"])
        .with("status", ["active"])
        .with("password", [CANARY])
}

/// Will Turner, who wants an account.
pub fn will() -> Identity {
    identity("will")
}

/// A person who works with the host.
pub fn person(name: &str) -> PersonName {
    name.parse().expect("a name")
}

/// The row of the export that shows Will's account as it was asked for.
pub const WILL: &str = "will,Will Turner,,pirates;swords,false,\n";

/// Short questions about what is seen.
pub trait Seen {
    /// An attribute in all views.
    fn attribute(&self, name: &str) -> &AttributeView;

    /// What it is, with commas between several values.
    fn current(&self, name: &str) -> String {
        self.attribute(name).current.to_string()
    }

    /// What it will be.
    fn expected(&self, name: &str) -> String {
        self.attribute(name).expected.to_string()
    }

    /// What it should be.
    fn desired(&self, name: &str) -> String {
        self.attribute(name)
            .desired
            .as_ref()
            .map_or("(nobody cares)".to_owned(), ToString::to_string)
    }
}

impl Seen for AccountView {
    fn attribute(&self, name: &str) -> &AttributeView {
        self.attributes
            .iter()
            .find(|attribute| attribute.name.as_str() == name)
            .unwrap_or_else(|| panic!("no attribute {name} in {self:#?}"))
    }
}

/// What the operation was found to be about one attribute, or about the account itself.
pub fn verdict(operation: &OperationView, subject: &str) -> Verdict {
    operation
        .verdicts
        .iter()
        .find(|verdict| match &verdict.subject {
            Subject::Existence => subject == "the account itself",
            Subject::Attribute(name) => name.as_str() == subject,
        })
        .unwrap_or_else(|| panic!("no verdict about {subject} in {operation:#?}"))
        .verdict
}

/// The kind and state of an operation, in words.
pub fn state(operation: &OperationView) -> (&'static str, OperationState) {
    (operation.kind.as_str(), operation.state)
}
