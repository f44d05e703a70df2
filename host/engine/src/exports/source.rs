//! Opening the file of an export below its configured folder, and copying it as evidence.

use std::time::{Duration, SystemTime};

use cap_fs_ext::{FollowSymlinks, OpenOptionsFollowExt, OpenOptionsSyncExt};
use cap_std::ambient_authority;
use cap_std::fs::{Dir, File, Metadata, OpenOptions};
use provisor_model::{Digest, ExportId, ExportState, ResourceName, Timestamp};
use provisor_store::Evidence;

use super::manifest::Manifest;
use crate::clock::timestamp;
use crate::configuration::{ExportTime, ReaderUse};

/// Why an export cannot be taken. Nothing has changed then.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The resource has no reader.
    #[error(
        "{0} reads no exports; give it a [resource.{0}.reader] in the configuration, or believe \
         what people say"
    )]
    NoReader(ResourceName),
    /// The folder cannot be opened.
    #[error("the export folder {folder} of {resource} cannot be opened: {source}")]
    Folder {
        /// Whose.
        resource: ResourceName,
        /// Which.
        folder: String,
        /// Why not.
        source: std::io::Error,
    },
    /// The name is not that of a file in the folder.
    #[error("{name:?} is not the name of a file in the export folder: {problem}")]
    Name {
        /// Which.
        name: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The file cannot be read.
    #[error("export {name} cannot be read: {source}")]
    File {
        /// Which.
        name: String,
        /// Why not.
        source: std::io::Error,
    },
    /// Somebody is writing it.
    #[error("export {name} is still being written ({how}); try again in {again_in} s")]
    BeingWritten {
        /// Which.
        name: String,
        /// How that shows.
        how: String,
        /// When to try again, in seconds.
        again_in: u64,
    },
    /// It is too large.
    #[error("export {name} has {size} bytes; the limit is {limit} (max-size of the reader)")]
    TooLarge {
        /// Which.
        name: String,
        /// How large it is.
        size: u64,
        /// How large it may be.
        limit: u64,
    },
    /// It does not wait for a person.
    #[error(
        "{export} is {} and not held, so there is nothing to release or discard; take the export \
         again if it should be judged anew",
        .state.as_str()
    )]
    NotHeld {
        /// Which.
        export: ExportId,
        /// What it is.
        state: ExportState,
    },
    /// A held export cannot be used any more: the component reads it otherwise now.
    #[error("{export} cannot be released: {problem}; discard it")]
    Unusable {
        /// Which.
        export: ExportId,
        /// Why.
        problem: String,
    },
    /// What stands beside it to describe it cannot be used.
    #[error("manifest {name}: {problem}")]
    Manifest {
        /// Which.
        name: String,
        /// What is wrong.
        problem: String,
        /// Whether it may come yet.
        late: bool,
    },
    /// The file's name should say when it was made, and does not.
    #[error("export {name}: {problem}")]
    Time {
        /// Which.
        name: String,
        /// What is wrong.
        problem: String,
    },
}

impl ExportError {
    /// Stable code for machines.
    pub fn code(&self) -> &'static str {
        match self {
            ExportError::NoReader(_) => "no-reader",
            ExportError::Folder { .. } => "export-folder",
            ExportError::Name { .. } => "export-name",
            ExportError::File { .. } => "export-file",
            ExportError::BeingWritten { .. } => "export-being-written",
            ExportError::TooLarge { .. } => "export-too-large",
            ExportError::Time { .. } => "export-time",
            ExportError::Manifest { .. } => "export-manifest",
            ExportError::NotHeld { .. } => "export-not-held",
            ExportError::Unusable { .. } => "export-unusable",
        }
    }

    /// Whether the same call may succeed later without anybody changing anything.
    pub fn retryable(&self) -> bool {
        matches!(
            self,
            ExportError::BeingWritten { .. }
                | ExportError::File { .. }
                | ExportError::Manifest { late: true, .. }
        )
    }
}

/// A file that was copied as evidence.
pub(super) struct Taken {
    pub name: String,
    pub digest: Digest,
    pub size: u64,
    pub modified_at: Timestamp,
    /// What the manifest says, where the configuration wants one.
    pub manifest: Option<Manifest>,
}

/// Copies a file of the reader's folder into the evidence store. Only a regular file right in the
/// folder is opened: no path, no symbolic link, no pipe. A file that is younger than `settle`, or
/// that changes while it is copied, is still being written.
///
/// The age is measured by the machine's clock, since the file's time is the machine's too.
pub(super) fn take(
    resource: &ResourceName,
    reader: &ReaderUse,
    name: &str,
    evidence: &Evidence,
) -> Result<Taken, crate::HostError> {
    check_name(name)?;
    let folder = Dir::open_ambient_dir(&reader.folder, ambient_authority()).map_err(|source| {
        ExportError::Folder {
            resource: resource.clone(),
            folder: reader.folder.display().to_string(),
            source,
        }
    })?;
    let failed = |source| ExportError::File {
        name: name.to_owned(),
        source,
    };
    let mut file = open(&folder, name).map_err(|source| {
        let is_link = folder
            .symlink_metadata(name)
            .is_ok_and(|metadata| metadata.is_symlink());
        if is_link {
            ExportError::Name {
                name: name.to_owned(),
                problem: "it is a symbolic link, and those are not followed",
            }
        } else {
            failed(source)
        }
    })?;
    let before = file.metadata().map_err(failed)?;
    if !before.is_file() {
        return Err(ExportError::Name {
            name: name.to_owned(),
            problem: "it is not a regular file",
        }
        .into());
    }
    if before.len() > reader.max_size {
        return Err(ExportError::TooLarge {
            name: name.to_owned(),
            size: before.len(),
            limit: reader.max_size,
        }
        .into());
    }
    let modified = modified(&before, name)?;
    let age = SystemTime::now()
        .duration_since(modified)
        .unwrap_or(Duration::ZERO);
    if age < reader.settle {
        return Err(ExportError::BeingWritten {
            name: name.to_owned(),
            how: format!(
                "it was changed {} s ago, and a file settles for {} s",
                age.as_secs(),
                reader.settle.as_secs()
            ),
            again_in: (reader.settle - age).as_secs() + 1,
        }
        .into());
    }
    let (digest, size) = evidence.put(&mut file, reader.max_size)?;
    let after = unchanged(&folder, &file, name, &before).map_err(failed)?;
    if !after || size != before.len() {
        return Err(ExportError::BeingWritten {
            name: name.to_owned(),
            how: "it changed while it was copied".to_owned(),
            again_in: reader.settle.as_secs() + 1,
        }
        .into());
    }
    let manifest = match reader.exported_at {
        ExportTime::Manifest => Some(Manifest::read(&folder, name)?),
        _ => None,
    };
    Ok(Taken {
        name: name.to_owned(),
        digest,
        size,
        modified_at: timestamp(modified),
        manifest,
    })
}

/// Opens a file right in a folder for reading; not what a symbolic link leads to.
pub(super) fn open(folder: &Dir, name: &str) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    // A pipe must not make the host wait for somebody to write into it.
    options.read(true).follow(FollowSymlinks::No).nonblock(true);
    folder.open_with(name, &options)
}

fn check_name(name: &str) -> Result<(), ExportError> {
    let problem = if name.is_empty() || name.len() > 255 {
        "it is empty or longer than 255 bytes"
    } else if name.contains(['/', '\\', '\0']) {
        "it is a path"
    } else if name == "." || name == ".." {
        "it is a folder"
    } else if name.contains(':') {
        "it holds a colon"
    } else {
        return Ok(());
    };
    Err(ExportError::Name {
        name: name.chars().take(80).collect(),
        problem,
    })
}

fn modified(metadata: &Metadata, name: &str) -> Result<SystemTime, ExportError> {
    metadata
        .modified()
        .map(cap_std::time::SystemTime::into_std)
        .map_err(|source| ExportError::File {
            name: name.to_owned(),
            source,
        })
}

/// Whether the open file is as it was, and the name still leads to it.
fn unchanged(folder: &Dir, file: &File, name: &str, before: &Metadata) -> std::io::Result<bool> {
    use cap_fs_ext::MetadataExt;
    let now = file.metadata()?;
    let named = folder.symlink_metadata(name)?;
    Ok(now.len() == before.len()
        && now.modified()? == before.modified()?
        && named.ino() == before.ino()
        && named.dev() == before.dev())
}
