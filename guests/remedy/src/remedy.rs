//! The translator itself: each call of the contract, handed to where it is done.

use provisor_sdk::{
    Block, Condition, Draft, Failure, Finding, Found, Hint, Http, Message, Problem, Ticket,
    Ticketing, Traits, Withdrawal,
};

use crate::layout::Layout;
use crate::reference::Reference;
use crate::settings::Settings;
use crate::tracker::Tracker;
use crate::{comment, connection, creation, status, webhook, withdrawal};

/// Keeps tickets in BMC Remedy or Helix ITSM.
#[derive(Debug)]
pub struct Remedy {
    settings: Settings,
    layout: Layout,
}

impl Remedy {
    fn tracker<'a>(&'a self, http: &'a Http) -> Tracker<'a> {
        Tracker::new(&self.settings, &self.layout, http)
    }
}

impl Ticketing for Remedy {
    type Settings = Settings;

    fn check(settings: &Settings) -> Vec<Problem> {
        settings.problems()
    }

    fn new(settings: Settings) -> Result<Self, Failure> {
        let layout = Layout::new(&settings);
        Ok(Remedy { settings, layout })
    }

    fn behaviour(&self) -> Traits {
        Traits {
            batch: self.settings.batch,
            // The data base is asked directly.
            search_lag: 0,
            comments: true,
            withdraws: true,
            receives: true,
        }
    }

    fn check_connection(&self, http: &Http) -> Result<Vec<Finding>, Failure> {
        connection::check(&self.tracker(http))
    }

    fn create(&self, http: &Http, draft: &Draft) -> Result<Ticket, Failure> {
        creation::create(&self.tracker(http), draft)
    }

    fn find(&self, http: &Http, correlation_id: &str) -> Result<Vec<Found>, Failure> {
        let found = self.tracker(http).by_correlation(correlation_id)?;
        let found = found.into_iter().map(|ticket| Found {
            ticket,
            correlation_id: correlation_id.to_owned(),
        });
        Ok(found.collect())
    }

    fn status(&self, http: &Http, references: &[String]) -> Result<Vec<Condition>, Failure> {
        let tracker = self.tracker(http);
        let batch = usize::try_from(self.settings.batch).unwrap_or(1).max(1);
        let mut all = Vec::with_capacity(references.len());
        for part in references.chunks(batch) {
            match status::conditions(&tracker, part) {
                Ok(conditions) => all.extend(conditions),
                // What is known already is not lost for what came after it.
                Err(failure) if all.is_empty() => return Err(failure),
                Err(failure) => {
                    all.extend(part.iter().map(|_| Condition::Failed(failure.clone())));
                }
            }
        }
        Ok(all)
    }

    fn comment(&self, http: &Http, reference: &str, text: &[Block]) -> Result<(), Failure> {
        let reference = Reference::read(reference, &self.layout.form)?;
        comment::add(&self.tracker(http), &reference, text)
    }

    fn withdraw(&self, http: &Http, reference: &str, reason: &str) -> Result<Withdrawal, Failure> {
        withdrawal::withdraw(&self.tracker(http), reference, reason)
    }

    fn receive(&self, message: &Message) -> Result<Vec<Hint>, Failure> {
        webhook::read(&self.layout, message)
    }
}
