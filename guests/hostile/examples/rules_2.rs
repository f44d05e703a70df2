//! Version 2 of a policy, see `rules/version.rs`.

#[path = "rules/version.rs"]
mod version;

use version::Rules;

provisor_sdk::export_policy!(Rules<2>, {
    name: "rules",
    version: "2.0.0",
    summary: "Decides about important people, version 2.",
    settings_schema: r#"{ "type": "object" }"#,
});
