//! Mapping identities while another version is tried.

use provisor_sandbox::CallError;

use super::Trial;
use crate::answering::{Answering, Each, each};
use crate::configuration::Resource;
use crate::findings::compare_mapped;
use crate::mapping::{Asked, Mapped, MappingVersion};
use crate::{Host, HostError};

/// A version of a mapping that is tried on a part of the identities.
pub(crate) struct MappingTrial<'a> {
    host: &'a Host,
    resource: &'a Resource,
    trial: Trial,
    candidate: MappingVersion<'a>,
}

impl<'a> MappingTrial<'a> {
    pub fn new(
        host: &'a Host,
        resource: &'a Resource,
        trial: Trial,
        candidate: MappingVersion<'a>,
    ) -> Self {
        Self {
            host,
            resource,
            trial,
            candidate,
        }
    }

    /// Maps identities: whom the canary covers as the candidate says, all others as the active
    /// version does. Where the candidate gives no answer, the active version's counts.
    pub async fn map(
        &mut self,
        active: &mut MappingVersion<'_>,
        identities: &[Asked],
    ) -> Result<Vec<Result<Mapped, HostError>>, HostError> {
        let covers = |(identity, _): &&Asked| self.trial.covers(identity.id.as_str());
        let (covered, others): (Vec<&Asked>, Vec<&Asked>) = identities.iter().partition(covers);
        let covered: Vec<Asked> = covered.into_iter().cloned().collect();
        let others: Vec<Asked> = others.into_iter().cloned().collect();
        let mut plain = Vec::new().into_iter();
        if !others.is_empty() {
            let answers = active.ask(&others).await;
            plain = answers.map_err(|error| active.failed(error))?.into_iter();
        }
        let mut tried = Vec::new().into_iter();
        if !covered.is_empty() {
            tried = self.beside(active, &covered).await?.into_iter();
        }
        let mut mapped = Vec::with_capacity(identities.len());
        for (identity, _) in identities {
            mapped.extend(match self.trial.covers(identity.id.as_str()) {
                true => tried.next(),
                false => plain.next(),
            });
        }
        self.host.keep_trial(&mut self.trial).await?;
        Ok(mapped)
    }

    /// Asks both versions; the candidate's answers count where there are some.
    async fn beside(
        &mut self,
        active: &mut MappingVersion<'_>,
        covered: &[Asked],
    ) -> Result<Vec<Result<Mapped, HostError>>, HostError> {
        let before: Vec<Each<_>> = match active.ask(covered).await {
            Ok(answers) => answers.into_iter().map(Each::Answered).collect(),
            Err(error) => failed(&error, covered.len()),
        };
        let after = each(&mut self.candidate, covered, self.trial.failures_left()).await;
        let mut mapped = Vec::with_capacity(covered.len());
        for (((identity, _), before), after) in covered.iter().zip(before).zip(after) {
            if let Some(finding) =
                compare_mapped(self.resource, identity.id.as_str(), &before, &after)
            {
                let finding = self
                    .host
                    .without_redacted(self.resource, &identity.id, finding)?;
                self.trial.add(finding);
            }
            mapped.push(match (after, before) {
                (Each::Answered(answer), _) | (_, Each::Answered(answer)) => answer,
                (_, Each::Failed(error)) | (Each::Failed(error), _) => {
                    return Err(active.failed(error));
                }
                (Each::Unasked, Each::Unasked) => Err(HostError::Mapping {
                    resource: self.resource.name.clone(),
                    identity: identity.id.clone(),
                    problems: vec!["no version of the mapping was asked".to_owned()],
                }),
            });
        }
        Ok(mapped)
    }
}

fn failed<T>(error: &CallError, count: usize) -> Vec<Each<T>> {
    (0..count).map(|_| Each::Failed(error.clone())).collect()
}
