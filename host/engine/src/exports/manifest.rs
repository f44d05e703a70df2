//! The file beside an export that says when it was made, and what is in it.

use std::io::Read;

use cap_std::fs::Dir;
use provisor_model::{Digest, Timestamp};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::ExportError;
use super::source::open;

/// What stands behind the name of an export in the name of its manifest.
const ENDING: &str = ".manifest.json";

/// A longer one is something else.
const LONGEST: u64 = 64 * 1024;

/// What a manifest says: a JSON object. Keys that are not known are passed over.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Manifest {
    /// When the application made the export.
    pub exported_at: Timestamp,
    /// The SHA-256 of the export, in hexadecimal digits.
    #[serde(default, deserialize_with = "digest")]
    sha256: Option<Digest>,
    /// How many rows the export has.
    #[serde(default)]
    pub rows: Option<u64>,
}

impl Manifest {
    /// Reads the manifest of an export in the same folder. Only a regular file is opened.
    pub fn read(folder: &Dir, export: &str) -> Result<Self, ExportError> {
        let name = format!("{export}{ENDING}");
        let wrong = |problem: String| ExportError::Manifest {
            name: name.clone(),
            problem,
            late: false,
        };
        let file = open(folder, &name).map_err(|error| {
            let late = error.kind() == std::io::ErrorKind::NotFound;
            let problem = match late {
                true => "it is not there yet; it says when the export was made".to_owned(),
                false => error.to_string(),
            };
            ExportError::Manifest {
                name: name.clone(),
                problem,
                late,
            }
        })?;
        let metadata = file.metadata().map_err(|error| wrong(error.to_string()))?;
        if !metadata.is_file() {
            return Err(wrong("it is not a regular file".to_owned()));
        }
        let mut content = Vec::new();
        file.take(LONGEST + 1)
            .read_to_end(&mut content)
            .map_err(|error| wrong(error.to_string()))?;
        if content.len() as u64 > LONGEST {
            return Err(wrong(format!("it is longer than {LONGEST} bytes")));
        }
        serde_json::from_slice(&content).map_err(|error| {
            wrong(format!(
                "it should be JSON such as {{\"exported-at\": \"2026-03-31T07:30:00Z\", \"rows\": 225}}: \
                 {error}"
            ))
        })
    }

    /// Why the content is not what it should be.
    pub fn contradicts(&self, content: &Digest) -> Option<String> {
        let wanted = self.sha256?;
        (wanted != *content)
            .then(|| format!("the manifest says that its SHA-256 is {wanted}, and it is {content}"))
    }
}

/// Upper case is as good as lower case.
fn digest<'de, D: Deserializer<'de>>(text: D) -> Result<Option<Digest>, D::Error> {
    let text = Option::<String>::deserialize(text)?;
    let digest = text.map(|text| text.to_lowercase().parse());
    digest.transpose().map_err(D::Error::custom)
}
