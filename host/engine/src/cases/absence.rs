//! Who is away, and who works in his place.

use std::collections::BTreeSet;

use provisor_model::{Absence, PersonName, Timestamp};
use provisor_store::{StoreError, View};

use crate::{Host, HostError};

impl Host {
    /// Everybody who is away now or will be, by name.
    pub fn absences(&self) -> Result<Vec<Absence>, HostError> {
        let now = self.now();
        let all = self.inner.store.read(|view| view.absences())?;
        Ok(all
            .into_iter()
            .filter(|absence| now < absence.until)
            .collect())
    }

    /// While `person` is away, `substitute` may work on what is his: on cases that he has claimed,
    /// and on those that are his to do. Takes the place of what was said before about the person.
    ///
    /// # Errors
    ///
    /// When one of them is nobody who works on cases, when nobody would be there, or when it is
    /// over before it begins.
    pub async fn set_absence(&self, absence: Absence) -> Result<Absence, HostError> {
        for person in [&absence.person, &absence.substitute] {
            if !self.is_operator(person) {
                return Err(HostError::Unknown {
                    what: "operator",
                    name: person.to_string(),
                    hint: ": the configuration names nobody so".to_owned(),
                });
            }
        }
        let problem = if absence.person == absence.substitute {
            Some("nobody works in his own place")
        } else if absence.until <= absence.from || absence.until <= self.now() {
            Some("it would be over before it begins")
        } else {
            None
        };
        if let Some(problem) = problem {
            return Err(HostError::Absence {
                person: absence.person,
                problem,
            });
        }
        self.inner
            .store
            .update(move |work| {
                work.save_absence(&absence)?;
                Ok(absence)
            })
            .await
    }

    /// A person is back. No error when he was not away.
    pub async fn end_absence(&self, person: &PersonName) -> Result<(), HostError> {
        let person = person.clone();
        self.inner
            .store
            .update(move |work| {
                work.remove_absence(&person)?;
                Ok(())
            })
            .await
    }

    /// Whether the configuration names this person as somebody who works on cases.
    fn is_operator(&self, person: &PersonName) -> bool {
        let configuration = self.configuration();
        let in_a_group = configuration
            .operators
            .values()
            .any(|members| members.contains(person));
        in_a_group
            || configuration.resources.values().any(|resource| {
                let levels = resource.cases.deadlines.escalation.iter();
                resource.operators.contains(person)
                    || levels.map(|level| &level.to).any(|to| to == person)
            })
    }

    /// The names under which a person finds cases to do: the own, those in whose place the person
    /// works now, and the groups of all of them.
    pub fn names_at_work(&self, person: &PersonName) -> Result<Vec<PersonName>, HostError> {
        let now = self.now();
        let stands_for = self
            .inner
            .store
            .read(|view| stands_for(view, person, now))?;
        let mut names: Vec<PersonName> = stands_for.into_iter().collect();
        names.push(person.clone());
        for (group, members) in &self.configuration().operators {
            if members.iter().any(|member| names.contains(member)) && !names.contains(group) {
                names.push(group.clone());
            }
        }
        Ok(names)
    }
}

/// Those in whose place a person works now.
pub(super) fn stands_for(
    view: &View<'_>,
    person: &PersonName,
    now: Timestamp,
) -> Result<BTreeSet<PersonName>, StoreError> {
    Ok(view
        .absences()?
        .into_iter()
        .filter(|absence| absence.substitute == *person && absence.is_now(now))
        .map(|absence| absence.person)
        .collect())
}
