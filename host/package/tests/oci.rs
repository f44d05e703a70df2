//! Layouts: written, read again, and those that somebody has made to do harm.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use provisor_package::oci::{export, import, import_archive};
use provisor_package::{Labels, OciError, Package, PrivateKey, Signature, Subject};
use serde_json::{Value, json};

const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0 and more";
const MOST: u64 = 1024;

fn labels() -> Labels {
    Labels {
        name: "helpdesk".into(),
        version: "1.2.3".into(),
        summary: "Maps people to the helpdesk.".into(),
        world: "provisor:connector/mapping@0.1.0".into(),
        imports: vec!["provisor:connector/settings@0.1.0".into()],
        exports: vec!["provisor:connector/evaluation@0.1.0".into()],
    }
}

fn signatures() -> Vec<Signature> {
    let sign = |name: &str| {
        let key = PrivateKey::new().expect("a key");
        key.sign(Subject::Component, COMPONENT, Some(name.into()))
    };
    vec![sign("alice"), sign("bob")]
}

/// A layout that can be changed before it is read.
struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let layout = folder.path().join("layout");
        export(&layout, COMPONENT, &labels(), &[]).expect("written");
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("layout").join(name)
    }

    fn import(&self) -> Result<Package, OciError> {
        import(&self.path(""), None, MOST)
    }

    fn json(&self, name: &str) -> Value {
        let text = std::fs::read(self.path(name)).expect("read");
        serde_json::from_slice(&text).expect("JSON")
    }

    fn blob(&self, descriptor: &Value) -> String {
        let digest = descriptor["digest"].as_str().expect("a digest");
        format!("blobs/sha256/{}", digest.trim_start_matches("sha256:"))
    }

    /// Writes a blob and gives its descriptor.
    fn put(&self, content: &[u8], media_type: &str) -> Value {
        let digest = sha256(content);
        std::fs::write(self.path(&format!("blobs/sha256/{digest}")), content).expect("written");
        json!({"mediaType": media_type, "digest": format!("sha256:{digest}"), "size": content.len()})
    }

    /// Changes the manifest, and the index with it so that all digests are right again.
    fn change_manifest(&self, change: impl FnOnce(&mut Value)) {
        let mut index = self.json("index.json");
        let mut manifest = self.json(&self.blob(&index["manifests"][0]));
        change(&mut manifest);
        let text = serde_json::to_vec(&manifest).expect("JSON");
        index["manifests"][0] = self.put(&text, "application/vnd.oci.image.manifest.v1+json");
        self.write("index.json", index.to_string().as_bytes());
    }

    fn write(&self, name: &str, content: &[u8]) {
        std::fs::write(self.path(name), content).expect("written");
    }

    /// The same layout in a `.tar` file, with whatever else is put into it.
    fn archive(&self, more: impl FnOnce(&mut tar::Builder<Vec<u8>>)) -> Vec<u8> {
        let mut archive = tar::Builder::new(Vec::new());
        more(&mut archive);
        archive.append_dir_all(".", self.path("")).expect("written");
        archive.into_inner().expect("written")
    }
}

fn sha256(content: &[u8]) -> String {
    use sha2::Digest;
    let digest: [u8; 32] = sha2::Sha256::digest(content).into();
    provisor_model::Digest::from_bytes(digest).to_string()
}

fn problem(result: Result<Package, OciError>) -> String {
    match result {
        Ok(_) => "accepted".to_owned(),
        Err(error) => format!("{}: {error}", error.code()),
    }
}

#[track_caller]
fn assert_refused(result: Result<Package, OciError>, expected: &str) {
    let found = problem(result);
    assert!(found.contains(expected), "{expected:?} is not in {found:?}");
}

#[test]
fn what_was_exported_is_imported_from_a_folder_and_from_a_tar_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let signatures = signatures();
    for name in ["layout", "layout.tar"] {
        let path = folder.path().join(name);
        let manifest = export(&path, COMPONENT, &labels(), &signatures).expect("written");
        let package = import(&path, None, MOST).expect("read");
        assert_eq!(package.component, COMPONENT);
        assert_eq!(package.digest.to_string(), sha256(COMPONENT));
        assert_eq!(package.manifest, manifest);
        assert_eq!(package.signatures, signatures);
        for digest in [package.digest, manifest] {
            assert_eq!(import(&path, Some(digest), MOST).expect("read"), package);
        }
        let again = export(&path, COMPONENT, &labels(), &signatures);
        assert!(again.is_err(), "{name} was replaced");
    }
}

#[test]
fn the_same_component_always_makes_the_same_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let [one, two] = ["one.tar", "two.tar"].map(|name| {
        let path = folder.path().join(name);
        export(&path, COMPONENT, &labels(), &[]).expect("written");
        std::fs::read(path).expect("read")
    });
    assert!(one == two);
}

#[test]
fn the_documents_are_those_that_wkg_writes() {
    let bench = Bench::new();
    let index = bench.json("index.json");
    let entry = &index["manifests"][0];
    let manifest = bench.json(&bench.blob(entry));
    let config = bench.json(&bench.blob(&manifest["config"]));
    assert_eq!(
        bench.json("oci-layout"),
        json!({"imageLayoutVersion": "1.0.0"})
    );
    assert_eq!(
        entry["annotations"],
        json!({"org.opencontainers.image.ref.name": "1.2.3"})
    );
    let digest = format!("sha256:{}", sha256(COMPONENT));
    assert_eq!(
        manifest["layers"],
        json!([{"mediaType": "application/wasm", "digest": digest, "size": COMPONENT.len()}])
    );
    assert_eq!(
        manifest["config"]["mediaType"],
        "application/vnd.wasm.config.v0+json"
    );
    assert_eq!(
        manifest["annotations"],
        json!({
            "org.opencontainers.image.title": "helpdesk",
            "org.opencontainers.image.version": "1.2.3",
            "org.opencontainers.image.description": "Maps people to the helpdesk.",
        })
    );
    assert_eq!(
        config,
        json!({
            "created": "1970-01-01T00:00:00Z", "author": null, "architecture": "wasm", "os": "wasip2",
            "layerDigests": [digest],
            "component": {
                "imports": ["provisor:connector/settings@0.1.0"],
                "exports": ["provisor:connector/evaluation@0.1.0"],
                "target": "provisor:connector/mapping@0.1.0",
            },
        })
    );
}

#[test]
fn a_blob_that_was_changed_is_refused() {
    let bench = Bench::new();
    let path = bench.path(&format!("blobs/sha256/{}", sha256(COMPONENT)));
    let mut changed = COMPONENT.to_vec();
    changed[9] ^= 1;
    std::fs::write(&path, &changed).expect("written");
    assert_refused(
        bench.import(),
        "oci-changed: its component does not have the digest",
    );
    std::fs::write(&path, &COMPONENT[..9]).expect("written");
    assert_refused(bench.import(), "its component does not have the length");
    changed.extend(COMPONENT);
    std::fs::write(&path, &changed).expect("written");
    assert_refused(bench.import(), "its component does not have the length");
    std::fs::remove_file(&path).expect("removed");
    assert_refused(bench.import(), "oci-missing: its component is missing");
}

#[test]
fn what_is_larger_than_allowed_is_not_read() {
    let bench = Bench::new();
    let few = COMPONENT.len() as u64 - 1;
    let refused = import(&bench.path(""), None, few);
    assert_refused(
        refused,
        "oci-too-long: its component has 17 bytes; at most 16 are read",
    );
    bench.change_manifest(|manifest| manifest["config"]["size"] = json!(u64::MAX));
    assert_refused(
        bench.import(),
        "oci-too-long: its config has 18446744073709551615 bytes",
    );
    bench.write("index.json", &vec![b' '; 1024 * 1024 + 1]);
    assert_refused(
        bench.import(),
        "oci-changed: its index.json does not have the length",
    );
}

#[test]
fn what_is_no_component_is_refused_by_name() {
    type Change = fn(&mut Value);
    let cases: [(Change, &str); 8] = [
        (
            |manifest| {
                manifest["config"]["mediaType"] = json!("application/vnd.oci.image.config.v1+json")
            },
            "oci-no-component: it holds no component: its config is of the type",
        ),
        (
            |manifest| manifest["layers"][0]["mediaType"] = json!("application/gzip"),
            "its layer is of the type \"application/gzip\", not application/wasm",
        ),
        (
            |manifest| manifest["layers"] = json!([]),
            "a component has exactly one layer",
        ),
        (
            |manifest| manifest["layers"] = json!([manifest["layers"][0], manifest["layers"][0]]),
            "a component has exactly one layer",
        ),
        (
            |manifest| manifest["schemaVersion"] = json!(1),
            "its schemaVersion is not 2",
        ),
        (
            |manifest| manifest["layers"][0]["digest"] = json!("sha256:../../../etc/passwd"),
            "a digest is `sha256:` and 64 hexadecimal digits",
        ),
        (
            |manifest| manifest["layers"][0]["digest"] = json!("sha512:00"),
            "a digest is `sha256:`",
        ),
        (
            |manifest| manifest["annotations"] = json!({"provisor.signature.1": "{}"}),
            "annotation \"provisor.signature.1\": it is no signature",
        ),
    ];
    for (change, expected) in cases {
        let bench = Bench::new();
        bench.change_manifest(change);
        assert_refused(bench.import(), expected);
    }
}

#[test]
fn a_config_of_something_else_is_refused() {
    let bench = Bench::new();
    for (config, expected) in [
        (
            json!({"created": "", "architecture": "wasm", "os": "wasip1", "layerDigests": []}),
            "\"wasip1\"",
        ),
        (
            json!({"created": "", "architecture": "wasm", "os": "wasip2", "layerDigests": ["sha256:00"]}),
            "it names other layers than its manifest",
        ),
        (json!({}), "its config cannot be understood: missing field"),
    ] {
        let config = bench.put(
            config.to_string().as_bytes(),
            "application/vnd.wasm.config.v0+json",
        );
        bench.change_manifest(|manifest| manifest["config"] = config);
        assert_refused(bench.import(), expected);
    }
}

#[test]
fn of_several_components_one_has_to_be_named() {
    let bench = Bench::new();
    let other = bench.folder.path().join("other");
    export(&other, b"\0asm other", &labels(), &[]).expect("written");
    for blob in std::fs::read_dir(other.join("blobs/sha256")).expect("a folder") {
        let blob = blob.expect("a file");
        let to = bench.path("blobs/sha256").join(blob.file_name());
        std::fs::copy(blob.path(), to).expect("copied");
    }
    let mut index = bench.json("index.json");
    let other: Value =
        serde_json::from_slice(&std::fs::read(other.join("index.json")).expect("read"))
            .expect("JSON");
    index["manifests"]
        .as_array_mut()
        .expect("a list")
        .push(other["manifests"][0].clone());
    bench.write("index.json", index.to_string().as_bytes());
    assert_refused(bench.import(), "oci-several: it holds several components");
    let wanted = sha256(b"\0asm other").parse().expect("a digest");
    let package = import(&bench.path(""), Some(wanted), MOST).expect("read");
    assert_eq!(package.component, b"\0asm other");
    let wanted = sha256(b"nothing").parse().expect("a digest");
    assert_refused(import(&bench.path(""), Some(wanted), MOST), "oci-not-there");
}

#[test]
fn what_is_no_layout_is_refused() {
    let bench = Bench::new();
    bench.write("oci-layout", br#"{"imageLayoutVersion":"2.0.0"}"#);
    assert_refused(
        bench.import(),
        "oci-layout: it is no OCI image layout of version 1.0.0",
    );
    bench.write("oci-layout", b"{");
    assert_refused(
        bench.import(),
        "oci-document: its oci-layout cannot be understood",
    );
    let bench = Bench::new();
    bench.write("index.json", br#"{"schemaVersion":2,"manifests":[]}"#);
    assert_refused(bench.import(), "oci-no-component");
    let many = vec![json!({}); 257];
    bench.write(
        "index.json",
        json!({"schemaVersion": 2, "manifests": many})
            .to_string()
            .as_bytes(),
    );
    assert_refused(bench.import(), "it names more than 256 manifests");
    assert_refused(import(Path::new("Cargo.toml"), None, MOST), "oci-archive");
    assert_refused(
        import(Path::new("not-there"), None, MOST),
        "file: not-there",
    );
}

#[cfg(unix)]
#[test]
fn links_in_a_folder_are_not_followed() {
    let bench = Bench::new();
    let blob = bench.path(&format!("blobs/sha256/{}", sha256(COMPONENT)));
    let elsewhere = bench.folder.path().join("elsewhere");
    std::fs::rename(&blob, &elsewhere).expect("moved");
    std::os::unix::fs::symlink(&elsewhere, &blob).expect("linked");
    assert_refused(bench.import(), "is not a file");
}

fn header(kind: tar::EntryType, path: &str, size: u64) -> tar::Header {
    let mut header = tar::Header::new_ustar();
    header.set_entry_type(kind);
    header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
    header.set_size(size);
    header.set_cksum();
    header
}

#[test]
fn a_tar_file_that_means_harm_is_refused() {
    use tar::EntryType;
    let bench = Bench::new();
    for (kind, path, expected) in [
        (EntryType::Regular, "../outside", "leads out of it"),
        (EntryType::Regular, "blobs/../../outside", "leads out of it"),
        (EntryType::Regular, "/etc/passwd", "leads out of it"),
        (EntryType::Regular, "blobs\\..\\outside", "leads out of it"),
        (EntryType::Symlink, "index.json", "is a link, or not a file"),
        (EntryType::Link, "index.json", "is a link, or not a file"),
        (EntryType::Fifo, "index.json", "is a link, or not a file"),
        (EntryType::Char, "index.json", "is a link, or not a file"),
        (
            EntryType::GNUSparse,
            "index.json",
            "is a link, or not a file",
        ),
        (
            EntryType::GNULongName,
            "././@LongLink",
            "is a link, or not a file",
        ),
        (EntryType::Regular, "index.json", "is in it twice"),
    ] {
        let content = bench.archive(|archive| {
            archive
                .append(&header(kind, path, 0), [].as_slice())
                .expect("written");
        });
        assert_refused(import_archive(Cursor::new(content), None, MOST), expected);
    }
}

#[test]
fn a_tar_file_may_have_more_than_the_layout_and_may_not_be_cut_off() {
    let bench = Bench::new();
    let content = bench.archive(|archive| {
        let header = header(tar::EntryType::Regular, "README", 2);
        archive.append(&header, b"hi".as_slice()).expect("written");
    });
    let package = import_archive(Cursor::new(&content), None, MOST).expect("read");
    assert_eq!(package.component, COMPONENT);
    for end in (0..content.len()).step_by(97) {
        let cut = import_archive(Cursor::new(&content[..end]), None, MOST);
        // The end of a file is zeros, which may be missing.
        assert!(
            cut.is_err() || cut.is_ok_and(|cut| cut.component == COMPONENT),
            "cut at {end}"
        );
    }
    let huge = bench.archive(|archive| {
        let header = header(tar::EntryType::Regular, "huge", 1 << 40);
        archive.append(&header, [].as_slice()).expect("written");
    });
    assert_refused(import_archive(Cursor::new(huge), None, MOST), "oci-missing");
}
