//! Signed words about how far the history had come: whoever keeps one notices when the history is
//! replaced by another one, even by somebody who can write the whole database.

use std::io::{Read, Write};
use std::path::Path;

use ed25519_dalek::{Signature, Signer, SigningKey, Verifier, VerifyingKey};
use provisor_model::{Digest, Timestamp};
use serde::{Deserialize, Serialize};

use crate::chain::{Chain, hex, unhex};

/// What was signed, by the key of an installation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Checkpoint {
    /// Which database.
    pub installation: String,
    /// The place of the last record; 0 when there was none.
    pub sequence: u64,
    /// The digest of that record, which covers all before it.
    pub digest: Option<Digest>,
    /// When it was signed.
    pub at: Timestamp,
    /// The key, as 64 hexadecimal digits.
    pub public_key: String,
    /// Ed25519 (RFC 8032) over the text that [`Checkpoint::signed_text`] gives, as 128
    /// hexadecimal digits.
    pub signature: String,
}

/// Why a checkpoint is not believed, or none can be signed.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The key's file cannot be used.
    #[error("the key {path} cannot be used: {problem}")]
    Key {
        /// Where.
        path: String,
        /// Why not.
        problem: String,
    },
    /// A public key that is none.
    #[error("a public key is written as 64 hexadecimal digits; `provisor audit key` prints it")]
    PublicKey,
    /// It was signed with another key.
    #[error("the checkpoint was signed with the key {found}, not with {expected}")]
    OtherKey {
        /// By the checkpoint's own word.
        found: String,
        /// The one that is trusted.
        expected: String,
    },
    /// The signature does not fit.
    #[error("the checkpoint's signature is wrong: it was changed, or never signed")]
    Signature,
}

impl CheckpointError {
    /// Stable code for machines.
    pub fn code(&self) -> &'static str {
        match self {
            CheckpointError::Key { .. } => "audit-key",
            CheckpointError::PublicKey => "public-key",
            CheckpointError::OtherKey { .. } => "other-key",
            CheckpointError::Signature => "signature",
        }
    }
}

/// The key of an installation. It is never shown.
pub struct AuditKey(SigningKey);

impl AuditKey {
    /// Reads the key, or makes one that only its owner can read.
    pub fn load_or_make(path: &Path) -> Result<Self, CheckpointError> {
        let cannot = |problem: String| CheckpointError::Key {
            path: path.display().to_string(),
            problem,
        };
        let read = |mut file: std::fs::File| {
            let mut seed = Vec::new();
            Read::by_ref(&mut file)
                .take(33)
                .read_to_end(&mut seed)
                .map_err(|error| cannot(error.to_string()))?;
            let seed: [u8; 32] = seed
                .try_into()
                .map_err(|_| cannot("it has not 32 bytes".to_owned()))?;
            Ok(Self(SigningKey::from_bytes(&seed)))
        };
        match std::fs::File::open(path) {
            Ok(file) => return read(file),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(cannot(error.to_string())),
        }
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|error| cannot(error.to_string()))?;
        // Whole or not at all: of two who make it at once, the second takes that of the first.
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut file =
            tempfile::NamedTempFile::new_in(folder).map_err(|error| cannot(error.to_string()))?;
        file.write_all(&seed)
            .and_then(|()| file.as_file().sync_all())
            .map_err(|error| cannot(error.to_string()))?;
        match file.persist_noclobber(path) {
            Ok(_) => Ok(Self(SigningKey::from_bytes(&seed))),
            Err(_) => read(std::fs::File::open(path).map_err(|error| cannot(error.to_string()))?),
        }
    }

    /// What others need to verify with, as 64 hexadecimal digits.
    pub fn public(&self) -> String {
        hex(self.0.verifying_key().as_bytes())
    }

    /// Signs how far the history has come.
    pub fn sign(&self, installation: &str, chain: &Chain, at: Timestamp) -> Checkpoint {
        let (sequence, digest) = chain.end();
        let mut checkpoint = Checkpoint {
            installation: installation.to_owned(),
            sequence,
            digest,
            at,
            public_key: self.public(),
            signature: String::new(),
        };
        let signature = self.0.sign(checkpoint.signed_text().as_bytes());
        checkpoint.signature = hex(&signature.to_bytes());
        checkpoint
    }
}

impl Checkpoint {
    /// What the signature covers: five lines, the last of which ends without a line end.
    pub fn signed_text(&self) -> String {
        let digest = self
            .digest
            .map_or_else(String::new, |digest| digest.to_string());
        let (installation, sequence, at) = (&self.installation, self.sequence, self.at);
        format!("provisor checkpoint 1\n{installation}\n{sequence}\n{digest}\n{at}")
    }

    /// Checks that the owner of `public_key` has signed it.
    pub fn verify(&self, public_key: &str) -> Result<(), CheckpointError> {
        let public_key = public_key.trim().to_lowercase();
        let key: [u8; 32] = unhex(&public_key)
            .and_then(|key| key.try_into().ok())
            .ok_or(CheckpointError::PublicKey)?;
        let key = VerifyingKey::from_bytes(&key).map_err(|_| CheckpointError::PublicKey)?;
        if self.public_key != public_key {
            return Err(CheckpointError::OtherKey {
                found: self.public_key.chars().take(64).collect(),
                expected: public_key,
            });
        }
        let signature: [u8; 64] = unhex(&self.signature)
            .and_then(|signature| signature.try_into().ok())
            .ok_or(CheckpointError::Signature)?;
        key.verify(
            self.signed_text().as_bytes(),
            &Signature::from_bytes(&signature),
        )
        .map_err(|_| CheckpointError::Signature)
    }

    /// The record that it speaks of, if there was one.
    pub fn record(&self) -> Option<(u64, Digest)> {
        self.digest.map(|digest| (self.sequence, digest))
    }
}
