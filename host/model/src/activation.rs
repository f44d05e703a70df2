//! Which version of an uploaded component is in use: who asked, who approved, and what it may use.

use serde::{Deserialize, Serialize};

use crate::upload::Retirement;
use crate::{ComponentName, Digest, Grants, PersonName, Timestamp, Upload, World};

/// All activations of the components of one name: what was in use when, and what is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Activations {
    /// Whose.
    pub name: ComponentName,
    /// What all of them do.
    pub world: World,
    /// The oldest first; the last one is in use.
    pub history: Vec<Activation>,
    /// What somebody asked for and nobody has approved yet.
    pub asked: Option<Asked>,
}

/// From some moment on, one version was the one in use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Activation {
    /// Which version.
    pub digest: Digest,
    /// How it came to be in use.
    pub how: How,
    /// What it may use.
    pub grants: Grants,
    /// Who asked for it.
    pub asked_by: PersonName,
    /// When that was.
    pub asked_at: Timestamp,
    /// Who approved it.
    pub approved_by: PersonName,
    /// From when on it was in use.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// How a version came to be in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// Somebody activated it.
    Activated,
    /// Somebody went back to it.
    RolledBack,
}

/// What somebody asked for and somebody else shall approve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Asked {
    /// Which version.
    pub digest: Digest,
    /// What it shall be allowed to use.
    pub grants: Grants,
    /// Who asked.
    pub by: PersonName,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// Why a version does not come into use, or does not go out of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActivationError {
    /// Only what is ready is activated.
    #[error("component {component} is {state}; only what is ready is activated")]
    NotReady {
        /// Which.
        component: String,
        /// What it is.
        state: &'static str,
    },
    /// A name stands for one thing.
    #[error(
        "component {component} is a {is}, and {name} has been a {was}; a component that does \
         something else needs another name"
    )]
    OtherWorld {
        /// Which.
        component: String,
        /// Its name.
        name: ComponentName,
        /// What it does.
        is: World,
        /// What the ones before it did.
        was: World,
    },
    /// It is in use just so.
    #[error("component {component} is active already, with the same grants")]
    AlreadyActive {
        /// Which.
        component: String,
    },
    /// Nobody asked.
    #[error(
        "nobody asked for an activation of {name}; ask with `provisor component activate {name} \
         --as PERSON`"
    )]
    NothingAsked {
        /// Of what.
        name: ComponentName,
    },
    /// What shall be approved is not what was asked for.
    #[error(
        "{} is not what was asked for: that is {}; look at it with `provisor component show {name}`",
        .given.short(), .asked.short()
    )]
    OtherAsked {
        /// Of what.
        name: ComponentName,
        /// What should have been approved.
        given: Digest,
        /// What was asked for.
        asked: Digest,
    },
    /// Four eyes see more than two.
    #[error("{person} {did} {component}; somebody else has to approve it")]
    SamePerson {
        /// Who.
        person: PersonName,
        /// What this person did before.
        did: &'static str,
        /// Which.
        component: String,
    },
    /// There is nothing to go back to.
    #[error("there is no version of {name} before the one that is active")]
    NothingBefore {
        /// Of what.
        name: ComponentName,
    },
    /// What is in use is not taken away.
    #[error(
        "component {component} is active; activate another version first, or go back with \
         `provisor component roll-back {name}`"
    )]
    Active {
        /// Which.
        component: String,
        /// Its name.
        name: ComponentName,
    },
    /// What was in use is evidence.
    #[error(
        "component {component} was active from {since} on, so it is kept; \
         `provisor component retire` keeps it from being activated again"
    )]
    WasActive {
        /// Which.
        component: String,
        /// When it came into use.
        since: Timestamp,
    },
}

impl ActivationError {
    /// Stable code for machines.
    pub fn code(&self) -> &'static str {
        match self {
            ActivationError::NotReady { .. } => "component-not-ready",
            ActivationError::OtherWorld { .. } => "component-other-world",
            ActivationError::AlreadyActive { .. } => "component-already-active",
            ActivationError::NothingAsked { .. } => "component-nothing-asked",
            ActivationError::OtherAsked { .. } => "component-other-asked",
            ActivationError::SamePerson { .. } => "component-four-eyes",
            ActivationError::NothingBefore { .. } => "component-nothing-before",
            ActivationError::Active { .. } => "component-active",
            ActivationError::WasActive { .. } => "component-was-active",
        }
    }
}

impl Activations {
    /// Of a component that was never in use.
    pub fn new(name: ComponentName, world: World) -> Self {
        Self {
            name,
            world,
            history: Vec::new(),
            asked: None,
        }
    }

    /// What is in use.
    pub fn active(&self) -> Option<&Activation> {
        self.history.last()
    }

    /// Whether a version is in use.
    pub fn is_active(&self, digest: &Digest) -> bool {
        self.active().is_some_and(|active| active.digest == *digest)
    }

    /// When a version first came into use.
    pub fn first_active(&self, digest: &Digest) -> Option<Timestamp> {
        self.history
            .iter()
            .find(|activation| activation.digest == *digest)
            .map(|activation| activation.at)
    }

    /// Whether a version is in use, was in use and may be gone back to or activated again, or is asked
    /// for: whatever becomes of others, its bytes are needed.
    pub fn needs(&self, upload: &Upload) -> bool {
        let is_asked = |asked: &Asked| asked.digest == upload.digest;
        match upload.retired {
            Some(_) => self.is_active(&upload.digest),
            None => {
                self.first_active(&upload.digest).is_some()
                    || self.asked.as_ref().is_some_and(is_asked)
            }
        }
    }

    /// Somebody asks for a version. What was asked for before and not approved is forgotten.
    ///
    /// # Errors
    ///
    /// When it is not ready, is of another world than the versions before, or is in use with the
    /// same grants.
    pub fn ask(&mut self, upload: &Upload, asked: Asked) -> Result<(), ActivationError> {
        self.check(upload)?;
        let same = self
            .active()
            .is_some_and(|active| active.digest == asked.digest && active.grants == asked.grants);
        if same {
            return Err(ActivationError::AlreadyActive {
                component: upload.title(),
            });
        }
        self.asked = Some(asked);
        Ok(())
    }

    /// Somebody approves what was asked for: it is in use from now on. `given` is the version that
    /// he has looked at. With `four_eyes` whoever uploaded it or asked for it may not.
    ///
    /// # Errors
    ///
    /// When nobody asked, or for another version; when the version is not ready any more; when four
    /// eyes are needed and there are only two.
    pub fn approve(
        &mut self,
        upload: &Upload,
        given: &Digest,
        by: &PersonName,
        four_eyes: bool,
        now: Timestamp,
    ) -> Result<&Activation, ActivationError> {
        let name = self.name.clone();
        let asked = self.asked.as_ref();
        let asked = asked.ok_or_else(|| ActivationError::NothingAsked { name: name.clone() })?;
        if asked.digest != *given || upload.digest != *given {
            return Err(ActivationError::OtherAsked {
                name,
                given: *given,
                asked: asked.digest,
            });
        }
        let did = match by {
            _ if !four_eyes => None,
            by if *by == upload.by => Some("uploaded"),
            by if *by == asked.by => Some("asked for"),
            _ => None,
        };
        if let Some(did) = did {
            return Err(ActivationError::SamePerson {
                person: by.clone(),
                did,
                component: upload.title(),
            });
        }
        let activation = Activation {
            digest: asked.digest,
            how: How::Activated,
            grants: asked.grants.clone(),
            asked_by: asked.by.clone(),
            asked_at: asked.at,
            approved_by: by.clone(),
            at: now,
            reason: asked.reason.clone(),
        };
        self.check(upload)?;
        self.asked = None;
        Ok(self.push(activation))
    }

    /// What is gone back to: the version that was in use before the one that is, and that `usable`
    /// has nothing against. A version that was left by going back is not come back to.
    pub fn before(&self, usable: impl Fn(&Digest) -> bool) -> Option<&Activation> {
        let mut past: Vec<&Activation> = Vec::new();
        for activation in &self.history {
            match activation.how {
                How::Activated => {
                    past.retain(|one| one.digest != activation.digest);
                }
                How::RolledBack => {
                    // Everything above what was gone back to is left for good.
                    let kept = past.iter().position(|one| one.digest == activation.digest);
                    past.truncate(kept.unwrap_or(0));
                }
            }
            past.push(activation);
        }
        past.pop();
        past.into_iter().rev().find(|one| usable(&one.digest))
    }

    /// Goes back to the version before, at once. It may use what it was allowed to when it was in
    /// use, as far as that is still approved now: going back never allows more than there was just
    /// before. Answers what it lacks because of that, and what somebody has to approve anew.
    ///
    /// # Errors
    ///
    /// When there is no version before.
    pub fn roll_back(
        &mut self,
        usable: impl Fn(&Digest) -> bool,
        by: &PersonName,
        reason: &str,
        now: Timestamp,
    ) -> Result<Grants, ActivationError> {
        let nothing = || ActivationError::NothingBefore {
            name: self.name.clone(),
        };
        let before = self.before(usable).ok_or_else(nothing)?;
        let active = self.active().ok_or_else(nothing)?;
        let grants = before.grants.intersection(&active.grants);
        let lacking = before.grants.difference(&grants);
        let activation = Activation {
            digest: before.digest,
            how: How::RolledBack,
            grants,
            asked_by: by.clone(),
            asked_at: now,
            approved_by: by.clone(),
            at: now,
            reason: reason.to_owned(),
        };
        self.push(activation);
        Ok(lacking)
    }

    /// Nobody shall use a version any more.
    ///
    /// # Errors
    ///
    /// When it is in use, or is not there to be used.
    pub fn retire(
        &mut self,
        upload: &mut Upload,
        retirement: Retirement,
    ) -> Result<(), ActivationError> {
        if self.is_active(&upload.digest) {
            return Err(ActivationError::Active {
                component: upload.title(),
                name: self.name.clone(),
            });
        }
        if !upload.is_ready() {
            return Err(ActivationError::NotReady {
                component: upload.title(),
                state: upload.state(),
            });
        }
        upload.retired = Some(retirement);
        self.forget(&upload.digest);
        Ok(())
    }

    /// Whether a version may be taken away altogether; nothing is asked for it any more then.
    ///
    /// # Errors
    ///
    /// When it is in use, or was.
    pub fn delete(&mut self, upload: &Upload) -> Result<(), ActivationError> {
        if self.is_active(&upload.digest) {
            return Err(ActivationError::Active {
                component: upload.title(),
                name: self.name.clone(),
            });
        }
        if let Some(since) = self.first_active(&upload.digest) {
            return Err(ActivationError::WasActive {
                component: upload.title(),
                since,
            });
        }
        self.forget(&upload.digest);
        Ok(())
    }

    fn forget(&mut self, digest: &Digest) {
        if self
            .asked
            .as_ref()
            .is_some_and(|asked| asked.digest == *digest)
        {
            self.asked = None;
        }
    }

    fn push(&mut self, activation: Activation) -> &Activation {
        self.history.push(activation);
        // It was pushed just now.
        &self.history[self.history.len() - 1]
    }

    fn check(&self, upload: &Upload) -> Result<(), ActivationError> {
        let component = || upload.title();
        let about = upload.about.as_ref().filter(|_| upload.is_ready());
        let about = about.ok_or_else(|| ActivationError::NotReady {
            component: component(),
            state: upload.state(),
        })?;
        if about.world != self.world {
            return Err(ActivationError::OtherWorld {
                component: component(),
                name: self.name.clone(),
                is: about.world,
                was: self.world,
            });
        }
        Ok(())
    }
}
