//! Which version of an uploaded component is in use: activation, approval, going back, retirement.
//!
//! A version is loaded, linked and bound to everything that will use it, and its settings are judged
//! by its own schema, before it is activated: whatever does not fit refuses the activation. Work that
//! is under way with the version before goes on with that one until it is done.

mod telling;
mod view;

use provisor_model::{
    ActivationError, Activations, Asked, CanaryError, ComponentName, Digest, EventKind,
    GrantDifference, Grants, PersonName, Retirement, Timestamp, Upload, UploadAbout,
};
use provisor_sandbox::egress::Origin;
use provisor_store::{StoreError, UploadFilter, View, Work, fault};
use serde::Serialize;

pub use view::VersionView;

use telling::{activated_text, asked_text};

use crate::canary;
use crate::cases::check_words;
use crate::components::StillRunning;
use crate::configuration::Configuration;
use crate::uploads::{allow, tell, why};
use crate::{Host, HostError};

/// How a component of a name stands after somebody did something about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Activated {
    /// The version that it is about.
    pub upload: Upload,
    /// All activations of its name. Where somebody else has to approve, the version is asked for
    /// there and not active.
    pub activations: Activations,
    /// What the configuration has for it and nobody approved: it will be denied.
    pub missing: Vec<GrantDifference>,
    /// Work in this process that goes on with versions that are not in use any more.
    pub still_running: Vec<StillRunning>,
}

impl Host {
    /// Asks that a version be used, and may use these grants and no others. Unless four eyes are
    /// needed it is in use from then on; otherwise somebody else has to
    /// [approve](Host::approve_component) it.
    ///
    /// `called` is the digest of an upload, or a name, which means the newest that is ready.
    ///
    /// # Errors
    ///
    /// When it is not ready, does something else than the versions before, cannot be loaded, or does
    /// not fit the settings of the configuration; when those do not vouch for it any more whom the
    /// configuration asks for; nothing has changed then.
    pub async fn activate_component(
        &self,
        called: &str,
        by: &PersonName,
        grants: Grants,
        reason: &str,
    ) -> Result<Activated, HostError> {
        let rules = &self.inner.configuration.components;
        allow(rules.activators.as_ref(), by, "activate", "activators")?;
        if !reason.is_empty() {
            check_words("the reason", reason)?;
        }
        self.refresh_components().await?;
        let upload = self.uploaded(called)?;
        let (now, four_eyes) = (self.now(), rules.four_eyes);
        let asked = Asked {
            digest: upload.digest,
            grants: canonical(grants)?,
            by: by.clone(),
            at: now,
            reason: reason.to_owned(),
        };
        let grants = asked.grants.clone();
        let configuration = self.inner.configuration.clone();
        let decide = move |work: &mut Work<'_>, upload: &Upload, all: &mut Activations| {
            let by = asked.by.clone();
            all.ask(upload, asked)?;
            if !four_eyes {
                return approve(work, &configuration, upload, all, &by, false, now);
            }
            let text = asked_text(upload, all);
            let kind = EventKind::ActivationAsked;
            tell(work, kind, &upload.digest, by.as_str(), text, now)
        };
        self.take(upload, grants, decide).await
    }

    /// Approves what was asked for: it is in use from then on. Where four eyes are needed, whoever
    /// uploaded it or asked for it may not.
    ///
    /// `called` is the digest that was looked at, or the name.
    ///
    /// # Errors
    ///
    /// When nobody asked, or for another version; and whatever keeps a version from being activated.
    pub async fn approve_component(
        &self,
        called: &str,
        by: &PersonName,
    ) -> Result<Activated, HostError> {
        let rules = &self.inner.configuration.components;
        allow(rules.activators.as_ref(), by, "approve", "activators")?;
        self.refresh_components().await?;
        let (upload, activations) = self.inner.store.read(|view| self.asked_for(view, called))?;
        let asked = activations.asked.as_ref();
        let asked = asked.filter(|asked| asked.digest == upload.digest);
        let looked_at = asked.map(|asked| asked.grants.clone()).unwrap_or_default();
        let grants = looked_at.clone();
        let (now, four_eyes, by) = (self.now(), rules.four_eyes, by.clone());
        let configuration = self.inner.configuration.clone();
        let decide = move |work: &mut Work<'_>, upload: &Upload, all: &mut Activations| {
            // What was asked for anew meanwhile was not prepared, and nobody has looked at it.
            let asked = all.asked.as_ref();
            if asked.is_some_and(|asked| asked.grants != looked_at) {
                return Err(HostError::ActivatedMeanwhile(all.name.clone()));
            }
            approve(work, &configuration, upload, all, &by, four_eyes, now)
        };
        self.take(upload, grants, decide).await
    }

    /// Goes back to the version that was in use before, in one step and by one person: it was
    /// approved once, and may use only what is approved now. What it lacks because of that is among
    /// the [missing](Activated::missing). While a canary stands, it is what is gone back from: it ends,
    /// and the active version stays.
    ///
    /// # Errors
    ///
    /// When there is no version before that is ready, when the settings do not fit it any more, or
    /// those do not vouch for it any more whom the configuration asks for.
    pub async fn roll_back_component(
        &self,
        name: &str,
        by: &PersonName,
        reason: &str,
    ) -> Result<Activated, HostError> {
        let rules = &self.inner.configuration.components;
        allow(rules.activators.as_ref(), by, "activate", "activators")?;
        check_words("the reason for going back", reason)?;
        self.refresh_components().await?;
        let standing = self.inner.store.read(|view| {
            let activations = named(view, name)?;
            let canary = view.standing_canary(&activations.name)?;
            let active = activations.active().map(|active| active.digest);
            let upload = active.map(|digest| view.upload(&digest)).transpose()?;
            Ok::<_, HostError>(
                canary
                    .zip(upload.flatten())
                    .map(|(_, upload)| (upload, activations)),
            )
        })?;
        if let Some((upload, activations)) = standing {
            self.stop_canary(&activations.name, by, reason).await?;
            return self.activated((upload, activations));
        }
        let now = self.now();
        let (upload, planned) = self.inner.store.read(|view| {
            let mut planned = named(view, name)?;
            let upload = roll_back(view, &mut planned, by, reason, now)?;
            Ok::<_, HostError>((upload, planned))
        })?;
        let grants = planned.active().map(|active| active.grants.clone());
        let (by, reason) = (by.clone(), reason.to_owned());
        let decide = move |work: &mut Work<'_>, upload: &Upload, all: &mut Activations| {
            roll_back(work, all, &by, &reason, now)?;
            if all.history != planned.history {
                return Err(HostError::ActivatedMeanwhile(planned.name));
            }
            let text = format!("{} again{}", upload.title(), why(&reason));
            let kind = EventKind::RolledBack;
            tell(work, kind, &upload.digest, by.as_str(), text, now)
        };
        self.take(upload, grants.unwrap_or_default(), decide).await
    }

    /// Keeps a version from ever being activated again.
    ///
    /// # Errors
    ///
    /// When it is in use, or is not ready.
    pub async fn retire_component(
        &self,
        called: &str,
        by: &PersonName,
        reason: &str,
    ) -> Result<Upload, HostError> {
        let rules = &self.inner.configuration.components;
        allow(rules.activators.as_ref(), by, "retire", "activators")?;
        check_words("the reason for retiring it", reason)?;
        let upload = self.uploaded(called)?;
        let retirement = Retirement {
            by: by.clone(),
            at: self.now(),
            reason: reason.to_owned(),
        };
        let configuration = self.inner.configuration.clone();
        self.inner
            .store
            .update(move |work| {
                let mut upload = there(work, &upload)?;
                let about = about_of(&upload)?;
                let mut activations = load(work, &about)?;
                let text = format!("{}{}", upload.title(), why(&retirement.reason));
                let (by, now) = (retirement.by.clone(), retirement.at);
                activations.retire(&mut upload, retirement)?;
                let kind = EventKind::Retired;
                tell(work, kind, &upload.digest, by.as_str(), text, now)?;
                work.save_upload(&upload)?;
                work.save_activations(&activations)?;
                let tried = work.standing_canary(&about.name)?;
                if tried.is_some_and(|canary| canary.candidate == upload.digest) {
                    let why = format!("{} was retired", upload.title());
                    canary::end(work, &configuration, &about.name, &by, &why, now)?;
                }
                Ok(upload)
            })
            .await
    }

    /// Takes an upload away that was never in use, with its bytes. That it was there stays in the
    /// history.
    ///
    /// # Errors
    ///
    /// When it is in use, or was, or was tried: what it decided may still be asked about.
    pub async fn delete_component(
        &self,
        called: &str,
        by: &PersonName,
    ) -> Result<Upload, HostError> {
        let rules = &self.inner.configuration.components;
        allow(rules.activators.as_ref(), by, "delete", "activators")?;
        let upload = self.uploaded(called)?;
        let (by, now) = (by.clone(), self.now());
        let deleted = self
            .inner
            .store
            .update(move |work| {
                let upload = there(work, &upload)?;
                if let Some(name) = upload.name()
                    && let Some(mut activations) = work.activations(name)?
                {
                    if let Some(since) = work.first_tried(name, &upload.digest)? {
                        return Err(HostError::Canary(CanaryError::Tried {
                            component: upload.title(),
                            since,
                        }));
                    }
                    activations.delete(&upload)?;
                    work.save_activations(&activations)?;
                }
                work.drop_upload(&upload.digest)?;
                let text = format!("{}, which was never active", upload.title());
                let kind = EventKind::Dropped;
                tell(work, kind, &upload.digest, by.as_str(), text, now)?;
                Ok::<_, HostError>(upload)
            })
            .await?;
        self.inner.sandbox.forget(&deleted.digest);
        self.sweep_uploads().await?;
        Ok(deleted)
    }

    /// Makes a version ready for everything that will use it, stores what is decided about it unless
    /// something else was meanwhile, and takes into use what is active then. Nothing has changed when
    /// it is not fit for that, or `decide` refuses.
    async fn take(
        &self,
        upload: Upload,
        grants: Grants,
        decide: impl FnOnce(&mut Work<'_>, &Upload, &mut Activations) -> Result<(), HostError>
        + Send
        + 'static,
    ) -> Result<Activated, HostError> {
        let about = about_of(&upload)?;
        if !upload.is_ready() {
            return Err(HostError::Activation(ActivationError::NotReady {
                component: upload.title(),
                state: upload.state(),
            }));
        }
        self.ensure_vouched_for(&upload)?;
        let prepared = self.prepare(&upload, &about.name, &grants).await?;
        fault::point("activation.prepared");
        let stored = self
            .inner
            .store
            .update(move |work| {
                // Somebody may have retired it meanwhile.
                let upload = there(work, &upload)?;
                let mut activations = load(work, &about)?;
                decide(work, &upload, &mut activations)?;
                work.save_activations(&activations)?;
                Ok::<_, HostError>((upload, activations))
            })
            .await?;
        fault::point("activation.stored");
        self.take_into_use(Some(prepared)).await?;
        self.activated(stored)
    }

    /// What somebody asked for, of an upload or of a name.
    fn asked_for(&self, view: &View<'_>, called: &str) -> Result<(Upload, Activations), HostError> {
        if let Ok(name) = ComponentName::new(called)
            && let Some(activations) = view.activations(&name)?
        {
            let asked = activations.asked.as_ref();
            let asked = asked.ok_or(ActivationError::NothingAsked { name })?;
            let upload = view.upload(&asked.digest)?;
            let upload = upload.ok_or_else(|| HostError::unknown("upload", asked.digest))?;
            return Ok((upload, activations));
        }
        let upload = self.uploaded(called)?;
        let activations = load(view, &about_of(&upload)?)?;
        Ok((upload, activations))
    }

    fn activated(&self, stored: (Upload, Activations)) -> Result<Activated, HostError> {
        let (upload, activations) = stored;
        let active = activations.active();
        let asked = activations.asked.as_ref();
        let approved = match (asked, active) {
            (Some(asked), _) if asked.digest == upload.digest => asked.grants.clone(),
            (_, Some(active)) => active.grants.clone(),
            _ => Grants::default(),
        };
        let before = activations.before(|_| true);
        let before = before.map(|one| one.grants.clone()).unwrap_or_default();
        let about = about_of(&upload)?;
        let configured = self.configured(&about.name);
        let mut missing = Grants::compare(&about.origins, &configured, &approved, &before);
        missing.retain(GrantDifference::is_missing);
        Ok(Activated {
            missing,
            still_running: self.still_running(),
            upload,
            activations,
        })
    }
}

/// Goes back to the version before in `activations`; answers that version.
fn roll_back(
    view: &View<'_>,
    activations: &mut Activations,
    by: &PersonName,
    reason: &str,
    now: Timestamp,
) -> Result<Upload, HostError> {
    let uploads = view.uploads(&UploadFilter {
        name: Some(activations.name.clone()),
        limit: usize::MAX,
    })?;
    let usable = |digest: &Digest| {
        uploads
            .iter()
            .any(|upload| upload.digest == *digest && upload.is_ready())
    };
    activations.roll_back(usable, by, reason, now)?;
    let active = activations.active().map(|active| active.digest);
    let upload = uploads.iter().find(|upload| Some(upload.digest) == active);
    let upload = upload.ok_or_else(|| HostError::unknown("component", &activations.name))?;
    Ok(upload.clone())
}

/// The activations of a name that has some.
fn named(view: &View<'_>, name: &str) -> Result<Activations, HostError> {
    let unknown = || HostError::Unknown {
        what: "component with an active version called",
        name: name.chars().take(80).collect(),
        hint: "; `provisor component list` shows those that there are".to_owned(),
    };
    let name = ComponentName::new(name).map_err(|_| unknown())?;
    view.activations(&name)?.ok_or_else(unknown)
}

/// The activations of what an upload calls itself.
fn load(view: &View<'_>, about: &UploadAbout) -> Result<Activations, StoreError> {
    let known = view.activations(&about.name)?;
    Ok(known.unwrap_or_else(|| Activations::new(about.name.clone(), about.world)))
}

/// Takes what was asked for as the version in use. Nothing is tried beside the one before any more.
fn approve(
    work: &mut Work<'_>,
    configuration: &Configuration,
    upload: &Upload,
    activations: &mut Activations,
    by: &PersonName,
    four_eyes: bool,
    now: Timestamp,
) -> Result<(), HostError> {
    let active = activations.approve(upload, &upload.digest, by, four_eyes, now)?;
    let text = activated_text(upload, active);
    let kind = EventKind::Activated;
    tell(work, kind, &upload.digest, by.as_str(), text, now)?;
    let why = format!("{} was activated", upload.title());
    canary::end(work, configuration, &activations.name, by, &why, now)?;
    Ok(())
}

/// An upload as it is now.
fn there(work: &Work<'_>, upload: &Upload) -> Result<Upload, HostError> {
    work.upload(&upload.digest)?
        .ok_or_else(|| HostError::unknown("uploaded component", upload.digest.short()))
}

/// What a component that was inspected says of itself.
fn about_of(upload: &Upload) -> Result<UploadAbout, HostError> {
    upload.about.clone().ok_or_else(|| {
        HostError::Activation(ActivationError::NotReady {
            component: upload.title(),
            state: upload.state(),
        })
    })
}

/// Grants as the sandbox writes them.
fn canonical(grants: Grants) -> Result<Grants, HostError> {
    let mut origins = std::collections::BTreeSet::new();
    for text in &grants.origins {
        let origin = Origin::parse(text).map_err(|error| HostError::Unknown {
            what: "origin that could be granted called",
            name: text.chars().take(80).collect(),
            hint: format!(": {error}"),
        })?;
        origins.insert(origin.to_string());
    }
    Ok(Grants {
        origins,
        secrets: grants.secrets,
    })
}
