//! Any recording is read or refused, and what is read is what would be written again.

use provisor_conformance::recording::FORMAT;
use provisor_conformance::suite::VERSION;
use provisor_conformance::{Recorded, Recording};

/// Panics where the promise does not hold. The bytes are a recording, or, after a `v`, the visits in one that is right in
/// all else.
pub fn hold(bytes: &[u8]) {
    let whole = match bytes.split_first() {
        Some((b'v', visits)) => {
            let mut whole = format!(
                r#"{{"format":"{FORMAT}","suite":"{VERSION}","seed":7,"component":"sha256:0","target":"slips","mark":"","markup":"plain","people":true,"visits":"#
            )
            .into_bytes();
            whole.extend(visits);
            whole.push(b'}');
            whole
        }
        _ => bytes.to_vec(),
    };
    let Ok(recording) = Recording::from_bytes(&whole) else {
        assert!(Recorded::from_bytes(&whole).is_err());
        return;
    };
    assert_eq!(
        (recording.format.as_str(), recording.suite.as_str()),
        (FORMAT, VERSION)
    );
    let written = recording.to_bytes().expect("no larger than what was read");
    let again = Recorded::from_bytes(&written).expect("what was written");
    assert_eq!(*again.recording(), recording);
}
