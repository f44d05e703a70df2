//! A simulated Request Tracker and the component that speaks to it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use provisor_sdk::{Block, Condition, Draft, Failure, Finding, Found, Http, Ticket, Withdrawal};
use provisor_sdk::{Progress, Ticketing, testing};
use provisor_simulated::{Action, Fault, Matching, Product, Seen, Simulator};
use request_tracker::RequestTracker;

/// The settings that most tests use.
pub const SETTINGS: &str = r#"{ "url": "http://rt.test", "queue": "Provisioning" }"#;

/// 2026-11-26, 12:00 in UTC.
pub const NOON: i64 = 1_795_694_400;

/// The component, the simulated product, and the way between them.
pub struct Office {
    /// The component.
    pub tracker: RequestTracker,
    /// The product.
    pub simulator: Rc<RefCell<Simulator<provisor_simulated::RequestTracker>>>,
    /// The time of day.
    pub now: Rc<Cell<i64>>,
    http: Http,
}

impl Office {
    pub fn new() -> Self {
        Self::with(SETTINGS, |product| product)
    }

    pub fn settings(settings: &str) -> Self {
        Self::with(settings, |product| product)
    }

    pub fn with(
        settings: &str,
        make: impl FnOnce(provisor_simulated::RequestTracker) -> provisor_simulated::RequestTracker,
    ) -> Self {
        let product = make(provisor_simulated::RequestTracker::new("right"));
        let simulator = Rc::new(RefCell::new(Simulator::new(Box::new(product))));
        let now = Rc::new(Cell::new(NOON));
        let mut office = Office {
            tracker: testing::ticketing(settings).unwrap(),
            simulator,
            now,
            http: Http::answering(|_| Err(Failure::unavailable("not connected"))),
        };
        office.credential("token right");
        office
    }

    /// The host adds credentials at its edge; here the way does.
    pub fn credential(&mut self, value: &str) {
        let way = testing::simulated(Rc::clone(&self.simulator), Rc::clone(&self.now));
        let value = value.to_owned();
        self.http = Http::answering(move |request| {
            assert!(
                request
                    .headers
                    .iter()
                    .all(|(name, _)| name != "authorization"),
                "credentials are the host's"
            );
            way.send(&request.clone().header("authorization", &value))
        });
    }

    pub fn create(&self, draft: &Draft) -> Result<Ticket, Failure> {
        self.tracker.create(&self.http, draft)
    }

    /// A ticket that is made without any trouble.
    pub fn made(&self, correlation_id: &str) -> Ticket {
        self.create(&testing::draft(correlation_id)).unwrap()
    }

    pub fn find(&self, correlation_id: &str) -> Result<Vec<Found>, Failure> {
        self.tracker.find(&self.http, correlation_id)
    }

    pub fn statuses(&self, references: &[&str]) -> Result<Vec<Condition>, Failure> {
        let references: Vec<String> = references.iter().map(|&it| it.to_owned()).collect();
        self.tracker.status(&self.http, &references)
    }

    pub fn status(&self, ticket: &Ticket) -> Condition {
        self.statuses(&[&ticket.reference]).unwrap().remove(0)
    }

    pub fn progress(&self, ticket: &Ticket) -> Progress {
        match self.status(ticket) {
            Condition::Progress(progress) => progress,
            other => panic!("not where it should stand: {other:?}"),
        }
    }

    pub fn comment(&self, ticket: &Ticket, text: &[Block]) -> Result<(), Failure> {
        self.tracker.comment(&self.http, &ticket.reference, text)
    }

    pub fn withdraw(&self, ticket: &Ticket, reason: &str) -> Result<Withdrawal, Failure> {
        self.tracker.withdraw(&self.http, &ticket.reference, reason)
    }

    pub fn look(&self) -> Result<Vec<Finding>, Failure> {
        self.tracker.check_connection(&self.http)
    }

    /// A person does something, a minute later.
    pub fn act(&self, ticket: &Ticket, action: &Action) {
        self.now.set(self.now.get() + 60);
        let mut simulator = self.simulator.borrow_mut();
        let done = simulator
            .product
            .act(&ticket.number, action, self.now.get());
        done.unwrap();
    }

    pub fn resolve(&self, ticket: &Ticket, note: &str) {
        let note = note.to_owned();
        self.act(ticket, &Action::Resolve { note });
    }

    pub fn refuse(&self, ticket: &Ticket, note: &str) {
        let note = note.to_owned();
        self.act(ticket, &Action::Refuse { note });
    }

    pub fn spoil(&self, matching: Matching, fault: Fault) {
        self.simulator.borrow_mut().faults().add(matching, fault);
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.simulator.borrow().product.tickets()
    }

    /// How often it was asked since this was called last.
    pub fn calls(&self) -> usize {
        let mut simulator = self.simulator.borrow_mut();
        let calls = simulator.record().len();
        simulator.clear_record();
        calls
    }

    pub fn shown(&self, ticket: &Ticket, name: &str) -> serde_json::Value {
        let simulator = self.simulator.borrow();
        simulator
            .product
            .shown(ticket.number.parse().unwrap(), name)
    }
}
