//! What others say of a component: signatures, and the report of the conformance suite.

use provisor::Submission;
use provisor::model::{ConformanceLevel, Stage, Upload};
use provisor::package::{PrivateKey, Signature, Subject, digest};
use provisor_tests::world::{World, person};

use crate::version::{mapping, with_uploaded_mapping};

async fn world(rules: &str) -> World {
    with_uploaded_mapping()
        .more(&format!("[components]\n{rules}"))
        .open()
        .await
}

async fn uploads(world: &World, report: Option<Vec<u8>>, signatures: Vec<Signature>) -> Upload {
    let submission = Submission {
        content: Box::new(std::io::Cursor::new(mapping(1))),
        by: person("ann"),
        note: String::new(),
        report,
        signatures,
    };
    world.host.upload(submission).await.expect("it is answered")
}

fn code(upload: &Upload) -> &str {
    match &upload.stage {
        Stage::Refused(refusal) => &refusal.code,
        stage => stage.as_str(),
    }
}

fn report(of: &[u8]) -> Vec<u8> {
    let digest = digest(of);
    format!(
        r#"{{"format": "provisor-conformance-1", "suite": "1.0.0", "whole": true, "reached": "must",
             "component": {{"digest": "sha256:{digest}"}}}}"#
    )
    .into_bytes()
}

#[tokio::test]
async fn what_nobody_vouches_for_who_is_trusted_is_refused_before_it_is_compiled() {
    let (alice, mallory) = (
        PrivateKey::new().expect("a key"),
        PrivateKey::new().expect("a key"),
    );
    let world = world(&format!(
        "[components.trust]\nkeys.alice = \"{}\"\n[[components.trust.rule]]\nall-of = [\"alice\"]",
        alice.public()
    ))
    .await;
    let refused = uploads(&world, None, Vec::new()).await;
    assert_eq!(code(&refused), "not-trusted");
    assert_eq!(refused.about, None);
    let of_mallory = mallory.sign(Subject::Component, &mapping(1), None);
    let refused = uploads(&world, None, vec![of_mallory]).await;
    assert_eq!(code(&refused), "not-trusted");
    let of_alice = alice.sign(Subject::Component, &mapping(1), None);
    let accepted = uploads(&world, None, vec![of_alice]).await;
    assert_eq!(code(&accepted), "ready");
    let names: Vec<&str> = accepted
        .signed_by
        .iter()
        .map(|name| name.as_str())
        .collect();
    assert_eq!(names, ["alice"]);
}

#[tokio::test]
async fn a_report_that_is_required_must_be_about_this_component_and_good_enough() {
    let strict = world("require-conformance = \"should\"").await;
    let refused = uploads(&strict, Some(report(&mapping(1))), Vec::new()).await;
    assert_eq!(code(&refused), "component-conformance");
    let world = world("require-conformance = \"must\"").await;
    let refused = uploads(&world, None, Vec::new()).await;
    assert_eq!(code(&refused), "component-conformance");
    let refused = uploads(&world, Some(report(&mapping(2))), Vec::new()).await;
    assert_eq!(code(&refused), "component-conformance");
    let accepted = uploads(&world, Some(report(&mapping(1))), Vec::new()).await;
    assert_eq!(code(&accepted), "ready");
    let facts = accepted.report.expect("it is kept");
    assert_eq!(facts.level, Some(ConformanceLevel::Must));
}
