//! Ed25519 keys: one in a file that only its owner reads, and the public half that others know.

use std::fmt;
use std::io::Write;
use std::path::Path;
use std::str::FromStr;

use ed25519_dalek::ed25519::signature::{MultipartSigner, MultipartVerifier};
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey, KeypairBytes};
use ed25519_dalek::{SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

use crate::file::{self, FileError, Mode};
use crate::signature::{Signature, Subject};

/// A private key in PEM format takes about 120 bytes, with its public half 170.
const LONGEST_KEY: u64 = 4096;

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or written.
    #[error("the key {0}")]
    File(#[from] FileError),
    /// The file holds no private key.
    #[error(
        "{path} holds no Ed25519 key in PEM format (PKCS #8); `provisor component key new` makes \
         one"
    )]
    NoKey {
        /// Where.
        path: String,
    },
    /// The system gives no random bytes.
    #[error("the system gives no random bytes: {0}")]
    Random(String),
    /// A text that is no public key.
    #[error(
        "a public key is written as 64 hexadecimal digits; `provisor component key show` prints it"
    )]
    PublicKey,
    /// A public key under which anything can be signed.
    #[error("the public key is a weak one: what it signs proves nothing")]
    Weak,
}

impl KeyError {
    /// Stable code for machines.
    pub fn code(&self) -> &'static str {
        match self {
            KeyError::File(error) => error.code(),
            KeyError::NoKey { .. } => "no-key",
            KeyError::Random(_) => "random",
            KeyError::PublicKey => "public-key",
            KeyError::Weak => "weak-key",
        }
    }
}

/// What others know a signer by.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// Whether this key has made the signature of these parts, one after the other.
    pub(crate) fn has_signed(&self, parts: &[&[u8]], signature: &[u8; 64]) -> bool {
        let signature = ed25519_dalek::Signature::from_bytes(signature);
        VerifyingKey::from_bytes(&self.0)
            .is_ok_and(|key| key.multipart_verify(parts, &signature).is_ok())
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let bytes: [u8; 32] = unhex(text).ok_or(KeyError::PublicKey)?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| KeyError::PublicKey)?;
        match key.is_weak() {
            true => Err(KeyError::Weak),
            false => Ok(Self(bytes)),
        }
    }
}

impl TryFrom<String> for PublicKey {
    type Error = KeyError;
    fn try_from(text: String) -> Result<Self, KeyError> {
        text.parse()
    }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> String {
        key.to_string()
    }
}

/// The key of somebody who signs. It is never shown, and wiped from memory after use.
pub struct PrivateKey(SigningKey);

impl PrivateKey {
    /// Draws a new key.
    pub fn new() -> Result<Self, KeyError> {
        let mut seed = zeroize::Zeroizing::new([0; 32]);
        getrandom::fill(&mut *seed).map_err(|error| KeyError::Random(error.to_string()))?;
        Ok(Self(SigningKey::from_bytes(&seed)))
    }

    /// Reads a key in PEM format (PKCS #8), as [`PrivateKey::write`] or `openssl genpkey` make it.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let no_key = || KeyError::NoKey {
            path: path.display().to_string(),
        };
        let bytes = zeroize::Zeroizing::new(file::read(path, LONGEST_KEY)?);
        let text = std::str::from_utf8(&bytes).map_err(|_| no_key())?;
        let key = SigningKey::from_pkcs8_pem(text.trim_ascii()).map_err(|_| no_key())?;
        Ok(Self(key))
    }

    /// Writes the key into a new file that only its owner can read. Another file is not replaced.
    pub fn write(&self, path: &Path) -> Result<(), KeyError> {
        // Without the public key, which OpenSSL 3 does not expect in a private one.
        let pair = KeypairBytes {
            secret_key: self.0.to_bytes(),
            public_key: None,
        };
        let text = pair
            .to_pkcs8_pem(LineEnding::LF)
            .map_err(|error| FileError::system(path, std::io::Error::other(error)))?;
        file::write_new(path, Mode::Private, |file| file.write_all(text.as_bytes()))?;
        Ok(())
    }

    /// What others need to verify with.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// Signs the bytes of a component or a report. `name` is what the signer calls himself; it
    /// proves nothing.
    pub fn sign(&self, subject: Subject, bytes: &[u8], name: Option<String>) -> Signature {
        let signature = self.0.multipart_sign(&[subject.prefix().as_bytes(), bytes]);
        Signature::new(
            subject,
            crate::digest(bytes),
            self.public(),
            signature.to_bytes(),
            name,
        )
    }
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use fmt::Write;
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        let _never_fails = write!(text, "{byte:02x}");
    }
    text
}

/// So many bytes, from exactly as many pairs of hexadecimal digits.
pub(crate) fn unhex<const LENGTH: usize>(text: &str) -> Option<[u8; LENGTH]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * LENGTH || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let mut bytes = [0; LENGTH];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}
