//! All verdicts about one component, bound to its digest.

mod junit;
mod text;

use std::collections::BTreeMap;
use std::time::Duration;

use provisor_model::Digest;
use provisor_sandbox::{Component, Inspection, World};
use serde::{Deserialize, Serialize};

use crate::catalogue;
use crate::property::{Level, Property};
use crate::suite::{CONTRACT, Suite, VERSION};
use crate::target::At;
use crate::verdict::{Evidence, Verdict, microseconds};

/// What the first field of a report in JSON says.
pub const FORMAT: &str = "provisor-conformance-1";

/// All verdicts about one component. Its JSON is described in `docs/conformance.md`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Report {
    /// Always [`FORMAT`].
    pub format: String,
    /// The version of the suite.
    pub suite: String,
    /// The version of the contract.
    pub contract: String,
    /// What was judged.
    pub component: Tried,
    /// At which target a ticketing component was judged.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub target: Option<At>,
    /// Where chance came from.
    pub seed: u64,
    /// What had to hold: all properties up to this level.
    pub required: Level,
    /// Whether all properties of the world were judged.
    pub whole: bool,
    /// Whether the component conforms at the required level. Only a whole report can say so.
    pub conforms: bool,
    /// The furthest level at which everything holds, if any does: must, and then should and may.
    pub reached: Option<Level>,
    /// The same in one line.
    pub badge: String,
    /// How many properties got each verdict, by its name.
    pub counts: BTreeMap<String, u64>,
    /// Time by the clock, in microseconds.
    pub time: u64,
    /// Each property of the world with its verdict, in the order of the catalogue.
    pub properties: Vec<Judged>,
}

/// What was judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Tried {
    /// Its identity: `sha256:` and the SHA-256 of its bytes in hexadecimal.
    pub digest: String,
    /// What it calls itself; empty when the host cannot read that.
    pub name: String,
    /// The version that it says it has; empty when the host cannot read that.
    pub version: String,
    /// Its world.
    pub world: String,
    /// Its bytes.
    pub size: u64,
}

/// What a run was, beside the suite and the component.
pub(crate) struct Run {
    /// Where chance came from.
    pub seed: u64,
    /// At which target.
    pub at: Option<At>,
}

/// A property with its verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    /// The id of the property.
    pub id: String,
    /// How much it matters.
    pub level: Level,
    /// What should hold.
    pub title: String,
    /// What came of it.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// What was found although the component is excused.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub found: Option<String>,
    /// What was seen.
    pub evidence: Evidence,
}

impl Judged {
    /// The property, unless the report is of another version of the suite.
    pub fn property(&self) -> Option<&'static Property> {
        catalogue::by_id(&self.id)
    }
}

/// A report that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// It is no JSON of this shape.
    #[error("it is no report of the conformance suite: {0}")]
    Malformed(#[from] serde_json::Error),
    /// It is of another format.
    #[error("it is a report of the format {found:?}; this program reads {FORMAT:?}")]
    Format {
        /// Which.
        found: String,
    },
    /// What it says in sum is not what its verdicts say.
    #[error("its {field} is not what its verdicts come to")]
    Contradicts {
        /// Which field.
        field: &'static str,
    },
}

impl ReportError {
    /// Stable code for machines.
    pub fn code(&self) -> &'static str {
        match self {
            ReportError::Malformed(_) => "report-malformed",
            ReportError::Format { .. } => "report-format",
            ReportError::Contradicts { .. } => "report-contradicts",
        }
    }

    /// Whether the same may succeed later without anybody changing anything.
    pub fn retryable(&self) -> bool {
        false
    }
}

impl Report {
    pub(crate) fn new(
        suite: &Suite,
        run: Run,
        component: Tried,
        properties: Vec<Judged>,
        time: Duration,
    ) -> Self {
        let mut report = Self {
            format: FORMAT.to_owned(),
            suite: VERSION.to_owned(),
            contract: CONTRACT.to_owned(),
            component,
            target: run.at,
            seed: run.seed,
            required: suite.level,
            whole: suite.only.is_empty(),
            conforms: false,
            reached: None,
            badge: String::new(),
            counts: BTreeMap::new(),
            time: microseconds(time),
            properties,
        };
        report.sum_up();
        report
    }

    fn sum_up(&mut self) {
        self.counts.clear();
        for judged in &self.properties {
            *self
                .counts
                .entry(judged.verdict.code().to_owned())
                .or_default() += 1;
        }
        self.reached = [Level::May, Level::Should, Level::Must]
            .into_iter()
            .find(|level| self.holds(*level));
        self.conforms = self.reached.is_some_and(|reached| reached >= self.required);
        self.badge = self.describe();
    }

    /// Whether everything up to this level holds.
    fn holds(&self, level: Level) -> bool {
        let asked = self.properties.iter().filter(|it| it.level <= level);
        self.whole && !self.properties.is_empty() && asked.clone().all(|it| it.verdict.is_good())
    }

    fn describe(&self) -> String {
        let asked = || {
            self.properties
                .iter()
                .filter(|it| it.level <= self.required)
        };
        let tried = |it: &&Judged| !matches!(it.verdict, Verdict::NotApplicable(_));
        let all = asked().filter(tried).count();
        let good = asked()
            .filter(tried)
            .filter(|it| it.verdict.is_good())
            .count();
        let bypassed = self.counts.get("bypassed").copied().unwrap_or(0);
        let claim = match (self.conforms, self.whole) {
            (true, _) => "conforms",
            (false, true) => "does not conform",
            (false, false) => "tried in part",
        };
        let Tried { world, .. } = &self.component;
        let mut badge = format!(
            "{claim}: {world} {CONTRACT} {}, {good}/{all}",
            self.required
        );
        if bypassed > 0 {
            let plural = if bypassed == 1 { "" } else { "es" };
            badge.push_str(&format!(", {bypassed} bypass{plural}"));
        }
        if let Some(at) = &self.target {
            badge.push_str(&format!(", {at}"));
        }
        badge
    }

    /// Whether everything that was tried and is required holds. Of a whole report that means that the
    /// component conforms.
    pub fn is_good_so_far(&self) -> bool {
        let asked = self
            .properties
            .iter()
            .filter(|it| it.level <= self.required);
        asked.clone().all(|it| it.verdict.is_good())
    }

    /// Properties that were found not to hold and are not excused.
    pub fn broken(&self) -> impl Iterator<Item = &Judged> {
        let all = self.properties.iter();
        all.filter(|it| matches!(it.verdict, Verdict::Fail(_) | Verdict::Deviation(_)))
    }

    /// The report as it is stored and signed: the same report gives the same bytes. Compact JSON
    /// with the fields in the order of this page, and one line feed at the end.
    pub fn to_bytes(&self) -> Vec<u8> {
        // A report has nothing that JSON cannot say: its names are texts.
        let mut bytes = serde_json::to_vec(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    /// Reads what [`Report::to_bytes`] has written.
    ///
    /// # Errors
    /// When it is something else, or was changed so that it contradicts itself.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ReportError> {
        let report: Report = serde_json::from_slice(bytes)?;
        if report.format != FORMAT {
            return Err(ReportError::Format {
                found: report.format,
            });
        }
        let mut summed = report.clone();
        summed.sum_up();
        let fields = [
            ("counts", summed.counts == report.counts),
            ("reached", summed.reached == report.reached),
            ("conforms", summed.conforms == report.conforms),
            ("badge", summed.badge == report.badge),
        ];
        match fields.into_iter().find(|(_, agrees)| !agrees) {
            Some((field, _)) => Err(ReportError::Contradicts { field }),
            None => Ok(report),
        }
    }
}

impl Tried {
    pub(crate) fn of(component: &Component, size: usize) -> Self {
        let about = component.about();
        Self {
            digest: named(component.digest()),
            name: about.name.clone(),
            version: about.version.clone(),
            world: component.world().to_string(),
            size: size as u64,
        }
    }

    pub(crate) fn inspected(inspection: &Inspection) -> Self {
        Self {
            digest: named(&inspection.digest),
            name: inspection.about.name.clone(),
            version: inspection.about.version.clone(),
            world: inspection.world.to_string(),
            size: inspection.size as u64,
        }
    }

    pub(crate) fn unknown(digest: &Digest, size: usize, world: World) -> Self {
        Self {
            digest: named(digest),
            name: String::new(),
            version: String::new(),
            world: world.to_string(),
            size: size as u64,
        }
    }
}

fn named(digest: &Digest) -> String {
    format!("sha256:{digest}")
}
