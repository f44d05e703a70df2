//! Something that has to hold of a component.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use provisor_sandbox::World;
use serde::{Deserialize, Serialize};

use crate::trial::{Objection, Trial};

/// How much a property matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Without it, the host or the data are at risk.
    Must,
    /// Without it, people have trouble that they need not have.
    Should,
    /// Good to have.
    May,
}

impl Level {
    /// In lower case, as it is written in files and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Must => "must",
            Level::Should => "should",
            Level::May => "may",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What an author does about a property that does not hold. Properties with the same cause share
/// one, so that the report tells it once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Remedy {
    /// What to do, in one line.
    pub fix: &'static str,
    /// Why it matters, in one line.
    pub why: &'static str,
}

/// A judge at work: it objects, or the property holds.
pub type Judging<'a> = Pin<Box<dyn Future<Output = Result<(), Objection>> + Send + 'a>>;

/// How a property is judged.
#[derive(Debug, Clone, Copy)]
pub enum Judge {
    /// By putting the component to work.
    Trial(for<'a> fn(&'a mut Trial) -> Judging<'a>),
    /// Not at all, because no component can break it or the contract has no place for it: why.
    Outside(&'static str),
}

/// Something that has to hold of a component.
#[derive(Debug, Clone, Copy)]
pub struct Property {
    /// A letter for the world (`G` for all of them) and a number, such as `M68`. It never changes.
    pub id: &'static str,
    /// The worlds whose components have to keep it.
    pub worlds: &'static [World],
    /// How much it matters.
    pub level: Level,
    /// What holds, in one line.
    pub title: &'static str,
    /// How that is tried, in one line.
    pub trial: &'static str,
    /// What to do when it does not hold.
    pub remedy: Remedy,
    /// Who judges it.
    pub judge: Judge,
}

impl Property {
    /// Whether components of this world have to keep it.
    pub fn is_of(&self, world: World) -> bool {
        self.worlds.contains(&world)
    }

    /// Whether it is tried at all.
    pub fn is_tried(&self) -> bool {
        matches!(self.judge, Judge::Trial(_))
    }
}

/// Makes a [`Judge`] of an `async fn(&mut Trial) -> Result<(), Objection>`.
macro_rules! judge {
    ($judge:path) => {
        $crate::property::Judge::Trial(|trial| Box::pin($judge(trial)))
    };
}
pub(crate) use judge;
