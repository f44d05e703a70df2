//! What of an account's past is needed, and what may be dropped when it has been kept long enough.

use std::collections::BTreeSet;

use super::Account;
use crate::{CaseId, ExportId, OperationId, Subject, Timestamp};

impl Account {
    /// Operations that ended before a moment and that nothing needs any more: without them the
    /// account looks the same in all views, and goes on in the same way. `is_open` tells whether a
    /// case is open.
    ///
    /// Kept are those
    ///
    /// * that ended later, or have not ended;
    /// * that came after one that has not ended: they may hide what it did;
    /// * that were the last ones about something: whether that is asked for again depends on them;
    /// * that tell that the account was ever worked on;
    /// * that something refers to: a wish, something withheld or adopted, a follow-up under way, a
    ///   case that is open.
    pub fn dispensable(
        &self,
        before: Timestamp,
        is_open: &dyn Fn(CaseId) -> bool,
    ) -> BTreeSet<OperationId> {
        let counting = || {
            self.operations
                .iter()
                .filter(|operation| operation.counts())
        };
        let mut needed: BTreeSet<OperationId> = self
            .withheld
            .iter()
            .map(|withheld| withheld.operation)
            .chain(
                self.adoptions
                    .iter()
                    .filter_map(|adoption| adoption.operation),
            )
            .chain(self.desired.iter().filter_map(|desired| desired.after))
            .chain(
                counting()
                    .flat_map(|operation| [operation.after, operation.follow_up_of])
                    .flatten(),
            )
            .collect();
        let mut last_about: BTreeSet<Subject> = BTreeSet::new();
        let mut worked_on = false;
        for operation in self.operations.iter().rev() {
            if !operation.withdrawn {
                let subjects = operation.effect().subjects();
                if !subjects.is_subset(&last_about) {
                    needed.insert(operation.id);
                }
                last_about.extend(subjects);
            }
            if operation.completed_at.is_some() && !operation.counts() && !worked_on {
                needed.insert(operation.id);
                worked_on = true;
            }
        }
        let first_counting = counting().map(|operation| operation.id).min();
        self.operations
            .iter()
            .filter(|operation| {
                operation.ended_at.is_some_and(|ended| ended < before)
                    && first_counting.is_none_or(|first| operation.id < first)
                    && !operation.case.is_some_and(is_open)
                    && !needed.contains(&operation.id)
            })
            .map(|operation| operation.id)
            .collect()
    }

    /// Exports that something known of the account comes from.
    pub fn exports(&self) -> BTreeSet<ExportId> {
        let drift = self.drift.iter().map(|drift| drift.export);
        let adopted = self.adoptions.iter().filter_map(|adoption| adoption.export);
        let observed = self.observed.iter().map(|observation| observation.export);
        let decided = self
            .operations
            .iter()
            .flat_map(|operation| [operation.seen, operation.decided_by])
            .flatten();
        drift
            .chain(adopted)
            .chain(observed)
            .chain(decided)
            .collect()
    }
}
