//! Building a [`Decision`].

use crate::{Decision, Obligation, Priority, Verdict};

impl Decision {
    /// The operation may go out.
    pub fn allow() -> Self {
        Self::of(Verdict::Allow, "", "")
    }

    /// The operation must not go out; it is not asked again until somebody requests it anew.
    /// `code` is short and stable, for machines; `reason` is for a person.
    pub fn deny(code: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::of(Verdict::Deny, code, reason)
    }

    /// The operation waits until a person has released it.
    pub fn hold(code: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::of(Verdict::Hold, code, reason)
    }

    /// This policy has no opinion.
    pub fn not_applicable() -> Self {
        Self::of(Verdict::NotApplicable, "", "")
    }

    fn of(verdict: Verdict, code: impl Into<String>, reason: impl Into<String>) -> Self {
        Decision {
            verdict,
            code: code.into(),
            reason: reason.into(),
            obligations: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// Adds something that must be heeded when the operation goes out.
    #[must_use]
    pub fn with(mut self, obligation: Obligation) -> Self {
        self.obligations.push(obligation);
        self
    }

    /// Adds the priority of the case.
    #[must_use]
    pub fn priority(self, priority: Priority) -> Self {
        self.with(Obligation::Priority(priority))
    }

    /// Adds that the case is due so many seconds after it was opened.
    #[must_use]
    pub fn due_in(self, seconds: u64) -> Self {
        self.with(Obligation::DueIn(seconds))
    }

    /// Adds the operators who get the case.
    #[must_use]
    pub fn route(self, operators: impl Into<String>) -> Self {
        self.with(Obligation::Route(operators.into()))
    }

    /// Adds something that somebody should know without being stopped by it.
    #[must_use]
    pub fn warning(mut self, message: impl Into<String>) -> Self {
        self.warnings.push(message.into());
        self
    }
}
