//! With what a component works.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;

use crate::Limits;
use crate::egress::Egress;

/// With what a component works: what the configuration says about it, what it may reach, and what
/// it may use up.
#[derive(Clone, PartialEq, Eq)]
pub struct Call {
    /// The settings: the text of one JSON object, valid by the component's own schema, without
    /// secrets. At most 1 MiB together with the secrets.
    pub settings: String,
    /// The secrets that it may read, by name.
    pub secrets: BTreeMap<String, String>,
    /// What it may use up.
    pub limits: Limits,
    /// The systems that it may reach; without, every request ends the call as denied.
    pub egress: Option<Egress>,
    /// For whom it works, such as `payroll.reader`: it stands in errors beside what happened.
    pub label: String,
    /// What it sees of a clock and of chance.
    pub stand_ins: StandIns,
}

/// What a component sees of a clock and of chance: the same at every call, so that the same input
/// gives the same output. Others than the default show whether a component heeds them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct StandIns {
    /// Where its clocks stand still: time since the beginning of 1970. Default 0.
    pub clock: std::time::Duration,
    /// What its random numbers begin from. Default 0.
    pub seed: u64,
}

impl Default for Call {
    /// No settings, no secrets, the default limits, nothing within reach.
    fn default() -> Self {
        Self {
            settings: "{}".to_owned(),
            secrets: BTreeMap::new(),
            limits: Limits::default(),
            egress: None,
            label: String::new(),
            stand_ins: StandIns::default(),
        }
    }
}

impl Call {
    pub(crate) fn size(&self) -> usize {
        let secrets = self.secrets.iter();
        self.settings.len()
            + secrets
                .map(|(name, value)| name.len() + value.len())
                .sum::<usize>()
    }
}

impl fmt::Debug for Call {
    /// Names the secrets, and keeps them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("settings", &self.settings)
            .field("secrets", &self.secrets.keys().collect::<Vec<_>>())
            .field("limits", &self.limits)
            .field("egress", &self.egress)
            .field("label", &self.label)
            .field("stand_ins", &self.stand_ins)
            .finish()
    }
}

/// The content that a reader reads: one immutable snapshot.
pub struct Input {
    /// What to call it in messages, such as a file name. It says nothing about where it is.
    pub name: String,
    /// Its length in bytes, as the component is told it.
    pub size: u64,
    /// The content. It is read on the thread that polls the call, so it should not have to wait.
    /// After [`Interrupted`](std::io::ErrorKind::Interrupted) the component gets what was read up to
    /// there, rather than as much as it asked for.
    pub content: Box<dyn Read + Send>,
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Input")
            .field("name", &self.name)
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

/// What a run has used so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CallReport {
    /// Calls that came to an end, well or not.
    pub calls: u64,
    /// Time on a thread, in all calls together; waiting for a turn does not count.
    pub cpu_time: std::time::Duration,
    /// How much it computed, about one for each instruction of WebAssembly: the same for the same work
    /// on every machine. Only where the sandbox counts
    /// ([`SandboxConfig::fuel`](crate::SandboxConfig::fuel)).
    pub fuel: Option<u64>,
    /// The most memory that it had at a time, in bytes.
    pub peak_memory: usize,
    /// Log lines that were not kept.
    pub log_lines_dropped: u64,
    /// Log lines with control characters, which were written in another way.
    pub log_lines_cleaned: u64,
    /// Log lines with a secret in them, which was covered.
    pub log_lines_covered: u64,
    /// What was sent to other systems.
    pub http: HttpReport,
}

/// What a run has sent to other systems so far, the host's own requests for tokens not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HttpReport {
    /// Requests that the component made, sent or not; one that ended its call does not count.
    pub requests: u64,
    /// Those of them that can change something and were sent, answered or not. As long as this is
    /// 0, nothing has happened in another system.
    pub changing: u64,
    /// Bytes of the content of requests that were sent.
    pub bytes_sent: u64,
    /// Bytes of content received, in whole answers.
    pub bytes_received: u64,
    /// Whole answers by the first digit of their status: those from 100 at index 0, those from 500
    /// at index 4.
    pub answers: [u64; 5],
}

impl HttpReport {
    /// What came on top of what was there before.
    pub(crate) fn since(&self, before: &Self) -> Self {
        Self {
            requests: self.requests - before.requests,
            changing: self.changing - before.changing,
            bytes_sent: self.bytes_sent - before.bytes_sent,
            bytes_received: self.bytes_received - before.bytes_received,
            answers: std::array::from_fn(|class| self.answers[class] - before.answers[class]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debugging_shows_the_names_of_secrets_only() {
        let call = Call {
            secrets: [("token".to_owned(), "hunter2".to_owned())].into(),
            ..Call::default()
        };
        let shown = format!("{call:?}");
        assert!(shown.contains("token") && !shown.contains("hunter2"));
    }
}
