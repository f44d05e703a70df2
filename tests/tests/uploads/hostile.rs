//! Uploads that attack the host: each is refused by name and within its limits, and the host goes
//! on.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use provisor::Submission;
use provisor::model::Stage;
use provisor_tests::world::{World, person, will};

use crate::version::{activates, mapping, upload, uploads, with_uploaded_mapping};

/// A host at work: its mapping is one that was uploaded.
async fn at_work() -> World {
    let world = with_uploaded_mapping()
        .more("[components]\nmax-size = \"8MiB\"")
        .open()
        .await;
    let version = uploads(&world, &mapping(1)).await;
    activates(&world, &version, "eva")
        .await
        .expect("it is activated");
    world
}

async fn refused(world: &World, bytes: &[u8]) -> (String, String) {
    let upload = upload(world, bytes).await.expect("a refusal is an answer");
    match upload.stage {
        Stage::Refused { code, message } => (code, message),
        stage => panic!("it is {stage}"),
    }
}

/// A custom section, as it stands in a component.
fn section(name: &str, data: &[u8]) -> Vec<u8> {
    let number = |mut value: usize| {
        let mut bytes = Vec::new();
        loop {
            let low = (value & 0x7f) as u8;
            value >>= 7;
            if value == 0 {
                bytes.push(low);
                return bytes;
            }
            bytes.push(low | 0x80);
        }
    };
    let mut content = number(name.len());
    content.extend_from_slice(name.as_bytes());
    content.extend_from_slice(data);
    let mut section = vec![0];
    section.extend(number(content.len()));
    section.extend(content);
    section
}

/// The content of an upload that never ends, and how much of it was read.
struct Endless(Arc<AtomicU64>);

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        buffer.fill(0);
        self.0.fetch_add(buffer.len() as u64, Ordering::Relaxed);
        Ok(buffer.len())
    }
}

#[tokio::test]
async fn each_is_refused_by_name_while_the_host_goes_on() {
    let world = at_work().await;
    let plain = provisor_builtin::hostile::PLAIN_MAPPING;
    let about = |schema: usize| {
        let schema = "x".repeat(schema);
        let about = format!(
            r#"{{"name": "big", "version": "1.0.0", "world": "mapping", "summary": "",
                 "capabilities": [], "origins": [], "settings-schema": {{"title": "{schema}"}}}}"#
        );
        let mut bytes = plain.to_vec();
        bytes.extend(section("provisor:about", about.as_bytes()));
        bytes
    };
    let cases: [(&str, Vec<u8>, &str); 6] = [
        ("component-invalid", Vec::new(), "no valid component"),
        (
            "component-precompiled",
            b"\x7fELF and so on".to_vec(),
            "machine code",
        ),
        (
            "component-core-module",
            b"\0asm\x01\0\0\0".to_vec(),
            "core module",
        ),
        ("component-about", about(10), "twice"),
        ("component-invalid", plain[..plain.len() / 2].to_vec(), ""),
        (
            "component-describe",
            provisor_builtin::hostile::ENDLESS_DESCRIPTION.to_vec(),
            "processor time",
        ),
    ];
    for (code, bytes, words) in cases {
        let (found, message) = refused(&world, &bytes).await;
        assert_eq!(found, code, "{message}");
        assert!(message.contains(words), "{message}");
    }
    let error = upload(&world, &about(10 << 20)).await.unwrap_err();
    assert_eq!(error.code(), "component-too-large");
    world.requests(will()).await;
}

#[tokio::test]
async fn of_what_is_too_large_the_rest_is_not_read() {
    let world = at_work().await;
    let read = Arc::new(AtomicU64::new(0));
    let error = world
        .host
        .upload(Submission {
            content: Box::new(Endless(read.clone())),
            by: person("ann"),
            note: String::new(),
            report: None,
            signatures: Vec::new(),
        })
        .await
        .unwrap_err();
    assert_eq!(error.code(), "component-too-large");
    assert!(error.to_string().contains("max-size"), "{error}");
    assert!(read.load(Ordering::Relaxed) <= 17 << 20);
    world.requests(will()).await;
}
