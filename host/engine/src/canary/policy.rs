//! Deciding about operations while another version is tried.

use std::sync::Arc;

use provisor_model::World;

use super::Trial;
use crate::answering::{Each, each};
use crate::components::Bound;
use crate::configuration::Resource;
use crate::findings::{compare_decided, subject_of};
use crate::policy::{Judgement, Proposal, Row};
use crate::{Host, HostError};

impl Host {
    /// Lets the candidate of a canary decide about what it covers, in place of what the active
    /// version has decided. Where the candidate gives no answer, that stays.
    pub(crate) async fn try_policy(
        &self,
        resource: &Resource,
        proposals: &[&Proposal],
        judgements: &mut [Judgement],
    ) -> Result<(), HostError> {
        match self.trial(resource, World::Policy).await? {
            None => Ok(()),
            Some((mut trial, candidate)) => {
                self.decide_beside(resource, &mut trial, candidate, proposals, judgements)
                    .await;
                self.keep_trial(&mut trial).await
            }
        }
    }

    async fn decide_beside(
        &self,
        resource: &Resource,
        trial: &mut Trial,
        candidate: Arc<Bound>,
        proposals: &[&Proposal],
        judgements: &mut [Judgement],
    ) {
        let digest = *candidate.component.digest();
        let mut candidate = self.policy_version(resource, candidate);
        let mut covered: Vec<(&str, &mut Judgement)> = proposals
            .iter()
            .map(|proposal| subject_of(&proposal.account))
            .zip(judgements)
            .filter(|(subject, judgement)| judgement.basis.is_some() && trial.covers(subject))
            .collect();
        let rows: Vec<Row> = covered
            .iter()
            .filter_map(|(_, judgement)| judgement.basis.as_ref())
            .map(|basis| basis.shown.clone())
            .collect();
        if rows.is_empty() {
            return;
        }
        let answers = each(&mut candidate, &rows, trial.failures_left()).await;
        for ((subject, judgement), answer) in covered.iter_mut().zip(answers) {
            if let Some(finding) = compare_decided(subject, &judgement.decision, &answer) {
                trial.add(finding);
            }
            if let (Each::Answered(decision), Some(basis)) = (answer, &mut judgement.basis) {
                judgement.decision = decision;
                basis.component = digest;
            }
        }
    }
}
