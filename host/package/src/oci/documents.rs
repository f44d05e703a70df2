//! The documents of the OCI image specification (version 1.1) that a component needs. What they may hold beyond that is
//! passed over, as the specification asks for.

use std::collections::BTreeMap;

use provisor_model::Digest;
use serde::{Deserialize, Serialize};

use super::{LONGEST_DOCUMENT, Labels, OciError, Package};
use crate::signature::{LONGEST_SIGNATURE, Signature, prefixed};
use crate::trust::MOST_SIGNATURES;

pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub const CONFIG: &str = "application/vnd.wasm.config.v0+json";
pub const COMPONENT: &str = "application/wasm";

/// Annotations that begin so hold a signature each.
const SIGNATURE: &str = "provisor.signature.";

/// The annotations that the specification names.
const TITLE: &str = "org.opencontainers.image.title";
const VERSION: &str = "org.opencontainers.image.version";
const DESCRIPTION: &str = "org.opencontainers.image.description";
const TAG: &str = "org.opencontainers.image.ref.name";

/// The same component must always make the same bytes, so no clock is asked.
const CREATED: &str = "1970-01-01T00:00:00Z";

/// What a config says of every component.
const ARCHITECTURE: &str = "wasm";
const OS: &str = "wasip2";

/// How many manifests of an index are looked at.
const MOST_MANIFESTS: usize = 256;

/// How many characters of a text from outside a message repeats.
const LONGEST_QUOTE: usize = 100;

/// What a blob is, how long, and which.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    pub media_type: String,
    #[serde(with = "prefixed")]
    pub digest: Digest,
    pub size: u64,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<String, String>,
}

impl Descriptor {
    pub fn of(bytes: &[u8], media_type: &str) -> Self {
        Self {
            media_type: media_type.to_owned(),
            digest: crate::digest(bytes),
            size: bytes.len() as u64,
            annotations: BTreeMap::new(),
        }
    }

    /// A manifest that is known by its digest only.
    #[cfg(feature = "registry")]
    pub fn named(digest: Digest, bytes: &[u8]) -> Self {
        Self {
            digest,
            ..Self::of(bytes, MANIFEST)
        }
    }

    /// Gives the manifest a name that people can use, if the text can be one.
    pub fn tag(&mut self, tag: &str) {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if !tag.is_empty() && tag.len() <= 128 && tag.chars().all(allowed) {
            self.annotations.insert(TAG.to_owned(), tag.to_owned());
        }
    }

    pub fn check_size(&self, part: &str, most: u64) -> Result<(), OciError> {
        match self.size <= most {
            true => Ok(()),
            false => Err(OciError::TooLong {
                part: part.to_owned(),
                size: self.size,
                most,
            }),
        }
    }

    pub fn check(&self, bytes: &[u8], part: &str) -> Result<(), OciError> {
        let what = if bytes.len() as u64 != self.size {
            "length"
        } else if crate::digest(bytes) != self.digest {
            "digest"
        } else {
            return Ok(());
        };
        Err(OciError::Changed {
            part: part.to_owned(),
            what,
        })
    }
}

/// What a layout holds.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Index {
    schema_version: u32,
    #[serde(default)]
    media_type: Option<String>,
    manifests: Vec<serde_json::Value>,
}

impl Index {
    pub fn new(manifest: Descriptor) -> Self {
        Self {
            schema_version: 2,
            media_type: Some(INDEX.to_owned()),
            manifests: serde_json::to_value(manifest).into_iter().collect(),
        }
    }

    pub fn parse(bytes: &[u8]) -> Result<Self, OciError> {
        let index: Self = parse(bytes, "index.json")?;
        if index.schema_version != 2 {
            return Err(document("index.json", "its schemaVersion is not 2"));
        }
        if index.manifests.len() > MOST_MANIFESTS {
            return Err(document(
                "index.json",
                format!("it names more than {MOST_MANIFESTS} manifests"),
            ));
        }
        Ok(index)
    }

    /// The manifests, without indexes and whatever else it may name.
    pub fn manifests(&self) -> Result<Vec<Descriptor>, OciError> {
        let manifests = self
            .manifests
            .iter()
            .filter(|descriptor| descriptor["mediaType"] == MANIFEST);
        manifests
            .map(|descriptor| {
                Descriptor::deserialize(descriptor)
                    .map_err(|error| document("index.json", error.to_string()))
            })
            .collect()
    }
}

/// What belongs together: config and component.
#[derive(Debug)]
pub struct Manifest {
    pub config: Descriptor,
    pub layer: Descriptor,
    annotations: BTreeMap<String, String>,
}

/// The manifest as it is written.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WrittenManifest {
    schema_version: u32,
    #[serde(default)]
    media_type: Option<String>,
    config: Descriptor,
    layers: Vec<Descriptor>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

impl Manifest {
    pub fn new(
        config: Descriptor,
        layer: Descriptor,
        labels: &Labels,
        signatures: &[Signature],
    ) -> Self {
        let mut annotations = BTreeMap::new();
        for (name, value) in [
            (TITLE, &labels.name),
            (VERSION, &labels.version),
            (DESCRIPTION, &labels.summary),
        ] {
            if !value.is_empty() {
                annotations.insert(name.to_owned(), value.clone());
            }
        }
        for (index, signature) in signatures.iter().enumerate() {
            let text = serde_json::to_string(signature).unwrap_or_default();
            annotations.insert(format!("{SIGNATURE}{}", index + 1), text);
        }
        Self {
            config,
            layer,
            annotations,
        }
    }

    /// Reads a manifest, if it is that of a component.
    pub fn parse(bytes: &[u8]) -> Result<Self, OciError> {
        let mut written: WrittenManifest = parse(bytes, "manifest")?;
        let no_component = |problem: String| Err(OciError::NoComponent(problem));
        if written.schema_version != 2 {
            return Err(document("manifest", "its schemaVersion is not 2"));
        }
        if written.config.media_type != CONFIG {
            let found = quote(&written.config.media_type);
            return no_component(format!("its config is of the type {found}, not {CONFIG}"));
        }
        let (Some(layer), 0) = (written.layers.pop(), written.layers.len()) else {
            return no_component("a component has exactly one layer".to_owned());
        };
        if layer.media_type != COMPONENT {
            let found = quote(&layer.media_type);
            return no_component(format!("its layer is of the type {found}, not {COMPONENT}"));
        }
        Ok(Self {
            config: written.config,
            layer,
            annotations: written.annotations,
        })
    }

    /// Puts together what belongs together. Config and component are known to be those of the
    /// descriptors.
    pub fn into_package(
        self,
        manifest: Digest,
        config: &[u8],
        component: Vec<u8>,
    ) -> Result<Package, OciError> {
        Config::check(config, self.layer.digest)?;
        let mut signatures = Vec::new();
        for (name, text) in &self.annotations {
            if !name.starts_with(SIGNATURE) {
                continue;
            }
            if signatures.len() >= MOST_SIGNATURES || text.len() > LONGEST_SIGNATURE {
                return Err(document(
                    "manifest",
                    format!(
                        "it has more than {MOST_SIGNATURES} signatures, or one of more than \
                         {LONGEST_SIGNATURE} bytes"
                    ),
                ));
            }
            let signature = Signature::parse(text.as_bytes()).map_err(|error| {
                document("manifest", format!("annotation {}: {error}", quote(name)))
            })?;
            signatures.push(signature);
        }
        Ok(Package {
            component,
            digest: self.layer.digest,
            manifest,
            signatures,
        })
    }
}

impl Serialize for Manifest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let written = WrittenManifest {
            schema_version: 2,
            media_type: Some(MANIFEST.to_owned()),
            config: self.config.clone(),
            layers: vec![self.layer.clone()],
            annotations: self.annotations.clone(),
        };
        written.serialize(serializer)
    }
}

/// What tools can know of a component without fetching it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Config {
    created: String,
    author: Option<String>,
    architecture: String,
    os: String,
    layer_digests: Vec<String>,
    #[serde(default)]
    component: Option<Interfaces>,
}

/// Between what a component stands.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Interfaces {
    exports: Vec<String>,
    imports: Vec<String>,
    target: Option<String>,
}

impl Config {
    pub fn new(component: Digest, labels: &Labels) -> Self {
        Self {
            created: CREATED.to_owned(),
            author: None,
            architecture: ARCHITECTURE.to_owned(),
            os: OS.to_owned(),
            layer_digests: vec![format!("sha256:{component}")],
            component: Some(Interfaces {
                exports: labels.exports.clone(),
                imports: labels.imports.clone(),
                target: Some(labels.world.clone()).filter(|world| !world.is_empty()),
            }),
        }
    }

    /// Whether this is the config of that component.
    fn check(bytes: &[u8], component: Digest) -> Result<(), OciError> {
        let config: Self = parse(bytes, "config")?;
        if config.architecture != ARCHITECTURE || config.os != OS {
            return Err(OciError::NoComponent(format!(
                "its config is for {} on {}, and a component is for {ARCHITECTURE} on {OS}",
                quote(&config.architecture),
                quote(&config.os)
            )));
        }
        if config.layer_digests != [format!("sha256:{component}")] {
            return Err(document(
                "config",
                "it names other layers than its manifest",
            ));
        }
        Ok(())
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct LayoutVersion {
    image_layout_version: String,
}

pub fn layout_version() -> Vec<u8> {
    br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec()
}

pub fn check_layout_version(bytes: &[u8]) -> Result<(), OciError> {
    let version: LayoutVersion = parse(bytes, "oci-layout")?;
    match version.image_layout_version.as_str() {
        "1.0.0" => Ok(()),
        other => Err(OciError::Layout(format!(
            "it is of version {}",
            quote(other)
        ))),
    }
}

fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8], part: &str) -> Result<T, OciError> {
    if bytes.len() as u64 > LONGEST_DOCUMENT {
        return Err(OciError::TooLong {
            part: part.to_owned(),
            size: bytes.len() as u64,
            most: LONGEST_DOCUMENT,
        });
    }
    serde_json::from_slice(bytes).map_err(|error| document(part, error.to_string()))
}

fn document(part: &str, problem: impl Into<String>) -> OciError {
    OciError::Document {
        part: part.to_owned(),
        problem: problem.into(),
    }
}

fn quote(text: &str) -> String {
    format!("{:?}", text.chars().take(LONGEST_QUOTE).collect::<String>())
}
