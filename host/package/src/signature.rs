//! A signature: one key's word for the bytes of a component or of a report, kept beside them.
//!
//! The file is one JSON object:
//!
//! ```json
//! {
//!   "format": "provisor-signature-1",
//!   "of": "component",
//!   "digest": "sha256:…",
//!   "public-key": "64 hexadecimal digits",
//!   "signature": "128 hexadecimal digits",
//!   "name": "alice"
//! }
//! ```
//!
//! The signature is Ed25519 (RFC 8032) over a first line, which is `provisor component 1` or
//! `provisor report 1` with its line end, and all bytes of the file after it. The line keeps a signature for one purpose from
//! being used for another. The digest and `of` tell people what it belongs to; both are checked, neither is
//! believed. `name` may be left out; it is what the signer calls himself and proves nothing.

use std::fmt;
use std::path::Path;

use provisor_model::Digest;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::file::{self, FileError, Mode};
use crate::key::{PublicKey, hex, unhex};

/// What the first key of the file says.
const FORMAT: &str = "provisor-signature-1";

/// A signature takes about 400 bytes.
pub const LONGEST_SIGNATURE: usize = 4096;

/// A name that a signer gives himself, in bytes.
const LONGEST_NAME: usize = 128;

/// What is vouched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// A component: somebody answers for what it does.
    Component,
    /// The report of its conformance: somebody answers for having tried it.
    Report,
}

impl Subject {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Component, Self::Report];

    /// As in a signature's `of`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Component => "component",
            Self::Report => "report",
        }
    }

    /// What is signed before the bytes.
    pub(crate) fn prefix(self) -> &'static str {
        match self {
            Self::Component => "provisor component 1\n",
            Self::Report => "provisor report 1\n",
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One key's word for some bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Signature {
    format: Format,
    /// What was vouched for.
    of: Subject,
    /// Of which bytes.
    #[serde(with = "prefixed")]
    digest: Digest,
    public_key: PublicKey,
    signature: Bytes,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

/// Why a signature does not hold.
#[derive(Debug, thiserror::Error)]
pub enum SignatureError {
    /// The file cannot be read or written.
    #[error("the signature {0}")]
    File(#[from] FileError),
    /// It is no signature.
    #[error("it is no signature of the form {FORMAT}: {0}")]
    Format(String),
    /// It is for something else.
    #[error("it is the signature of a {found}, and not of a {wanted}")]
    OtherSubject {
        /// What it is for.
        found: Subject,
        /// What it should be for.
        wanted: Subject,
    },
    /// It is for other bytes.
    #[error("it is for sha256:{found}, and not for sha256:{wanted}")]
    OtherBytes {
        /// What it is for.
        found: Digest,
        /// What it should be for.
        wanted: Digest,
    },
    /// The key has not signed these bytes.
    #[error("it is wrong: it was changed, or the key {0} has never signed this")]
    Wrong(PublicKey),
}

impl SignatureError {
    /// Stable code for machines.
    pub fn code(&self) -> &'static str {
        match self {
            SignatureError::File(error) => error.code(),
            SignatureError::Format(_) => "signature-format",
            SignatureError::OtherSubject { .. } => "signature-of-another-subject",
            SignatureError::OtherBytes { .. } => "signature-of-other-bytes",
            SignatureError::Wrong(_) => "signature-wrong",
        }
    }
}

impl Signature {
    pub(crate) fn new(
        of: Subject,
        digest: Digest,
        public_key: PublicKey,
        signature: [u8; 64],
        name: Option<String>,
    ) -> Self {
        let mut name = name;
        if let Some(name) = &mut name {
            name.truncate(name.floor_char_boundary(LONGEST_NAME));
        }
        Self {
            format: Format,
            of,
            digest,
            public_key,
            signature: Bytes(signature),
            name,
        }
    }

    /// Reads a signature. Whether it holds, [`Signature::verify`] says.
    pub fn parse(bytes: &[u8]) -> Result<Self, SignatureError> {
        if bytes.len() > LONGEST_SIGNATURE {
            return Err(SignatureError::Format(format!(
                "it is longer than {LONGEST_SIGNATURE} bytes"
            )));
        }
        let signature: Self = serde_json::from_slice(bytes)
            .map_err(|error| SignatureError::Format(error.to_string()))?;
        if signature
            .name
            .as_ref()
            .is_some_and(|name| name.len() > LONGEST_NAME)
        {
            return Err(SignatureError::Format(format!(
                "its name is longer than {LONGEST_NAME} bytes"
            )));
        }
        Ok(signature)
    }

    /// Reads a signature from a file.
    pub fn read(path: &Path) -> Result<Self, SignatureError> {
        Self::parse(&file::read(path, LONGEST_SIGNATURE as u64)?)
    }

    /// Writes the signature into a new file. Another file is not replaced.
    pub fn write(&self, path: &Path) -> Result<(), SignatureError> {
        use std::io::Write;
        let text = self.to_string();
        file::write_new(path, Mode::Readable, |file| writeln!(file, "{text}"))?;
        Ok(())
    }

    /// Checks that its key has vouched for exactly these bytes, for this purpose. Whether the key is
    /// one to trust is another question, see [`Trust`](crate::Trust).
    pub fn verify(&self, subject: Subject, bytes: &[u8]) -> Result<(), SignatureError> {
        self.verify_known(subject, bytes, crate::digest(bytes))
    }

    /// As [`Signature::verify`], where the digest of the bytes is known already.
    pub(crate) fn verify_known(
        &self,
        subject: Subject,
        bytes: &[u8],
        digest: Digest,
    ) -> Result<(), SignatureError> {
        if self.of != subject {
            return Err(SignatureError::OtherSubject {
                found: self.of,
                wanted: subject,
            });
        }
        if self.digest != digest {
            return Err(SignatureError::OtherBytes {
                found: self.digest,
                wanted: digest,
            });
        }
        let parts = [subject.prefix().as_bytes(), bytes];
        match self.public_key.has_signed(&parts, &self.signature.0) {
            true => Ok(()),
            false => Err(SignatureError::Wrong(self.public_key)),
        }
    }

    /// What it vouches for, by its own word.
    pub fn subject(&self) -> Subject {
        self.of
    }

    /// Of which bytes, by its own word.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Whose it is, by its own word.
    pub fn public_key(&self) -> PublicKey {
        self.public_key
    }

    /// What the signer calls himself.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
}

/// As in the file: JSON, indented.
impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = serde_json::to_string_pretty(self).map_err(|_| fmt::Error)?;
        f.write_str(&text)
    }
}

/// The first key of the file, which has one value only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Format;

impl Serialize for Format {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(FORMAT)
    }
}

impl<'de> Deserialize<'de> for Format {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let found = String::deserialize(deserializer)?;
        match found == FORMAT {
            true => Ok(Self),
            false => Err(serde::de::Error::custom(format!(
                "its `format` is not {FORMAT:?}"
            ))),
        }
    }
}

/// The 64 bytes of a signature, as 128 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Bytes([u8; 64]);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex(&self.0))
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        unhex(&text)
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom("`signature` has not 128 hexadecimal digits"))
    }
}

/// A digest with the name of its algorithm before it.
pub(crate) mod prefixed {
    use provisor_model::Digest;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(digest: &Digest, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("sha256:{digest}"))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Digest, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.strip_prefix("sha256:")
            .and_then(|digits| digits.parse().ok())
            .ok_or_else(|| {
                serde::de::Error::custom("a digest is `sha256:` and 64 hexadecimal digits")
            })
    }
}
