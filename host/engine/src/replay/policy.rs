//! Asking another version of a policy about what it was shown lately.

use std::sync::Arc;

use provisor_model::VerdictKind;

use super::{Replay, ReplayOptions, Replayed};
use crate::answering::each;
use crate::components::Bound;
use crate::configuration::Resource;
use crate::findings::{compare_decided, masked, subject_of};
use crate::policy::{Row, decided};
use crate::{Host, HostError};

impl Host {
    pub(super) async fn replay_policy(
        &self,
        replay: &mut Replay,
        resource: &Resource,
        active: Arc<Bound>,
        candidate: Arc<Bound>,
        options: &ReplayOptions,
        progress: &(dyn Fn(Replayed) + Sync),
    ) -> Result<(), HostError> {
        let secrets = candidate.call.secrets.clone();
        let mut active = self.policy_version(resource, active);
        let mut candidate = self.policy_version(resource, candidate);
        let store = &self.inner.store;
        replay.inputs = store.read(|view| view.recorded_proposal_count(&resource.name))?;
        let mut skip = 0;
        while replay.goes_on(options) {
            let room = replay.room(options);
            // What is recorded meanwhile moves the others on; some are met twice then.
            let page = store.read(|view| view.recorded_proposals(&resource.name, skip, room))?;
            if page.is_empty() {
                break;
            }
            skip += page.len();
            let mut subjects = Vec::with_capacity(page.len());
            for proposal in &page {
                let account = store.read(|view| view.account(proposal.account))?;
                subjects.push(account.map_or_else(
                    || proposal.account.to_string(),
                    |account| subject_of(&account).to_owned(),
                ));
            }
            let (then, rows): (Vec<VerdictKind>, Vec<Row>) = page
                .into_iter()
                .map(|proposal| (proposal.verdict, proposal.inputs))
                .unzip();
            let before = each(&mut active, &rows, u32::MAX).await;
            let answers = each(&mut candidate, &rows, replay.failures_left()).await;
            for (((subject, then), before), answer) in
                subjects.iter().zip(then).zip(before).zip(answers)
            {
                let before = decided(before);
                if VerdictKind::from(&before.verdict) != then {
                    replay.decided_otherwise += 1;
                }
                if let Some(finding) = compare_decided(subject, &before, &answer) {
                    replay.comparison.add(&masked(&secrets, finding));
                }
            }
            progress(replay.replayed(options));
        }
        Ok(())
    }
}
