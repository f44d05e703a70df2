//! What a system has answered before.

use std::sync::Arc;

use provisor_model::Digest;
use sha2::Digest as _;

use crate::recording::{Recording, RecordingError};

/// What a system has answered before. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Recorded {
    pub(crate) recording: Arc<Recording>,
    /// `sha256:` and the SHA-256 of the bytes of the recording in hexadecimal.
    pub(crate) digest: String,
}

impl Recorded {
    /// Reads the bytes of a recording.
    ///
    /// # Errors
    /// As [`Recording::from_bytes`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, RecordingError> {
        let recording = Arc::new(Recording::from_bytes(bytes)?);
        let digest = Digest::from_bytes(sha2::Sha256::digest(bytes).into());
        Ok(Self {
            recording,
            digest: format!("sha256:{digest}"),
        })
    }

    /// The recording.
    pub fn recording(&self) -> &Recording {
        &self.recording
    }
}
