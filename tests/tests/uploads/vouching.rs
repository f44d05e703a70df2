//! What others say of a component: signatures, and the report of the conformance suite.

use provisor::canary::STOP_AFTER;
use provisor::model::{Canary, CanaryScope, ConformanceLevel, Stage, Upload};
use provisor::package::{PrivateKey, Signature, Subject, digest};
use provisor::{CanaryRequest, HostError, Submission};
use provisor_tests::world::{World, person, will};

use crate::version::{activates, goes_back, mapping, with_uploaded_mapping};

async fn world(rules: &str) -> World {
    with_uploaded_mapping()
        .more(&format!("[components]\n{rules}"))
        .open()
        .await
}

async fn uploads(world: &World, report: Option<Vec<u8>>, signatures: Vec<Signature>) -> Upload {
    let uploaded = brings(world, 1, report, signatures).await;
    uploaded.expect("it is answered")
}

/// Ann uploads a version of the mapping with what vouches for it.
async fn brings(
    world: &World,
    version: u8,
    report: Option<Vec<u8>>,
    signatures: Vec<Signature>,
) -> Result<Upload, HostError> {
    let submission = Submission {
        content: Box::new(std::io::Cursor::new(mapping(version))),
        by: person("ann"),
        note: String::new(),
        report,
        signatures,
    };
    world.host.upload(submission).await
}

fn key() -> PrivateKey {
    PrivateKey::new().expect("a key")
}

/// Rules by which one of two people has to vouch.
fn trusting(name: &str, subject: &str, alice: &PrivateKey, bob: &PrivateKey) -> String {
    format!(
        "[components.trust.keys]\nalice = \"{}\"\nbob = \"{}\"\n\
         [[components.trust.rule]]\nfor = \"{subject}\"\nall-of = [\"{name}\"]\n",
        alice.public(),
        bob.public()
    )
}

/// Somebody changes the configuration, and the host is started again.
async fn reconfigured(world: &mut World, from: &str, to: &str) {
    let file = world.folder.path().join("provisor.toml");
    let text = std::fs::read_to_string(&file).expect("readable");
    assert!(text.contains(from), "{text}");
    std::fs::write(&file, text.replace(from, to)).expect("written");
    world.restart().await;
}

async fn is_tried(world: &World, version: &Upload) -> Result<Canary, HostError> {
    let request = CanaryRequest {
        component: "cel-mapping".parse().expect("a name"),
        candidate: version.digest.to_string(),
        scope: CanaryScope::Resources(["app".parse().expect("a name")].into()),
        by: person("eva"),
        reason: String::new(),
        stop_after: STOP_AFTER,
    };
    world.host.begin_canary(request).await
}

fn lacks(problem: Result<impl std::fmt::Debug, HostError>, words: &str) {
    let error = problem.expect_err("it is refused");
    assert_eq!(error.code(), "component-not-vouched-for", "{error}");
    assert!(error.to_string().contains(words), "{error}");
}

#[tokio::test]
async fn a_key_that_lost_its_trust_keeps_versions_out_of_use_and_what_is_active_stays() {
    let (alice, bob) = (key(), key());
    let mut world = world(&trusting("alice", "components", &alice, &bob)).await;
    let mut versions = Vec::new();
    for number in 1..=3 {
        let signature = alice.sign(Subject::Component, &mapping(number), None);
        let upload = brings(&world, number, None, vec![signature]).await;
        versions.push(upload.expect("it is taken"));
    }
    for version in &versions[..2] {
        activates(&world, version, "eva").await.expect("activated");
    }
    reconfigured(&mut world, "all-of = [\"alice\"]", "all-of = [\"bob\"]").await;
    world.requests(will()).await;
    let said = world.attention();
    assert!(said.contains("rule 1 lacks a signature of bob"), "{said}");
    let active = versions[1].digest.to_string();
    let view = world.host.version_view(&active, None).await;
    let view = view.expect("known");
    assert!(view.active && view.not_vouched_for.is_some(), "{view:?}");
    let words = "rule 1 lacks a signature of bob";
    lacks(activates(&world, &versions[2], "eva").await, words);
    lacks(is_tried(&world, &versions[2]).await, words);
    lacks(goes_back(&world, "cel-mapping", "eva").await, words);
    // Bob vouches for the version before.
    let wrong = bob.sign(Subject::Component, &mapping(3), None);
    lacks(brings(&world, 1, None, vec![wrong]).await, words);
    let of_bob = bob.sign(Subject::Component, &mapping(1), None);
    let again = brings(&world, 1, None, vec![of_bob]).await.expect("taken");
    assert_eq!(again.signed_by.len(), 2, "{again:?}");
    goes_back(&world, "cel-mapping", "eva").await.expect("back");
    assert_eq!(world.attention(), "");
    // Alice is trusted again, and her word was kept.
    reconfigured(&mut world, "all-of = [\"bob\"]", "all-of = [\"alice\"]").await;
    activates(&world, &versions[2], "eva")
        .await
        .expect("activated");
}

#[tokio::test]
async fn what_was_asked_for_is_not_approved_when_its_key_lost_its_trust_meanwhile() {
    let (alice, bob) = (key(), key());
    let rules = trusting("alice", "components", &alice, &bob);
    let mut world = world(&format!("four-eyes = true\n{rules}")).await;
    let signature = alice.sign(Subject::Component, &mapping(1), None);
    let version = uploads(&world, None, vec![signature]).await;
    activates(&world, &version, "eva").await.expect("asked for");
    reconfigured(&mut world, "all-of = [\"alice\"]", "all-of = [\"bob\"]").await;
    let jan = person("jan");
    let approved = world.host.approve_component("cel-mapping", &jan).await;
    lacks(approved, "rule 1 lacks a signature of bob");
    let activations = world.host.all_activations().expect("listed");
    assert_eq!(activations[0].active(), None);
}

#[tokio::test]
async fn a_report_that_was_good_enough_is_asked_for_again_at_activation() {
    let (alice, bob) = (key(), key());
    let rules = trusting("alice", "reports", &alice, &bob);
    let mut world = world(&format!("require-conformance = \"must\"\n{rules}")).await;
    let report = report(&mapping(1));
    let of_alice = alice.sign(Subject::Report, &report, None);
    let version = uploads(&world, Some(report.clone()), vec![of_alice]).await;
    assert_eq!(code(&version), "ready");
    reconfigured(&mut world, "\"must\"", "\"should\"").await;
    let words = "the level should is required";
    lacks(activates(&world, &version, "eva").await, words);
    reconfigured(&mut world, "\"should\"", "\"must\"").await;
    reconfigured(&mut world, "all-of = [\"alice\"]", "all-of = [\"bob\"]").await;
    let words = "the report is not trusted: rule 1 lacks a signature of bob";
    lacks(activates(&world, &version, "eva").await, words);
    let of_bob = bob.sign(Subject::Report, &report, None);
    uploads(&world, Some(report), vec![of_bob]).await;
    activates(&world, &version, "eva").await.expect("activated");
}

#[tokio::test]
async fn a_word_for_one_report_is_none_for_another() {
    let (alice, bob) = (key(), key());
    let rules = trusting("alice", "reports", &alice, &bob);
    let mut world = world(&format!("require-conformance = \"must\"\n{rules}")).await;
    let (one, mut other) = (report(&mapping(1)), report(&mapping(1)));
    other.push(b'\n');
    let of_both = [&alice, &bob].map(|key| key.sign(Subject::Report, &one, None));
    let version = uploads(&world, Some(one), of_both.to_vec()).await;
    let of_alice = alice.sign(Subject::Report, &other, None);
    uploads(&world, Some(other), vec![of_alice]).await;
    reconfigured(&mut world, "all-of = [\"alice\"]", "all-of = [\"bob\"]").await;
    let words = "rule 1 lacks a signature of bob";
    lacks(activates(&world, &version, "eva").await, words);
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
    let (alice, mallory) = (key(), key());
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
