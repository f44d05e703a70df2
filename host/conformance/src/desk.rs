//! A fresh ticket system under the component, at which everything can be seen and go wrong.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use provisor_model::Timestamp;
use provisor_sandbox::egress::{Answered, Clock, Grant, Origin, Outcome, Sent, Transport};
use provisor_sandbox::{
    Block, Call, CallError, Condition, Draft, Egress, EgressConfig, EgressLimits, Finding, Found,
    Grid, Hint, Message, Origins, Priority, Span, Ticket, TicketingRun, Traits, Withdrawal,
};
use provisor_simulated::{Action, Fault, Matching, Reply, Request, Response, Seen, Simulator};
use serde_json::{Value, json};

use crate::bench::{Bench, Left};
use crate::target::{Simulated, Target};
use crate::trial::{Objection, Trial};
use crate::work::{Conditions, SEEN};

/// When every trial begins: 2026-11-26T12:00:00Z.
const NOON: i64 = 1_795_694_400_000;

/// Requests in a minute: time does not go by in a trial, and all of them fall into the same minute.
const RATE: u32 = 100_000;

/// A fresh ticket system under the component.
pub struct Desk {
    bench: Arc<Bench>,
    system: Arc<System>,
    egress: Egress,
    /// How the component says that the system behaves.
    pub traits: Traits,
}

/// What came of one call of the component.
#[derive(Debug)]
pub struct Asked<T> {
    /// The answer.
    pub answer: Result<T, CallError>,
    /// What the system was sent, in order.
    pub sent: Vec<Sent>,
    /// Requests that the component made, sent or not.
    pub attempts: u64,
}

/// The simulated system, as the egress reaches it.
struct System {
    state: Mutex<State>,
    /// Milliseconds since 1970.
    now: AtomicI64,
}

struct State {
    simulator: Simulator,
    sent: Vec<Sent>,
}

impl System {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for System {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now.load(Ordering::Relaxed))
    }
}

impl Transport for System {
    fn exchange(&self, sent: &Sent) -> Outcome {
        let seconds = self.now.load(Ordering::Relaxed) / 1000;
        let (headers, body) = (sent.headers.clone(), sent.body.to_vec());
        let request = Request::new(&sent.method, sent.target(), headers, body, seconds);
        let mut state = self.state();
        state.sent.push(sent.clone());
        let answered = |answer: Response| Answered {
            status: answer.status,
            headers: answer.headers,
            body: answer.body,
        };
        match state.simulator.serve(&request) {
            Reply::Answer(answer) => Outcome::Answer(answered(answer)),
            Reply::Lost => Outcome::Lost,
            Reply::Unreachable(why) => Outcome::Unreachable(why),
            Reply::Cut(answer, after) => Outcome::Cut(answered(answer), after),
            Reply::Late(..) | Reply::Drip(..) => Outcome::Late,
            Reply::Endless(answer) => Outcome::Endless(answered(answer)),
        }
    }
}

impl Desk {
    /// A fresh system, which the component has looked at once, so that tokens are fetched.
    ///
    /// # Errors
    /// When there is no target, or the component does not get along with it at all.
    pub async fn open(trial: &mut Trial) -> Result<Self, Objection> {
        let bench = Arc::clone(&trial.bench);
        let Some(Target::Simulated(product)) = bench.subject.target else {
            return Err(Objection::Inconclusive(
                "a ticketing component needs a system behind it: name a simulated product"
                    .to_owned(),
            ));
        };
        let unfit = |what: &str, error: &dyn std::fmt::Display| {
            Objection::Inconclusive(format!(
                "with the simulated {} {what}: {error}",
                product.name
            ))
        };
        let system = system(product);
        let egress = egress(&bench, product, &system)
            .map_err(|error| unfit("nothing can be reached", &error))?;
        let mut desk = Desk {
            bench,
            system,
            egress,
            traits: Traits {
                batch: 1,
                search_lag: std::time::Duration::ZERO,
                comments: false,
                withdraws: false,
                receives: false,
            },
        };
        let behaviour = desk
            .ask(trial, "behaviour", async |run| run.behaviour().await)
            .await;
        desk.traits = behaviour
            .answer
            .map_err(|error| unfit("`behaviour` fails", &error))?;
        let findings = desk
            .check(trial)
            .await
            .answer
            .map_err(|error| unfit("`check-connection` fails", &error))?;
        match findings.iter().find(|finding| !finding.good) {
            Some(bad) => {
                let told = format!("{}: {}", bad.subject, bad.message);
                Err(unfit("the connection check finds", &told))
            }
            None => Ok(desk),
        }
    }

    /// `check-connection`.
    pub async fn check(&self, trial: &mut Trial) -> Asked<Vec<Finding>> {
        self.ask(trial, "check-connection", async |run| {
            run.check_connection().await
        })
        .await
    }

    /// `create`.
    pub async fn create(&self, trial: &mut Trial, draft: &Draft) -> Asked<Ticket> {
        let input = format!("create {} {:?}", draft.correlation_id, draft.title);
        self.ask(trial, &input, async |run| run.create(draft).await)
            .await
    }

    /// `create`, where nothing stands in its way.
    ///
    /// # Errors
    /// When it fails all the same.
    pub async fn made(&self, trial: &mut Trial, draft: &Draft) -> Result<Ticket, Objection> {
        self.create(trial, draft).await.answer.map_err(|error| {
            Objection::Inconclusive(format!("no ticket can be made: {}: {error}", error.code()))
        })
    }

    /// `find`, after the time for which a new ticket may not be found.
    pub async fn find(&self, trial: &mut Trial, correlation_id: &str) -> Asked<Vec<Found>> {
        let lag = i64::try_from(self.traits.search_lag.as_millis()).unwrap_or(i64::MAX);
        self.system.now.fetch_add(lag, Ordering::Relaxed);
        let input = format!("find {correlation_id}");
        self.ask(trial, &input, async |run| run.find(correlation_id).await)
            .await
    }

    /// `status`, in one call whatever the batch is.
    pub async fn status(&self, trial: &mut Trial, references: &[String]) -> Asked<Vec<Condition>> {
        let input = format!("status {}", references.join(" "));
        self.ask(trial, &input, async |run| run.status(references).await)
            .await
    }

    /// `comment`.
    pub async fn comment(&self, trial: &mut Trial, reference: &str, text: &str) -> Asked<()> {
        let blocks = [Block::Paragraph(vec![Span::from(text)])];
        let input = format!("comment {reference} {text:?}");
        self.ask(trial, &input, async |run| {
            run.comment(reference, &blocks).await
        })
        .await
    }

    /// `withdraw`.
    pub async fn withdraw(&self, trial: &mut Trial, reference: &str) -> Asked<Withdrawal> {
        let input = format!("withdraw {reference}");
        self.ask(trial, &input, async |run| {
            run.withdraw(reference, "It is not wanted any more.").await
        })
        .await
    }

    /// `receive`.
    pub async fn receive(&self, trial: &mut Trial, message: &Message) -> Asked<Vec<Hint>> {
        let input = format!("receive {}", String::from_utf8_lossy(&message.body));
        self.ask(trial, &input, async |run| run.receive(message).await)
            .await
    }

    /// Lets a fault wait for its request.
    pub fn spoil(&self, matching: Matching, fault: Fault) {
        self.system.state().simulator.faults().add(matching, fault);
    }

    /// Lets a fault wait for every request, and takes away those that waited before.
    pub fn spoil_all(&self, fault: Fault) {
        let mut state = self.system.state();
        state.simulator.faults().clear();
        state.simulator.faults().add(Matching::always(), fault);
    }

    /// How many faults have not met their request; nothing goes wrong any more.
    pub fn mend(&self) -> usize {
        let mut state = self.system.state();
        let unused = state.simulator.faults().unused();
        state.simulator.faults().clear();
        unused
    }

    /// A person does something with a ticket, a minute later.
    ///
    /// # Errors
    /// When the product has no such thing; in words.
    pub fn act(&self, ticket: &Ticket, action: &Action) -> Result<(), String> {
        let now = self.system.now.fetch_add(60_000, Ordering::Relaxed) / 1000 + 60;
        self.system
            .state()
            .simulator
            .product
            .act(&ticket.number, action, now)
    }

    /// What people see of all tickets.
    pub fn tickets(&self) -> Vec<Seen> {
        self.system.state().simulator.product.tickets()
    }

    /// What people see of the tickets with this correlation id.
    pub fn seen(&self, correlation_id: &str) -> Vec<Seen> {
        let mut seen = self.tickets();
        seen.retain(|ticket| ticket.correlation_id == correlation_id);
        seen
    }

    /// The product itself.
    pub fn with_product<R>(
        &self,
        act: impl FnOnce(&mut dyn provisor_simulated::Product) -> R,
    ) -> R {
        act(&mut *self.system.state().simulator.product)
    }

    async fn ask<T: std::fmt::Debug>(
        &self,
        trial: &mut Trial,
        input: &str,
        act: impl AsyncFnOnce(&mut TicketingRun) -> Result<T, CallError>,
    ) -> Asked<T> {
        let begun = Instant::now();
        self.system.state().sent.clear();
        let call = Call {
            egress: Some(self.egress.clone()),
            ..self.bench.call(&Conditions::default())
        };
        let started = match self.bench.component.ticketing() {
            Ok(ticketing) => ticketing.start(&call).await,
            Err(wrong) => Err(wrong.into()),
        };
        let (answer, report) = match started {
            Err(error) => (Err(error), provisor_sandbox::CallReport::default()),
            Ok(mut run) => (act(&mut run).await, run.report()),
        };
        let output = match &answer {
            Ok(answer) => format!("{answer:?}"),
            Err(error) => format!("{}: {error}", error.code()),
        };
        trial.asked(input, &output, &report, begun.elapsed());
        Asked {
            answer,
            sent: std::mem::take(&mut self.system.state().sent),
            attempts: report.http.requests,
        }
    }
}

/// Has the component make a ticket at a fresh system, find it and look at it; the answer is what came
/// of each, and what people see of the ticket.
pub(crate) async fn keep(
    bench: &Bench,
    call: Call,
    draft: &Draft,
) -> (Result<Value, CallError>, Left) {
    let Some(Target::Simulated(product)) = bench.subject.target else {
        return (Ok(Value::Null), Left::default());
    };
    let system = system(product);
    let call = Call {
        // Without a way every request is denied, which the answer then says.
        egress: egress(bench, product, &system).ok(),
        ..call
    };
    let started = match bench.component.ticketing() {
        Ok(ticketing) => ticketing.start(&call).await,
        Err(wrong) => Err(wrong.into()),
    };
    let mut run = match started {
        Ok(run) => run,
        Err(error) => return (Err(error), Left::default()),
    };
    let answer = kept(&mut run, &system, draft).await;
    (answer, (run.log(), run.report(), run.refused().to_vec()))
}

async fn kept(run: &mut TicketingRun, system: &System, draft: &Draft) -> Result<Value, CallError> {
    let ticket = run.create(draft).await?;
    let found = run.find(&draft.correlation_id).await?;
    let conditions = run.status(std::slice::from_ref(&ticket.reference)).await?;
    let seen = system.state().simulator.product.tickets();
    let seen = seen
        .iter()
        .map(|seen| json!([seen.title, seen.description]));
    Ok(json!({
        "ticket": format!("{ticket:?}"),
        "found": format!("{found:?}"),
        "conditions": format!("{conditions:?}"),
        SEEN: seen.collect::<Value>(),
    }))
}

/// A fresh system.
fn system(product: &Simulated) -> Arc<System> {
    Arc::new(System {
        state: Mutex::new(State {
            simulator: Simulator::new(product.product()),
            sent: Vec::new(),
        }),
        now: AtomicI64::new(NOON),
    })
}

/// The way to the system: every origin that the settings or the component name leads to it.
fn egress(bench: &Bench, product: &Simulated, system: &Arc<System>) -> Result<Egress, String> {
    let mut found: Vec<Origin> = Vec::new();
    let settings: Value = serde_json::from_str(&bench.subject.settings).unwrap_or_default();
    let wanted = bench.component.about().origins.iter().cloned();
    for text in texts(&settings).into_iter().chain(wanted) {
        if let Some(origin) = origin(&text)
            && !found.contains(&origin)
        {
            found.push(origin);
        }
    }
    if found.is_empty() {
        return Err("the settings name no URL".to_owned());
    }
    let grant = |origin: Origin| Grant {
        credential: Some(product.credential(&origin)),
        ..Grant::new(origin)
    };
    let config = EgressConfig {
        reach: found.into_iter().map(grant).collect(),
        limits: EgressLimits {
            rate: RATE.try_into().unwrap_or(std::num::NonZeroU32::MIN),
            ..EgressLimits::default()
        },
        ..EgressConfig::default()
    };
    let origins = Origins::by_clock(Arc::clone(system) as Arc<dyn Clock>)
        .map_err(|error| error.to_string())?;
    Egress::over(config, &origins, Arc::clone(system) as Arc<dyn Transport>)
        .map_err(|error| error.to_string())
}

/// All texts in a value.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(list) => list.iter().flat_map(texts).collect(),
        Value::Object(object) => object.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

/// The origin of a URL.
fn origin(text: &str) -> Option<Origin> {
    let (scheme, rest) = text.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    Origin::parse(&format!("{scheme}://{authority}")).ok()
}

/// A draft as the host makes them, with this correlation id.
pub fn draft(correlation_id: &str) -> Draft {
    let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
    let fact = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    Draft {
        correlation_id: correlation_id.to_owned(),
        title: "Create account aturner on Payroll".to_owned(),
        description: vec![
            Block::Heading("What to do".to_owned()),
            Block::Paragraph(vec![Span::from("Create this account.")]),
            Block::Table(Grid {
                head: row(["Attribute", "Now", "Wanted"]),
                rows: vec![
                    row(["login", "", "aturner"]),
                    row(["full-name", "", "Turner, Ann"]),
                ],
            }),
            Block::Steps(vec![
                vec![Span::from("Open Payroll.")],
                vec![Span::from("Close this ticket.")],
            ]),
        ],
        priority: Priority::Normal,
        due: Some(Timestamp::from_millis(NOON + 7 * 24 * 60 * 60 * 1000)),
        follow_up_of: None,
        facts: [
            ("account", "aturner"),
            ("case", "case-17"),
            ("correlation-id", correlation_id),
            ("due", "2026-12-03T12:00:00Z"),
            ("due-date", "2026-12-03"),
            ("identity", "1041"),
            ("operation", "create"),
            ("priority", "normal"),
            ("requested-at", "2026-11-26T12:00:00Z"),
            ("requester", "iam"),
            ("resource", "payroll"),
            ("resource-title", "Payroll"),
            ("route", "desk"),
            ("summary", "Create account aturner on Payroll"),
            ("system", "desk"),
        ]
        .map(fact)
        .into(),
    }
}
