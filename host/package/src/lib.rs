//! How components travel: who vouches for them, and in which form registries carry them.
//!
//! # The nouns
//!
//! | noun | module | what it is |
//! |---|---|---|
//! | [`PrivateKey`], [`PublicKey`] | [`key`] | an Ed25519 key in a file, and what others know it by |
//! | [`Signature`] | [`signature`] | one key's word for the bytes of a component or of a report, beside them |
//! | [`Trust`], [`Rule`] | [`trust`] | named keys, and how many of them have to vouch |
//! | [`Package`] | [`oci`] | a component with its labels and signatures, as OCI registries carry it |
//!
//! # The life of one component
//!
//! Its author signs the bytes ([`PrivateKey::sign`]); whoever is asked for more, signs the report of its conformance
//! too. [`oci::export`] puts component and signatures into a layout, which any OCI client carries to a registry and
//! back; [`oci::import`] believes nothing of what comes in. Where it is to run, [`Trust::judge`] says whether
//! those who vouch are enough:
//!
//! ```
//! use provisor_package::{PrivateKey, Rule, Subject, Trust};
//!
//! let (alice, bob) = (PrivateKey::new()?, PrivateKey::new()?);
//! let keys = [("alice".parse()?, alice.public()), ("bob".parse()?, bob.public())];
//! let both = Rule::all_of(["alice".parse()?, "bob".parse()?])?;
//! let trust = Trust::new(keys)?.with_rule(Subject::Component, both)?;
//!
//! let component = b"\0asm";
//! let of_alice = alice.sign(Subject::Component, component, None);
//! assert!(trust.judge(Subject::Component, component, &[of_alice.clone()]).is_err());
//! let of_bob = bob.sign(Subject::Component, component, None);
//! assert!(trust.judge(Subject::Component, component, &[of_alice, of_bob]).is_ok());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Invariants
//!
//! * What is not known to be trusted is not trusted: no rule that is satisfied, no trust.
//! * Names, versions and what a signature says of its signer are labels. Digest and key are what counts.
//! * Judging needs no network, no clock and no file.
//! * Everything that is read is limited before it is read, and no bytes make this crate panic.

mod file;
pub mod key;
pub mod oci;
#[cfg(feature = "registry")]
pub mod registry;
pub mod signature;
pub mod trust;

pub use file::FileError;
pub use key::{KeyError, PrivateKey, PublicKey};
pub use oci::{Labels, OciError, Package};
pub use signature::{Signature, SignatureError, Subject};
pub use trust::{Endorsement, Ignored, Rule, Trust, TrustError, Untrusted};

use provisor_model::Digest;
use sha2::Digest as _;

/// What content is known by: its SHA-256.
pub fn digest(bytes: &[u8]) -> Digest {
    Digest::from_bytes(sha2::Sha256::digest(bytes).into())
}
