//! Whose account a row of the application is, as people say.

use super::work::WorkError;
use super::{Account, Adoption, Desired, Observation, Step};
use crate::{
    Candidate, Delta, Event, EventKind, IdentityId, OperationId, OperationState, PersonName, Values,
};

impl Account {
    /// This account, which is not there, is the row `identifier` of the application: it gets its
    /// name and what an export showed of it. What was to be made before is not needed any more, and
    /// what differs is planned. The name of the row takes the place of a wanted one.
    ///
    /// # Errors
    ///
    /// [`WorkError::State`] while somebody is at work on it.
    pub fn link_row(
        &mut self,
        step: &mut Step<'_>,
        identifier: &str,
        row: Observation,
        by: &PersonName,
        why: &str,
    ) -> Result<(), WorkError> {
        self.ensure_nobody_is_at_work("linked")?;
        self.end_operations(step, "its account turned out to be there");
        let text = format!("the account is {identifier}, by {by}: {why}");
        let event = Event::new(EventKind::Linked, text).export(row.export);
        self.events.push(event);
        self.be(step, identifier, row);
        Ok(())
    }

    /// This account, which nobody has begun to make, is a row that a rule has found: see
    /// [`link_row`](Self::link_row). Answers whether it is: not while somebody is at work on it.
    pub fn take_row(&mut self, step: &mut Step<'_>, found: &Candidate, row: Observation) -> bool {
        if self.ensure_nobody_is_at_work("linked").is_err() {
            return false;
        }
        // Who says that it is done has made it under this name.
        let name = step.rules.schema.identifier();
        let made = self.operations.iter_mut().find(|one| {
            one.counts()
                && one.state == OperationState::Done
                && matches!(one.delta, Delta::Create(_))
        });
        match made {
            Some(made) => {
                let value = Values::canonical(vec![found.identifier.clone()]);
                made.reported.insert(name.clone(), value);
            }
            None => self.end_operations(step, "its account turned out to be there"),
        }
        let text = format!("{} is the account, by {}", found.identifier, found.rule);
        let event = Event::new(EventKind::Adopted, text).export(row.export);
        self.events.push(event);
        self.be(step, &found.identifier, row);
        true
    }

    fn be(&mut self, step: &mut Step<'_>, identifier: &str, row: Observation) {
        identifier.clone_into(&mut self.identifier);
        self.observed = Some(row);
        self.drift.clear();
        self.withheld.clear();
        self.keep_its_name(step);
        self.replan(step);
    }

    /// This account, of which nobody knew whose it was, is that of an identity.
    pub fn link_identity(&mut self, identity: IdentityId, by: &PersonName, why: &str) {
        let text = format!("it is the account of {identity}, by {by}: {why}");
        self.events.push(Event::new(EventKind::Linked, text));
        self.identity = Some(identity);
    }

    /// This account is not that of its identity. Nobody knows whose it is from then on, nothing is
    /// wanted of it, and what was asked for is taken back. Answers what its identity wanted.
    ///
    /// # Errors
    ///
    /// [`WorkError::State`] while somebody is at work on it.
    pub fn unlink(
        &mut self,
        step: &mut Step<'_>,
        by: &PersonName,
        why: &str,
    ) -> Result<Option<Desired>, WorkError> {
        self.ensure_nobody_is_at_work("taken back")?;
        self.end_operations(step, "it is not the account of whom it was thought to be");
        let identity = self.identity.take();
        let text = match &identity {
            Some(identity) => format!("it is not the account of {identity}, by {by}: {why}"),
            None => format!("nothing is wanted of it any more, by {by}: {why}"),
        };
        self.events.push(Event::new(EventKind::Unlinked, text));
        // Renaming it is over, too: it is called as it is in the application.
        let name = step.rules.schema.identifier();
        let shown = self
            .observed
            .as_ref()
            .map(|observed| observed.state.get(name));
        if let Some(name) = shown.and_then(Values::first) {
            self.identifier = name.to_owned();
        }
        self.overruled = None;
        self.adoptions.clear();
        self.withheld.clear();
        self.drift.clear();
        self.remedies.clear();
        Ok(self.desired.take())
    }

    /// The name that an account has in the application is as good as the one that is wanted.
    pub(super) fn keep_its_name(&mut self, step: &Step<'_>) {
        let name = step.rules.schema.identifier();
        let wanted = self.desired.as_ref().map(|desired| desired.state.get(name));
        let Some(wanted) = wanted.filter(|wanted| !wanted.is_empty()).cloned() else {
            return;
        };
        let value = Values::canonical(vec![self.identifier.clone()]);
        self.adoptions
            .retain(|adoption| adoption.attribute != *name);
        if step.rules.schema.same(name, &wanted, &value) {
            return;
        }
        self.adoptions.push(Adoption {
            attribute: name.clone(),
            instead_of: wanted,
            value,
            operation: None,
            export: self.observed.as_ref().map(|observed| observed.export),
            since: step.now,
        });
    }

    fn ensure_nobody_is_at_work(&self, step: &'static str) -> Result<(), WorkError> {
        let mut operations = self.operations.iter();
        match operations.find(|one| one.is_out() && one.claimed) {
            None => Ok(()),
            Some(operation) => Err(WorkError::AtWork {
                operation: operation.id,
                case: operation.case,
                step,
            }),
        }
    }

    /// Ends everything that is under way, because it was about something else than was thought.
    fn end_operations(&mut self, step: &Step<'_>, reason: &str) {
        let counting: Vec<OperationId> = self
            .operations
            .iter()
            .filter(|operation| operation.counts())
            .map(|operation| operation.id)
            .collect();
        for id in counting {
            let Some(operation) = self.operation_mut(id) else {
                continue;
            };
            if operation.become_state(OperationState::Cancelled) {
                operation.withdrawn = true;
            }
            // What is said to be done has no export to wait for any more.
            operation.ended_at = Some(step.now);
            operation.reason = Some(reason.to_owned());
            let mut event = Event::new(EventKind::Cancelled, reason).operation(id);
            event.case = operation.case;
            self.events.push(event);
        }
    }
}
