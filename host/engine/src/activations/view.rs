//! What can be seen of versions of uploaded components.

use provisor_model::{
    Activation, Activations, Canary, ComponentName, GrantDifference, Grants, Upload, World,
};
use provisor_store::StoreError;
use serde::Serialize;

use super::canonical;
use crate::components::Use;
use crate::{Host, HostError};

/// Everything about one version of an uploaded component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct VersionView {
    /// The version.
    pub upload: Upload,
    /// Whether it is in use.
    pub active: bool,
    /// Who uses the component of this name, such as `payroll.mapping`.
    pub uses: Vec<String>,
    /// What it wants, what the configuration has for it, what is approved, and what was for the
    /// version before. Of a version that is not active: what is asked for, or nothing, is approved.
    pub grants: Vec<GrantDifference>,
    /// All activations of the component of this name; `None` when there was none.
    pub activations: Option<Activations>,
    /// The canary of the component of this name that stands, whichever version it tries.
    pub canary: Option<Canary>,
    /// The settings that do not fit, and whatever else keeps it from being used.
    pub problem: Option<String>,
    /// What it lacks of the signatures, or of the conformance, that the configuration asks for now.
    /// It does not come into use without; what is active stays so.
    pub not_vouched_for: Option<String>,
}

impl Host {
    /// Everything about one version. `grants` are those that somebody thinks of approving: they are
    /// compared in the place of what is approved.
    pub async fn version_view(
        &self,
        called: &str,
        grants: Option<&Grants>,
    ) -> Result<VersionView, HostError> {
        let upload = self.uploaded(called)?;
        let Some(about) = &upload.about else {
            return Ok(VersionView {
                upload,
                active: false,
                uses: Vec::new(),
                grants: Vec::new(),
                activations: None,
                canary: None,
                problem: None,
                not_vouched_for: None,
            });
        };
        let (activations, canary) = self.inner.store.read(|view| {
            let activations = view.activations(&about.name)?;
            Ok::<_, StoreError>((activations, view.standing_canary(&about.name)?))
        })?;
        let active = activations.as_ref().and_then(Activations::active);
        let is_active = active.is_some_and(|active| active.digest == upload.digest);
        let asked = activations.as_ref().and_then(|all| all.asked.as_ref());
        let approved = match grants {
            Some(grants) => canonical(grants.clone())?,
            None => match (active, asked) {
                (_, Some(asked)) if asked.digest == upload.digest => asked.grants.clone(),
                (Some(active), _) if is_active => active.grants.clone(),
                _ => Grants::default(),
            },
        };
        let before = activations.as_ref().and_then(|all| match is_active {
            true => all.before(|_| true),
            false => all.active(),
        });
        let before = before.map(|one| one.grants.clone()).unwrap_or_default();
        let configured = self.configured(&about.name);
        let problem = match upload.is_ready() {
            true => {
                let prepared = self.prepare(&upload, &about.name, &approved).await;
                prepared.err().map(|error| error.to_string())
            }
            false => None,
        };
        Ok(VersionView {
            active: is_active,
            uses: self.uses(&about.name),
            grants: Grants::compare(&about.origins, &configured, &approved, &before),
            activations,
            canary,
            problem,
            not_vouched_for: self.not_vouched_for(&upload)?.map(|one| one.message),
            upload,
        })
    }

    /// The version of an uploaded component that is in use.
    pub fn active_version(&self, name: &ComponentName) -> Result<Option<Activation>, HostError> {
        let activations = self.inner.store.read(|view| view.activations(name))?;
        Ok(activations.and_then(|activations| activations.active().cloned()))
    }

    /// The activations of all uploaded components, in the order of their names.
    pub fn all_activations(&self) -> Result<Vec<Activations>, HostError> {
        Ok(self.inner.store.read(|view| view.all_activations())?)
    }

    /// Who uses the uploaded component of a name, such as `payroll.mapping`.
    pub fn uses(&self, name: &ComponentName) -> Vec<String> {
        Use::of(&self.inner.configuration, name)
            .map(|one| one.label())
            .collect()
    }

    /// What the configuration has for an uploaded component, in all its uses.
    pub(super) fn configured(&self, name: &ComponentName) -> Grants {
        let mut configured = Grants::default();
        for one in Use::of(&self.inner.configuration, name) {
            let secrets = one.used.secrets.names().map(str::to_owned);
            configured.secrets.extend(secrets);
            let system = one.resource.tickets.as_ref().map(|used| &used.system);
            let systems = &self.inner.configuration.ticket_systems;
            if let Some(system) = system.and_then(|system| systems.get(system))
                && one.world == World::Ticketing
            {
                let origins = system.reach.iter().map(|grant| grant.origin.to_string());
                configured.origins.extend(origins);
            }
        }
        configured
    }
}
