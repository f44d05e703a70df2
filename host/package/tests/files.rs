//! Keys and signatures in files.

use provisor_package::{PrivateKey, PublicKey, Signature, Subject};

#[test]
fn a_key_is_read_as_it_was_written_and_only_its_owner_can_read_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("release.key");
    let key = PrivateKey::new().expect("a key");
    key.write(&path).expect("written");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&path)
            .expect("there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    assert_eq!(
        PrivateKey::read(&path).expect("read").public(),
        key.public()
    );
    let error = key.write(&path).expect_err("another key is not replaced");
    assert_eq!(error.code(), "file-exists");
}

/// Written by `openssl genpkey -algorithm ed25519`; the public half by `openssl pkey -pubout -outform DER | tail -c 32`.
#[test]
fn a_key_of_openssl_is_read() {
    const KEY: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
";
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("openssl.key");
    std::fs::write(&path, KEY).expect("written");
    assert_eq!(
        PrivateKey::read(&path).expect("read").public().to_string(),
        // RFC 8032, section 7.1, test 1.
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    );
}

#[test]
fn what_is_no_key_is_refused_without_repeating_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("note.key");
    std::fs::write(&path, "the secret is 4711").expect("written");
    let error = PrivateKey::read(&path)
        .map(|_| ())
        .expect_err("no key")
        .to_string();
    assert!(error.contains("holds no Ed25519 key"), "{error}");
    assert!(!error.contains("4711"), "{error}");
    for text in ["", "d75a", &"g".repeat(64)] {
        let error = text.parse::<PublicKey>().expect_err("no key");
        assert_eq!(error.code(), "public-key");
    }
    // The neutral element: everything is signed by it.
    let weak = format!("01{}", "00".repeat(31));
    assert_eq!(
        weak.parse::<PublicKey>().expect_err("weak").code(),
        "weak-key"
    );
}

#[test]
fn a_signature_is_read_as_it_was_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("component.wasm.sig");
    let key = PrivateKey::new().expect("a key");
    let signature = key.sign(Subject::Component, b"\0asm", Some("alice".into()));
    signature.write(&path).expect("written");
    let read = Signature::read(&path).expect("read");
    assert_eq!(read, signature);
    assert_eq!(read.name(), Some("alice"));
    assert!(read.verify(Subject::Component, b"\0asm").is_ok());
    assert!(
        signature.write(&path).is_err(),
        "another signature is not replaced"
    );
}

#[test]
fn what_is_no_signature_says_what_is_wrong() {
    let key = PrivateKey::new().expect("a key");
    let whole = key.sign(Subject::Report, b"{}", None).to_string();
    let refused = |text: String| match Signature::parse(text.as_bytes()) {
        Ok(_) => "accepted".to_owned(),
        Err(error) => error.to_string(),
    };
    for (text, problem) in [
        (String::new(), "EOF"),
        (
            whole.replace("provisor-signature-1", "provisor-signature-2"),
            "its `format` is not",
        ),
        (whole.replace("\"of\"", "\"for\""), "unknown field `for`"),
        (whole.replace("sha256:", "md5:"), "a digest is `sha256:`"),
        (
            whole.replace("\"signature\": \"", "\"signature\": \"00"),
            "128 hexadecimal digits",
        ),
        (
            whole.replace("\"report\"", "\"rumour\""),
            "unknown variant `rumour`",
        ),
        (
            whole.replace('{', &format!("{{{}", " ".repeat(4096))),
            "longer than 4096 bytes",
        ),
        (
            whole.replace('{', &format!("{{\"name\": {:?},", "x".repeat(129))),
            "its name is longer than 128 bytes",
        ),
    ] {
        let found = refused(text);
        assert!(found.contains(problem), "{problem:?} is not in {found:?}");
    }
}
