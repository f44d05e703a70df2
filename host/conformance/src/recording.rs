//! What a system has answered during a run, so that the run can be repeated without the system.
//!
//! A recording is a file from outside: whatever its bytes are, reading it ends in a recording or in
//! an error. It has no header fields of requests, no credentials and no exchange of credentials, and
//! of what was sent the digest alone.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use provisor_model::Digest;
use provisor_simulated::{Action, Markup, Seen};
use serde::{Deserialize, Serialize};
use sha2::Digest as _;

use crate::suite::VERSION;

/// What the first field of a recording says.
pub const FORMAT: &str = "provisor-recording-1";

/// The largest recording, in bytes. A whole run at a live system takes two to ten million.
pub const LARGEST: u64 = 64 * 1024 * 1024;

/// What a system has answered during a run. `docs/conformance.md` describes its JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Recording {
    /// Always [`FORMAT`].
    pub format: String,
    /// The version of the suite.
    pub suite: String,
    /// Where chance came from.
    pub seed: u64,
    /// The identity of the component that was judged, for information: another one that asks for the
    /// same is answered the same.
    pub component: String,
    /// What was recorded: the origin of a live system or the name of a simulated one.
    pub target: String,
    /// The name of the simulated product, if it was one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub product: Option<String>,
    /// What stood in every correlation id.
    pub mark: String,
    /// What the system takes in a description for more than text.
    pub markup: Markup,
    /// Whether somebody did what people do.
    pub people: bool,
    /// The header field that carried credentials.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub carrier: Option<String>,
    /// For each property, and for the hostile inputs that many share (`stress`), the visits at the
    /// system in their order; for each visit what happened in its order.
    pub visits: BTreeMap<String, Vec<Vec<Event>>>,
}

/// Something that happened at a system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "event", deny_unknown_fields)]
pub enum Event {
    /// The component asked, and the system answered.
    Exchange {
        /// The method.
        method: String,
        /// The whole URL.
        url: String,
        /// `sha256:` and the SHA-256 of what was sent in hexadecimal.
        sent: String,
        /// The status of the answer.
        status: u16,
        /// The header fields of the answer that a component is shown.
        headers: Vec<(String, String)>,
        /// The content of the answer.
        content: Content,
    },
    /// People did something.
    Act {
        /// The number of the ticket.
        number: String,
        /// What.
        action: Action,
        /// Whether the system knows such an act.
        done: bool,
    },
    /// People looked.
    Look {
        /// The correlation ids.
        ids: Vec<String>,
        /// What they saw.
        tickets: Vec<Seen>,
    },
    /// People had the system want one field more.
    Demand {
        /// Its name; nothing where that cannot be.
        field: Option<String>,
    },
}

/// The content of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Content {
    /// UTF-8.
    Text(String),
    /// Anything else.
    Bytes {
        /// In Base64.
        base64: String,
    },
}

/// Why there is no recording.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// It has too many bytes.
    #[error(
        "a recording has at most {LARGEST} bytes; record fewer properties at a time with --property"
    )]
    TooLarge,
    /// It is no JSON of this shape.
    #[error("it is no recording of the conformance suite: {0}")]
    Malformed(#[from] serde_json::Error),
    /// It is of another format.
    #[error(
        "it is a recording of the format {found:?}; this program reads {FORMAT:?}; record again with --record"
    )]
    Format {
        /// Which.
        found: String,
    },
    /// Another version of the suite asks for something else.
    #[error(
        "it was recorded with the suite {found:?}, and this is {VERSION}; record again with --record"
    )]
    Suite {
        /// Which.
        found: String,
    },
    /// The content of an answer cannot be read.
    #[error("an answer in the recording of {place} is no Base64")]
    Base64 {
        /// Of which property.
        place: String,
    },
    /// Nothing was recorded.
    #[error("there is nothing to record: only a ticketing component speaks to a system")]
    Nothing,
    /// A secret is in it.
    #[error(
        "nothing is written, for a secret is in what was recorded of {place}, in {event}; see to it \
         that the system does not send it back"
    )]
    Secret {
        /// Of which property.
        place: String,
        /// In what.
        event: String,
    },
}

impl RecordingError {
    /// Stable code for machines.
    pub fn code(&self) -> &'static str {
        match self {
            RecordingError::TooLarge => "recording-too-large",
            RecordingError::Malformed(_) => "recording-malformed",
            RecordingError::Format { .. } => "recording-format",
            RecordingError::Suite { .. } => "recording-suite",
            RecordingError::Base64 { .. } => "recording-base64",
            RecordingError::Nothing => "recording-nothing",
            RecordingError::Secret { .. } => "recording-secret",
        }
    }

    /// Whether the same may succeed later without anybody changing anything.
    pub fn retryable(&self) -> bool {
        false
    }
}

impl Content {
    /// These bytes.
    pub fn of(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Content::Text(text.to_owned()),
            Err(_) => Content::Bytes {
                base64: STANDARD.encode(bytes),
            },
        }
    }

    /// The bytes; `None` when they are no Base64.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        match self {
            Content::Text(text) => Some(text.clone().into_bytes()),
            Content::Bytes { base64 } => STANDARD.decode(base64).ok(),
        }
    }

    /// Roughly the bytes that it takes.
    pub(crate) fn size(&self) -> usize {
        match self {
            Content::Text(text) | Content::Bytes { base64: text } => text.len(),
        }
    }
}

/// How a recording names what was sent.
pub(crate) fn digest(sent: &[u8]) -> String {
    let digest = Digest::from_bytes(sha2::Sha256::digest(sent).into());
    format!("sha256:{digest}")
}

impl std::fmt::Display for Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const SHOWN: usize = 200;
        match self {
            Event::Exchange { method, url, .. } => {
                let url: String = url.chars().take(SHOWN).collect();
                write!(f, "{method} {url}")
            }
            Event::Act { number, action, .. } => write!(f, "{action:?} of ticket {number}"),
            Event::Look { ids, .. } => write!(f, "a look at {}", ids.join(" ")),
            Event::Demand { .. } => write!(f, "the demand of one field more"),
        }
    }
}

impl Recording {
    /// As it is kept: the same recording gives the same bytes.
    ///
    /// # Errors
    /// When it has too many bytes.
    pub fn to_bytes(&self) -> Result<Vec<u8>, RecordingError> {
        let mut bytes = serde_json::to_vec(self)?;
        bytes.push(b'\n');
        match bytes.len() as u64 > LARGEST {
            true => Err(RecordingError::TooLarge),
            false => Ok(bytes),
        }
    }

    /// Reads what [`Recording::to_bytes`] has written.
    ///
    /// # Errors
    /// When it is something else, too large, or of another version of the suite.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, RecordingError> {
        if bytes.len() as u64 > LARGEST {
            return Err(RecordingError::TooLarge);
        }
        let recording: Recording = serde_json::from_slice(bytes)?;
        if recording.format != FORMAT {
            return Err(RecordingError::Format {
                found: recording.format,
            });
        }
        if recording.suite != VERSION {
            return Err(RecordingError::Suite {
                found: recording.suite,
            });
        }
        for (place, event) in recording.events() {
            if let Event::Exchange { content, .. } = event
                && content.bytes().is_none()
            {
                return Err(RecordingError::Base64 {
                    place: place.to_owned(),
                });
            }
        }
        Ok(recording)
    }

    fn events(&self) -> impl Iterator<Item = (&str, &Event)> {
        self.visits.iter().flat_map(|(place, visits)| {
            let events = visits.iter().flatten();
            events.map(move |event| (place.as_str(), event))
        })
    }

    /// Looks for secrets in all of it.
    ///
    /// # Errors
    /// When one is there; which is not told.
    pub(crate) fn search(&self, has_secret: impl Fn(&str) -> bool) -> Result<(), RecordingError> {
        for (place, event) in self.events() {
            let mut is_there = has_secret(&serde_json::to_string(event)?);
            if let Event::Exchange { content, .. } = event {
                let bytes = content.bytes().unwrap_or_default();
                is_there |= has_secret(&String::from_utf8_lossy(&bytes));
            }
            if is_there {
                return Err(RecordingError::Secret {
                    place: place.to_owned(),
                    event: match event {
                        // A query may be where it stands.
                        Event::Exchange { method, .. } => format!("an answer to {method}"),
                        _ => "what people saw".to_owned(),
                    },
                });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recording(event: Event) -> Recording {
        Recording {
            format: FORMAT.to_owned(),
            suite: VERSION.to_owned(),
            seed: 7,
            component: digest(b""),
            target: "https://tickets.example.org".to_owned(),
            product: None,
            mark: "abcdef".to_owned(),
            markup: Markup::Plain,
            people: true,
            carrier: Some("authorization".to_owned()),
            visits: [("T44".to_owned(), vec![vec![event]])].into(),
        }
    }

    fn exchange(url: &str, content: &[u8]) -> Event {
        Event::Exchange {
            method: "GET".to_owned(),
            url: url.to_owned(),
            sent: digest(b""),
            status: 200,
            headers: vec![("content-type".to_owned(), "text/plain".to_owned())],
            content: Content::of(content),
        }
    }

    const URL: &str = "https://tickets.example.org/";

    #[test]
    fn a_recording_is_read_as_it_was_written() {
        for content in [&b"text"[..], b"\xff\xfe", b""] {
            let recording = recording(exchange(URL, content));
            let bytes = recording.to_bytes().unwrap();
            let read = Recording::from_bytes(&bytes).unwrap();
            assert_eq!(read, recording);
            assert_eq!(read.to_bytes().unwrap(), bytes);
        }
    }

    #[test]
    fn what_is_no_recording_of_this_suite_is_refused() {
        let bytes = recording(exchange(URL, b"\xff")).to_bytes().unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let refused = |from: &str, to: &str| {
            assert!(text.contains(from), "{from} is not in {text}");
            let changed = text.replacen(from, to, 1);
            Recording::from_bytes(changed.as_bytes())
                .unwrap_err()
                .code()
        };
        assert_eq!(refused(FORMAT, "provisor-recording-0"), "recording-format");
        let version = format!("\"suite\":\"{VERSION}\"");
        assert_eq!(refused(&version, "\"suite\":\"0.0.0\""), "recording-suite");
        assert_eq!(refused("/w==", "?"), "recording-base64");
        assert_eq!(refused("\"seed\"", "\"sead\""), "recording-malformed");
        assert_eq!(refused("\"exchange\"", "\"rumour\""), "recording-malformed");
    }

    #[test]
    fn a_secret_is_found_wherever_it_stands() {
        let has_secret = |text: &str| text.contains("hunter2");
        for event in [
            exchange(URL, b"so hunter2 it is"),
            exchange(URL, b"\xff hunter2"),
            exchange("https://tickets.example.org/?x=hunter2", b""),
            Event::Demand {
                field: Some("hunter2".to_owned()),
            },
        ] {
            let error = recording(event).search(has_secret).unwrap_err();
            assert_eq!(error.code(), "recording-secret");
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
        let good = recording(exchange(URL, b"nothing"));
        assert!(good.search(has_secret).is_ok());
    }
}
