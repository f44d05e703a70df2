//! Version 3 of a mapping, see `names/version.rs`.

#[path = "names/version.rs"]
mod version;

use version::Names;

provisor_sdk::export_mapping!(Names<7, true>, {
    name: "names",
    version: "3.0.0",
    summary: "Wants a setting that the versions before do not know.",
    settings_schema: r#"{ "type": "object", "required": ["separator"], "properties": { "identifier": { "type": "string" }, "separator": { "type": "string" } } }"#,
});
