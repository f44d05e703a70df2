//! The report for people: what does not hold, grouped by what to do about it.

use super::{Judged, Report};
use crate::property::Remedy;
use crate::verdict::Verdict;

/// A cause: properties that the same remedy would mend.
#[derive(Debug)]
pub struct Cause<'r> {
    /// What to do, and why.
    pub remedy: Remedy,
    /// What was found.
    pub properties: Vec<&'r Judged>,
}

impl Report {
    /// What does not hold, grouped by remedy: in the order in which it was found, must before should.
    pub fn causes(&self) -> Vec<Cause<'_>> {
        let mut causes: Vec<Cause<'_>> = Vec::new();
        let mut broken: Vec<&Judged> = self.broken().collect();
        broken.sort_by_key(|judged| judged.level);
        for judged in broken {
            let Some(property) = judged.property() else {
                continue;
            };
            match causes
                .iter_mut()
                .find(|cause| cause.remedy == property.remedy)
            {
                Some(cause) => cause.properties.push(judged),
                None => causes.push(Cause {
                    remedy: property.remedy,
                    properties: vec![judged],
                }),
            }
        }
        causes
    }

    /// The arguments of `provisor component conform` after the file that try a property again.
    pub fn replay(&self, judged: &Judged) -> String {
        format!("--property {} --seed {}", judged.id, self.seed)
    }

    /// Properties about which nothing was found out, excused ones, and those that were not tried.
    pub fn open(&self) -> impl Iterator<Item = &Judged> {
        self.properties.iter().filter(|judged| {
            matches!(
                judged.verdict,
                Verdict::Inconclusive(_) | Verdict::Bypassed(_) | Verdict::Skipped(_)
            )
        })
    }
}
