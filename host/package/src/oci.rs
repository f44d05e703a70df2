//! A component as OCI registries carry it.
//!
//! The form is the one that `wkg` and other tools of the Bytecode Alliance write and read: an image manifest whose
//! config is of the type `application/vnd.wasm.config.v0+json`, with exactly one layer of the type `application/wasm`,
//! which is the component, byte by byte. On disk it stands in an image layout (version 1.0.0), a folder or a `.tar` file.
//!
//! Signatures travel as annotations of the manifest: `provisor.signature.1`, `provisor.signature.2`, and so on, each
//! with the JSON text of one. Whatever copies the component copies them along, and no registry needs to know of
//! them. They sign the component and not the manifest, so one more signature makes another manifest, not another component.
//! The same component with the same signatures always makes the same bytes.
//!
//! What comes in is hostile until shown otherwise: lengths are limited before anything is read, every blob must have
//! the length and the SHA-256 that its descriptor says, links are not followed, and paths are compared with the
//! few that a layout has instead of being followed.

mod archive;
pub(crate) mod documents;
mod folder;

use std::collections::BTreeMap;
use std::io::{Read, Seek};
use std::path::Path;

use provisor_model::Digest;

use crate::file::{self, FileError, Mode};
use crate::signature::Signature;
use crate::trust::MOST_SIGNATURES;
use documents::{Config, Descriptor, Index, Manifest};

/// Manifests, indexes and configs take some kilobytes.
pub(crate) const LONGEST_DOCUMENT: u64 = 1024 * 1024;

/// Where the parts of a layout stand.
const VERSION_FILE: &str = "oci-layout";
const INDEX_FILE: &str = "index.json";
const BLOBS: &str = "blobs/sha256/";

/// A component with its signatures, as it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// The component.
    pub component: Vec<u8>,
    /// Its SHA-256.
    pub digest: Digest,
    /// The SHA-256 of the manifest, by which a registry knows it.
    pub manifest: Digest,
    /// What is vouched for, by its own word: verified by [`Trust::judge`](crate::Trust::judge).
    pub signatures: Vec<Signature>,
}

impl Package {
    /// Writes the component into a new file. Another file is not replaced.
    pub fn write(&self, path: &Path) -> Result<(), OciError> {
        use std::io::Write;
        file::write_new(path, Mode::Readable, |file| file.write_all(&self.component))?;
        Ok(())
    }
}

/// What stands on the package for people and for tools that list registries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Labels {
    /// The component's name.
    pub name: String,
    /// Its version, which is also the tag in the layout.
    pub version: String,
    /// What it does, in a sentence.
    pub summary: String,
    /// The world that it is made for, such as `provisor:connector/mapping@0.1.0`.
    pub world: String,
    /// The interfaces that it imports, by full name.
    pub imports: Vec<String>,
    /// The interfaces that it exports, by full name.
    pub exports: Vec<String>,
}

/// Why a layout cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum OciError {
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The `.tar` file is broken or has what no layout has.
    #[error("it is no .tar file with an OCI layout: {0}")]
    Archive(String),
    /// It is not one of the layouts that are known.
    #[error("it is no OCI image layout of version 1.0.0: {0}")]
    Layout(String),
    /// A part is longer than it may be.
    #[error("its {part} has {size} bytes; at most {most} are read")]
    TooLong {
        /// Which part.
        part: String,
        /// How long it is.
        size: u64,
        /// How long it may be.
        most: u64,
    },
    /// A part is not there.
    #[error("its {0} is missing")]
    Missing(String),
    /// A part is not what its descriptor says.
    #[error(
        "its {part} does not have the {what} that its descriptor says: it was changed or cut off"
    )]
    Changed {
        /// Which part.
        part: String,
        /// Length or digest.
        what: &'static str,
    },
    /// A document is none.
    #[error("its {part} cannot be understood: {problem}")]
    Document {
        /// Which part.
        part: String,
        /// Why not.
        problem: String,
    },
    /// What is in it is no component.
    #[error("it holds no component: {0}")]
    NoComponent(String),
    /// It holds several, and none was named.
    #[error("it holds several components; name one of them by --digest: {0}")]
    Several(String),
    /// The one that was named is not in it.
    #[error("it does not hold {wanted}; it holds {found}")]
    NotThere {
        /// What was named.
        wanted: Digest,
        /// What is there.
        found: String,
    },
    /// What is written would not be read again.
    #[error("at most {MOST_SIGNATURES} signatures are carried, and there are {0}")]
    TooManySignatures(usize),
}

impl OciError {
    /// Stable code for machines.
    pub fn code(&self) -> &'static str {
        match self {
            OciError::File(error) => error.code(),
            OciError::Archive(_) => "oci-archive",
            OciError::Layout(_) => "oci-layout",
            OciError::TooLong { .. } => "oci-too-long",
            OciError::Missing(_) => "oci-missing",
            OciError::Changed { .. } => "oci-changed",
            OciError::Document { .. } => "oci-document",
            OciError::NoComponent(_) => "oci-no-component",
            OciError::Several(_) => "oci-several",
            OciError::NotThere { .. } => "oci-not-there",
            OciError::TooManySignatures(_) => "too-many-signatures",
        }
    }
}

/// Writes a component and its signatures as a layout: a `.tar` file if the path ends so, else a folder. Nothing may
/// be there yet. Gives the digest of the manifest.
pub fn export(
    path: &Path,
    component: &[u8],
    labels: &Labels,
    signatures: &[Signature],
) -> Result<Digest, OciError> {
    let (files, manifest) = layout(component, labels, signatures)?;
    match is_archive(path) {
        true => file::write_new(path, Mode::Readable, |file| archive::write(file, &files))?,
        false => folder::write(path, &files)?,
    }
    Ok(manifest)
}

/// Reads a component from a layout, a folder or a `.tar` file. `wanted` names it by its own digest or
/// that of its manifest; it may be left out where there is only one. A component of more than `most` bytes is
/// refused before it is read.
pub fn import(path: &Path, wanted: Option<Digest>, most: u64) -> Result<Package, OciError> {
    let metadata = std::fs::metadata(path).map_err(|error| FileError::system(path, error))?;
    if metadata.is_dir() {
        return take(&mut folder::Folder::new(path), wanted, most);
    }
    if !metadata.is_file() {
        return Err(OciError::File(FileError::NoFile {
            path: path.display().to_string(),
        }));
    }
    let file = std::fs::File::open(path).map_err(|error| FileError::system(path, error))?;
    import_archive(std::io::BufReader::new(file), wanted, most)
}

/// As [`import`], from the content of a `.tar` file.
pub fn import_archive(
    content: impl Read + Seek,
    wanted: Option<Digest>,
    most: u64,
) -> Result<Package, OciError> {
    take(&mut archive::Archive::open(content)?, wanted, most)
}

/// Whether a path is written as a `.tar` file.
fn is_archive(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "tar")
}

/// The files of a layout by their paths.
type Files = BTreeMap<String, Vec<u8>>;

fn layout(
    component: &[u8],
    labels: &Labels,
    signatures: &[Signature],
) -> Result<(Files, Digest), OciError> {
    if signatures.len() > MOST_SIGNATURES {
        return Err(OciError::TooManySignatures(signatures.len()));
    }
    let mut files = Files::new();
    let mut blob = |bytes: Vec<u8>, media_type: &str| {
        let descriptor = Descriptor::of(&bytes, media_type);
        files.insert(blob_path(descriptor.digest), bytes);
        descriptor
    };
    let layer = blob(component.to_vec(), documents::COMPONENT);
    let config = Config::new(layer.digest, labels);
    let config = blob(written(&config)?, documents::CONFIG);
    let manifest = Manifest::new(config, layer, labels, signatures);
    let mut manifest = blob(written(&manifest)?, documents::MANIFEST);
    let digest = manifest.digest;
    manifest.tag(&labels.version);
    let index = written(&Index::new(manifest))?;
    files.insert(INDEX_FILE.to_owned(), index);
    files.insert(VERSION_FILE.to_owned(), documents::layout_version());
    Ok((files, digest))
}

fn written(document: &impl serde::Serialize) -> Result<Vec<u8>, OciError> {
    serde_json::to_vec(document).map_err(|error| OciError::Document {
        part: "manifest".to_owned(),
        problem: error.to_string(),
    })
}

fn blob_path(digest: Digest) -> String {
    format!("{BLOBS}{digest}")
}

/// Something with the files of a layout in it.
trait Layout {
    /// The bytes of a file of at most `most` bytes; `part` is what messages call it.
    fn read(&mut self, path: &str, part: &str, most: u64) -> Result<Vec<u8>, OciError>;
}

fn take(layout: &mut impl Layout, wanted: Option<Digest>, most: u64) -> Result<Package, OciError> {
    documents::check_layout_version(&layout.read(VERSION_FILE, VERSION_FILE, LONGEST_DOCUMENT)?)?;
    let index = layout.read(INDEX_FILE, INDEX_FILE, LONGEST_DOCUMENT)?;
    let index = Index::parse(&index)?;
    let mut found = Vec::new();
    let mut others = None;
    for descriptor in index.manifests()? {
        let bytes = read_blob(layout, &descriptor, "manifest", LONGEST_DOCUMENT)?;
        match Manifest::parse(&bytes) {
            Ok(manifest) => found.push((descriptor.digest, manifest)),
            Err(error) => others = Some(error),
        }
    }
    let names = |found: &[(Digest, Manifest)]| {
        let names = found.iter().map(|(digest, manifest)| {
            let component = manifest.layer.digest;
            format!("sha256:{component} (manifest sha256:{digest})")
        });
        names.collect::<Vec<_>>().join(", ")
    };
    let all = names(&found);
    if let Some(wanted) = wanted
        && !found.is_empty()
    {
        found.retain(|(digest, manifest)| *digest == wanted || manifest.layer.digest == wanted);
        if found.is_empty() {
            return Err(OciError::NotThere { wanted, found: all });
        }
    }
    let (digest, manifest) = match found.len() {
        0 => {
            return Err(others
                .unwrap_or_else(|| OciError::NoComponent("its index names nothing".to_owned())));
        }
        1 => found.swap_remove(0),
        _ => return Err(OciError::Several(names(&found))),
    };
    let config = read_blob(layout, &manifest.config, "config", LONGEST_DOCUMENT)?;
    let component = read_blob(layout, &manifest.layer, "component", most)?;
    manifest.into_package(digest, &config, component)
}

fn read_blob(
    layout: &mut impl Layout,
    descriptor: &Descriptor,
    part: &str,
    most: u64,
) -> Result<Vec<u8>, OciError> {
    descriptor.check_size(part, most)?;
    let bytes = layout.read(&blob_path(descriptor.digest), part, descriptor.size)?;
    descriptor.check(&bytes, part)?;
    Ok(bytes)
}
