//! A component, an instance, and the way between them.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use provisor_sdk::{
    Condition, Draft, Failure, Http, Progress, Request, Ticket, Ticketing, testing,
};
use provisor_simulated::{Action, Fault, Matching, Product, Seen, ServiceNow, Simulator};
use serde_json::{Value, json};
use servicenow::Tickets;

/// 2026-11-02T08:00:00Z.
pub const MORNING: i64 = 1_793_606_400;

pub const CORRELATION: &str = "corr-0123456789";

pub struct Desk {
    pub tickets: Tickets,
    pub http: Http,
    pub now: Rc<Cell<i64>>,
    simulator: Rc<RefCell<Simulator<ServiceNow>>>,
    sent: Rc<RefCell<Vec<Request>>>,
}

/// A fresh instance.
pub fn instance() -> ServiceNow {
    ServiceNow::new("bot", "secret").with_key("key")
}

/// A component with nothing but an address and an instance.
pub fn desk() -> Desk {
    desk_with(instance(), json!({}))
}

/// A component with these settings beside an address, and this instance.
pub fn desk_with(instance: ServiceNow, settings: Value) -> Desk {
    let simulator = Rc::new(RefCell::new(Simulator::new(Box::new(instance))));
    let now = Rc::new(Cell::new(MORNING));
    let way = testing::simulated(Rc::clone(&simulator), Rc::clone(&now));
    let sent = Rc::new(RefCell::new(Vec::new()));
    let seen = Rc::clone(&sent);
    let http = Http::answering(move |request| {
        seen.borrow_mut().push(request.clone());
        way.send(&request.clone().header("x-sn-apikey", "key"))
    });
    Desk {
        tickets: component(settings),
        http,
        now,
        simulator,
        sent,
    }
}

/// A component with these settings beside an address.
pub fn component(settings: Value) -> Tickets {
    refused(settings).expect("these settings are good")
}

/// What is wrong with these settings beside an address.
pub fn refused(mut settings: Value) -> Result<Tickets, Failure> {
    if settings.get("url").is_none() {
        settings["url"] = json!("https://example.service-now.com/");
    }
    testing::ticketing(&settings.to_string())
}

impl Desk {
    pub fn create(&self) -> Ticket {
        self.create_as(CORRELATION)
    }

    pub fn create_as(&self, correlation_id: &str) -> Ticket {
        let draft = testing::draft(correlation_id);
        self.create_from(&draft).expect("the ticket is made")
    }

    pub fn create_from(&self, draft: &Draft) -> Result<Ticket, Failure> {
        self.tickets.create(&self.http, draft)
    }

    pub fn find(&self) -> Result<Vec<String>, Failure> {
        let found = self.tickets.find(&self.http, CORRELATION)?;
        Ok(found.into_iter().map(|it| it.ticket.number).collect())
    }

    pub fn condition(&self, ticket: &Ticket) -> Condition {
        let references = [ticket.reference.clone()];
        let conditions = self
            .tickets
            .status(&self.http, &references)
            .expect("they can be asked for");
        assert_eq!(conditions.len(), 1);
        conditions.into_iter().next().expect("one was asked for")
    }

    pub fn progress(&self, ticket: &Ticket) -> Progress {
        match self.condition(ticket) {
            Condition::Progress(progress) => progress,
            other => panic!("the ticket makes no progress: {other:?}"),
        }
    }

    /// A person does something an hour later.
    pub fn act(&self, ticket: &Ticket, action: Action) {
        self.now.set(self.now.get() + 3_600);
        let mut simulator = self.simulator.borrow_mut();
        let now = self.now.get();
        simulator
            .product
            .act(&ticket.number, &action, now)
            .expect("people can do this");
    }

    pub fn fill(&self, ticket: &Ticket, fields: &[(&str, &str)]) {
        let mut simulator = self.simulator.borrow_mut();
        let now = self.now.get();
        simulator
            .product
            .fill(&ticket.number, fields, now)
            .expect("the ticket is there");
    }

    pub fn write_about(&self, ticket: &Ticket, text: &str) {
        let mut simulator = self.simulator.borrow_mut();
        let now = self.now.get();
        let number = ticket.number.as_str();
        simulator
            .product
            .write_about(number, "work_notes", text, now)
            .expect("the ticket is there");
    }

    pub fn spoil(&self, matching: Matching, fault: Fault) {
        self.simulator.borrow_mut().faults().add(matching, fault);
    }

    /// What people see of all tickets.
    pub fn seen(&self) -> Vec<Seen> {
        self.simulator.borrow().product.tickets()
    }

    /// What a field of a ticket holds.
    pub fn field(&self, ticket: &Ticket, field: &str) -> String {
        let simulator = self.simulator.borrow();
        let held = simulator.product.field(&ticket.number, field);
        held.expect("the ticket is there").to_owned()
    }

    pub fn sys_id(&self, display: &str) -> String {
        let simulator = self.simulator.borrow();
        simulator
            .product
            .sys_id(display)
            .expect("the record is there")
            .to_owned()
    }

    /// How many calls were made since it was asked last.
    pub fn calls(&self) -> usize {
        let mut simulator = self.simulator.borrow_mut();
        let calls = simulator.record().len();
        simulator.clear_record();
        calls
    }

    /// Whether every fault has spoiled something.
    pub fn all_faults_used(&self) -> bool {
        self.simulator.borrow_mut().faults().unused() == 0
    }

    /// The requests that were sent so far.
    pub fn sent(&self) -> Vec<Request> {
        self.sent.borrow().clone()
    }
}
