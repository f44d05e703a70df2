//! Version 2 of a mapping, see `names/version.rs`.

#[path = "names/version.rs"]
mod version;

use version::Names;

provisor_sdk::export_mapping!(Names<8, false>, {
    name: "names",
    version: "2.0.0",
    summary: "A letter more: who has one is called otherwise.",
    settings_schema: r#"{ "type": "object", "properties": { "identifier": { "type": "string" } }, "additionalProperties": false }"#,
});
