//! `provisor demo`: one payroll application over three nights, told step by step.
//!
//! Everything happens through the same calls of the library as everywhere else, on the files of
//! `examples/payroll`, with a clock that is moved by hand.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use provisor::configuration::Configuration;
use provisor::model::{CaseState, OperationState, PersonName};
use provisor::sandbox::SandboxConfig;
use provisor::store::{AccountFilter, CaseFilter};
use provisor::{CaseView, Host, HostOptions, ManualClock, OperationQuery, Report, Request, Wanted};

use super::{account, case, export, init, request};
use crate::output::{Output, Tone};
use crate::session::compiler;

const RESOURCE: &str = "payroll";

/// More than there ever are in the demo.
const ALL: usize = 10_000;

pub async fn run(keep: Option<&Path>, output: &Output) -> anyhow::Result<ExitCode> {
    let temporary = tempfile::tempdir().context("a temporary folder cannot be made")?;
    let folder: PathBuf = match keep {
        Some(folder) => folder.to_owned(),
        None => temporary.path().to_owned(),
    };
    init::write(&folder)?;
    let story = Story {
        clock: ManualClock::at("2026-03-02T08:00:00Z".parse()?),
        output,
        eva: PersonName::new("eva")?,
    };
    let configuration = Configuration::load(&folder.join("provisor.toml"))?;
    let host = Host::open(
        configuration,
        HostOptions {
            clock: Arc::new(story.clock.clone()),
            sandbox: SandboxConfig {
                compiler: compiler(),
                ..SandboxConfig::default()
            },
        },
    )
    .await?;
    story.tell(&host, &folder).await?;
    output.line("")?;
    match keep {
        Some(folder) => output.line(format!(
            "Go on by hand: cd {} and try `provisor --now 2026-03-05T09:00:00Z case list`,\n\
             `account list --drifted`, `account show payroll ttran3`.",
            folder.display()
        ))?,
        None => output.line(
            "Next: `provisor demo --keep my-demo` leaves everything there to look at;\n\
             `provisor init my-payroll` gives you the same files to work through by hand.",
        )?,
    }
    Ok(ExitCode::SUCCESS)
}

struct Story<'a> {
    clock: ManualClock,
    output: &'a Output,
    eva: PersonName,
}

impl Story<'_> {
    async fn tell(&self, host: &Host, folder: &Path) -> anyhow::Result<()> {
        self.say(
            "Monday, 8:00. PayMaster has no connector: people of the payroll office make its accounts.\n\
             Every night it writes an export, in its own way. A sandboxed reader (csv) makes sense of it:",
        )?;
        let report = host
            .take_export(RESOURCE, Some("paymaster-20260301-2200.csv"))
            .await?;
        export::show_report(&report, self.output)?;

        self.say(
            "The IAM product now says who should have an account: 240 people. A sandboxed mapping\n\
             (cel-mapping) computes login, name and roles of each; a sandboxed policy (cel-policy) looks\n\
             at everything that would have to be done:",
        )?;
        let people = std::fs::File::open(folder.join("people.jsonl"))?;
        let requests: Vec<Request> = request::read_identities(people)?
            .into_iter()
            .map(|identity| {
                Ok(Request {
                    resource: RESOURCE.parse()?,
                    identity,
                    wanted: Wanted::Account,
                    requester: "iam".parse()?,
                    anew: false,
                })
            })
            .collect::<anyhow::Result<_>>()?;
        let receipts = host.request_all(requests).await?;
        let adopted = receipts
            .iter()
            .flatten()
            .filter(|receipt| receipt.adopted)
            .count();
        let failed = receipts.iter().filter(|receipt| receipt.is_err()).count();
        let open = self.open_cases(host)?;
        let held = host.operations(&OperationQuery {
            resource: Some(RESOURCE.to_owned()),
            states: vec![OperationState::Waiting],
            history: false,
            limit: ALL,
        })?;
        self.output.line(format!(
            "{adopted} accounts were there already and are taken over; {} cases were opened for what is\n\
             missing or wrong; {} operations wait for a release; {failed} requests failed.",
            open.len(),
            held.len(),
        ))?;
        for operation in held.iter().take(1) {
            self.output.line(format!(
                "Held, for example: {} {} ({})",
                operation.kind,
                operation.identifier,
                operation.held.as_deref().unwrap_or("")
            ))?;
        }

        self.say("Eva of the payroll office looks at the first case:")?;
        if let Some(first) = open.first() {
            case::show(first, self.output)?;
        }

        self.say(
            "She works through the queue until the evening. One account she forgets, though she closes its\n\
             case; for another she takes a different login name, and says so:",
        )?;
        self.clock.advance(Duration::from_secs(8 * 60 * 60));
        let mut done = 0;
        for view in &open {
            let mut values = std::collections::BTreeMap::new();
            if view.case.identifier == "zsimkov1" {
                values.insert("login".to_owned(), vec!["zsimkov1.new".to_owned()]);
            }
            let report = Report::Done {
                values,
                note: None,
                at: None,
            };
            host.close_case(view.case.id, &self.eva, report).await?;
            done += 1;
        }
        self.output.line(format!("{done} cases closed."))?;

        self.say(
            "Tuesday, 8:00. Tonight's export shows only part of it: PayMaster lags behind. Nothing is asked\n\
             for twice because of that; what is not there yet has a day of grace:",
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

        self.say("What was forgotten is asked for again, with the evidence:")?;
        for view in self.open_cases(host)? {
            case::show(&view, self.output)?;
        }

        self.say(
            "And somebody gave an account more roles than anybody had asked for. That is drift; where every\n\
             value comes from can be seen:",
        )?;
        let drifted = host.accounts(&AccountFilter {
            drifted: true,
            limit: 1,
            ..AccountFilter::default()
        })?;
        for one in drifted {
            account::show(&host.account_by_id(one.id)?, self.output)?;
        }
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
        self.output
            .line(format!("\n{}", self.output.paint(Tone::Strong, text)))
    }
}
