//! A person decides about a held export.

use provisor_model::{
    Event, EventKind, Export, ExportDecision, ExportId, ExportState, GateAction, PersonName,
    Timestamp,
};
use provisor_store::{StoreError, fault};

use super::counting::Count;
use super::preview::Preview;
use super::source::Taken;
use super::taking::ExportReport;
use super::writing::{Acceptance, Effects, write};
use crate::cases::check_words;
use crate::configuration::Resource;
use crate::{ExportError, Host, HostError};

/// How often a held export is compared anew because another one was taken in meanwhile.
const TRIES: u32 = 5;

impl Host {
    /// The export of a resource that waits for a person, if there is one.
    pub fn held_export(&self, resource: &str) -> Result<Option<Export>, HostError> {
        let resource = self.resource(resource)?;
        Ok(self
            .inner
            .store
            .read(|view| view.held_export(&resource.name))?)
    }

    /// What a held export would do if it were released now. Changes nothing.
    pub async fn preview_export(&self, export: ExportId) -> Result<Preview, HostError> {
        let (export, resource) = self.held(export)?;
        let count = self.count_again(&export, resource).await?;
        let mut preview = Preview::of_rows(&export, &count);
        let acceptance = Acceptance {
            export,
            count,
            now: self.now(),
            released_by: None,
        };
        let resource = resource.clone();
        let tried = self
            .inner
            .store
            .update(move |work| {
                let before = work.unexpected_count(&resource.name)?;
                let (_, effects) = write(work, &resource, acceptance)?;
                let after = work.unexpected_count(&resource.name)?;
                // Undoes all of it.
                Err::<(), _>(Trial::Over(Box::new((effects, before, after))))
            })
            .await;
        match tried {
            Err(Trial::Over(outcome)) => {
                let (effects, before, after) = *outcome;
                preview.add_effects(effects, after.saturating_sub(before));
                Ok(preview)
            }
            Err(Trial::Failed(error)) => Err(*error),
            Ok(()) => Err(HostError::unknown("outcome of a preview", "")),
        }
    }

    /// Accepts a held export after all. What it shows counts from the time at which it was made.
    ///
    /// # Errors
    ///
    /// [`ExportError::NotHeld`] when it is not held, or not any more: once a later export was taken,
    /// there is nothing left to release.
    pub async fn release_export(
        &self,
        export: ExportId,
        by: &PersonName,
        reason: &str,
    ) -> Result<ExportReport, HostError> {
        check_words("the reason for releasing an export", reason)?;
        let mut tries = 0;
        loop {
            tries += 1;
            match self.release_once(export, by, reason).await {
                Err(HostError::Store(StoreError::Overtaken { .. })) if tries < TRIES => {}
                Err(error) => return Err(error),
                Ok(mut report) => {
                    fault::point("export.released");
                    report.dispatched = self.dispatch(None).await?;
                    return Ok(report);
                }
            }
        }
    }

    /// Says that a held export is wrong. It changes nothing, and the very same export will not be
    /// held again.
    pub async fn discard_export(
        &self,
        export: ExportId,
        by: &PersonName,
        reason: &str,
    ) -> Result<Export, HostError> {
        check_words("the reason for discarding an export", reason)?;
        let now = self.now();
        let decision = decision(by, reason, now);
        self.inner
            .store
            .update(move |work| {
                let mut export = still_held(work.export(export)?, export)?;
                export.state = ExportState::Discarded;
                let text = format!("{}: {}", export.name, decision.reason);
                let event = Event::new(EventKind::Discarded, text).export(export.id);
                work.add_event(now, decision.by.as_str(), &export.resource, None, event)?;
                export.decision = Some(decision);
                work.save_export(&export)?;
                Ok::<_, HostError>(export)
            })
            .await
    }

    async fn release_once(
        &self,
        export: ExportId,
        by: &PersonName,
        reason: &str,
    ) -> Result<ExportReport, HostError> {
        let (mut export, resource) = self.held(export)?;
        let count = self.count_again(&export, resource).await?;
        fault::point("export.recounted");
        let now = self.now();
        export.rows = count.tally.rows;
        export.rejected = count.tally.rejected;
        export.rejected_rows.clone_from(&count.tally.rejected_rows);
        export.covered.clone_from(&count.covered);
        export.absent.clone_from(&count.absent);
        export.decision = Some(decision(by, reason, now));
        let acceptance = Acceptance {
            export,
            count,
            now,
            released_by: Some(by.clone()),
        };
        let resource = resource.clone();
        self.inner
            .store
            .update(move |work| {
                let id = acceptance.export.id;
                still_held(work.export(id)?, id)?;
                write(work, &resource, acceptance).map(|(report, _)| report)
            })
            .await
    }

    fn held(&self, id: ExportId) -> Result<(Export, &Resource), HostError> {
        let found = self.inner.store.read(|view| view.export(id))?;
        let export = still_held(found, id)?;
        let resource = self.resource(export.resource.as_str())?;
        Ok((export, resource))
    }

    /// Reads a held export once more, from its evidence.
    async fn count_again(&self, export: &Export, resource: &Resource) -> Result<Count, HostError> {
        self.refresh_components().await?;
        let (reader, bound) = self.reader(resource)?;
        let taken = Taken {
            name: export.name.clone(),
            digest: export.digest,
            size: export.size,
            modified_at: export.exported_at,
            manifest: None,
        };
        let count = self.count(resource, &bound, &taken).await?;
        let stops =
            !count.tally.duplicates.is_empty() && reader.gates.duplicates == GateAction::Stop;
        let problem = match &count.refused {
            Some(problem) => Some(problem.clone()),
            None => stops.then(|| "an identifier stands in it more than once".to_owned()),
        };
        match problem {
            Some(problem) => Err(ExportError::Unusable {
                export: export.id,
                problem,
            }
            .into()),
            None => Ok(count),
        }
    }
}

fn decision(by: &PersonName, reason: &str, at: Timestamp) -> ExportDecision {
    ExportDecision {
        by: by.clone(),
        at,
        reason: reason.to_owned(),
    }
}

fn still_held(export: Option<Export>, id: ExportId) -> Result<Export, HostError> {
    let export = export.ok_or_else(|| HostError::unknown("export", id))?;
    match export.state {
        ExportState::Held => Ok(export),
        state => Err(ExportError::NotHeld { export: id, state }.into()),
    }
}

/// How a transaction ends that is only tried.
enum Trial {
    Over(Box<(Effects, u64, u64)>),
    Failed(Box<HostError>),
}

impl From<StoreError> for Trial {
    fn from(error: StoreError) -> Self {
        Trial::Failed(Box::new(error.into()))
    }
}

impl From<HostError> for Trial {
    fn from(error: HostError) -> Self {
        Trial::Failed(Box::new(error))
    }
}
