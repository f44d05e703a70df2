//! The world `policy`, with the host's own types.

use crate::bindings::policy::Policy as Instance;
use crate::bindings::policy::exports::provisor::connector::decisions as guest;
use crate::call::{Call, CallReport};
use crate::component::{Component, Linked};
use crate::error::{CallError, WrongWorld};
use crate::inspection::World;
use crate::log::LogLine;
use crate::page::Table;
use crate::priority::Priority;
use crate::run::{Run, clip, to_guest};

/// A component of the world `policy`.
#[derive(Clone)]
pub struct Policy(pub(crate) Component);

/// May an operation go out?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Yes.
    Allow,
    /// No.
    Deny,
    /// Not before a person has released it.
    Hold,
    /// The policy has no opinion.
    NotApplicable,
}

/// What must be heeded when the operation goes out. The meaning of each is in
/// `wit/decisions.wit`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is documented in the contract")]
pub enum Obligation {
    Priority(Priority),
    DueIn(u64),
    Route(String),
    DelayUntil(String),
    DisableInsteadOfDelete,
    Redact(String),
    RequireNote,
    RequireEvidence,
    ByAnother,
    Group(String),
    Other(String, String),
}

/// The answer to one proposal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// May it go out?
    pub verdict: Verdict,
    /// For machines.
    pub code: String,
    /// For people.
    pub reason: String,
    /// What must be heeded.
    pub obligations: Vec<Obligation>,
    /// What somebody should know.
    pub warnings: Vec<String>,
}

/// A fresh instance that decides.
pub struct PolicyRun {
    component: Component,
    run: Run,
    instance: Option<Instance>,
}

impl Policy {
    /// Begins a unit of work.
    pub async fn start(&self, call: &Call) -> Result<PolicyRun, CallError> {
        Ok(PolicyRun {
            run: self.0.run(call, None)?,
            component: self.0.clone(),
            instance: None,
        })
    }
}

impl PolicyRun {
    /// Decides about proposals; one decision for each row.
    pub async fn decide(&mut self, proposals: &Table) -> Result<Vec<Decision>, CallError> {
        const FUNCTION: &str = "decide";
        let Linked::Policy(pre) = &self.component.inner.linked else {
            return Err(WrongWorld {
                is: self.component.world(),
                wanted: World::Policy,
            }
            .into());
        };
        let rows = proposals.row_count();
        let table = to_guest(proposals).map_err(|wrong| self.run.refuse(FUNCTION, wrong))?;
        let known = self.instance.take();
        let (instance, answer) = self
            .run
            .call(FUNCTION, async |store| {
                let instance = match known {
                    Some(instance) => instance,
                    None => pre.instantiate_async(&mut *store).await?,
                };
                let answer = instance
                    .provisor_connector_decisions()
                    .call_decide(&mut *store, &table)
                    .await?;
                Ok((instance, answer))
            })
            .await?;
        match answer {
            Ok(decisions) if decisions.len() == rows => {
                self.instance = Some(instance);
                Ok(decisions.into_iter().map(decision).collect())
            }
            Ok(decisions) => {
                let rule = format!("{} decisions about {rows} proposals", decisions.len());
                Err(self.run.wrong(FUNCTION, rule.into()))
            }
            Err(failure) => Err(self.run.failure(FUNCTION, failure)),
        }
    }

    /// What the run has used so far.
    pub fn report(&self) -> CallReport {
        self.run.report()
    }

    /// The last lines that the component wrote; after an error they are in the error.
    pub fn log(&self) -> Vec<LogLine> {
        self.run.log()
    }

    /// What the component was refused so far, by name.
    pub fn refused(&self) -> &[String] {
        self.run.refused()
    }
}

fn decision(decision: guest::Decision) -> Decision {
    Decision {
        verdict: match decision.verdict {
            guest::Verdict::Allow => Verdict::Allow,
            guest::Verdict::Deny => Verdict::Deny,
            guest::Verdict::Hold => Verdict::Hold,
            guest::Verdict::NotApplicable => Verdict::NotApplicable,
        },
        code: clip(decision.code),
        reason: clip(decision.reason),
        obligations: decision
            .obligations
            .into_iter()
            .map(|obligation| match obligation {
                guest::Obligation::Priority(priority) => Obligation::Priority(priority.into()),
                guest::Obligation::DueIn(seconds) => Obligation::DueIn(seconds),
                guest::Obligation::Route(name) => Obligation::Route(name),
                guest::Obligation::DelayUntil(time) => Obligation::DelayUntil(time),
                guest::Obligation::DisableInsteadOfDelete => Obligation::DisableInsteadOfDelete,
                guest::Obligation::Redact(name) => Obligation::Redact(name),
                guest::Obligation::RequireNote => Obligation::RequireNote,
                guest::Obligation::RequireEvidence => Obligation::RequireEvidence,
                guest::Obligation::ByAnother => Obligation::ByAnother,
                guest::Obligation::Group(name) => Obligation::Group(name),
                guest::Obligation::Other((name, value)) => Obligation::Other(name, value),
            })
            .collect(),
        warnings: decision.warnings.into_iter().map(clip).collect(),
    }
}
