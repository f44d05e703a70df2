//! Any bytes are inspected without panic, twice with the same verdict.

use provisor::sandbox::inspect;

/// Panics where the promise does not hold.
pub fn hold(bytes: &[u8]) {
    let found = inspect(bytes);
    assert_eq!(found, inspect(bytes));
    match found {
        Ok(found) => {
            assert_eq!(found.size, bytes.len());
            assert!(bytes.starts_with(b"\0asm"));
            assert!(found.about.settings_schema.is_object());
        }
        // A message repeats names of the component, which has at most so many bytes.
        Err(error) => assert!(error.to_string().len() < 1000 + 10 * bytes.len()),
    }
}
