//! Version 1 of a policy, see `rules/version.rs`.

#[path = "rules/version.rs"]
mod version;

use version::Rules;

provisor_sdk::export_policy!(Rules<1>, {
    name: "rules",
    version: "1.0.0",
    summary: "Decides about important people, version 1.",
    settings_schema: r#"{ "type": "object" }"#,
});
