//! Any OCI layout is read or refused, and what is read has the digest that it is known by.

use std::io::Cursor;

use provisor::model::Digest;
use provisor::package::{OciError, Package, Subject, Trust, digest, oci};

/// A component of more bytes is not read.
const MOST: u64 = 4096;

/// Panics where the promise does not hold. The bytes are a `.tar` file, or, after an `m`, an `i` or a `c`, the manifest,
/// the index or the config in a layout that is right in all else.
pub fn hold(bytes: &[u8]) {
    let found = match bytes.split_first() {
        Some((b'm', manifest)) => import(&archive(None, Some(manifest), CONFIG)),
        Some((b'i', index)) => import(&archive(Some(index), None, CONFIG)),
        Some((b'c', config)) => import(&archive(None, None, config)),
        _ => import(bytes),
    };
    if let Ok(package) = found {
        assert!(package.component.len() as u64 <= MOST);
        let trusted =
            Trust::default().judge(Subject::Component, &package.component, &package.signatures);
        assert!(trusted.is_ok_and(|trusted| trusted.keys.is_empty()));
    }
}

fn import(bytes: &[u8]) -> Result<Package, OciError> {
    let found = oci::import_archive(Cursor::new(bytes), None, MOST);
    if let Ok(package) = &found {
        for known in [package.digest, package.manifest] {
            let again = oci::import_archive(Cursor::new(bytes), Some(known), MOST);
            assert!(again.is_ok_and(|again| again == *package));
        }
        let nobody = Digest::from_bytes([7; 32]);
        assert!(oci::import_archive(Cursor::new(bytes), Some(nobody), MOST).is_err());
    }
    found
}

/// The config of the component below.
pub const CONFIG: &[u8] = br#"{"created":"1970-01-01T00:00:00Z","author":null,"architecture":"wasm","os":"wasip2","layerDigests":["sha256:cd5d4935a48c0672cb06407bb443bc0087aff947c6b864bac886982c73b3027f"],"component":{"exports":[],"imports":[],"target":null}}"#;

/// A component, as far as a layout knows of it.
pub const COMPONENT: &[u8] = b"\0asm";

/// A layout of these documents.
fn archive(index: Option<&[u8]>, manifest: Option<&[u8]>, config: &[u8]) -> Vec<u8> {
    let component = digest(COMPONENT);
    let of_config = digest(config);
    let right = format!(
        r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{{"mediaType":"application/vnd.wasm.config.v0+json","digest":"sha256:{of_config}","size":{}}},"layers":[{{"mediaType":"application/wasm","digest":"sha256:{component}","size":{}}}]}}"#,
        config.len(),
        COMPONENT.len()
    );
    let manifest = manifest.unwrap_or(right.as_bytes());
    let of_manifest = digest(manifest);
    let right = format!(
        r#"{{"schemaVersion":2,"manifests":[{{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:{of_manifest}","size":{}}}]}}"#,
        manifest.len()
    );
    let index = index.unwrap_or(right.as_bytes());
    let mut archive = tar::Builder::new(Vec::new());
    for (path, content) in [
        (
            "oci-layout".to_owned(),
            &br#"{"imageLayoutVersion":"1.0.0"}"#[..],
        ),
        ("index.json".to_owned(), index),
        (format!("blobs/sha256/{component}"), COMPONENT),
        (format!("blobs/sha256/{of_config}"), config),
        (format!("blobs/sha256/{of_manifest}"), manifest),
    ] {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        archive
            .append_data(&mut header, path, content)
            .expect("written to memory");
    }
    archive.into_inner().expect("written to memory")
}
