//! Version 1 of a mapping, see `names/version.rs`.

#[path = "names/version.rs"]
mod version;

use version::Names;

provisor_sdk::export_mapping!(Names<7, true>, {
    name: "names",
    version: "1.0.0",
    summary: "Seven letters of the family name.",
    settings_schema: r#"{ "type": "object", "properties": { "identifier": { "type": "string" } }, "additionalProperties": false }"#,
});
