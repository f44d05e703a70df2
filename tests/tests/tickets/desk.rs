//! A host whose work is kept as tickets in a simulated system.

use std::time::Duration;

use provisor::model::{Ticket, TicketState};
use provisor::store::TicketFilter;
use provisor::{Clock, ManualClock, Request, RunReport, Wanted};
use provisor_simulated::{Action, Fault, Matching, Seen, Server};
use provisor_tests::world::{Fixture, World, beginning, identity, person};

use super::systems::System;

/// A host and the system in which people do its work.
pub struct Desk {
    pub world: World,
    pub server: Server,
    system: &'static System,
}

impl Desk {
    /// Opens a host with this fixture and the system of tickets.
    pub async fn open(system: &'static System, fixture: Fixture) -> Self {
        Self::open_with(system, fixture, "").await
    }

    /// The same with more keys of `[resource.app.tickets]`.
    pub async fn open_with(system: &'static System, fixture: Fixture, keys: &str) -> Self {
        let clock = ManualClock::at(beginning());
        let its_clock = clock.clone();
        let server = system.kept.serve(move || its_clock.now()).await;
        let tables = system.kept.tables(&server.url(), keys);
        let world = fixture.more(&tables).open_at(clock).await;
        Desk {
            world,
            server,
            system,
        }
    }

    /// The host starts again with this text of its configuration in the place of another, which must
    /// be there.
    pub async fn reconfigured(&mut self, from: &str, to: &str) {
        let file = self.world.folder.path().join("provisor.toml");
        let text = std::fs::read_to_string(&file).expect("it is there");
        assert!(text.contains(from), "the configuration has no {from:?}");
        std::fs::write(&file, text.replace(from, to)).expect("written");
        self.world.restart().await;
    }

    /// The host starts again with this content of a file beside its configuration.
    pub async fn given(&mut self, name: &str, content: &str) {
        std::fs::write(self.world.folder.path().join(name), content).expect("written");
        self.world.restart().await;
    }

    /// Does what is due.
    pub async fn runs(&self) -> RunReport {
        self.world
            .host
            .run_without_exports()
            .await
            .expect("it can be run")
    }

    /// Somebody wants an account of the resource `badges`, where the fixture has one.
    pub async fn badge(&self, id: &str) {
        let request = Request {
            resource: "badges".parse().expect("a name"),
            identity: identity(id),
            wanted: Wanted::Account,
            requester: person("iam"),
            anew: false,
            after: None,
        };
        self.world.host.request(request).await.expect("asked for");
    }

    /// Time passes, and what is due is done every minute.
    pub async fn minutes(&self, minutes: u64) {
        for _ in 0..minutes {
            self.world.minutes(1);
            self.runs().await;
        }
    }

    /// Time passes until what was made is found, and what is due is done.
    pub async fn until_shown(&self) {
        self.minutes(self.system.shown_after + 4).await;
    }

    /// The tickets that people there see.
    pub fn seen(&self) -> Vec<Seen> {
        self.server.simulator().product.tickets()
    }

    /// The one ticket that people there see.
    pub fn only(&self) -> Seen {
        let mut seen = self.seen();
        assert_eq!(seen.len(), 1, "tickets: {seen:#?}");
        seen.remove(0)
    }

    /// Somebody there does something with the one ticket, and it is noticed.
    pub async fn people(&self, action: Action) {
        let number = self.only().number;
        self.server
            .act(&number, &action)
            .unwrap_or_else(|problem| panic!("{action:?}: {problem}"));
        self.noticed().await;
    }

    /// Enough time passes that every open ticket is looked at.
    pub async fn noticed(&self) {
        self.world.minutes(5);
        self.runs().await;
        self.world.minutes(5);
        self.runs().await;
    }

    /// What goes wrong with the next request that makes a ticket.
    pub fn spoil_creation(&self, fault: Fault) {
        let (method, path) = self.system.kept.create;
        self.server.spoil(Matching::once(method, path), fault);
    }

    /// The system is down for everybody.
    pub fn goes_down(&self) {
        self.server.spoil(Matching::always(), Fault::maintenance());
    }

    /// It is back.
    pub fn is_back(&self) {
        self.server.simulator().faults().clear();
    }

    /// The tickets that the host knows of.
    pub fn tickets(&self) -> Vec<Ticket> {
        self.world
            .host
            .tickets(&TicketFilter {
                limit: 10_000,
                ..TicketFilter::default()
            })
            .expect("tickets can be listed")
    }

    /// The one ticket that the host knows of.
    pub fn ticket(&self) -> Ticket {
        let mut tickets = self.tickets();
        assert_eq!(tickets.len(), 1, "tickets: {tickets:#?}");
        tickets.remove(0)
    }

    /// Where the one ticket stands.
    pub fn state(&self) -> TicketState {
        self.ticket().state
    }

    /// How many requests that make a ticket were received.
    pub fn creations(&self) -> usize {
        self.received(self.system.kept.create)
    }

    /// How many requests for the status of many were received.
    pub fn questions(&self) -> usize {
        self.received(self.system.status)
    }

    fn received(&self, (method, path): (&str, &str)) -> usize {
        let simulator = self.server.simulator();
        let record = simulator.record().iter();
        record
            .filter(|one| one.method == method && one.path.ends_with(path))
            .count()
    }

    /// Forgets which requests were received.
    pub fn forget_requests(&self) {
        self.server.simulator().clear_record();
    }
}

/// Longer than any pause between two attempts.
pub const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);
