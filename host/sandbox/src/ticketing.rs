//! The world `ticketing`, with the host's own types.

mod answer;
mod draft;

use wasmtime::Store;

use crate::bindings::mapping::provisor::connector::types;
use crate::bindings::ticketing::Ticketing as Instance;
use crate::bindings::ticketing::exports::provisor::connector::tickets as guest;
use crate::call::{Call, CallReport};
use crate::component::{Component, Linked};
use crate::error::{CallError, WrongWorld};
use crate::inspection::World;
use crate::log::LogLine;
use crate::run::{Run, Wrong, clip};
use crate::state::State;

pub use answer::{Class, Condition, Finding, Found, Hint, Progress, Ticket, Traits, Withdrawal};
pub use draft::{Block, Draft, Grid, Message, Predecessor, Span};

use answer::{condition, findings, found, hints, ticket, traits};
use draft::{block, to_guest};

/// A component of the world `ticketing`.
#[derive(Clone)]
pub struct Ticketing(pub(crate) Component);

/// A fresh instance that keeps tickets. After an error it answers nothing any more.
pub struct TicketingRun {
    component: Component,
    run: Run,
    instance: Option<Instance>,
}

impl Ticketing {
    /// Begins a unit of work.
    ///
    /// # Errors
    /// When the settings and secrets of the call are too long.
    pub async fn start(&self, call: &Call) -> Result<TicketingRun, CallError> {
        Ok(TicketingRun {
            run: self.0.run(call, None)?,
            component: self.0.clone(),
            instance: None,
        })
    }
}

impl TicketingRun {
    /// How the system behaves with these settings. Calls nobody.
    ///
    /// # Errors
    /// Of the component, or because it went over a limit or broke a rule. The same holds for all
    /// that follow.
    pub async fn behaviour(&mut self) -> Result<Traits, CallError> {
        self.ask(
            "behaviour",
            async |instance, store| {
                let tickets = instance.provisor_connector_tickets();
                tickets.call_behaviour(&mut *store).await
            },
            traits,
        )
        .await
    }

    /// Looks whether everything is there that the settings name, changing nothing.
    pub async fn check_connection(&mut self) -> Result<Vec<Finding>, CallError> {
        self.ask(
            "check-connection",
            async |instance, store| {
                let tickets = instance.provisor_connector_tickets();
                tickets.call_check_connection(&mut *store).await
            },
            findings,
        )
        .await
    }

    /// Makes a ticket. To be called once for each correlation id, and again only after
    /// [`find`](Self::find) has found nothing.
    ///
    /// A failure of kind `ambiguous` says that it may have been made. So may any error of the host
    /// after which [`HttpReport::changing`](crate::HttpReport::changing) is not 0.
    pub async fn create(&mut self, draft: &Draft) -> Result<Ticket, CallError> {
        let draft = to_guest(draft);
        self.ask(
            "create",
            async |instance, store| {
                let tickets = instance.provisor_connector_tickets();
                tickets.call_create(&mut *store, &draft).await
            },
            ticket,
        )
        .await
    }

    /// All tickets that carry this correlation id, closed ones too, as the component says: compare
    /// the correlation id of each.
    pub async fn find(&mut self, correlation_id: &str) -> Result<Vec<Found>, CallError> {
        self.ask(
            "find",
            async |instance, store| {
                let tickets = instance.provisor_connector_tickets();
                tickets.call_find(&mut *store, correlation_id).await
            },
            found,
        )
        .await
    }

    /// What is known of these tickets, at most [`Traits::batch`]: one condition for each reference,
    /// in the same order.
    pub async fn status(&mut self, references: &[String]) -> Result<Vec<Condition>, CallError> {
        self.ask(
            "status",
            async |instance, store| {
                let tickets = instance.provisor_connector_tickets();
                tickets.call_status(&mut *store, references).await
            },
            |conditions| {
                if conditions.len() != references.len() {
                    let (are, wanted) = (conditions.len(), references.len());
                    return Err(format!("{are} conditions for {wanted} references").into());
                }
                conditions.into_iter().map(condition).collect()
            },
        )
        .await
    }

    /// Adds a comment.
    pub async fn comment(&mut self, reference: &str, text: &[Block]) -> Result<(), CallError> {
        let text: Vec<guest::Block> = text.iter().map(block).collect();
        self.ask(
            "comment",
            async |instance, store| {
                let tickets = instance.provisor_connector_tickets();
                tickets.call_comment(&mut *store, reference, &text).await
            },
            Ok,
        )
        .await
    }

    /// Takes a ticket back because its work is not wanted any more; `reason` is for people.
    pub async fn withdraw(
        &mut self,
        reference: &str,
        reason: &str,
    ) -> Result<Withdrawal, CallError> {
        self.ask(
            "withdraw",
            async |instance, store| {
                let tickets = instance.provisor_connector_tickets();
                tickets.call_withdraw(&mut *store, reference, reason).await
            },
            |withdrawal| {
                Ok(match withdrawal {
                    guest::Withdrawal::Withdrawn => Withdrawal::Withdrawn,
                    guest::Withdrawal::Refused(why) => Withdrawal::Refused(clip(why)),
                })
            },
        )
        .await
    }

    /// Reads what the system sent and says which tickets it is about. Nothing in the message is to
    /// be believed: ask for their status.
    pub async fn receive(&mut self, message: &Message) -> Result<Vec<Hint>, CallError> {
        let message = guest::Message {
            headers: message.headers.clone(),
            body: message.body.clone(),
        };
        self.ask(
            "receive",
            async |instance, store| {
                let tickets = instance.provisor_connector_tickets();
                tickets.call_receive(&mut *store, &message).await
            },
            hints,
        )
        .await
    }

    /// What the run has used so far.
    pub fn report(&self) -> CallReport {
        self.run.report()
    }

    /// The last lines that the component wrote; after an error they are in the error.
    pub fn log(&self) -> Vec<LogLine> {
        self.run.log()
    }

    /// What the component was refused so far, by name.
    pub fn refused(&self) -> &[String] {
        self.run.refused()
    }

    async fn ask<A, R>(
        &mut self,
        function: &'static str,
        act: impl AsyncFnOnce(
            &Instance,
            &mut Store<State>,
        ) -> wasmtime::Result<Result<A, types::Failure>>,
        check: impl FnOnce(A) -> Result<R, Wrong>,
    ) -> Result<R, CallError> {
        let Linked::Ticketing(pre) = &self.component.inner.linked else {
            return Err(WrongWorld {
                is: self.component.world(),
                wanted: World::Ticketing,
            }
            .into());
        };
        let known = self.instance.take();
        let (instance, answer) = self
            .run
            .call(function, async |store| {
                let instance = match known {
                    Some(instance) => instance,
                    None => pre.instantiate_async(&mut *store).await?,
                };
                let answer = act(&instance, store).await?;
                Ok((instance, answer))
            })
            .await?;
        match answer.map(check) {
            Ok(Ok(good)) => {
                self.instance = Some(instance);
                Ok(good)
            }
            Ok(Err(wrong)) => Err(self.run.wrong(function, wrong)),
            Err(failure) => Err(self.run.failure(function, failure)),
        }
    }
}
