//! World `ticketing`: tickets in another system.

use std::marker::PhantomData;

use serde::de::DeserializeOwned;

use crate::bindings::description::exports::provisor::connector::about;
use crate::bindings::tickets::exports::provisor::connector::tickets as contract;
use crate::settings::{Built, judge_own, with_built};
use crate::{
    About, Block, Condition, Draft, Failure, Finding, Found, Hint, Http, Message, Problem, Ticket,
    Traits, Withdrawal,
};

/// Keeps tickets in another system. Exported with [`export_ticketing!`](crate::export_ticketing).
///
/// Each call gets what it needs to speak to the system; nothing is kept from one call to the next.
/// An implementation only translates: it never waits, never tries again, and never guesses that
/// something was done.
pub trait Ticketing: Sized + 'static {
    /// What the resource's configuration says about this component.
    type Settings: DeserializeOwned;

    /// What is wrong with the settings beyond what their schema and type can say. Asked when a
    /// configuration is loaded. The default finds nothing.
    fn check(settings: &Self::Settings) -> Vec<Problem> {
        let _ = settings;
        Vec::new()
    }

    /// Builds the translator, once per instance.
    ///
    /// # Errors
    /// `configuration` when it cannot work with these settings.
    fn new(settings: Self::Settings) -> Result<Self, Failure>;

    /// How the system behaves with these settings.
    fn behaviour(&self) -> Traits;

    /// Looks whether everything is there that the settings name, changing nothing.
    ///
    /// # Errors
    /// When nothing could be looked at.
    fn check_connection(&self, http: &Http) -> Result<Vec<Finding>, Failure>;

    /// Makes a ticket.
    ///
    /// # Errors
    /// `ambiguous` when it may have been made.
    fn create(&self, http: &Http, draft: &Draft) -> Result<Ticket, Failure>;

    /// All tickets that carry this correlation id, closed ones too, each compared with it again.
    ///
    /// # Errors
    /// When the system could not be asked.
    fn find(&self, http: &Http, correlation_id: &str) -> Result<Vec<Found>, Failure>;

    /// What is known of these tickets: one condition for each reference, in the same order.
    ///
    /// # Errors
    /// When the system could not be asked about any of them.
    fn status(&self, http: &Http, references: &[String]) -> Result<Vec<Condition>, Failure>;

    /// Adds a comment. The default does not.
    ///
    /// # Errors
    /// `unsupported`, or why it was not added.
    fn comment(&self, http: &Http, reference: &str, text: &[Block]) -> Result<(), Failure> {
        let _ = (http, reference, text);
        Err(Failure::unsupported("this component adds no comments"))
    }

    /// Takes a ticket back because its work is not wanted any more. The default does not.
    ///
    /// # Errors
    /// `unsupported`, or why it is not known whether it was taken back.
    fn withdraw(&self, http: &Http, reference: &str, reason: &str) -> Result<Withdrawal, Failure> {
        let _ = (http, reference, reason);
        Err(Failure::unsupported("this component takes no tickets back"))
    }

    /// Reads what the system sent and says which tickets it is about. The default does not.
    ///
    /// # Errors
    /// `unsupported`, or `malformed` when it cannot be read.
    fn receive(&self, message: &Message) -> Result<Vec<Hint>, Failure> {
        let _ = message;
        Err(Failure::unsupported("this component reads no messages"))
    }
}

/// What [`export_ticketing!`](crate::export_ticketing) adds to an implementation.
#[doc(hidden)]
pub trait ExportTicketing: Ticketing {
    /// What it says of itself.
    const ABOUT: About;

    /// Where the instance keeps it.
    fn built() -> &'static Built<Self>;
}

/// The component that an implementation becomes.
#[doc(hidden)]
pub struct TicketingComponent<T>(PhantomData<T>);

impl<T: ExportTicketing> about::Guest for TicketingComponent<T> {
    fn describe() -> about::Description {
        T::ABOUT.describe()
    }

    fn check_settings() -> Vec<about::Problem> {
        judge_own(T::check)
    }
}

fn with<T: ExportTicketing, R>(
    act: impl FnOnce(&T, &Http) -> Result<R, Failure>,
) -> Result<R, Failure> {
    with_built(T::built(), T::new, |it| act(it, &Http::host()))
}

impl<T: ExportTicketing> contract::Guest for TicketingComponent<T> {
    fn behaviour() -> Result<Traits, Failure> {
        with::<T, _>(|it, _| Ok(it.behaviour()))
    }

    fn check_connection() -> Result<Vec<Finding>, Failure> {
        with::<T, _>(|it, http| it.check_connection(http))
    }

    fn create(draft: Draft) -> Result<Ticket, Failure> {
        with::<T, _>(|it, http| it.create(http, &draft))
    }

    fn find(correlation_id: String) -> Result<Vec<Found>, Failure> {
        with::<T, _>(|it, http| it.find(http, &correlation_id))
    }

    fn status(references: Vec<String>) -> Result<Vec<Condition>, Failure> {
        with::<T, _>(|it, http| it.status(http, &references))
    }

    fn comment(reference: String, text: Vec<Block>) -> Result<(), Failure> {
        with::<T, _>(|it, http| it.comment(http, &reference, &text))
    }

    fn withdraw(reference: String, reason: String) -> Result<Withdrawal, Failure> {
        with::<T, _>(|it, http| it.withdraw(http, &reference, &reason))
    }

    fn receive(message: Message) -> Result<Vec<Hint>, Failure> {
        with::<T, _>(|it, _| it.receive(&message))
    }
}
