//! A component with a simulated Jira behind it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use jira::Jira;
use provisor_sdk::{
    Condition, Draft, Failure, FailureKind, Http, Progress, Request, Ticket, Ticketing, testing,
};
use provisor_simulated::jira::Site;
use provisor_simulated::{
    Action, Fault, JiraCloud, JiraDataCenter, Matching, Product, Seen, Simulator,
};
use serde_json::{Value, json};

/// The time at which everything begins.
pub const BEGIN: i64 = 1_795_673_945;

/// One of the two products.
pub trait Deployed: Product + Sized + 'static {
    /// What the setting `deployment` says.
    const DEPLOYMENT: &'static str;

    fn make() -> Self;

    fn site(&mut self) -> &mut Site;
}

impl Deployed for JiraCloud {
    const DEPLOYMENT: &'static str = "cloud";

    fn make() -> Self {
        JiraCloud::new("bot", "secret")
    }

    fn site(&mut self) -> &mut Site {
        &mut self.site
    }
}

impl Deployed for JiraDataCenter {
    const DEPLOYMENT: &'static str = "data-center";

    fn make() -> Self {
        JiraDataCenter::new("bot", "secret")
    }

    fn site(&mut self) -> &mut Site {
        &mut self.site
    }
}

/// Runs tests that hold on both products.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod cloud {
            $(#[test]
            fn $name() {
                super::$name::<provisor_simulated::JiraCloud>();
            })*
        }
        mod data_center {
            $(#[test]
            fn $name() {
                super::$name::<provisor_simulated::JiraDataCenter>();
            })*
        }
    };
}
pub(crate) use on_both;

/// A component, and the Jira behind it.
pub struct World<P: Deployed> {
    pub jira: Jira,
    pub http: Http,
    pub simulator: Rc<RefCell<Simulator<P>>>,
    pub now: Rc<Cell<i64>>,
    /// What the component sent.
    pub sent: Rc<RefCell<Vec<Request>>>,
}

impl<P: Deployed> World<P> {
    pub fn new() -> Self {
        Self::with(json!({}))
    }

    /// With settings beside those that are necessary.
    pub fn with(settings: Value) -> Self {
        let simulator = Rc::new(RefCell::new(Simulator::new(Box::new(P::make()))));
        let now = Rc::new(Cell::new(BEGIN));
        let sent = Rc::new(RefCell::new(Vec::new()));
        let way = testing::simulated(Rc::clone(&simulator), Rc::clone(&now));
        let log = Rc::clone(&sent);
        let http = Http::answering(move |request| {
            log.borrow_mut().push(request.clone());
            // The host adds the credentials.
            way.send(
                &request
                    .clone()
                    .header("authorization", "Basic Ym90OnNlY3JldA=="),
            )
        });
        World {
            jira: testing::ticketing(&settings_of::<P>(settings)).unwrap(),
            http,
            simulator,
            now,
            sent,
        }
    }

    pub fn site<R>(&self, act: impl FnOnce(&mut Site) -> R) -> R {
        act(self.simulator.borrow_mut().product.site())
    }

    pub fn draft(&self) -> Draft {
        testing::draft("corr-0001")
    }

    pub fn create(&self) -> Ticket {
        self.jira.create(&self.http, &self.draft()).unwrap()
    }

    /// Creates tickets with the correlation ids `corr-0000`, `corr-0001` and so on.
    pub fn create_many(&self, count: usize) -> Vec<Ticket> {
        let make = |at| {
            let draft = testing::draft(&format!("corr-{at:04}"));
            self.jira.create(&self.http, &draft).unwrap()
        };
        (0..count).map(make).collect()
    }

    pub fn find(&self, correlation_id: &str) -> Vec<String> {
        let found = self.jira.find(&self.http, correlation_id).unwrap();
        for one in &found {
            assert_eq!(one.correlation_id, correlation_id);
        }
        found.into_iter().map(|one| one.ticket.number).collect()
    }

    pub fn condition(&self, ticket: &Ticket) -> Condition {
        let references = [ticket.reference.clone()];
        let mut all = self.jira.status(&self.http, &references).unwrap();
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    pub fn progress(&self, ticket: &Ticket) -> Progress {
        match self.condition(ticket) {
            Condition::Progress(progress) => progress,
            other => panic!("no progress: {other:?}"),
        }
    }

    pub fn act(&self, ticket: &Ticket, action: Action) {
        let now = self.now.get();
        let mut simulator = self.simulator.borrow_mut();
        simulator.product.act(&ticket.number, &action, now).unwrap();
    }

    pub fn pass(&self, seconds: i64) {
        self.now.set(self.now.get() + seconds);
    }

    pub fn spoil(&self, matching: Matching, fault: Fault) {
        self.simulator.borrow_mut().faults().add(matching, fault);
    }

    /// What people see of the only ticket.
    pub fn seen(&self) -> Seen {
        let mut all = self.simulator.borrow().product.tickets();
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    pub fn count(&self) -> usize {
        self.simulator.borrow().product.tickets().len()
    }

    /// The methods and paths that were asked for since the last time.
    pub fn calls(&self) -> Vec<String> {
        let mut simulator = self.simulator.borrow_mut();
        let calls = simulator.record().iter();
        let calls = calls
            .map(|call| format!("{} {}", call.method, call.path))
            .collect();
        simulator.clear_record();
        calls
    }

    /// The content of the last request to a path that ends so.
    pub fn sent_to(&self, end: &str) -> Value {
        let sent = self.sent.borrow();
        let mut requests = sent.iter().rev();
        let found = requests.find(|request| request.url.ends_with(end)).unwrap();
        serde_json::from_slice(found.body.as_deref().unwrap()).unwrap()
    }
}

/// The necessary settings and these.
pub fn settings_of<P: Deployed>(further: Value) -> String {
    let mut settings = json!({
        "url": "https://jira.example.com", "deployment": P::DEPLOYMENT, "project": "PROV",
    });
    for (name, value) in further.as_object().unwrap() {
        settings[name] = value.clone();
    }
    settings.to_string()
}

/// That it fails, and how.
pub fn failing<T: std::fmt::Debug>(result: Result<T, Failure>, kind: FailureKind) -> String {
    let failure = result.expect_err("this should have failed");
    assert_eq!(failure.kind, kind, "{}", failure.message);
    failure.message
}

/// An answer instead of that of Jira.
pub fn instead(status: u16, body: &str) -> Fault {
    Fault::Instead {
        status,
        headers: vec![],
        body: body.to_owned(),
    }
}
