//! The system behind a ticketing component during one visit: what goes wrong is played before it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use provisor_model::Timestamp;
use provisor_sandbox::egress::{Answered, Clock, Outcome, Relay, Sent, Transport};
use provisor_simulated::{
    Action, Fault, Faults, Matching, Product, Reply, Request, Response, Seen,
};

use crate::bench::Bench;
use crate::ledger::{Ledger, Visit};
use crate::live::Live;
use crate::people::{People, PeopleError};
use crate::recording::{Content, Event, Recording, digest};
use crate::target::{Target, login};
use crate::trial::Objection;
use crate::way::origin;

/// When every visit begins: 2026-11-26T12:00:00Z.
pub(crate) const NOON: i64 = 1_795_694_400_000;

/// What people are not there for.
pub(crate) const NOBODY: &str = "people have to do or to see something here, and nobody does: name a command \
                      with `people` in the target";

/// The system during one visit.
pub(crate) struct System {
    ledger: Arc<Ledger>,
    visit: Visit,
    pub target: Target,
    state: Mutex<State>,
    /// Milliseconds since 1970.
    now: AtomicI64,
}

struct State {
    faults: Faults,
    behind: Behind,
    sent: Vec<Sent>,
    /// What becomes of the answer to the request that is under way.
    spoils: Option<Fault>,
}

/// What answers.
enum Behind {
    Simulated(Box<dyn Product>),
    Live,
    /// The place of the next event.
    Recorded(Arc<Recording>, usize),
}

impl System {
    /// The next visit.
    pub fn visit(bench: &Bench, target: &Target) -> Arc<Self> {
        let behind = match target {
            Target::Simulated(product) => Behind::Simulated(product.product()),
            Target::Live(_) => Behind::Live,
            Target::Recorded(recorded) => Behind::Recorded(Arc::clone(&recorded.recording), 0),
        };
        Arc::new(Self {
            visit: bench.ledger.visit(),
            ledger: Arc::clone(&bench.ledger),
            target: target.clone(),
            state: Mutex::new(State {
                faults: Faults::default(),
                behind,
                sent: Vec::new(),
                spoils: None,
            }),
            now: AtomicI64::new(NOON),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A correlation id for what is done once in a visit.
    pub fn correlation_id(&self) -> String {
        let Visit { scope, number } = &self.visit;
        let scope = scope.to_lowercase();
        format!("conform-{}{scope}-{number}", self.target.mark())
    }

    /// Lets a fault wait for its request.
    pub fn spoil(&self, matching: Matching, fault: Fault) {
        self.state().faults.add(matching, fault);
    }

    /// Faults that have not met their request; nothing goes wrong any more.
    pub fn mend(&self) -> usize {
        let faults = &mut self.state().faults;
        let unused = faults.unused();
        faults.clear();
        unused
    }

    /// What was sent since it was asked last.
    pub fn take_sent(&self) -> Vec<Sent> {
        std::mem::take(&mut self.state().sent)
    }

    /// Waits until new tickets are found: a while by the clock of the visit, and at a live system by
    /// the one of the world.
    pub async fn wait(&self, time: std::time::Duration) {
        let millis = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        self.now.fetch_add(millis, Ordering::Relaxed);
        if matches!(self.target, Target::Live(_)) {
            tokio::time::sleep(time).await;
        }
    }

    /// A person does something with a ticket, a minute later: whether the system knows such an act.
    ///
    /// # Errors
    /// When nobody is there, or it did not come about.
    pub async fn act(&self, number: &str, action: &Action) -> Result<bool, Objection> {
        let now = self.now.fetch_add(60_000, Ordering::Relaxed) / 1000 + 60;
        let played = match &mut self.state().behind {
            Behind::Simulated(product) => Some(product.act(number, action, now).is_ok()),
            _ => None,
        };
        let done = match (played, &self.target) {
            (Some(done), _) => done,
            (None, Target::Live(live)) => {
                let (number, action) = (number.to_owned(), action.clone());
                ask(live, move |people| people.act(&number, &action)).await?
            }
            (None, _) => match self.did(&format!("{action:?} of ticket {number}"), |event| {
                matches!(event, Event::Act { number: of, action: what, .. }
                    if of == number && what == action)
            })? {
                Event::Act { done, .. } => done,
                _ => false,
            },
        };
        self.ledger.note(&self.visit, || Event::Act {
            number: number.to_owned(),
            action: action.clone(),
            done,
        });
        Ok(done)
    }

    /// What people see of the tickets with these correlation ids; at a simulated system, of all.
    ///
    /// # Errors
    /// When nobody is there, or cannot see.
    pub async fn tickets(&self, ids: &[String]) -> Result<Vec<Seen>, Objection> {
        let played = match &self.state().behind {
            Behind::Simulated(product) => Some(product.tickets()),
            _ => None,
        };
        let tickets = match (played, &self.target) {
            (Some(tickets), _) => tickets,
            (None, Target::Live(live)) => {
                let ids = ids.to_vec();
                ask(live, move |people| {
                    let mut all = Vec::new();
                    for id in &ids {
                        all.extend(people.tickets(id)?);
                    }
                    Ok(all)
                })
                .await?
            }
            (None, _) => match self.did(
                &format!("a look at {}", ids.join(" ")),
                |event| matches!(event, Event::Look { ids: at, .. } if at == ids),
            )? {
                Event::Look { tickets, .. } => tickets,
                _ => Vec::new(),
            },
        };
        self.ledger.note(&self.visit, || Event::Look {
            ids: ids.to_vec(),
            tickets: tickets.clone(),
        });
        Ok(tickets)
    }

    /// Has the system want one field more: its name, or nothing where that cannot be.
    ///
    /// # Errors
    /// When nobody is there, or it did not come about.
    pub async fn demand(&self) -> Result<Option<String>, Objection> {
        let played = match &mut self.state().behind {
            Behind::Simulated(product) => Some(product.demand().ok().map(str::to_owned)),
            _ => None,
        };
        let field = match (played, &self.target) {
            (Some(field), _) => field,
            (None, Target::Live(live)) => ask(live, |people| people.demand()).await?,
            (None, _) => {
                let demand = |event: &Event| matches!(event, Event::Demand { .. });
                match self.did("the demand of one field more", demand)? {
                    Event::Demand { field } => field,
                    _ => None,
                }
            }
        };
        self.ledger.note(&self.visit, || Event::Demand {
            field: field.clone(),
        });
        Ok(field)
    }

    /// The field is not wanted any more, where that outlives the visit.
    ///
    /// # Errors
    /// When it still is.
    pub async fn relent(&self) -> Result<(), Objection> {
        match &self.target {
            Target::Live(live) => ask(live, |people| people.relent()).await,
            Target::Simulated(_) | Target::Recorded(_) => Ok(()),
        }
    }

    /// What people did next, if anybody was there.
    ///
    /// # Errors
    /// When nobody was, or they did something else.
    fn did(&self, now: &str, is_it: impl Fn(&Event) -> bool) -> Result<Event, Objection> {
        match self.target.has_people() {
            true => self.next(now, is_it),
            false => Err(Objection::Skipped(NOBODY.to_owned())),
        }
    }

    /// The next event of the recording, which has to be the one that is wanted now.
    ///
    /// # Errors
    /// When it is another one.
    fn next(&self, now: &str, is_it: impl Fn(&Event) -> bool) -> Result<Event, Objection> {
        let mut state = self.state();
        let Behind::Recorded(recording, place) = &mut state.behind else {
            return Err(Objection::Inconclusive("there is no recording".to_owned()));
        };
        let visits = recording.visits.get(&self.visit.scope);
        let events = visits.and_then(|visits| visits.get(self.visit.number));
        let event = events.and_then(|events| events.get(*place));
        match event {
            Some(event) if is_it(event) => {
                *place += 1;
                Ok(event.clone())
            }
            other => {
                let expected = match other {
                    Some(event) if event.to_string() == now => {
                        format!("{now} with another content")
                    }
                    Some(event) => event.to_string(),
                    None => "nothing more".to_owned(),
                };
                Err(Objection::Inconclusive(format!(
                    "the recording has {expected} here, and now it is {now}; record again with \
                     --record"
                )))
            }
        }
    }

    /// What was recorded of a request.
    fn recorded(&self, request: &Sent) -> Result<Response, Objection> {
        let now = format!("{} {}", request.method, request.url);
        let sent_now = digest(&request.body);
        let event = self.next(&now, |event| {
            matches!(event, Event::Exchange { method, url, sent, .. }
                if *method == request.method && *url == request.url && *sent == sent_now)
        })?;
        let Event::Exchange {
            status,
            headers,
            content,
            ..
        } = event
        else {
            return Err(Objection::Inconclusive("it is no exchange".to_owned()));
        };
        Ok(Response {
            status,
            headers,
            body: content.bytes().unwrap_or_default(),
        })
    }

    /// Whether a request exchanges credentials for a token.
    fn is_login(&self, request: &Sent) -> bool {
        let origin = origin(&request.url);
        let credential = origin.and_then(|origin| self.target.credential(&origin));
        credential.as_ref().and_then(login) == Some(request.url.as_str())
    }

    fn note(&self, request: &Sent, answer: &Response) {
        self.ledger.note(&self.visit, || Event::Exchange {
            method: request.method.clone(),
            url: request.url.clone(),
            sent: digest(&request.body),
            status: answer.status,
            headers: answer.headers.clone(),
            content: Content::of(&answer.body),
        });
    }
}

/// Asks people, who may take their time.
async fn ask<T: Send + 'static>(
    live: &Live,
    what: impl FnOnce(&dyn People) -> Result<T, PeopleError> + Send + 'static,
) -> Result<T, Objection> {
    let Some(people) = live.people.clone() else {
        return Err(Objection::Skipped(NOBODY.to_owned()));
    };
    let asked = tokio::task::spawn_blocking(move || what(&*people)).await;
    match asked {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(Objection::Inconclusive(format!("people: {error}"))),
        Err(_) => Err(Objection::Inconclusive(
            "what people do broke down".to_owned(),
        )),
    }
}

impl Clock for System {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now.load(Ordering::Relaxed))
    }
}

impl Relay for System {
    fn instead(&self, sent: &Sent) -> Option<Outcome> {
        let is_login = self.is_login(sent);
        // Whoever lets the component in at a live system is not what is tried.
        if is_login && matches!(self.target, Target::Live(_)) {
            return None;
        }
        let seconds = self.now.load(Ordering::Relaxed) / 1000;
        let (headers, body) = (sent.headers.clone(), sent.body.to_vec());
        let request = Request::new(&sent.method, sent.target(), headers, body, seconds);
        let mut state = self.state();
        state.sent.push(sent.clone());
        let fault = state.faults.take(&request);
        if let Some(reply) = fault.as_ref().and_then(Fault::instead) {
            return Some(outcome(reply));
        }
        let answer = match &mut state.behind {
            Behind::Live => {
                state.spoils = fault;
                return None;
            }
            Behind::Simulated(product) => product.answer(&request),
            Behind::Recorded(..) => {
                drop(state);
                match self.recorded(sent) {
                    Ok(answer) => answer,
                    Err(objection) => {
                        self.ledger.disturb(objection);
                        let why = "this was not recorded".to_owned();
                        return Some(Outcome::Unreachable(why));
                    }
                }
            }
        };
        if !is_login {
            self.note(sent, &answer);
        }
        Some(spoiled(fault.as_ref(), answer))
    }

    fn arrived(&self, sent: &Sent, outcome: Outcome) -> Outcome {
        let origin = origin(&sent.url).map_or_else(String::new, |origin| origin.to_string());
        let disturbed = match &outcome {
            Outcome::Answer(answer) if answer.status == 429 => {
                Some(format!("{origin} itself asked for fewer calls"))
            }
            Outcome::Unreachable(why) => Some(format!("{origin}: {why}")),
            Outcome::Answer(_) => None,
            _ => Some(format!("{origin} itself broke off before an answer")),
        };
        if let Some(what) = disturbed {
            self.ledger.disturb(Objection::Inconclusive(what));
        }
        let fault = match self.is_login(sent) {
            true => return outcome,
            false => self.state().spoils.take(),
        };
        match outcome {
            Outcome::Answer(Answered {
                status,
                headers,
                body,
            }) => {
                let answer = Response {
                    status,
                    headers,
                    body,
                };
                self.note(sent, &answer);
                spoiled(fault.as_ref(), answer)
            }
            other => other,
        }
    }
}

impl Transport for System {
    fn exchange(&self, sent: &Sent) -> Outcome {
        // Only at a live system something is passed on, and there this is not called.
        self.instead(sent).unwrap_or(Outcome::Lost)
    }
}

fn spoiled(fault: Option<&Fault>, answer: Response) -> Outcome {
    outcome(match fault {
        Some(fault) => fault.spoil(answer),
        None => Reply::Answer(answer),
    })
}

/// A reply as requests meet it.
fn outcome(reply: Reply) -> Outcome {
    let answered = |answer: Response| Answered {
        status: answer.status,
        headers: answer.headers,
        body: answer.body,
    };
    match reply {
        Reply::Answer(answer) => Outcome::Answer(answered(answer)),
        Reply::Lost => Outcome::Lost,
        Reply::Unreachable(why) => Outcome::Unreachable(why),
        Reply::Cut(answer, after) => Outcome::Cut(answered(answer), after),
        Reply::Late(..) | Reply::Drip(..) => Outcome::Late,
        Reply::Endless(answer) => Outcome::Endless(answered(answer)),
    }
}
