//! A component that somebody has brought into a running host, on its way to being ready.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{ComponentName, Digest, KeyName, PersonName, Timestamp, World};

/// A component that somebody has uploaded. Its digest is what it is; name and version are what it
/// says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Upload {
    /// What it is.
    pub digest: Digest,
    /// Its bytes.
    pub size: u64,
    /// Who uploaded it.
    pub by: PersonName,
    /// When.
    pub at: Timestamp,
    /// Why, in words.
    pub note: String,
    /// How far it has come.
    #[serde(flatten)]
    pub stage: Stage,
    /// What it says of itself, once it was inspected.
    pub about: Option<UploadAbout>,
    /// The keys that vouched for it, of those that the configuration knows.
    #[serde(default)]
    pub signed_by: BTreeSet<KeyName>,
    /// The report on its conformance that was given with it.
    pub report: Option<ReportFacts>,
    /// That nobody shall use it any more.
    pub retired: Option<Retirement>,
    /// When its bytes were dropped, because nobody could use them any more and they had been kept
    /// long enough.
    #[serde(default)]
    pub bytes_dropped_at: Option<Timestamp>,
}

/// How far an upload has come. Each stage follows the one before; only what is ready is ever
/// activated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "kebab-case")]
pub enum Stage {
    /// Its bytes are taken.
    Received,
    /// It is a component of a world, and imports only what that world is offered.
    Inspected,
    /// It has become machine code, within limits.
    Compiled,
    /// It was asked what it is, and said the same as its custom section.
    Described,
    /// What is required of it beyond that was found to hold.
    Judged,
    /// It can be activated.
    Ready,
    /// It is not accepted, and its bytes are gone.
    Refused(Refusal),
}

/// Why an upload is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Refusal {
    /// The rule that it breaks, for machines: the code of the error.
    pub code: String,
    /// Why, for people.
    pub message: String,
    /// Where in what was uploaded.
    #[serde(default)]
    pub place: String,
    /// What would be accepted there.
    #[serde(default)]
    pub accepted: String,
}

/// What a component says of itself, as far as it matters to whoever activates it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct UploadAbout {
    /// Its name, under which the configuration knows it.
    pub name: ComponentName,
    /// Its version.
    pub version: String,
    /// What it does.
    pub world: World,
    /// One sentence for the person who chooses it.
    pub summary: String,
    /// The origins that it wants to reach.
    pub origins: BTreeSet<String>,
}

/// What is known of a report on the conformance of a component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ReportFacts {
    /// The digest of the report itself.
    pub digest: Digest,
    /// The level that everything holds at, by its word; `None` when not even what must hold does.
    pub level: Option<ConformanceLevel>,
    /// The version of the suite that judged it.
    pub suite: String,
    /// The keys that vouched for the report, of those that the configuration knows.
    pub signed_by: BTreeSet<KeyName>,
}

/// How much of the conformance suite holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConformanceLevel {
    /// What every component has to do.
    Must,
    /// And what a good one does.
    Should,
    /// And what is only welcome.
    May,
}

impl ConformanceLevel {
    /// Its name in configuration, API and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            ConformanceLevel::Must => "must",
            ConformanceLevel::Should => "should",
            ConformanceLevel::May => "may",
        }
    }
}

impl fmt::Display for ConformanceLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// That nobody shall use a component any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Retirement {
    /// Who said so.
    pub by: PersonName,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// An upload is not in the stage for something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("component {} is {is}, so it cannot become {wanted}", .digest.short())]
pub struct StageError {
    /// Which.
    pub digest: Digest,
    /// Its stage.
    pub is: &'static str,
    /// The stage that it should have come to.
    pub wanted: &'static str,
}

impl StageError {
    /// Stable code for machines.
    pub fn code(&self) -> &'static str {
        "component-stage"
    }
}

impl Stage {
    /// Its name in API and tables.
    pub fn as_str(&self) -> &'static str {
        match self {
            Stage::Received => "received",
            Stage::Inspected => "inspected",
            Stage::Compiled => "compiled",
            Stage::Described => "described",
            Stage::Judged => "judged",
            Stage::Ready => "ready",
            Stage::Refused(_) => "refused",
        }
    }

    /// Whether nothing follows any more.
    pub fn is_final(&self) -> bool {
        matches!(self, Stage::Ready | Stage::Refused(_))
    }

    /// The stage after this one.
    fn next(&self) -> Option<Stage> {
        match self {
            Stage::Received => Some(Stage::Inspected),
            Stage::Inspected => Some(Stage::Compiled),
            Stage::Compiled => Some(Stage::Described),
            Stage::Described => Some(Stage::Judged),
            Stage::Judged => Some(Stage::Ready),
            Stage::Ready | Stage::Refused(_) => None,
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Upload {
    /// What has just come in.
    pub fn new(digest: Digest, size: u64, by: PersonName, note: &str, at: Timestamp) -> Self {
        Self {
            digest,
            size,
            by,
            at,
            note: note.to_owned(),
            stage: Stage::Received,
            about: None,
            signed_by: BTreeSet::new(),
            report: None,
            retired: None,
            bytes_dropped_at: None,
        }
    }

    /// Comes to the stage after the one it is in.
    ///
    /// # Errors
    ///
    /// When `stage` is another one: no stage is left out, and none comes twice.
    pub fn advance(&mut self, stage: Stage) -> Result<(), StageError> {
        if self.stage.next().as_ref() != Some(&stage) {
            return Err(StageError {
                digest: self.digest,
                is: self.stage.as_str(),
                wanted: stage.as_str(),
            });
        }
        self.stage = stage;
        Ok(())
    }

    /// It is not accepted.
    ///
    /// # Errors
    ///
    /// When it was decided already.
    pub fn refuse(&mut self, refusal: Refusal) -> Result<(), StageError> {
        if self.stage.is_final() {
            return Err(StageError {
                digest: self.digest,
                is: self.stage.as_str(),
                wanted: "refused",
            });
        }
        self.stage = Stage::Refused(refusal);
        Ok(())
    }

    /// Whether it can be activated.
    pub fn is_ready(&self) -> bool {
        self.stage == Stage::Ready && self.retired.is_none() && self.bytes_dropped_at.is_none()
    }

    /// Its stage, or that it is retired, or that its bytes were dropped.
    pub fn state(&self) -> &'static str {
        match (&self.retired, self.bytes_dropped_at) {
            (Some(_), _) => "retired",
            (None, Some(_)) => "dropped",
            (None, None) => self.stage.as_str(),
        }
    }

    /// Its name, once it is known.
    pub fn name(&self) -> Option<&ComponentName> {
        self.about.as_ref().map(|about| &about.name)
    }

    /// Name, version and short digest, as far as they are known.
    pub fn title(&self) -> String {
        match &self.about {
            Some(about) => format!("{} {} ({})", about.name, about.version, self.digest.short()),
            None => self.digest.short(),
        }
    }
}
