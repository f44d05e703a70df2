//! A case that is worked on in another system, and how it gets there at most once.
//!
//! That a ticket shall be made is stored before anything is sent, and so is each attempt. Whoever
//! finds an attempt whose outcome nobody knows looks for the ticket first, and makes one only when
//! the system has had time to show it and does not. See [`Ticket::task`].

mod looking;
mod rules;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::backoff::{LONGEST_PAUSE, next_try};
pub use looking::{TicketProgress, Turn};
pub use rules::{TicketClass, TicketRules};

use crate::{CaseId, CorrelationId, ResourceName, TicketSystemName, Timestamp};

/// How long whoever asks about a ticket has it for himself. Much longer than a call may take.
pub const LEASE: Duration = Duration::from_secs(5 * 60);

/// An attempt whose answer was lost may still arrive at a slow system for so long. Looking for the
/// ticket proves nothing before.
pub const ON_THE_WAY: Duration = Duration::from_secs(60);

/// Whether a ticket is there and somebody works on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TicketState {
    /// It shall be made; whether there is one is being found out.
    Creating,
    /// It is there, and somebody is to do the work.
    Open,
    /// It was closed there. It may still be opened again.
    Closed,
    /// Nobody looks at it any more.
    Ended,
    /// None was made, or it was taken over: the work is done in the case.
    GivenUp,
}

impl TicketState {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Creating,
        Self::Open,
        Self::Closed,
        Self::Ended,
        Self::GivenUp,
    ];

    /// Its name in API and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            TicketState::Creating => "creating",
            TicketState::Open => "open",
            TicketState::Closed => "closed",
            TicketState::Ended => "ended",
            TicketState::GivenUp => "given-up",
        }
    }
}

/// Where a ticket is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct TicketPlace {
    /// How the component names it. Opaque.
    pub reference: String,
    /// How people name it.
    pub number: String,
    /// Where a person can look at it.
    pub url: Option<String>,
}

/// That a ticket shall be taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct TakingBack {
    /// Why, in words.
    pub reason: String,
    /// Why it cannot be; from then on it is waited for.
    pub refused: Option<String>,
}

/// A case that is worked on in another system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Ticket {
    /// The case.
    pub case: CaseId,
    /// Where it is kept.
    pub system: TicketSystemName,
    /// By the settings of which resource.
    pub resource: ResourceName,
    /// By what it is found again.
    pub correlation: CorrelationId,
    /// Whether it is there.
    pub state: TicketState,
    /// When it was decided to make it.
    pub intended_at: Timestamp,
    /// How often making it was tried.
    pub attempts: u32,
    /// The last attempt whose outcome nobody knows.
    pub uncertain_since: Option<Timestamp>,
    /// It is not looked at before this moment.
    pub look_at: Timestamp,
    /// Somebody is asking about it; until this moment nobody else does.
    pub leased_until: Option<Timestamp>,
    /// Why the last call about it failed.
    pub problem: Option<String>,
    /// What a person should look at.
    pub attention: Option<String>,
    /// Where it is, once it is there.
    pub place: Option<TicketPlace>,
    /// When it was known to be there.
    pub opened_at: Option<Timestamp>,
    /// How it stood when it was looked at last.
    pub progress: Option<TicketProgress>,
    /// When that was.
    pub looked_at: Option<Timestamp>,
    /// When it was found closed, by its own time.
    pub closed_at: Option<Timestamp>,
    /// That it shall be taken back.
    pub taking_back: Option<TakingBack>,
    /// What is to be said in it.
    pub comment: Option<String>,
}

/// What is to be done about a ticket next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Make it.
    Create,
    /// Look whether it is there.
    Find,
    /// Take it back.
    Withdraw,
    /// Say what is to be said in it.
    Comment,
    /// Look how it stands.
    Look,
}

/// What to do when a ticket was looked for and not found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotFound {
    /// It may still come: look again later.
    Wait,
    /// It is certain that there is none: make it.
    Create,
    /// It is certain that there is none, and it was tried often enough.
    GiveUp,
}

/// Why a call about a ticket did not succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// For people.
    pub message: String,
    /// Whether what was asked for was certainly not done.
    pub certain: bool,
    /// Whether the same again will fail again.
    pub hopeless: bool,
    /// Not before so long.
    pub retry_after: Option<Duration>,
}

impl Ticket {
    /// A ticket that shall be made.
    pub fn new(
        case: CaseId,
        system: TicketSystemName,
        resource: ResourceName,
        correlation: CorrelationId,
        now: Timestamp,
    ) -> Self {
        Self {
            case,
            system,
            resource,
            correlation,
            state: TicketState::Creating,
            intended_at: now,
            attempts: 0,
            uncertain_since: None,
            look_at: now,
            leased_until: None,
            problem: None,
            attention: None,
            place: None,
            opened_at: None,
            progress: None,
            looked_at: None,
            closed_at: None,
            taking_back: None,
            comment: None,
        }
    }

    /// Whether anybody still looks at it.
    pub fn is_watched(&self) -> bool {
        matches!(
            self.state,
            TicketState::Creating | TicketState::Open | TicketState::Closed
        )
    }

    /// Whether it is to be looked at now. A lease that ends later than any lease could is of a clock
    /// that was wrong, and holds nobody up.
    pub fn is_due(&self, now: Timestamp) -> bool {
        let leased = self
            .leased_until
            .is_some_and(|until| now < until && until <= now.after(LEASE));
        self.is_watched() && self.look_at <= now && !leased
    }

    /// How people name it: its number, or the id by which it will be found.
    pub fn name(&self) -> &str {
        match &self.place {
            Some(place) => &place.number,
            None => self.correlation.as_str(),
        }
    }

    /// What is to be done next; `None` when nobody looks at it any more.
    pub fn task(&self) -> Option<Task> {
        match self.state {
            TicketState::Creating if self.uncertain_since.is_some() => Some(Task::Find),
            TicketState::Creating => Some(Task::Create),
            TicketState::Open
                if self
                    .taking_back
                    .as_ref()
                    .is_some_and(|it| it.refused.is_none()) =>
            {
                Some(Task::Withdraw)
            }
            TicketState::Open | TicketState::Closed if self.comment.is_some() => {
                Some(Task::Comment)
            }
            TicketState::Open | TicketState::Closed => Some(Task::Look),
            TicketState::Ended | TicketState::GivenUp => None,
        }
    }

    /// Somebody begins to ask about it.
    pub fn lease(&mut self, now: Timestamp) {
        self.leased_until = Some(now.after(LEASE));
    }

    /// Nobody asks about it any more.
    pub fn let_go(&mut self) {
        self.leased_until = None;
    }

    /// Somebody begins to make it. To be stored before anything is sent: from now on nobody knows
    /// whether it is there.
    pub fn begin_to_create(&mut self, now: Timestamp) {
        self.attempts = self.attempts.saturating_add(1);
        self.uncertain_since = Some(now);
        self.lease(now);
    }

    /// It is there.
    pub fn created(&mut self, place: TicketPlace, rules: &TicketRules, now: Timestamp) {
        self.state = TicketState::Open;
        self.place = Some(place);
        self.opened_at = Some(now);
        self.uncertain_since = None;
        self.problem = None;
        self.look_at = self.next_look(rules, now);
        self.let_go();
    }

    /// Making it did not succeed. `before` is what was uncertain before this attempt. Answers
    /// whether it is given up.
    pub fn not_created(
        &mut self,
        trouble: &Trouble,
        before: Option<Timestamp>,
        rules: &TicketRules,
        now: Timestamp,
    ) -> bool {
        if trouble.certain {
            self.uncertain_since = before;
        }
        self.fail(trouble, now);
        if self.uncertain_since.is_some() {
            return self.is_too_old(rules, now) && self.give_up();
        }
        (trouble.hopeless || self.attempts >= rules.attempts || self.is_too_old(rules, now))
            && self.give_up()
    }

    /// It was looked for, and nothing was found. `lag` is how long the system may take to show what
    /// was made.
    pub fn not_found(&mut self, lag: Duration, rules: &TicketRules, now: Timestamp) -> NotFound {
        self.problem = None;
        let shown_by = self
            .uncertain_since
            .map(|since| since.after(lag.max(ON_THE_WAY)));
        if let Some(shown_by) = shown_by.filter(|shown_by| now < *shown_by) {
            // It is looked for now and then until the last moment: the sooner it is found the
            // sooner somebody begins.
            self.look_at = shown_by.min(now.after(ON_THE_WAY / 2));
            self.let_go();
            return NotFound::Wait;
        }
        self.uncertain_since = None;
        if self.attempts >= rules.attempts || self.is_too_old(rules, now) {
            self.give_up();
            return NotFound::GiveUp;
        }
        NotFound::Create
    }

    /// It could not be looked for, or at. Answers whether it is given up, which only happens before
    /// it is there.
    pub fn not_asked(&mut self, trouble: &Trouble, rules: &TicketRules, now: Timestamp) -> bool {
        self.fail(trouble, now);
        if self.state != TicketState::Creating {
            self.look_at = self.look_at.max(self.next_look(rules, now));
            return false;
        }
        if !self.is_too_old(rules, now) {
            return false;
        }
        self.give_up()
    }

    /// The configuration does not say any more how it is asked about. It is kept for when it does: to
    /// give it up would help nobody, since whose operators would get the work is not said either.
    pub fn postpone(&mut self, why: &str, now: Timestamp) {
        self.problem = Some(why.to_owned());
        self.look_at = self.next_look(&TicketRules::default(), now);
        self.let_go();
    }

    /// People do the work in the case from now on. Answers `true`.
    pub fn give_up(&mut self) -> bool {
        if self.state == TicketState::Creating && self.uncertain_since.is_some() {
            self.attention = Some(format!(
                "there may be a ticket with the id {} in {} all the same: close it there",
                self.correlation, self.system
            ));
        }
        self.state = TicketState::GivenUp;
        self.taking_back = None;
        self.comment = None;
        self.let_go();
        true
    }

    /// Nobody looks at it any more.
    pub fn end(&mut self) {
        self.state = TicketState::Ended;
        self.taking_back = None;
        self.comment = None;
        self.let_go();
    }

    /// Its work is not wanted any more: it shall be taken back. What could not be taken back once
    /// is waited for. Answers whether that is new.
    pub fn take_back(&mut self, reason: &str, now: Timestamp) -> bool {
        if self.taking_back.is_some() || self.state != TicketState::Open {
            return false;
        }
        self.taking_back = Some(TakingBack {
            reason: reason.to_owned(),
            refused: None,
        });
        self.look_at = self.look_at.min(now);
        true
    }

    /// Its work is wanted again before it was taken back.
    pub fn keep(&mut self, now: Timestamp) {
        self.taking_back = None;
        self.look_at = now;
        self.let_go();
    }

    /// It could not be taken back, and is waited for.
    pub fn stays(&mut self, why: &str, now: Timestamp) {
        if let Some(taking_back) = &mut self.taking_back {
            taking_back.refused = Some(why.to_owned());
        }
        self.problem = None;
        self.look_at = now;
        self.let_go();
    }

    /// What was to be said in it has been said, or never can be.
    pub fn commented(&mut self, now: Timestamp) {
        self.comment = None;
        self.problem = None;
        self.look_at = now;
        self.let_go();
    }

    /// A message of the system says that something happened to it: it is looked at next.
    pub fn hinted(&mut self, now: Timestamp) {
        self.look_at = self.look_at.min(now);
    }

    /// Another ticket has taken its place.
    pub fn replaced(&mut self, place: TicketPlace, now: Timestamp) {
        self.place = Some(place);
        self.problem = None;
        self.look_at = now;
        self.let_go();
    }

    /// Forgets what people in the other system wrote, and who they are. What is in that system
    /// stays there. If it is closed it is not looked at any more, since that would bring it all back.
    pub fn erase(&mut self) {
        if self.state == TicketState::Closed {
            self.end();
        }
        if let Some(progress) = &mut self.progress {
            progress.assignee = None;
            progress.note = None;
        }
        self.problem = None;
        self.attention = None;
        self.comment = None;
    }

    fn is_too_old(&self, rules: &TicketRules, now: Timestamp) -> bool {
        self.intended_at.after(rules.fall_back_after) <= now
    }

    fn fail(&mut self, trouble: &Trouble, now: Timestamp) {
        self.problem = Some(trouble.message.clone());
        let by_itself = next_try(self.case.0, self.attempts.max(1), LONGEST_PAUSE, now);
        self.look_at = match trouble.retry_after {
            Some(wait) => by_itself.max(now.after(wait)),
            None => by_itself,
        };
        self.let_go();
    }
}

#[cfg(test)]
mod tests;
