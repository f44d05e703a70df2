//! A policy that is there in two versions.

use provisor_sdk::{Decision, Failure, Operation, Policy, Priority, Proposal};

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {}

/// Holds accounts of important people; the second version lets them pass, denies those of interns,
/// and breaks down over others.
pub struct Rules<const VERSION: u32>;

impl<const VERSION: u32> Policy for Rules<VERSION> {
    type Settings = Settings;

    fn new(Settings {}: Settings) -> Result<Self, Failure> {
        Ok(Rules)
    }

    fn decide(&self, proposal: &Proposal<'_>) -> Decision {
        let kind = proposal.identity("kind").next().unwrap_or("");
        match (kind, VERSION) {
            ("vip", 1) => return Decision::hold("vip", "somebody should look first"),
            ("intern", 2) => return Decision::deny("intern", "interns get no account"),
            ("trap", 2) => panic!("a mishap"),
            _ => {}
        }
        match proposal.operation() {
            Operation::Create if VERSION == 1 => Decision::allow().priority(Priority::High),
            Operation::Create => Decision::allow().priority(Priority::Urgent),
            // It takes counters into account, so that replaying it needs those of then.
            _ if proposal.count("modifies-24h").unwrap_or(0) > 0 => {
                Decision::hold("again", "that is the second change today")
            }
            _ => Decision::allow(),
        }
    }
}
