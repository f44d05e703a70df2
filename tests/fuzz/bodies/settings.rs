//! Any schema and any settings are judged, twice the same.

use provisor::configuration::settings_schema::validate;

/// Panics where the promise does not hold. The bytes are two documents with a line end between them.
pub fn hold(bytes: &[u8]) {
    let mut documents = bytes.splitn(2, |byte| *byte == b'\n');
    let mut next = || serde_json::from_slice(documents.next()?).ok();
    let (Some(schema), Some(settings)) = (next(), next()) else {
        return;
    };
    let schema: serde_json::Value = schema;
    let found = validate(&schema, &settings);
    assert_eq!(found, validate(&schema, &settings));
    for (pointer, message) in found.iter().flatten() {
        assert!(
            pointer.is_empty() || pointer.starts_with('/'),
            "{pointer:?}"
        );
        assert!(!message.is_empty());
    }
}
