//! The history as proof: verified, signed, exported.

use std::io::Write;
use std::ops::ControlFlow;

use provisor_store::{AuditKey, BrokenRecord, Chain, Checkpoint};

use crate::{Host, HostError};

/// One line of an exported log.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogLine {
    /// Something that happened.
    Record(Box<provisor_store::AuditRecord>),
    /// The last line: how far it goes, signed.
    Checkpoint(Checkpoint),
}

/// A history that holds.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Verified {
    /// How many records there are.
    pub records: u64,
    /// The digest of the last one, which covers them all.
    pub digest: Option<provisor_model::Digest>,
    /// How many checkpoints it was held against.
    pub checkpoints: usize,
}

impl Host {
    /// Checks every record of the history, and that it has the records that the checkpoints speak
    /// of. A checkpoint must be signed with the key of this installation.
    ///
    /// # Errors
    ///
    /// [`HostError::Audit`] names the first record that is not as it was written.
    pub fn verify_audit(&self, checkpoints: &[Checkpoint]) -> Result<Verified, HostError> {
        let public = self.audit_key()?.public();
        let mut seen = Vec::new();
        for checkpoint in checkpoints {
            checkpoint.verify(&public)?;
            if checkpoint.installation != self.inner.store.installation() {
                return Err(HostError::Audit(BrokenRecord {
                    sequence: checkpoint.sequence,
                    problem: "the checkpoint is that of another installation",
                }));
            }
            seen.extend(checkpoint.record());
        }
        let verified = self
            .inner
            .store
            .read(|view| view.verify_history_beside(&seen))?;
        Ok(told(&verified?, checkpoints.len()))
    }

    /// Signs how far the history has come. Whoever keeps it elsewhere notices later when another
    /// history stands here.
    pub fn audit_checkpoint(&self) -> Result<Checkpoint, HostError> {
        let chain = self.inner.store.read(|view| view.history_head())?;
        let key = self.audit_key()?;
        Ok(key.sign(self.inner.store.installation(), &chain, self.now()))
    }

    /// The public key of this installation, as 64 hexadecimal digits.
    pub fn audit_public_key(&self) -> Result<String, HostError> {
        Ok(self.audit_key()?.public())
    }

    /// Writes the whole history, a JSON object in a line, and a checkpoint as its last line.
    pub fn export_audit(&self, to: &mut dyn Write) -> Result<Checkpoint, HostError> {
        let mut failed = None;
        let chain = self.inner.store.read(|view| {
            view.audit_records(|record| {
                match write_line(to, &LogLine::Record(Box::new(record))) {
                    Ok(()) => Ok(ControlFlow::Continue(())),
                    Err(error) => {
                        failed = Some(error);
                        Ok(ControlFlow::Break(()))
                    }
                }
            })?;
            view.history_head()
        })?;
        let cannot = |source| HostError::Data {
            path: "the exported log".to_owned(),
            source,
        };
        if let Some(error) = failed {
            return Err(cannot(error));
        }
        let key = self.audit_key()?;
        let checkpoint = key.sign(self.inner.store.installation(), &chain, self.now());
        write_line(to, &LogLine::Checkpoint(checkpoint.clone())).map_err(cannot)?;
        Ok(checkpoint)
    }

    fn audit_key(&self) -> Result<AuditKey, HostError> {
        let path = self.inner.configuration.data.join("audit.key");
        Ok(AuditKey::load_or_make(&path)?)
    }
}

/// A line of a log is no larger than this; the longest text has 16 KiB.
const LONGEST_LINE: u64 = 1 << 20;

/// Checks an exported log with nothing but the public key of the installation that wrote it.
pub fn verify_log(log: &mut dyn std::io::BufRead, public_key: &str) -> Result<Verified, HostError> {
    let mut chain = Chain::default();
    let mut signed = None;
    let mut line = Vec::new();
    loop {
        line.clear();
        let mut limited = std::io::Read::take(&mut *log, LONGEST_LINE);
        let length = std::io::BufRead::read_until(&mut limited, b'\n', &mut line);
        let length = length.map_err(|source| HostError::Data {
            path: "the log".to_owned(),
            source,
        })?;
        if length == 0 {
            break;
        }
        let broken = |problem| {
            HostError::Audit(BrokenRecord {
                sequence: chain.end().0 + 1,
                problem,
            })
        };
        let parsed: LogLine =
            serde_json::from_slice(&line).map_err(|_| broken("the line is no record"))?;
        match parsed {
            _ if signed.is_some() => return Err(broken("a line follows the checkpoint")),
            LogLine::Record(record) => chain.follow(&record)?,
            LogLine::Checkpoint(checkpoint) => {
                checkpoint.verify(public_key)?;
                if (checkpoint.sequence, checkpoint.digest) != chain.end() {
                    return Err(broken("the checkpoint speaks of other records"));
                }
                signed = Some(checkpoint);
            }
        }
    }
    match signed {
        Some(_) => Ok(told(&chain, 1)),
        None => Err(HostError::Audit(BrokenRecord {
            sequence: chain.end().0 + 1,
            problem: "the checkpoint at the end is missing",
        })),
    }
}

fn told(chain: &Chain, checkpoints: usize) -> Verified {
    let (records, digest) = chain.end();
    Verified {
        records,
        digest,
        checkpoints,
    }
}

fn write_line(to: &mut dyn Write, line: &LogLine) -> std::io::Result<()> {
    serde_json::to_writer(&mut *to, line)?;
    to.write_all(b"\n")
}

impl From<BrokenRecord> for HostError {
    fn from(broken: BrokenRecord) -> Self {
        HostError::Audit(broken)
    }
}

impl From<provisor_store::CheckpointError> for HostError {
    fn from(error: provisor_store::CheckpointError) -> Self {
        HostError::Checkpoint(error)
    }
}
