//! A site: the component with its settings, and the simulated product that it speaks to.

#![allow(dead_code, reason = "each test file uses its own part of it")]

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use provisor_sdk::{Condition, Draft, Http, Progress, Ticket, Ticketing, testing};
use provisor_simulated::service_manager::Object;
use provisor_simulated::{
    Action, Fault, Matching, Product, Seen, ServiceManager as Manager, Simulator,
};
use serde_json::{Map, Value, json};
use service_manager::ServiceManager;

/// The time of every request until a test says another.
pub const NOW: i64 = 1_790_000_000;

pub struct Site {
    pub component: ServiceManager,
    pub simulator: Rc<RefCell<Simulator<Manager>>>,
    pub http: Http,
    pub now: Rc<Cell<i64>>,
}

/// What every incident of this site needs.
pub fn settings() -> Value {
    json!({
        "url": "https://sm.example.com/SM/9/rest",
        "captions": { "correlation-id": "CorrelationID" },
        "fields": {
            "Category": "incident",
            "Area": "access",
            "Subarea": "account",
            "Service": "{resource}",
            "AssignmentGroup": "Access",
        },
    })
}

/// Settings of `settings` with these laid over them.
pub fn with(changes: Value) -> Value {
    let mut all = settings();
    lay_over(&mut all, changes);
    all
}

fn lay_over(below: &mut Value, above: Value) {
    match (below, above) {
        (Value::Object(below), Value::Object(above)) => {
            for (name, value) in above {
                lay_over(below.entry(name).or_insert(Value::Null), value);
            }
        }
        (below, above) => *below = above,
    }
}

impl Site {
    /// A site with incidents.
    pub fn new() -> Self {
        Self::of(Object::incidents(), &settings())
    }

    /// A site with these settings.
    pub fn of(object: Object, settings: &Value) -> Self {
        let product = Manager::new(object, "bot", "secret");
        let simulator = Rc::new(RefCell::new(Simulator::new(Box::new(product))));
        let now = Rc::new(Cell::new(NOW));
        let inner = testing::simulated(Rc::clone(&simulator), Rc::clone(&now));
        // The host adds the credentials.
        let http = Http::answering(move |request| {
            inner.send(
                &request
                    .clone()
                    .header("authorization", "Basic Ym90OnNlY3JldA=="),
            )
        });
        Site {
            component: testing::ticketing(&settings.to_string()).expect("these settings are right"),
            simulator,
            http,
            now,
        }
    }

    /// Makes a ticket.
    pub fn create(&self, correlation_id: &str) -> Ticket {
        self.create_from(&testing::draft(correlation_id))
    }

    pub fn create_from(&self, draft: &Draft) -> Ticket {
        let made = self.component.create(&self.http, draft);
        made.unwrap_or_else(|failure| panic!("no ticket was made: {}", failure.message))
    }

    /// What is known of tickets.
    pub fn status(&self, tickets: &[Ticket]) -> Vec<Condition> {
        let references: Vec<String> = tickets.iter().map(|it| it.reference.clone()).collect();
        let known = self.component.status(&self.http, &references);
        known.unwrap_or_else(|failure| panic!("nothing is known: {}", failure.message))
    }

    /// Where a ticket stands.
    pub fn progress(&self, ticket: &Ticket) -> Progress {
        match self.status(std::slice::from_ref(ticket)).remove(0) {
            Condition::Progress(progress) => progress,
            other => panic!("{} is {other:?}", ticket.number),
        }
    }

    pub fn act(&self, ticket: &Ticket, action: &Action) {
        let mut simulator = self.simulator.borrow_mut();
        let acted = simulator
            .product
            .act(&ticket.number, action, self.now.get());
        acted.expect("the product knows the action");
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.simulator.borrow().product.tickets()
    }

    pub fn spoil(&self, method: &str, path: &str, fault: Fault) {
        let mut simulator = self.simulator.borrow_mut();
        simulator.faults().add(Matching::once(method, path), fault);
    }

    /// The next request of this method is refused so.
    pub fn refuse(&self, method: &str, status: u16, code: i64, message: &str) {
        let body = json!({ "ReturnCode": code, "Messages": [message] }).to_string();
        let fault = Fault::Instead {
            status,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body,
        };
        self.spoil(method, "", fault);
    }

    /// The requests since the last time it was asked.
    pub fn requests(&self) -> Vec<String> {
        let mut simulator = self.simulator.borrow_mut();
        let asked = simulator.record().iter();
        let asked = asked
            .map(|it| format!("{} {}", it.method, it.path))
            .collect();
        simulator.clear_record();
        asked
    }

    /// Whether every fault has spoiled something.
    pub fn all_faults_used(&self) -> bool {
        self.simulator.borrow_mut().faults().unused() == 0
    }

    pub fn traps(&self, change: impl FnOnce(&mut provisor_simulated::service_manager::Traps)) {
        change(&mut self.simulator.borrow_mut().product.traps);
    }
}

/// The record that a way to a system which only listens was given last.
pub fn listening() -> (Http, Rc<RefCell<Map<String, Value>>>) {
    let heard = Rc::new(RefCell::new(Map::new()));
    let inner = Rc::clone(&heard);
    let http = Http::answering(move |request| {
        let body = request.body.clone().unwrap_or_default();
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        if let Some(record) = body["Incident"].as_object() {
            *inner.borrow_mut() = record.clone();
        }
        Ok(provisor_sdk::Response {
            method: request.method,
            status: 200,
            headers: Vec::new(),
            body: json!({ "ReturnCode": 0, "Incident": { "IncidentID": "IM1" } })
                .to_string()
                .into_bytes(),
        })
    });
    (http, heard)
}
