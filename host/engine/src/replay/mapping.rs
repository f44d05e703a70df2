//! Asking another version of a mapping about the identities that should have an account.

use std::sync::Arc;

use provisor_model::AccountId;
use provisor_store::WantedIdentity;

use super::{Replay, ReplayOptions, Replayed};
use crate::answering::each;
use crate::components::Bound;
use crate::configuration::Resource;
use crate::findings::{compare_mapped, masked};
use crate::mapping::{Asked, MappingVersion};
use crate::{Host, HostError, Identity};

impl Host {
    pub(super) async fn replay_mapping(
        &self,
        replay: &mut Replay,
        resource: &Resource,
        active: Arc<Bound>,
        candidate: Arc<Bound>,
        options: &ReplayOptions,
        progress: &(dyn Fn(Replayed) + Sync),
    ) -> Result<(), HostError> {
        let secrets = candidate.call.secrets.clone();
        let mut active = MappingVersion::new(resource, Some(active));
        let mut candidate = MappingVersion::new(resource, Some(candidate));
        let store = &self.inner.store;
        replay.inputs = store.read(|view| view.wanted_identity_count(&resource.name))?;
        let mut after = AccountId(0);
        while replay.goes_on(options) {
            let room = replay.room(options);
            let page = store.read(|view| view.wanted_identities(&resource.name, after, room))?;
            let Some(last) = page.last() else {
                break;
            };
            after = last.account;
            let asked: Vec<Asked> = page.into_iter().map(asked).collect();
            let before = each(&mut active, &asked, u32::MAX).await;
            let answers = each(&mut candidate, &asked, replay.failures_left()).await;
            for (((identity, _), before), answer) in asked.iter().zip(before).zip(answers) {
                let subject = identity.id.as_str();
                let Some(finding) = compare_mapped(resource, subject, &before, &answer) else {
                    continue;
                };
                let finding = self.without_redacted(resource, &identity.id, finding)?;
                replay.comparison.add(&masked(&secrets, finding));
            }
            progress(replay.replayed(options));
        }
        Ok(())
    }
}

fn asked(wanted: WantedIdentity) -> Asked {
    let mut identity = Identity::new(wanted.identity);
    identity.attributes = wanted.attributes;
    (identity, wanted.iteration)
}
