//! Reports: what they claim, how they are written, and what is refused.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so, in its helpers too"
)]

use provisor_builtin::offenders::MAPPING;
use provisor_conformance::{Bypass, Level, Report, Subject, Suite};

/// A mapping that conforms, judged by a few properties or all.
async fn judged(only: &[&str], bypasses: Vec<Bypass>, settings: &str) -> Report {
    let subject = Subject {
        settings: settings.to_owned(),
        input: Some(br#"{"given": "Ann <&\"> \u0001", "family": "Turner"}"#.to_vec()),
        bypasses,
        ..Subject::new(MAPPING)
    };
    let suite = Suite {
        level: Level::Should,
        only: only.iter().map(|&id| id.to_owned()).collect(),
        ..Suite::default()
    };
    suite.run(subject, |_| {}).await.unwrap()
}

const GOOD: &str = r#"{ "default-group": "everybody" }"#;

/// Settings that the schema refuses.
const BAD: &str = r#"{ "default-group": "" }"#;

fn excuse(reason: &str) -> Vec<Bypass> {
    vec![Bypass {
        property: "G3".to_owned(),
        reason: reason.to_owned(),
    }]
}

#[tokio::test]
async fn a_whole_report_says_that_a_component_conforms_and_a_part_does_not() {
    let whole = judged(&[], Vec::new(), GOOD).await;
    assert!(whole.conforms && whole.whole && whole.is_good_so_far());
    assert!(
        whole.badge.starts_with("conforms: mapping 0.1 should, "),
        "{}",
        whole.badge
    );
    assert!(whole.component.digest.starts_with("sha256:"));

    let part = judged(&["m68"], Vec::new(), GOOD).await;
    assert_eq!(part.badge, "tried in part: mapping 0.1 should, 1/1");
    assert!(!part.conforms && part.reached.is_none() && part.is_good_so_far());
}

#[tokio::test]
async fn a_bypass_excuses_and_stays_visible() {
    let report = judged(&["G3"], excuse("the example is empty on purpose"), BAD).await;
    let judged = &report.properties[0];
    assert_eq!(judged.verdict.code(), "bypassed");
    assert_eq!(judged.verdict.told(), "the example is empty on purpose");
    assert!(judged.found.as_ref().unwrap().contains("/default-group"));
    assert!(report.badge.ends_with("1/1, 1 bypass"), "{}", report.badge);
    assert_eq!(report.broken().count(), 0);
}

#[tokio::test]
async fn a_bypass_without_reason_and_a_property_that_nobody_knows_are_refused() {
    let refused = |only: &'static str, reason: &'static str| async move {
        let subject = Subject {
            bypasses: excuse(reason),
            ..Subject::new(MAPPING)
        };
        let suite = Suite {
            only: vec![only.to_owned()],
            ..Suite::default()
        };
        suite.run(subject, |_| {}).await.unwrap_err().code()
    };
    assert_eq!(refused("G3", "because").await, "conformance-no-reason");
    assert_eq!(
        refused("G99", "a reason that is long enough").await,
        "conformance-no-property"
    );
    assert_eq!(
        refused("G3", "a reason that is long enough").await,
        "conformance-no-input"
    );
}

#[tokio::test]
async fn properties_with_the_same_remedy_are_one_cause() {
    let report = judged(&["G3"], Vec::new(), BAD).await;
    let causes = report.causes();
    assert_eq!(causes.len(), 1);
    assert_eq!(causes[0].properties[0].id, "G3");
    let replay = report.replay(causes[0].properties[0]);
    assert_eq!(replay, "--property G3 --seed 0");
}

#[tokio::test]
async fn a_report_is_read_as_it_was_written_and_refused_when_it_was_changed() {
    let report = judged(&["G3", "M68"], Vec::new(), BAD).await;
    let bytes = report.to_bytes();
    let read = Report::from_bytes(&bytes).unwrap();
    assert_eq!(read, report);
    assert_eq!(read.to_bytes(), bytes);

    let changed = |from: &str, to: &str| {
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(text.contains(from), "{from} is not in {text}");
        let error = Report::from_bytes(text.replacen(from, to, 1).as_bytes()).unwrap_err();
        error.code()
    };
    assert_eq!(
        changed("\"conforms\":false", "\"conforms\":true"),
        "report-contradicts"
    );
    assert_eq!(
        changed("\"verdict\":\"fail\"", "\"verdict\":\"bypassed\""),
        "report-contradicts"
    );
    assert_eq!(
        changed("provisor-conformance-1", "provisor-conformance-2"),
        "report-format"
    );
    assert_eq!(changed("\"seed\"", "\"sead\""), "report-malformed");
}

#[tokio::test]
async fn junit_is_well_formed_whatever_a_component_says() {
    let report = judged(&["G3", "G5", "M68", "M69"], Vec::new(), BAD).await;
    let text = report.to_junit();
    let document = roxmltree::Document::parse(&text).unwrap();
    let suite = document
        .descendants()
        .find(|node| node.has_tag_name("testsuite"))
        .unwrap();
    let counted = |name: &str| suite.attribute(name).unwrap().parse::<usize>().unwrap();
    let found = |tag: &str| {
        suite
            .descendants()
            .filter(|node| node.has_tag_name(tag))
            .count()
    };
    assert_eq!(counted("tests"), found("testcase"));
    assert_eq!(counted("failures"), found("failure"));
    assert_eq!(counted("errors"), found("error"));
    assert_eq!(counted("skipped"), found("skipped"));
    assert_eq!(found("failure"), 1);
    assert_eq!(found("skipped"), 1);
}
