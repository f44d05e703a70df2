//! What can be typed about operations.

use clap::Subcommand;
use provisor::model::{OperationId, OperationState, PersonName};

#[derive(Debug, Subcommand)]
pub enum OperationCommand {
    /// Operations under way, and those that ended a short while ago.
    List {
        /// Only of this resource.
        #[arg(long)]
        resource: Option<String>,
        /// Only in this state: waiting, open, done, verified, contradicted, failed, cancelled.
        #[arg(long, value_parser = state)]
        state: Vec<OperationState>,
        /// Also those that ended long ago.
        #[arg(long)]
        all: bool,
        /// At most so many.
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// One operation: what changes, and what became of it.
    Show {
        /// Its number.
        operation: OperationId,
    },
    /// Let a waiting operation wait until somebody releases it.
    Hold {
        /// Its number.
        operation: OperationId,
        /// Who holds it.
        #[arg(long = "as", value_name = "PERSON")]
        person: PersonName,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Let operations go out now that are held or wait for others, or ask again for what was
    /// withheld because of them.
    Release {
        /// Its number; several are released one after the other.
        #[arg(required_unless_present = "threshold", conflicts_with = "threshold")]
        operations: Vec<OperationId>,
        /// All operations of this resource that are held because there are more of their kind
        /// than usual.
        #[arg(long, value_name = "RESOURCE")]
        threshold: Option<String>,
        /// Who releases it.
        #[arg(long = "as", value_name = "PERSON")]
        person: PersonName,
    },
}

fn state(text: &str) -> Result<OperationState, String> {
    let all = [
        OperationState::Waiting,
        OperationState::Opening,
        OperationState::Open,
        OperationState::Done,
        OperationState::Verified,
        OperationState::Contradicted,
        OperationState::Failed,
        OperationState::Cancelled,
    ];
    all.into_iter()
        .find(|state| state.as_str() == text)
        .ok_or_else(|| {
            let names: Vec<_> = all.iter().map(|state| state.as_str()).collect();
            format!("one of {}", names.join(", "))
        })
}
