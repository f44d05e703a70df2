//! The chain of hashes over the history, as data: what a record covers, and whether it holds.
//!
//! The same rules judge the database and a log that was exported from it, so that somebody who has
//! neither database nor program of ours can follow them:
//!
//! * `SHA-256` is taken over parts, each preceded by its length as eight bytes, least first.
//! * What may be personal (who, on whose behalf, the text) is sealed: the digest of a sealed value
//!   is taken over its salt and the value. An erased value has neither, only its digest.
//! * The digest of a record is taken over the digest of the record before (empty for the first),
//!   the JSON array `[sequence, at, kind, resource, account, operation, case, export, component,
//!   inputs]`, and the digests of actor, behalf (empty if there is none) and text.

use provisor_model::Digest;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Something that can be erased without breaking the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Sealed {
    /// What the chain covers.
    pub digest: Digest,
    /// As hexadecimal digits; `None` once it was erased.
    pub salt: Option<String>,
    /// `None` once it was erased.
    pub value: Option<String>,
}

/// One record of the history, as it is exported: one JSON object in a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct AuditRecord {
    /// Its place, from 1.
    pub sequence: u64,
    /// When, in milliseconds since 1970-01-01T00:00:00Z.
    pub at: i64,
    /// What happened.
    pub kind: String,
    /// On which resource; `-` when on none.
    pub resource: String,
    /// To which account.
    pub account: Option<i64>,
    /// To which operation.
    pub operation: Option<i64>,
    /// In which case.
    pub case: Option<i64>,
    /// Because of which export.
    pub export: Option<i64>,
    /// The component that took part.
    pub component: Option<Digest>,
    /// What the policy was shown, as a digest.
    pub inputs: Option<Digest>,
    /// Who did it.
    pub actor: Sealed,
    /// For whom.
    pub behalf: Option<Sealed>,
    /// In words.
    pub text: Sealed,
    /// The digest of this record and all before it.
    pub digest: Digest,
}

/// The first record that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("record {sequence}: {problem}")]
pub struct BrokenRecord {
    /// Its place, or the place where one is missing.
    pub sequence: u64,
    /// What is wrong.
    pub problem: &'static str,
}

/// A chain that is followed record by record.
#[derive(Debug, Clone, Default)]
pub struct Chain {
    last: u64,
    digest: Option<Digest>,
}

impl Chain {
    /// A chain whose end is known.
    pub(crate) fn at(last: u64, digest: Option<Digest>) -> Self {
        Self { last, digest }
    }

    /// The place of the last record, and its digest; 0 and `None` for a chain without records.
    pub fn end(&self) -> (u64, Option<Digest>) {
        (self.last, self.digest)
    }

    /// The digest of the record that comes next.
    pub fn next_digest(&self, record: &AuditRecord) -> Digest {
        let covered = (
            record.sequence,
            record.at,
            &record.kind,
            &record.resource,
            record.account,
            record.operation,
            record.case,
            record.export,
            record.component,
            record.inputs,
        );
        // A tuple of numbers, texts and digests always is JSON.
        let covered = serde_json::to_vec(&covered).unwrap_or_default();
        let before = self
            .digest
            .as_ref()
            .map_or(&[][..], |digest| digest.as_bytes());
        let behalf = record.behalf.as_ref();
        digest(&[
            before,
            &covered,
            record.actor.digest.as_bytes(),
            behalf.map_or(&[][..], |sealed| sealed.digest.as_bytes()),
            record.text.digest.as_bytes(),
        ])
    }

    /// Takes in the next record, if it is the one that was written.
    pub fn follow(&mut self, record: &AuditRecord) -> Result<(), BrokenRecord> {
        let broken = |sequence, problem| Err(BrokenRecord { sequence, problem });
        let expected = self.last + 1;
        if record.sequence != expected {
            return broken(expected, "a record is missing");
        }
        if self.next_digest(record) != record.digest {
            return broken(expected, "the record was changed, or the one before it");
        }
        let sealed = [
            Some(&record.actor),
            record.behalf.as_ref(),
            Some(&record.text),
        ];
        if !sealed.into_iter().flatten().all(Sealed::holds) {
            return broken(expected, "the text or a name was changed");
        }
        self.last = expected;
        self.digest = Some(record.digest);
        Ok(())
    }
}

impl Sealed {
    /// Seals a value with a fresh salt.
    pub(crate) fn new(salt: &[u8], value: &str) -> Self {
        Self {
            digest: digest(&[salt, value.as_bytes()]),
            salt: Some(hex(salt)),
            value: Some(value.to_owned()),
        }
    }

    /// The value; `(erased)` once it is no longer there.
    pub fn or_erased(&self) -> &str {
        self.value.as_deref().unwrap_or(ERASED)
    }

    /// Whether the value is the one that was sealed, or was erased whole.
    fn holds(&self) -> bool {
        match (&self.salt, &self.value) {
            (None, None) => true,
            (Some(salt), Some(value)) => {
                unhex(salt).is_some_and(|salt| digest(&[&salt, value.as_bytes()]) == self.digest)
            }
            _ => false,
        }
    }
}

/// What stands for a value that was erased.
pub const ERASED: &str = "(erased)";

/// Each part is preceded by its length, so that no two lists of parts have the same digest.
pub(crate) fn digest(parts: &[&[u8]]) -> Digest {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    Digest::from_bytes(hash.finalize().into())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}
