//! What is read as a signature is written again as the same, and vouches for nothing but what it was made for.

use provisor::package::{Signature, Subject};

/// What the seeds were made for.
const SIGNED: &[u8] = b"\0asm";

/// Panics where the promise does not hold.
pub fn hold(bytes: &[u8]) {
    let Ok(signature) = Signature::parse(bytes) else {
        return;
    };
    let written = signature.to_string();
    let again = Signature::parse(written.as_bytes()).expect("what is written can be read");
    assert_eq!(signature, again);
    for subject in Subject::ALL {
        assert!(
            signature
                .verify(subject, b"\0asm, but other bytes")
                .is_err()
        );
    }
    // Nobody but the owner of a key can make another one, and the seeds are of components.
    assert!(signature.verify(Subject::Report, SIGNED).is_err());
}
