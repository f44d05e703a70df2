//! A simulated server, a host that logs in, and a component between them.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use provisor_sdk::{
    Condition, Failure, Http, Method, Progress, Request, Ticket, Ticketing, testing,
};
use provisor_simulated::remedy::Kind;
use provisor_simulated::{Action, Fault, Matching, Product, Seen, Simulator};
use remedy::Remedy;
use serde_json::{Value, json};

/// When it is in the tests: 2026-03-01T10:00:00Z.
pub const NOW: i64 = 1_772_359_200;

/// Where the server is.
const BASE: &str = "https://itsm.example.com";

/// The site's own field in the tests of work orders and changes.
pub const OWN_FIELD: &str = "Provisor Correlation ID";

/// A simulated server, a host that logs in, and a component between them.
pub struct Desk {
    pub remedy: Remedy,
    pub http: Http,
    pub now: Rc<Cell<i64>>,
    pub sent: Rc<RefCell<Vec<Request>>>,
    simulator: Rc<RefCell<Simulator<provisor_simulated::Remedy>>>,
}

impl Desk {
    /// Incidents, for a customer whom every incident needs.
    pub fn incidents() -> Self {
        Self::set(json!({ "fields": { "First_Name": "Provisor", "Last_Name": "Bot" } }))
    }

    /// Incidents with these settings.
    pub fn set(settings: Value) -> Self {
        Self::with(Kind::incident(), settings)
    }

    /// Work orders.
    pub fn work_orders() -> Self {
        let fields = json!({ "Location Company": "Example" });
        Self::with(
            Kind::work_order(),
            json!({ "preset": "work-order", "correlation-field": OWN_FIELD, "fields": fields }),
        )
    }

    /// Changes.
    pub fn changes() -> Self {
        let fields = json!({ "Location Company": "Example" });
        Self::with(
            Kind::change(),
            json!({ "preset": "change", "correlation-field": OWN_FIELD, "fields": fields }),
        )
    }

    fn with(kind: Kind, more: Value) -> Self {
        let mut product = provisor_simulated::Remedy::new(kind, "provisor", "s3cret");
        if more["correlation-field"] == OWN_FIELD {
            product = product.with_correlation_field(OWN_FIELD);
        }
        let simulator = Rc::new(RefCell::new(Simulator::new(Box::new(product))));
        let now = Rc::new(Cell::new(NOW));
        let sent = Rc::new(RefCell::new(Vec::new()));
        let http = logged_in(&simulator, &now, &sent);
        let desk = Desk {
            remedy: testing::ticketing(&settings(more)).unwrap(),
            http,
            now,
            sent,
            simulator,
        };
        // The first request logs in, so that faults wait for what comes after.
        let request = Request::new(Method::Get, BASE, ["api"]);
        assert_eq!(desk.http.send(&request).unwrap().status, 404);
        desk.clear_record();
        desk
    }

    /// The simulated server.
    pub fn product<R>(&self, act: impl FnOnce(&mut provisor_simulated::Remedy) -> R) -> R {
        act(&mut self.simulator.borrow_mut().product)
    }

    /// Lets a fault wait for the next request of this method to a path with this in it.
    pub fn spoil(&self, method: &str, path: &str, fault: Fault) {
        let matching = Matching::once(method, path);
        self.simulator.borrow_mut().faults().add(matching, fault);
    }

    /// Nothing goes wrong any more; every fault that waited has spoiled something.
    pub fn faults_were_used(&self) {
        assert_eq!(self.simulator.borrow_mut().faults().unused(), 0);
    }

    /// A ticket that was made.
    pub fn ticket(&self, correlation_id: &str) -> Ticket {
        let draft = testing::draft(correlation_id);
        self.remedy.create(&self.http, &draft).unwrap()
    }

    /// The condition of one ticket.
    pub fn condition(&self, ticket: &Ticket) -> Condition {
        let asked = [ticket.reference.clone()];
        let mut conditions = self.remedy.status(&self.http, &asked).unwrap();
        assert_eq!(conditions.len(), 1);
        conditions.remove(0)
    }

    /// Where one ticket stands.
    pub fn progress(&self, ticket: &Ticket) -> Progress {
        match self.condition(ticket) {
            Condition::Progress(progress) => progress,
            other => panic!("{other:?}"),
        }
    }

    /// A person does something with a ticket.
    pub fn act(&self, ticket: &Ticket, action: Action) {
        let now = self.now.get();
        self.product(|product| product.act(&ticket.number, &action, now))
            .unwrap();
    }

    /// What people see.
    pub fn seen(&self) -> Vec<Seen> {
        self.product(|product| product.tickets())
    }

    /// Requests of this method that arrived since the record was cleared, without logins.
    pub fn requests(&self, method: &str) -> usize {
        let simulator = self.simulator.borrow();
        let record = simulator.record().iter();
        record
            .filter(|request| request.method == method && !request.path.contains("jwt"))
            .count()
    }

    pub fn clear_record(&self) {
        self.simulator.borrow_mut().clear_record();
    }

    /// The values that the last request of this method wrote.
    pub fn written(&self, method: Method) -> Value {
        let sent = self.sent.borrow();
        let last = sent.iter().rev().find(|request| request.method == method);
        let body = last.unwrap().body.clone().unwrap();
        serde_json::from_slice::<Value>(&body).unwrap()["values"].clone()
    }
}

/// Settings with a base URL.
pub fn settings(more: Value) -> String {
    let mut settings = json!({ "url": BASE });
    if let (Some(settings), Value::Object(more)) = (settings.as_object_mut(), more) {
        settings.extend(more);
    }
    settings.to_string()
}

/// The part of the host that logs in, shows the token, and does so once more on 401.
fn logged_in(
    simulator: &Rc<RefCell<Simulator<provisor_simulated::Remedy>>>,
    now: &Rc<Cell<i64>>,
    sent: &Rc<RefCell<Vec<Request>>>,
) -> Http {
    let plain = testing::simulated(Rc::clone(simulator), Rc::clone(now));
    let sent = Rc::clone(sent);
    let token = RefCell::new(String::new());
    Http::answering(move |request| {
        sent.borrow_mut().push(request.clone());
        let show = |token: &str| {
            let shown = format!("AR-JWT {token}");
            plain.send(&request.clone().header("authorization", &shown))
        };
        let answer = show(&token.borrow())?;
        if answer.status != 401 {
            return Ok(answer);
        }
        let login = Request::new(Method::Post, BASE, ["api", "jwt", "login"])
            .form([("username", "provisor"), ("password", "s3cret")]);
        let given = plain.send(&login)?;
        if given.status != 200 {
            return Err(Failure::new(
                provisor_sdk::FailureKind::Unauthorized,
                "the login was refused",
            ));
        }
        *token.borrow_mut() = given.text().into_owned();
        show(&token.borrow())
    })
}
