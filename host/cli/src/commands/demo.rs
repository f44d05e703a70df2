//! `provisor demo`: one payroll application over four nights, told step by step, and then another
//! one whose work goes out as tickets.
//!
//! Everything happens through the same calls of the library as everywhere else, on the files of
//! `examples/payroll` and `examples/helpdesk`, with a clock that is moved by hand.

mod helpdesk;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::error::ErrorKind;
use provisor::configuration::Configuration;
use provisor::model::{CaseState, OperationState, PersonName};
use provisor::sandbox::SandboxConfig;
use provisor::store::{AccountFilter, CaseFilter};
use provisor::{
    CaseView, Host, HostOptions, Identity, ManualClock, OperationQuery, Report, Request, Wanted,
};

use self::helpdesk::Helpdesk;
use super::{account, case_sheet, export, init, request};
use crate::output::{Output, Tone, counted, plain};
use crate::session::compiler;

const RESOURCE: &str = "payroll";

/// The login name that the mapping computes, and the one that Eva takes instead.
const RENAMED: (&str, &str) = ("zsimkov1", "zsimkov1.new");

/// More than there ever are in the demo.
const ALL: usize = 10_000;

pub async fn run(keep: Option<&Path>, output: &Output) -> anyhow::Result<ExitCode> {
    if output.is_json() {
        let text = "the demo tells a story, which has no JSON; leave out --json\n";
        clap::Error::raw(ErrorKind::ArgumentConflict, text).exit();
    }
    let temporary = tempfile::tempdir().context("a temporary folder cannot be made")?;
    let folder: PathBuf = match keep {
        Some(folder) => folder.to_owned(),
        None => temporary.path().to_owned(),
    };
    init::write(&folder, init::FILES)?;
    let voice = Voice { output };
    let story = Story {
        clock: ManualClock::at("2026-03-02T08:00:00Z".parse()?),
        output,
        voice: &voice,
        eva: PersonName::new("eva")?,
        jan: PersonName::new("jan")?,
        audit: PersonName::new("head-of-audit")?,
    };
    let configuration = Configuration::load(&folder.join("provisor.toml"))?;
    let options = HostOptions {
        clock: Arc::new(story.clock.clone()),
        sandbox: SandboxConfig {
            compiler: compiler(),
            ..SandboxConfig::default()
        },
        ..HostOptions::default()
    };
    let host = output
        .watched(
            "preparing the components",
            Host::open(configuration, options),
        )
        .await?;
    // What the second part needs is made ready while the first one is told.
    let (told, helpdesk) = tokio::join!(
        story.tell(&host, &folder),
        Helpdesk::open(&folder, story.clock.clone())
    );
    told?;
    let helpdesk = helpdesk?;
    helpdesk.tell(&folder, &voice).await?;
    output.line("")?;
    match keep {
        Some(folder) => output.line(format!(
            "Go on by hand, four days later:\n\n    \
             cd {}\n    \
             export PROVISOR_NOW=2026-03-06T10:00:00Z\n    \
             provisor case list --all --limit 5\n    \
             provisor export list payroll\n    \
             provisor account show payroll ttran3\n    \
             provisor account history payroll shorvath\n    \
             provisor --config {helpdesk}/provisor.toml ticket list\n    \
             provisor --config {helpdesk}/provisor.toml account history archive zbrown",
            folder.display(),
            helpdesk = helpdesk::FOLDER,
        ))?,
        None => output.line(
            "Try next: `provisor demo --keep my-demo` leaves everything there to look at;\n\
             `provisor init my-payroll` gives you the same files to work through by hand.",
        )?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Tells what is going on.
struct Voice<'a> {
    output: &'a Output,
}

impl Voice<'_> {
    fn say(&self, text: &str) -> anyhow::Result<()> {
        self.output
            .line(format!("\n{}", self.output.paint(Tone::Strong, text)))
    }
}

struct Story<'a> {
    clock: ManualClock,
    output: &'a Output,
    voice: &'a Voice<'a>,
    eva: PersonName,
    jan: PersonName,
    audit: PersonName,
}

/// Somebody who should never have been asked for.
fn mistake(wanted: Wanted) -> anyhow::Result<Request> {
    let identity = Identity::new("E2001".parse()?)
        .with("given", ["Zoë"])
        .with("family", ["Brown"])
        .with("personnel-number", ["777"])
        .with("cost-center", ["100"])
        .with("hired", ["2026-03-02"])
        .with("employment-status", ["A"])
        .with("roles", ["payslip"]);
    Ok(Request {
        resource: RESOURCE.parse()?,
        identity,
        wanted,
        requester: "iam".parse()?,
        anew: false,
        after: None,
    })
}

/// One request for each person of the example.
fn requests(folder: &Path, resource: &str) -> anyhow::Result<Vec<Request>> {
    let people = std::fs::File::open(folder.join("people.jsonl"))?;
    request::read_identities(people)?
        .into_iter()
        .map(|identity| {
            Ok(Request {
                resource: resource.parse()?,
                identity,
                wanted: Wanted::Account,
                requester: "iam".parse()?,
                anew: false,
                after: None,
            })
        })
        .collect()
}

impl Story<'_> {
    async fn tell(&self, host: &Host, folder: &Path) -> anyhow::Result<()> {
        self.say(
            "Monday, 8:00. PayMaster, a payroll application, has no connector: people of the\n\
             payroll office make its accounts by hand. Every night it writes an export of\n\
             its accounts, in its own way. A sandboxed component, the reader `csv`, makes\n\
             sense of it:",
        )?;
        let report = host
            .take_export(RESOURCE, Some("paymaster-20260301-2200.csv"))
            .await?;
        export::show_report(&report, self.output)?;

        let requests = requests(folder, RESOURCE)?;
        self.say(&format!(
            "The IAM product now says who should have an account: {} people. The component\n\
             `cel-mapping` computes login, name and roles of each; `cel-policy` looks at\n\
             everything that would have to be done and decides whether it may go out:",
            requests.len()
        ))?;
        let receipts = host.request_all(requests).await?;
        let failed = receipts.iter().filter(|receipt| receipt.is_err()).count();
        let adopted = receipts
            .iter()
            .flatten()
            .filter(|receipt| receipt.adopted)
            .count();
        self.output.line(format!(
            "{adopted} accounts were there already and are taken over; {failed} requests failed.\n\
             {} opened: PayMaster has a propagation window of ten minutes.",
            counted(
                self.open_cases(host)?.len() as u64,
                "case was",
                "cases were"
            ),
        ))?;

        self.say(
            "8:04. Somebody was entered by mistake, and is taken out again. Both happen\n\
             within the window, so nobody at the payroll office ever hears of it:",
        )?;
        self.clock.advance(Duration::from_secs(4 * 60));
        let receipt = host.request(mistake(Wanted::Account)?).await?;
        for turn in [true, false] {
            for id in &receipt.operations {
                let operation = host.operation(*id)?;
                let why = operation.reason.as_ref();
                self.output.line(format!(
                    "{id}: {} the account {} is {}{}",
                    operation.kind,
                    operation.identifier,
                    operation.state,
                    why.map_or_else(String::new, |why| format!(": {why}"))
                ))?;
            }
            if turn {
                self.clock.advance(Duration::from_secs(2 * 60));
                host.request(mistake(Wanted::NoAccount)?).await?;
            }
        }

        self.say("8:10. The window is over, and what is left goes out:")?;
        self.clock.set("2026-03-02T08:10:00Z".parse()?);
        host.run_without_exports().await?;
        self.output.line(format!(
            "{} opened for what is missing or wrong.",
            counted(
                self.open_cases(host)?.len() as u64,
                "case was",
                "cases were"
            ),
        ))?;

        self.say("One thing does not go out by itself:")?;
        let held = host.operations(&OperationQuery {
            resource: Some(RESOURCE.to_owned()),
            states: vec![OperationState::Waiting],
            history: false,
            limit: ALL,
        })?;
        for operation in &held {
            self.output.line(format!(
                "{}: {} the account {} is held",
                operation.id, operation.kind, operation.identifier,
            ))?;
            let reason = operation.held.as_deref().unwrap_or_default();
            self.output.sentence(2, Tone::Warning, "because", reason)?;
            host.release(operation.id, &self.audit).await?;
            self.output.line(format!(
                "The head of audit agrees and releases it: {} is {} now.",
                operation.id,
                host.operation(operation.id)?.state
            ))?;
        }

        let open = self.open_cases(host)?;
        self.say(&format!(
            "Eva of the payroll office has {} cases now. She looks at the first:",
            open.len()
        ))?;
        if let Some(first) = open.first() {
            case_sheet::show(first, self.output)?;
        }

        self.say(
            "She works through the queue until the evening. One account she forgets, though\n\
             she closes its case; for another she has to take a different login name, and\n\
             says so:",
        )?;
        self.clock.advance(Duration::from_secs(8 * 60 * 60));
        for view in &open {
            let mut values = BTreeMap::new();
            if view.work.iter().any(|one| one.identifier == RENAMED.0) {
                values.insert("login".to_owned(), vec![RENAMED.1.to_owned()]);
                self.output.line(format!(
                    "{}: {} is done as {}",
                    view.case.id, view.title, RENAMED.1
                ))?;
            }
            let report = Report::Done {
                values,
                not_possible: Default::default(),
                note: None,
                at: None,
            };
            host.close_case(view.case.id, &self.eva, report).await?;
        }
        self.output.line(format!("{} cases closed.", open.len()))?;

        self.say(
            "Tuesday, 8:00. Tonight's export shows only part of the work: PayMaster lags\n\
             behind. The rest is `not-yet`: an account has a day of grace to show up, and\n\
             nothing is asked for twice within it:",
        )?;
        self.clock.set("2026-03-03T08:00:00Z".parse()?);
        let report = host
            .take_export(RESOURCE, Some("paymaster-20260302-2200.csv"))
            .await?;
        export::show_report(&report, self.output)?;

        self.say("Thursday, 8:00. The grace is over, and the export of last night decides:")?;
        self.clock.set("2026-03-05T08:00:00Z".parse()?);
        let report = host
            .take_export(RESOURCE, Some("paymaster-20260304-2200.csv"))
            .await?;
        export::show_report(&report, self.output)?;

        self.say("The login name that Eva had to change is what was verified:")?;
        let renamed = host.account(RESOURCE, RENAMED.1)?;
        for attribute in renamed
            .attributes
            .iter()
            .filter(|one| one.name.as_str() == "login")
        {
            self.output.line(format!(
                "login of {}: desired {} ({}),\n  current {} ({})",
                renamed.identity.as_deref().unwrap_or_default(),
                attribute.desired.clone().unwrap_or_default(),
                attribute
                    .desired_from
                    .as_ref()
                    .map_or("", |origin| origin.text.as_str()),
                attribute.current,
                attribute.current_from.text,
            ))?;
        }

        self.say(
            "And somebody gave an account more roles than anybody had asked for. That is\n\
             drift: a difference that no operation explains. Where every value comes from\n\
             can be seen:",
        )?;
        let drifted = host.accounts(&AccountFilter {
            drifted: true,
            limit: 1,
            ..AccountFilter::default()
        })?;
        for one in drifted {
            account::show(&host.account_by_id(one.id)?, self.output)?;
        }

        self.say(
            "What Eva forgot is asked for again, with the evidence; the role that is too\n\
             much shall be taken away, since the configuration says that drift of roles is\n\
             to be repaired:",
        )?;
        self.clock.advance(Duration::from_secs(10 * 60));
        host.run_without_exports().await?;
        let again = self.open_cases(host)?;
        for view in &again {
            case_sheet::show(view, self.output)?;
            self.output.line("")?;
        }
        self.clock.advance(Duration::from_secs(8 * 60 * 60));
        for view in &again {
            host.close_case(view.case.id, &self.eva, Report::done())
                .await?;
        }
        self.output
            .line(format!("Eva does both: {} cases closed.", again.len()))?;

        self.say(
            "Friday, 8:00. The export of last night is not what it seems: somebody had left\n\
             a filter on. Half the accounts are not in it. It is held, and changes nothing:",
        )?;
        self.clock.set("2026-03-06T08:00:00Z".parse()?);
        let held = host
            .take_export(RESOURCE, Some("paymaster-20260305-2200.csv"))
            .await?;
        export::show_report(&held, self.output)?;

        self.say("Jan wants to know what it would do if he believed it:")?;
        let preview = host.preview_export(held.export.id).await?;
        for line in preview.to_string().lines() {
            self.output.line(plain(line))?;
        }
        let why = "exported with a filter: three departments only";
        host.discard_export(held.export.id, &self.jan, why).await?;
        self.output.line(format!("\nJan discards it: \"{why}\"."))?;

        self.say("Half past nine: the whole export. It shows what Eva did yesterday:")?;
        self.clock.set("2026-03-06T09:35:00Z".parse()?);
        let report = host
            .take_export(RESOURCE, Some("paymaster-20260306-0930.csv"))
            .await?;
        export::show_report(&report, self.output)?;
        self.output.line(format!(
            "\n{} open, and every account is as it should be.",
            counted(self.open_cases(host)?.len() as u64, "case is", "cases are")
        ))?;
        Ok(())
    }

    fn open_cases(&self, host: &Host) -> anyhow::Result<Vec<CaseView>> {
        Ok(host.cases(&CaseFilter {
            state: Some(CaseState::Open),
            limit: ALL,
            ..CaseFilter::default()
        })?)
    }

    fn say(&self, text: &str) -> anyhow::Result<()> {
        self.voice.say(text)
    }
}
