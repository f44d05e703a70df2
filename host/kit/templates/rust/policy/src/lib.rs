//! Protects some accounts, and slows down deleting.

use provisor_sdk::{Decision, Failure, Operation, Policy, Priority, Proposal, export_policy};

/// What the configuration says about this component. `settings.schema.json` tells the same to those
/// who write the configuration; the host judges it by the schema first.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Settings {
    protected: Vec<String>,
    deletes_a_day: u64,
}

struct MyComponent(Settings);

impl Policy for MyComponent {
    type Settings = Settings;

    fn new(settings: Settings) -> Result<Self, Failure> {
        Ok(Self(settings))
    }

    /// Decides about one operation for itself. Nothing is remembered: counters and the time come with
    /// the proposal. When this fails, in whatever way, the operation is held for a person.
    fn decide(&self, proposal: &Proposal<'_>) -> Decision {
        let Self(settings) = self;
        match proposal.operation() {
            Operation::Delete if settings.protected.iter().any(|it| it == proposal.account()) => {
                Decision::deny("protected", "this account must stay")
            }
            Operation::Delete => match proposal.count("deletes-24h") {
                Some(deletes) if deletes < settings.deletes_a_day => Decision::allow(),
                Some(_) => Decision::hold(
                    "many-deletes",
                    "so many deletes in one day need a second look",
                ),
                None => Decision::hold(
                    "no-count",
                    "nobody says how many accounts were deleted today",
                ),
            },
            Operation::Create => Decision::allow().priority(Priority::High),
            _ => Decision::allow(),
        }
    }
}

export_policy!(MyComponent, {
    name: "my-component",
    summary: "Protects some accounts, and slows down deleting.",
    settings_schema: include_str!("../settings.schema.json"),
});

#[cfg(test)]
mod tests {
    use provisor_sdk::{Verdict, testing};

    use super::*;

    const SETTINGS: &str = include_str!("../examples/settings.json");

    fn delete(account: &str, before: &str) -> Decision {
        let proposal = [
            ("operation", ["delete"]),
            ("account", [account]),
            ("count.deletes-24h", [before]),
        ];
        let decisions = testing::decide::<MyComponent>(SETTINGS, &testing::table([proposal]));
        decisions.unwrap().remove(0)
    }

    #[test]
    fn a_protected_account_stays() {
        assert_eq!(delete("root", "0").code, "protected");
        assert_eq!(delete("bsmith", "0").verdict, Verdict::Allow);
    }

    #[test]
    fn many_deletes_in_one_day_wait_for_a_person() {
        assert_eq!(delete("bsmith", "4").verdict, Verdict::Allow);
        assert_eq!(delete("bsmith", "5").verdict, Verdict::Hold);
    }
}
