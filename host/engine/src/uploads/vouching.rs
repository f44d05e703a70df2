//! Who vouches for what was uploaded: asked when it comes in, and again whenever it shall come into
//! use, since a key may have lost its trust meanwhile.
//!
//! Signatures are verified once, over all bytes, and kept; whether they are enough is asked of the
//! configuration that holds at the time.

use provisor_model::{EventKind, Refusal, Upload, World};
use provisor_package::trust::MOST_SIGNATURES;
use provisor_package::{Rule, Signature, Subject, Trust, Untrusted};
use provisor_store::{StoreError, View};

use super::{Vouchers, report, tell};
use crate::components::Use;
use crate::configuration::{ComponentRules, Resource};
use crate::{Host, HostError};

impl Host {
    /// What an upload lacks of what the configuration asks for now: signatures, or a report on its
    /// conformance. `None` when it may come into use, and when it is not ready anyway.
    pub fn not_vouched_for(&self, upload: &Upload) -> Result<Option<Refusal>, HostError> {
        let rules = &self.inner.configuration.components;
        let lacking = self.inner.store.read(|view| lacking(view, rules, upload));
        Ok(lacking?)
    }

    /// # Errors
    ///
    /// When those do not vouch for an upload, or not any more, whom the configuration asks for.
    pub(crate) fn ensure_vouched_for(&self, upload: &Upload) -> Result<(), HostError> {
        match self.not_vouched_for(upload)? {
            None => Ok(()),
            Some(refusal) => Err(not_vouched_for(upload, refusal)),
        }
    }

    /// Somebody brings more signatures, or another report, of an upload that is ready.
    ///
    /// # Errors
    ///
    /// When with them it still lacks something; nothing has changed then.
    pub(super) async fn vouch_again(
        &self,
        mut upload: Upload,
        bytes: &[u8],
        vouchers: &Vouchers,
    ) -> Result<Upload, HostError> {
        let rules = &self.inner.configuration.components;
        let digest = upload.digest;
        let known: Vec<Signature> = self
            .inner
            .store
            .read(|view| view.upload_signatures(&digest))?;
        let mut signatures = holding(bytes, vouchers);
        for one in known {
            let is_same = |other: &Signature| {
                other.subject() == one.subject() && other.public_key() == one.public_key()
            };
            if !signatures.iter().any(is_same) {
                signatures.push(one);
            }
        }
        // There is always room for those that count.
        let is_unknown = |one: &Signature| {
            let keys = rules.trust.keys();
            !keys.values().any(|key| *key == one.public_key())
        };
        signatures.sort_by_key(is_unknown);
        signatures.truncate(Subject::ALL.len() * MOST_SIGNATURES);
        let judged = rules
            .trust
            .judge_verified(Subject::Component, &signatures)
            .map_err(|error| untrusted(Subject::Component, &rules.trust, &error))
            .and_then(|endorsed| {
                upload.signed_by = endorsed.keys;
                if vouchers.report.is_some() {
                    let report = vouchers.report.as_deref();
                    upload.report = report::judge(rules, &digest, report, &vouchers.signatures)?;
                }
                report::suffices(rules, upload.report.as_ref(), &signatures)
            });
        if let Err(refusal) = judged {
            return Err(not_vouched_for(&upload, refusal));
        }
        // Those of a report whose place another has taken say nothing any more.
        signatures.retain(|one| match one.subject() {
            Subject::Component => true,
            Subject::Report => {
                let report = upload.report.as_ref();
                report.is_some_and(|report| report.digest == one.digest())
            }
        });
        let (now, by) = (self.now(), vouchers.by.clone());
        self.inner
            .store
            .update(move |work| {
                // Somebody may have retired it meanwhile.
                let stored = work.upload(&digest)?;
                let stored = stored.ok_or_else(|| HostError::unknown("upload", digest))?;
                let upload = Upload {
                    signed_by: upload.signed_by,
                    report: upload.report,
                    ..stored
                };
                work.save_upload(&upload)?;
                work.save_upload_signatures(&digest, &signatures)?;
                let text = format!(
                    "{} again by {by}, who brings what vouches for it",
                    upload.title()
                );
                tell(work, EventKind::Uploaded, &digest, by.as_str(), text, now)?;
                Ok(upload)
            })
            .await
    }
}

/// What an upload lacks of what the configuration asks for now.
pub(crate) fn lacking(
    view: &View<'_>,
    rules: &ComponentRules,
    upload: &Upload,
) -> Result<Option<Refusal>, StoreError> {
    if !upload.is_ready() {
        return Ok(None);
    }
    let signatures: Vec<Signature> = view.upload_signatures(&upload.digest)?;
    let judged = rules
        .trust
        .judge_verified(Subject::Component, &signatures)
        .map_err(|error| untrusted(Subject::Component, &rules.trust, &error))
        .and_then(|_| report::suffices(rules, upload.report.as_ref(), &signatures));
    Ok(judged.err())
}

/// What somebody who looks at a resource should know of who vouches for the versions that are active
/// there: they stay active until somebody decides otherwise.
pub(crate) fn attention(
    view: &View<'_>,
    rules: &ComponentRules,
    resource: &Resource,
) -> Result<Vec<String>, StoreError> {
    let mut sentences = Vec::new();
    let used = World::ALL.map(|world| Use::on(resource, world));
    for name in used.iter().flatten().filter_map(Use::uploaded) {
        let activations = view.activations(name)?;
        let Some(active) = activations.as_ref().and_then(|all| all.active()) else {
            continue;
        };
        let Some(upload) = view.upload(&active.digest)? else {
            continue;
        };
        if let Some(refusal) = lacking(view, rules, &upload)? {
            sentences.push(format!(
                "{} is active and would not come into use today: {}; see `provisor component show {}`",
                upload.title(),
                refusal.message,
                upload.digest.short()
            ));
        }
    }
    Ok(sentences)
}

/// The signatures among what was given that hold, whoever made them: each key once for each subject.
/// What is looked at is no more than judging looks at.
pub(super) fn holding(bytes: &[u8], vouchers: &Vouchers) -> Vec<Signature> {
    let mut holding: Vec<Signature> = Vec::new();
    for subject in Subject::ALL {
        let signed = match subject {
            Subject::Component => Some(bytes),
            Subject::Report => vouchers.report.as_deref(),
        };
        let Some(signed) = signed else { continue };
        let given = vouchers.signatures.iter();
        for one in given
            .filter(|one| one.subject() == subject)
            .take(MOST_SIGNATURES)
        {
            let is_known = holding
                .iter()
                .any(|other| other.subject() == subject && other.public_key() == one.public_key());
            if !is_known && one.verify(subject, signed).is_ok() {
                holding.push(one.clone());
            }
        }
    }
    holding
}

pub(super) fn untrusted(subject: Subject, trust: &Trust, error: &Untrusted) -> Refusal {
    let rules: Vec<String> = trust.rules(subject).iter().map(Rule::to_string).collect();
    Refusal {
        code: error.code().to_owned(),
        message: error.to_string(),
        place: format!("the signatures of the {subject}"),
        accepted: format!("signatures by {}", rules.join(", or by ")),
    }
}

fn not_vouched_for(upload: &Upload, refusal: Refusal) -> HostError {
    HostError::NotVouchedFor {
        component: upload.title(),
        refusal: Box::new(refusal),
    }
}
