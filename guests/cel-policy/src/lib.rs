//! The built-in policy, a component of world `policy`: rules with CEL conditions.
//!
//! # The nouns
//!
//! | noun | module | what it is |
//! |---|---|---|
//! | [`Settings`] | [`settings`] | what the configuration says; for people: `settings.schema.json` and `README.md` |
//! | [`Rule`] | [`rule`] | one rule compiled, and what is wrong with it |
//! | [`Template`] | [`template`] | a sentence with expressions in it |
//! | [`Combination`] | [`combination`] | what several rules come to together |
//! | [`Rules`] | [`rules`] | the policy: one decision from one proposal |
//!
//! The language with its functions is the crate `provisor-cel`.
//!
//! # The life of one decision
//!
//! A scope is laid over the proposal's row, and every rule is asked. Of those whose condition
//! holds the strongest verdict stands: deny before hold before allow. Their obligations come
//! together, of two of a kind the stricter one. A rule that cannot be evaluated counts as `hold`
//! with the code `rule-failed`.
//!
//! ```
//! use cel_policy::Rules;
//! use provisor_sdk::{Verdict, testing};
//!
//! let settings = r#"{ "rules": [{
//!     "name": "protected-account", "when": "account.startsWith('svc-')",
//!     "verdict": "deny", "reason": "{account} is a service account"
//! }] }"#;
//! let proposals = testing::table([[("operation", ["delete"]), ("account", ["svc-backup"])]]);
//! let decisions = testing::decide::<Rules>(settings, &proposals)?;
//! assert_eq!(decisions[0].verdict, Verdict::Deny);
//! assert_eq!(decisions[0].reason, "svc-backup is a service account");
//! # Ok::<(), provisor_sdk::Failure>(())
//! ```
//!
//! # Invariants
//!
//! * Whatever fails, the operation is held: nothing goes out by mistake.
//! * A decision depends on its own proposal only.

pub mod combination;
pub mod rule;
pub mod rules;
pub mod settings;
pub mod template;

pub use combination::Combination;
pub use rule::Rule;
pub use rules::Rules;
pub use settings::Settings;
pub use template::Template;

provisor_sdk::export_policy!(Rules, {
    name: "cel-policy",
    summary: "Decides by rules with CEL conditions.",
    settings_schema: include_str!("../settings.schema.json"),
});
