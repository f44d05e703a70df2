//! The second application of the demo: people in a ticket system make its accounts.
//!
//! The system is a simulated ServiceNow inside this very process, on the loopback interface; the
//! configuration is that of `examples/helpdesk`.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use provisor::configuration::Configuration;
use provisor::model::OperationState;
use provisor::sandbox::{CacheConfig, SandboxConfig};
use provisor::store::TicketFilter;
use provisor::{Clock, Host, HostOptions, ManualClock, OperationQuery};
use provisor_simulated::{Action, Fault, Matching, Server, ServiceNow};

use super::{ALL, Voice, requests};
use crate::commands::init::Files;
use crate::commands::{export, init, run, ticket};
use crate::output::{Output, Tone, counted, plain};
use crate::session::compiler;

/// Its folder in that of the demo.
pub const FOLDER: &str = "helpdesk";

const RESOURCE: &str = "archive";

/// Where the example expects the system. The demo's own is wherever there is room.
const USUAL: &str = "http://127.0.0.1:8710";

/// By whom the system is used, with which password.
const ACCESS: (&str, &str) = ("provisor", "demo");

/// The files of `examples/helpdesk`.
const FILES: Files = &[
    (
        "provisor.toml",
        include_bytes!("../../../../../examples/helpdesk/provisor.toml"),
    ),
    (
        "servicenow.password",
        include_bytes!("../../../../../examples/helpdesk/servicenow.password"),
    ),
    (
        "people.jsonl",
        include_bytes!("../../../../../examples/helpdesk/people.jsonl"),
    ),
    (
        "exports/archive-20260305-2200.csv",
        include_bytes!("../../../../../examples/helpdesk/exports/archive-20260305-2200.csv"),
    ),
    (
        "exports/archive-20260306-2200.csv",
        include_bytes!("../../../../../examples/helpdesk/exports/archive-20260306-2200.csv"),
    ),
];

/// The application, with the system in which its accounts are made.
pub struct Helpdesk {
    host: Host,
    server: Server,
    clock: ManualClock,
}

impl Helpdesk {
    /// Writes the files below the folder of the demo, starts the system and opens the host.
    /// Machine code is kept where the demo's other host keeps its own.
    pub async fn open(demo: &Path, clock: ManualClock) -> anyhow::Result<Self> {
        let folder = demo.join(FOLDER);
        init::write(&folder, FILES)?;
        let seconds = {
            let clock = clock.clone();
            Arc::new(move || clock.now().millis() / 1000)
        };
        let server = Server::start_at(ServiceNow::new(ACCESS.0, ACCESS.1), 0, seconds)
            .await
            .context("the simulated ticket system cannot be served")?;
        let file = folder.join("provisor.toml");
        let text = std::fs::read_to_string(&file)?.replace(USUAL, &server.url());
        let configuration = Configuration::parse(&text, &folder, &file.display().to_string())?;
        let cache = CacheConfig {
            directory: demo.join("data/cache"),
            key_file: demo.join("data/cache.key"),
        };
        let options = HostOptions {
            clock: Arc::new(clock.clone()),
            sandbox: SandboxConfig {
                cache: Some(cache),
                compiler: compiler(),
                ..SandboxConfig::default()
            },
            ..HostOptions::default()
        };
        let host = Host::open(configuration, options).await?;
        Ok(Self {
            host,
            server,
            clock,
        })
    }

    pub async fn tell(&self, demo: &Path, voice: &Voice<'_>) -> anyhow::Result<()> {
        let (host, output) = (&self.host, voice.output);
        self.clock.set("2026-03-06T10:00:00Z".parse()?);
        voice.say(
            "Ten o'clock. The archive has no connector either, but its accounts are made by\n\
             the service desk, which works on tickets in ServiceNow (here a simulated one).\n\
             Four people are asked for. One of the answers of ServiceNow gets lost:",
        )?;
        host.take_export(RESOURCE, Some("archive-20260305-2200.csv"))
            .await?;
        let receipts = host
            .request_all(requests(&demo.join(FOLDER), RESOURCE)?)
            .await?;
        let adopted = receipts.iter().flatten().filter(|it| it.adopted).count();
        output.line(format!("{adopted} accounts were there already."))?;
        let create = Matching::once("POST", "/table/incident");
        self.server.spoil(create, Fault::LoseAnswer);
        self.runs(output).await?;

        voice.say(
            "10:02. Nobody knows whether that ticket was made. It is looked for by its id\n\
             before another one is made, and found:",
        )?;
        self.clock.advance(Duration::from_secs(2 * 60));
        self.runs(output).await?;
        let seen = self.server.simulator().product.tickets();
        output.line(format!(
            "ServiceNow has {}. The first, as people see it there:\n",
            counted(seen.len() as u64, "ticket", "tickets")
        ))?;
        let (done, refused) = match &seen[..] {
            [first, second] => (first, second),
            _ => anyhow::bail!("the simulated system has {} tickets", seen.len()),
        };
        output.line(output.paint(
            Tone::Strong,
            format!("  {}  {}", done.number, plain(&done.title)),
        ))?;
        for line in done.description.lines() {
            output.line(format!("  {}", plain(line)).trim_end())?;
        }

        voice.say("Until noon the service desk does the one, and refuses the other:")?;
        self.clock.advance(Duration::from_secs(2 * 60 * 60));
        for (ticket, action) in [
            (
                done,
                Action::Resolve {
                    note: "made".to_owned(),
                },
            ),
            (
                refused,
                Action::Refuse {
                    note: "external people get no account here".to_owned(),
                },
            ),
        ] {
            let acted = self.server.act(&ticket.number, &action);
            acted.map_err(anyhow::Error::msg)?;
        }
        self.clock.advance(Duration::from_secs(10 * 60));
        self.runs(output).await?;
        let tickets = host.tickets(&TicketFilter {
            limit: ALL,
            ..TicketFilter::default()
        })?;
        output.line("")?;
        ticket::list(host, &tickets, output)?;
        output.line("")?;
        let failed = host.operations(&OperationQuery {
            resource: Some(RESOURCE.to_owned()),
            states: vec![OperationState::Failed],
            history: true,
            limit: ALL,
        })?;
        for operation in failed {
            output.line(format!(
                "{}: {} the account {} is {}",
                operation.id, operation.kind, operation.identifier, operation.state
            ))?;
            let reason = operation.reason.as_deref().unwrap_or_default();
            output.sentence(2, Tone::Warning, "because", reason)?;
        }

        voice.say(
            "Saturday, 8:00. A ticket that is closed proves nothing: the export of the night\n\
             does. What was refused is not asked for again by itself:",
        )?;
        self.clock.set("2026-03-07T08:00:00Z".parse()?);
        let report = host
            .take_export(RESOURCE, Some("archive-20260306-2200.csv"))
            .await?;
        export::show_report(&report, output)
    }

    async fn runs(&self, output: &Output) -> anyhow::Result<()> {
        let report = self.host.run_without_exports().await?;
        run::show(&self.host, &report, output)
    }
}
