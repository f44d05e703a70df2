//! Uploads that attack the host: each is refused by name and within its limits, and the host goes
//! on.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use provisor::model::{Refusal, Stage};
use provisor::sandbox::Allocation;
use provisor::{HostError, Submission};
use provisor_tests::world::{World, identity, person, will};
use provisor_zoo::{SLACK, Stop, cases, resident};

use crate::version::{
    activates, has_machine_code, mapping, upload, uploads, with_its_own_machine_code,
    with_uploaded_mapping,
};

/// A host at work, whose mapping is one that was uploaded. It has a pool of four instances, so that
/// whatever does not give its instance back is noticed soon, and a folder of machine code to itself.
async fn at_work() -> World {
    let mut world = with_uploaded_mapping().open().await;
    let pool = Allocation::Pooled { instances: 4 };
    with_its_own_machine_code(&mut world, pool).await;
    let version = uploads(&world, &mapping(1)).await;
    activates(&world, &version, "eva")
        .await
        .expect("it is activated");
    world
}

/// Uploads a component while somebody asks for an account; answers why it was not taken, if it was
/// not.
async fn refusal(world: &World, bytes: &[u8], who: &str) -> Option<Refusal> {
    let (upload, _) = tokio::join!(upload(world, bytes), world.requests(identity(who)));
    match upload {
        Ok(upload) => match upload.stage {
            Stage::Refused(refusal) => Some(refusal),
            Stage::Ready => None,
            stage => panic!("it is {stage}"),
        },
        Err(error @ HostError::UploadTooLarge { .. }) => Some(Refusal {
            code: error.code().to_owned(),
            message: error.to_string(),
            place: "the file".to_owned(),
            accepted: "less".to_owned(),
        }),
        Err(error) => panic!("a refusal is an answer, not {error}"),
    }
}

/// The machine code of some component, as wasmtime wrote it: the file begins with what tells that
/// this installation has made it.
fn machine_code(world: &World) -> Vec<u8> {
    let mut files = std::fs::read_dir(world.folder.path().join("data/cache")).expect("a folder");
    let path = files.next().expect("a file").expect("an entry").path();
    std::fs::read(path).expect("readable").split_off(16 + 32)
}

#[tokio::test]
async fn every_component_that_means_harm_is_refused_by_name_while_requests_are_answered() {
    let world = at_work().await;
    world.requests(will()).await;
    let cases = cases();
    let before = resident();
    let mut different = Vec::new();
    for (number, case) in cases.iter().enumerate() {
        let found = refusal(&world, &case.bytes, &format!("p{number}")).await;
        let expected = case.expected(true);
        let code = match expected.stopped {
            Stop::Inspection | Stop::Compilation | Stop::Description => expected.code.as_deref(),
            // Only who works with it finds out.
            Stop::Run | Stop::Nowhere => None,
        };
        if found.as_ref().map(|found| found.code.as_str()) != code {
            different.push(format!("{}: {found:?}, expected {code:?}", case.name));
        }
        if let Some(found) = found {
            let digest = provisor::package::digest(&case.bytes);
            assert!(!has_machine_code(&world, &digest), "{}", case.name);
            let said = found.message.to_lowercase();
            let is_said =
                said.contains(&expected.says.to_lowercase()) || said.contains("`max-size`");
            if !is_said || found.place.is_empty() || found.accepted.is_empty() {
                different.push(format!("{}: {found:?} does not say enough", case.name));
            }
        }
        let more = resident().saturating_sub(before);
        assert!(more < SLACK, "{more} bytes more after {}", case.name);
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
    assert_eq!(world.host.still_running(), []);
    world.requests(identity("last")).await;
    assert_eq!(world.operations().len(), cases.len() + 2);
}

#[tokio::test]
async fn what_is_no_component_at_all_is_refused_with_the_place_and_what_would_be_accepted() {
    let world = at_work().await;
    let plain = provisor_builtin::hostile::PLAIN_MAPPING;
    let mut other_bytes = plain.to_vec();
    other_bytes[plain.len() / 2..].fill(0xff);
    let cases: [(Vec<u8>, &str, &str, &str, &str); 6] = [
        (
            Vec::new(),
            "component-invalid",
            "no valid component",
            "the code",
            "valid WebAssembly",
        ),
        (
            b"PK\x03\x04 and so on".to_vec(),
            "component-invalid",
            "no valid component",
            "the code",
            "valid WebAssembly",
        ),
        (
            machine_code(&world),
            "component-precompiled",
            "machine code",
            "the file",
            "the WebAssembly component that it was made from",
        ),
        (
            b"\0asm\x01\0\0\0".to_vec(),
            "component-core-module",
            "core module",
            "the file",
            "wasm32-wasip2",
        ),
        (
            plain[..plain.len() / 2].to_vec(),
            "component-invalid",
            "unexpected end",
            "the code",
            "valid WebAssembly",
        ),
        (
            other_bytes,
            "component-invalid",
            "no valid component",
            "the code",
            "valid WebAssembly",
        ),
    ];
    for (number, (bytes, code, message, place, accepted)) in cases.into_iter().enumerate() {
        let found = refusal(&world, &bytes, &format!("p{number}")).await;
        let found = found.expect("it is refused");
        assert_eq!(found.code, code, "{found:?}");
        assert!(found.message.contains(message), "{found:?}");
        assert_eq!(found.place, place);
        assert!(found.accepted.contains(accepted), "{found:?}");
    }
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
async fn of_what_is_too_large_the_rest_is_not_read() {
    let world = with_uploaded_mapping()
        .more("[components]\nmax-size = \"8MiB\"")
        .open()
        .await;
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
}
