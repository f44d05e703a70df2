//! The simulated ticket system with the people who work there. It lives in the test's own process,
//! so that it outlives those that are killed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use provisor::model::Timestamp;
use provisor_simulated::{Action, Fault, Matching, Seen, Server};
use provisor_tests::ticket_system::{self, TicketSystem};

/// A product as the runs need it.
pub struct System {
    /// What the figures call it.
    pub name: &'static str,
    pub kept: &'static TicketSystem,
    /// What it sends when a ticket changes; `{number}` stands for the ticket.
    pub message: &'static str,
}

/// It shows at once what was made.
pub static SERVICENOW: System = System {
    name: "servicenow",
    kept: &ticket_system::SERVICENOW,
    message: r#"{"number": "{number}"}"#,
};

/// Its search shows what was made a minute and a half later.
pub static JIRA_CLOUD: System = System {
    name: "jira",
    kept: &ticket_system::JIRA_CLOUD,
    message: r#"{"webhookEvent": "jira:issue_updated",
        "issue": {"id": "1", "key": "{number}", "fields": {"labels": []}}}"#,
};

/// What goes wrong with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mishap {
    /// A ticket is made, and nobody hears of it.
    AnswerLost,
    /// The request that makes a ticket never arrives.
    RequestLost,
    /// Only the beginning of the answer arrives.
    Cut,
    /// What arrives is no answer.
    Garbled,
    /// The answer takes a while, in which the process may be killed.
    Late,
    /// Making a ticket is answered with 503.
    Down,
    /// The next two requests of any kind are answered with 503.
    AllDown,
    /// The system asks for fewer calls.
    TooMany,
    /// The next answer of any kind is lost.
    AnyLost,
}

impl Mishap {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::AnswerLost,
        Self::RequestLost,
        Self::Cut,
        Self::Garbled,
        Self::Late,
        Self::Down,
        Self::AllDown,
        Self::TooMany,
        Self::AnyLost,
    ];
}

/// The simulated system, by a clock that only goes on when the test says so.
pub struct Office {
    pub system: &'static System,
    server: Server,
    clock: Arc<AtomicI64>,
}

impl Office {
    pub async fn open(system: &'static System, now: Timestamp) -> Self {
        let clock = Arc::new(AtomicI64::new(now.millis()));
        let its_clock = Arc::clone(&clock);
        let server = system
            .kept
            .serve(move || Timestamp::from_millis(its_clock.load(Ordering::SeqCst)))
            .await;
        Office {
            system,
            server,
            clock,
        }
    }

    /// What the configuration says about it.
    pub fn configuration(&self, keys: &str) -> String {
        self.system.kept.tables(&self.server.url(), keys)
    }

    pub fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.clock.load(Ordering::SeqCst))
    }

    pub fn passes(&self, time: Duration) {
        self.reaches(self.now().after(time));
    }

    /// Time passes until this moment, if it is not over.
    pub fn reaches(&self, moment: Timestamp) {
        self.clock.fetch_max(moment.millis(), Ordering::SeqCst);
    }

    pub fn mishap(&self, mishap: Mishap) {
        let (method, path) = self.system.kept.create;
        let any = |times| Matching {
            times,
            ..Matching::always()
        };
        let create = Matching::once(method, path);
        let (matching, fault) = match mishap {
            Mishap::AnswerLost => (create, Fault::LoseAnswer),
            Mishap::RequestLost => (create, Fault::LoseRequest),
            Mishap::Cut => (create, Fault::Cut { after: 3 }),
            Mishap::Garbled => (create, Fault::Garbled),
            Mishap::Late => (create, Fault::Late { milliseconds: 40 }),
            Mishap::Down => (create, Fault::maintenance()),
            Mishap::AllDown => (any(2), Fault::maintenance()),
            Mishap::TooMany => (any(1), Fault::too_many(Some(120))),
            Mishap::AnyLost => (any(1), Fault::LoseAnswer),
        };
        self.server.spoil(matching, fault);
    }

    /// Nothing goes wrong any more. Answers how many mishaps had waited in vain.
    pub fn recovers(&self) -> usize {
        let mut simulator = self.server.simulator();
        let unused = simulator.faults().unused();
        simulator.faults().clear();
        unused
    }

    pub fn act(&self, number: &str, action: &Action) -> Result<(), String> {
        self.server.act(number, action)
    }

    pub fn tickets(&self) -> Vec<Seen> {
        self.server.simulator().product.tickets()
    }

    /// Ids that more than one ticket carries.
    pub fn doubled(&self) -> Vec<String> {
        let mut seen = BTreeSet::new();
        let mut doubled = BTreeMap::new();
        for ticket in self.tickets() {
            if !seen.insert(ticket.correlation_id.clone()) {
                doubled.insert(ticket.correlation_id.clone(), ());
            }
        }
        doubled.into_keys().collect()
    }
}
