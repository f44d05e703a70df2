//! A ticket system under the component, at which everything can be seen and go wrong.

use std::sync::Arc;
use std::time::Instant;

use provisor_sandbox::egress::Sent;
use provisor_sandbox::{
    Block, Call, CallError, Condition, Draft, Egress, Finding, Found, Hint, Message, Span, Ticket,
    TicketingRun, Traits, Withdrawal,
};
use provisor_simulated::{Action, Fault, Matching, Seen};

use crate::bench::Bench;
use crate::system::System;
use crate::trial::{Objection, Trial};
use crate::work::Conditions;

/// One visit of the component at its target.
pub(crate) struct Desk {
    bench: Arc<Bench>,
    system: Arc<System>,
    egress: Egress,
    /// How the component says that the system behaves.
    pub traits: Traits,
}

/// What came of one call of the component.
#[derive(Debug)]
pub(crate) struct Asked<T> {
    /// The answer.
    pub answer: Result<T, CallError>,
    /// What the system was sent, in order.
    pub sent: Vec<Sent>,
    /// Requests that the component made, sent or not.
    pub attempts: u64,
}

impl Desk {
    /// A new visit, on which the component has looked at the system once, so that tokens are fetched.
    ///
    /// # Errors
    /// When there is no target, or the component does not get along with it at all.
    pub(crate) async fn open(trial: &mut Trial) -> Result<Self, Objection> {
        let bench = Arc::clone(&trial.bench);
        let Some(target) = bench.subject.target.clone() else {
            return Err(Objection::Inconclusive(
                "a ticketing component needs a system behind it: name a simulated product, a live \
                 system or a recording"
                    .to_owned(),
            ));
        };
        let unfit = |what: &str, error: &dyn std::fmt::Display| {
            Objection::Inconclusive(format!("{} {what}: {error}", target.at()))
        };
        let system = System::visit(&bench, &target);
        let egress = system
            .egress(&bench)
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
            .ask(trial, "behaviour", true, async |run| run.behaviour().await)
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
    pub(crate) async fn check(&self, trial: &mut Trial) -> Asked<Vec<Finding>> {
        self.ask(trial, "check-connection", true, async |run| {
            run.check_connection().await
        })
        .await
    }

    /// `create`.
    pub(crate) async fn create(&self, trial: &mut Trial, draft: &Draft) -> Asked<Ticket> {
        let input = format!("create {} {:?}", draft.correlation_id, draft.title);
        let may_make = self.bench.ledger.may_make(&draft.correlation_id);
        let asked = self.ask(trial, &input, may_make, async |run| run.create(draft).await);
        let asked = asked.await;
        if let Ok(ticket) = &asked.answer {
            self.bench.ledger.has_made(&draft.correlation_id, ticket);
        }
        asked
    }

    /// `create`, where nothing stands in its way.
    ///
    /// # Errors
    /// When it fails all the same.
    pub(crate) async fn made(&self, trial: &mut Trial, draft: &Draft) -> Result<Ticket, Objection> {
        self.create(trial, draft).await.answer.map_err(|error| {
            Objection::Inconclusive(format!("no ticket can be made: {}: {error}", error.code()))
        })
    }

    /// `find`, after the time for which a new ticket may not be found.
    pub(crate) async fn find(&self, trial: &mut Trial, correlation_id: &str) -> Asked<Vec<Found>> {
        self.system.wait(self.traits.search_lag).await;
        let input = format!("find {correlation_id}");
        self.ask(trial, &input, true, async |run| {
            run.find(correlation_id).await
        })
        .await
    }

    /// `status`, in one call whatever the batch is.
    pub(crate) async fn status(
        &self,
        trial: &mut Trial,
        references: &[String],
    ) -> Asked<Vec<Condition>> {
        let input = format!("status {}", references.join(" "));
        self.ask(trial, &input, true, async |run| {
            run.status(references).await
        })
        .await
    }

    /// `comment`.
    pub(crate) async fn comment(
        &self,
        trial: &mut Trial,
        reference: &str,
        text: &str,
    ) -> Asked<()> {
        let blocks = [Block::Paragraph(vec![Span::from(text)])];
        let input = format!("comment {reference} {text:?}");
        self.ask(trial, &input, true, async |run| {
            run.comment(reference, &blocks).await
        })
        .await
    }

    /// `withdraw`.
    pub(crate) async fn withdraw(&self, trial: &mut Trial, reference: &str) -> Asked<Withdrawal> {
        let input = format!("withdraw {reference}");
        self.ask(trial, &input, true, async |run| {
            run.withdraw(reference, "It is not wanted any more.").await
        })
        .await
    }

    /// `receive`.
    pub(crate) async fn receive(&self, trial: &mut Trial, message: &Message) -> Asked<Vec<Hint>> {
        let input = format!("receive {}", String::from_utf8_lossy(&message.body));
        self.ask(trial, &input, true, async |run| run.receive(message).await)
            .await
    }

    /// Lets a fault wait for its request.
    pub(crate) fn spoil(&self, matching: Matching, fault: Fault) {
        self.system.spoil(matching, fault);
    }

    /// Lets a fault wait for every request, and takes away those that waited before.
    pub(crate) fn spoil_all(&self, fault: Fault) {
        self.system.mend();
        self.system.spoil(Matching::always(), fault);
    }

    /// How many faults have not met their request; nothing goes wrong any more.
    pub(crate) fn mend(&self) -> usize {
        self.system.mend()
    }

    /// A person does something with a ticket, a minute later: whether the system knows such an act.
    ///
    /// # Errors
    /// When nobody is there, or it did not come about.
    pub(crate) async fn act(&self, ticket: &Ticket, action: &Action) -> Result<bool, Objection> {
        self.system.act(&ticket.number, action).await
    }

    /// What people see of all tickets of this visit, which have these correlation ids.
    ///
    /// # Errors
    /// When nobody is there, or cannot see.
    pub(crate) async fn tickets(&self, ids: &[String]) -> Result<Vec<Seen>, Objection> {
        self.system.tickets(ids).await
    }

    /// What people see of the tickets with this correlation id.
    ///
    /// # Errors
    /// When nobody is there, or cannot see.
    pub(crate) async fn seen(&self, correlation_id: &str) -> Result<Vec<Seen>, Objection> {
        let mut seen = self.tickets(&[correlation_id.to_owned()]).await?;
        seen.retain(|ticket| ticket.correlation_id == correlation_id);
        Ok(seen)
    }

    /// From now on no ticket is made without a value in one field more: the name of the field.
    ///
    /// # Errors
    /// When nobody is there, or the system cannot be set up so.
    pub(crate) async fn demand(&self) -> Result<String, Objection> {
        let field = self.system.demand().await?;
        field.ok_or_else(|| {
            let told = "the system cannot be told to want one field more";
            Objection::NotApplicable(told.to_owned())
        })
    }

    /// The field is not wanted any more.
    ///
    /// # Errors
    /// When it still is.
    pub(crate) async fn relent(&self) -> Result<(), Objection> {
        self.system.relent().await
    }

    async fn ask<T: std::fmt::Debug>(
        &self,
        trial: &mut Trial,
        input: &str,
        may_send: bool,
        act: impl AsyncFnOnce(&mut TicketingRun) -> Result<T, CallError>,
    ) -> Asked<T> {
        let begun = Instant::now();
        self.system.take_sent();
        let call = Call {
            egress: may_send.then(|| self.egress.clone()),
            ..self.bench.call(&Conditions::default())
        };
        let (answer, report) = match self.bench.ticketing(&call).await {
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
            sent: self.system.take_sent(),
            attempts: report.http.requests,
        }
    }
}
