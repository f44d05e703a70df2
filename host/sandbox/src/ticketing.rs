//! The world `ticketing`, with the host's own types.

use std::collections::BTreeSet;
use std::time::Duration;

use provisor_model::Timestamp;
use wasmtime::Store;

use crate::bindings::mapping::provisor::connector::types;
use crate::bindings::ticketing::Ticketing as Instance;
use crate::bindings::ticketing::exports::provisor::connector::tickets as guest;
use crate::call::{Call, CallReport};
use crate::component::{Component, Linked};
use crate::error::{CallError, Failure, WrongWorld};
use crate::inspection::World;
use crate::limits::{
    FINDINGS, FOUND, HINTS, STATUS_BATCH, TICKET_NUMBER, TICKET_REFERENCE, TICKET_URL,
};
use crate::priority::Priority;
use crate::run::{Run, Wrong, clip, failure};
use crate::state::State;

/// A component of the world `ticketing`.
#[derive(Clone)]
pub struct Ticketing(pub(crate) Component);

/// How a system behaves with these settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traits {
    /// How many tickets one call of [`status`](TicketingRun::status) may ask for; 1 to 1,000.
    pub batch: u32,
    /// For how long a ticket that was just created may not be found.
    pub search_lag: Duration,
    /// Whether [`comment`](TicketingRun::comment) does something.
    pub comments: bool,
    /// Whether [`withdraw`](TicketingRun::withdraw) does something.
    pub withdraws: bool,
    /// Whether [`receive`](TicketingRun::receive) understands what the system sends.
    pub receives: bool,
}

/// What a connection check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Whether it is as it should be.
    pub good: bool,
    /// What was looked at.
    pub subject: String,
    /// What was found; if it is not good, what to do about it.
    pub message: String,
}

/// A piece of text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Span {
    /// The text: always text, whatever it looks like.
    pub text: String,
    /// Whether it stands out.
    pub strong: bool,
    /// Where it leads to: an absolute URL.
    pub link: Option<String>,
}

impl From<&str> for Span {
    fn from(text: &str) -> Self {
        Span {
            text: text.to_owned(),
            ..Span::default()
        }
    }
}

/// Rows of cells under a head.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grid {
    /// What stands above each column.
    pub head: Vec<String>,
    /// The rows; each has as many cells as the head.
    pub rows: Vec<Vec<String>>,
}

/// A part of a description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A heading.
    Heading(String),
    /// A paragraph.
    Paragraph(Vec<Span>),
    /// Things one below the other.
    Bullets(Vec<Vec<Span>>),
    /// Steps, numbered from 1.
    Steps(Vec<Vec<Span>>),
    /// A table.
    Table(Grid),
}

/// A ticket that was asked for before and that a new one refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Predecessor {
    /// Its reference.
    pub reference: String,
    /// Its number.
    pub number: String,
}

/// A ticket to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The name by which the ticket is found again: 8 to 64 letters, digits and hyphens.
    pub correlation_id: String,
    /// One line without line breaks.
    pub title: String,
    /// What has to be done and how to close it, the most important first.
    pub description: Vec<Block>,
    /// How soon somebody should look at it.
    pub priority: Priority,
    /// By when it should be done.
    pub due: Option<Timestamp>,
    /// The ticket whose work turned out not to be done.
    pub follow_up_of: Option<Predecessor>,
    /// Named values that site-specific fields are made of; each name once.
    pub facts: Vec<(String, String)>,
}

/// A ticket that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// How the component names it: 1 to 1,000 bytes that nobody else can read.
    pub reference: String,
    /// How people name it; at most 200 bytes.
    pub number: String,
    /// Where a person can look at it: an absolute URL of `http` or `https`, at most 2,000 bytes.
    pub url: Option<String>,
}

/// A ticket that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The ticket.
    pub ticket: Ticket,
    /// The correlation id that stands in the record itself. What carries another one than was
    /// asked for must be ignored.
    pub correlation_id: String,
}

/// What a status means, as far as the component can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Nobody has begun.
    Open,
    /// Somebody works on it.
    InProgress,
    /// What was asked for was done.
    Done,
    /// It was not and will not be done.
    Refused,
    /// It is not wanted any more.
    Cancelled,
    /// The component does not know this status. The ticket counts as open.
    Unknown,
}

/// Where a ticket stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The status as the system calls it.
    pub status: String,
    /// The resolution, closure code or reason as the system calls it.
    pub resolution: Option<String>,
    /// What that means.
    pub class: Class,
    /// When it changed last, as the system says it; it can be read as a [`Timestamp`].
    pub updated_at: Option<String>,
    /// When it was closed or resolved, as the system says it; it can be read as a [`Timestamp`].
    pub closed_at: Option<String>,
    /// Who works on it.
    pub assignee: Option<String>,
    /// What whoever closed it wrote.
    pub note: Option<String>,
}

/// What is known of a ticket that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// It stands so.
    Progress(Progress),
    /// It does not exist any more.
    Gone,
    /// Another ticket has taken its place.
    Replaced(Ticket),
    /// It may exist, but these credentials may not see it.
    Forbidden,
    /// This one could not be asked, the others could.
    Failed(Failure),
}

/// What came of taking a ticket back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Withdrawal {
    /// It is closed as not wanted.
    Withdrawn,
    /// It cannot be: why not.
    Refused(String),
}

/// A message that the system sent. Its signature must have been checked before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Header fields with their names in lower case.
    pub headers: Vec<(String, String)>,
    /// The content as it came.
    pub body: Vec<u8>,
}

/// Which ticket a message is about: whatever of this it says, at least one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// The reference.
    pub reference: Option<String>,
    /// The number.
    pub number: Option<String>,
    /// The correlation id.
    pub correlation_id: Option<String>,
}

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

fn to_guest(draft: &Draft) -> guest::Draft {
    guest::Draft {
        correlation_id: draft.correlation_id.clone(),
        title: draft.title.clone(),
        description: draft.description.iter().map(block).collect(),
        priority: draft.priority.into(),
        due: draft.due.map(|due| due.to_string()),
        follow_up_of: draft.follow_up_of.as_ref().map(|it| guest::Predecessor {
            reference: it.reference.clone(),
            number: it.number.clone(),
        }),
        facts: draft.facts.clone(),
    }
}

fn block(block: &Block) -> guest::Block {
    let spans = |spans: &Vec<Span>| -> Vec<guest::Span> {
        let span = |span: &Span| guest::Span {
            text: span.text.clone(),
            strong: span.strong,
            link: span.link.clone(),
        };
        spans.iter().map(span).collect()
    };
    match block {
        Block::Heading(text) => guest::Block::Heading(text.clone()),
        Block::Paragraph(text) => guest::Block::Paragraph(spans(text)),
        Block::Bullets(items) => guest::Block::Bullets(items.iter().map(spans).collect()),
        Block::Steps(items) => guest::Block::Steps(items.iter().map(spans).collect()),
        Block::Table(grid) => guest::Block::Table(guest::Grid {
            head: grid.head.clone(),
            rows: grid.rows.clone(),
        }),
    }
}

fn traits(traits: guest::Traits) -> Result<Traits, Wrong> {
    if traits.batch == 0 {
        return Err("a batch of no tickets".to_owned().into());
    }
    Ok(Traits {
        batch: traits.batch.min(STATUS_BATCH),
        search_lag: Duration::from_secs(traits.search_lag),
        comments: traits.comments,
        withdraws: traits.withdraws,
        receives: traits.receives,
    })
}

fn findings(findings: Vec<guest::Finding>) -> Result<Vec<Finding>, Wrong> {
    if findings.len() > FINDINGS {
        return Err(Wrong::Limit("findings"));
    }
    let finding = |finding: guest::Finding| Finding {
        good: finding.good,
        subject: clip(finding.subject),
        message: clip(finding.message),
    };
    Ok(findings.into_iter().map(finding).collect())
}

fn ticket(ticket: guest::Ticket) -> Result<Ticket, Wrong> {
    if let Some(url) = &ticket.url {
        if url.len() > TICKET_URL {
            return Err(Wrong::Limit("url bytes"));
        }
        // People follow it: nothing but a page may be behind it.
        let leads_to_a_page = url::Url::parse(url)
            .is_ok_and(|parsed| matches!(parsed.scheme(), "http" | "https"))
            && !url.chars().any(|c| c.is_control() || c.is_whitespace());
        if !leads_to_a_page {
            return Err(
                "the URL of a ticket is not an absolute one of http or https"
                    .to_owned()
                    .into(),
            );
        }
    }
    Ok(Ticket {
        reference: reference(ticket.reference)?,
        number: number(ticket.number)?,
        url: ticket.url,
    })
}

fn reference(reference: String) -> Result<String, Wrong> {
    match reference.len() {
        0 => Err("a ticket without reference".to_owned().into()),
        length if length > TICKET_REFERENCE => Err(Wrong::Limit("reference bytes")),
        _ => Ok(reference),
    }
}

fn number(number: String) -> Result<String, Wrong> {
    match number.len() > TICKET_NUMBER {
        true => Err(Wrong::Limit("number bytes")),
        false if number.chars().any(char::is_control) => {
            Err("the number of a ticket is not one line".to_owned().into())
        }
        false => Ok(number),
    }
}

fn found(found: Vec<guest::Found>) -> Result<Vec<Found>, Wrong> {
    if found.len() > FOUND {
        return Err(Wrong::Limit("found tickets"));
    }
    let mut references = BTreeSet::new();
    found
        .into_iter()
        .map(|it| {
            let ticket = ticket(it.ticket)?;
            if !references.insert(ticket.reference.clone()) {
                return Err("a ticket was found twice".to_owned().into());
            }
            Ok(Found {
                ticket,
                correlation_id: clip(it.correlation_id),
            })
        })
        .collect()
}

fn condition(condition: guest::Condition) -> Result<Condition, Wrong> {
    Ok(match condition {
        guest::Condition::Progress(progress) => Condition::Progress(Progress {
            status: clip(progress.status),
            resolution: progress.resolution.map(clip),
            class: match progress.class {
                guest::Class::Open => Class::Open,
                guest::Class::InProgress => Class::InProgress,
                guest::Class::Done => Class::Done,
                guest::Class::Refused => Class::Refused,
                guest::Class::Cancelled => Class::Cancelled,
                guest::Class::Unknown => Class::Unknown,
            },
            updated_at: moment(progress.updated_at)?,
            closed_at: moment(progress.closed_at)?,
            assignee: progress.assignee.map(clip),
            note: progress.note.map(clip),
        }),
        guest::Condition::Gone => Condition::Gone,
        guest::Condition::Replaced(other) => Condition::Replaced(ticket(other)?),
        guest::Condition::Forbidden => Condition::Forbidden,
        guest::Condition::Failed(failed) => Condition::Failed(failure(failed)),
    })
}

/// Keeps the text: what the system says is shown as it says it.
fn moment(text: Option<String>) -> Result<Option<String>, Wrong> {
    match &text {
        Some(written) if written.parse::<Timestamp>().is_err() => {
            let written: String = written.chars().take(64).collect();
            Err(format!("{written:?} is not a moment of RFC 3339").into())
        }
        _ => Ok(text),
    }
}

fn hints(hints: Vec<guest::Hint>) -> Result<Vec<Hint>, Wrong> {
    if hints.len() > HINTS {
        return Err(Wrong::Limit("hints"));
    }
    let hint = |hint: guest::Hint| {
        if (&hint.reference, &hint.number, &hint.correlation_id) == (&None, &None, &None) {
            return Err("a hint at no ticket".to_owned().into());
        }
        Ok(Hint {
            reference: hint.reference.map(reference).transpose()?,
            number: hint.number.map(number).transpose()?,
            correlation_id: hint.correlation_id.map(clip),
        })
    };
    hints.into_iter().map(hint).collect()
}
