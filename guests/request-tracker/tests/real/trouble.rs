//! Traps of the real one, and values that mean harm.

use provisor_sdk::{Block, FailureKind, Grid, Ticketing, document};
use serde_json::json;

use crate::peer::{Peer, draft};

#[test]
#[ignore = "needs a Request Tracker: tests/peers/request-tracker/run"]
fn a_correlation_id_that_is_dropped_without_a_word_is_noticed() {
    let peer = Peer::new();
    let (tracker, http) = (
        peer.tracker(json!({ "correlation-field": "Nowhere" })),
        peer.http(),
    );
    let findings = tracker.check_connection(&http).unwrap();
    let bad: Vec<_> = findings.iter().filter(|it| !it.good).collect();
    assert_eq!(bad[0].subject, "custom field Nowhere");
    let failure = tracker.create(&http, &draft("dropped")).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Configuration);
    assert!(
        failure.message.contains("was closed again"),
        "{}",
        failure.message
    );
}

#[test]
#[ignore = "needs a Request Tracker: tests/peers/request-tracker/run"]
fn a_value_that_must_be_unique_leads_to_the_ticket_that_has_it() {
    let peer = Peer::new();
    let (tracker, http) = (
        peer.tracker(json!({ "correlation-field": "UniqueId" })),
        peer.http(),
    );
    let draft = draft("unique");
    let first = tracker.create(&http, &draft).unwrap();
    let second = tracker.create(&http, &draft).unwrap();
    assert_eq!(first, second);
    assert_eq!(tracker.find(&http, &draft.correlation_id).unwrap().len(), 1);
}

#[test]
#[ignore = "needs a Request Tracker: tests/peers/request-tracker/run"]
fn credentials_queues_and_rights_that_are_missing_are_named() {
    let mut peer = Peer::new();
    for queue in ["Secret", "Nowhere"] {
        let tracker = peer.tracker(json!({ "queue": queue }));
        let findings = tracker.check_connection(&peer.http()).unwrap();
        let bad = findings.iter().find(|it| !it.good).unwrap();
        assert_eq!(bad.subject, format!("queue {queue}"));
        let failure = tracker.create(&peer.http(), &draft("none")).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Configuration);
    }
    let elsewhere = peer.tracker(json!({ "url": format!("{}/elsewhere", peer.url) }));
    let findings = elsewhere.check_connection(&peer.http()).unwrap();
    assert_eq!(
        (findings[0].good, findings[0].subject.as_str()),
        (false, "url")
    );

    peer.credential = "token 1-1-0123456789abcdef".to_owned();
    let tracker = peer.tracker(json!({}));
    let findings = tracker.check_connection(&peer.http()).unwrap();
    assert_eq!(
        (findings[0].good, findings[0].subject.as_str()),
        (false, "credentials")
    );
    let failure = tracker.find(&peer.http(), "corr-0001").unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unauthorized);
}

#[test]
#[ignore = "needs a Request Tracker: tests/peers/request-tracker/run"]
fn long_and_harmful_texts_arrive_whole_as_text() {
    let peer = Peer::new();
    let (tracker, http) = (peer.tracker(json!({})), peer.http());
    let mut draft = draft("text");
    draft.title = format!(
        "<b>Čau</b> 'x' \"y\" \\ ☃\u{7}\nBcc: a@example.test {}",
        "š".repeat(300)
    );
    draft.description = vec![
        document::paragraph("<script>alert(1)</script> & ☃"),
        Block::Table(Grid {
            head: vec!["Attribute".to_owned(), "Wanted".to_owned()],
            rows: (0..10_000)
                .map(|row| vec![format!("attribute-{row}"), "hodnota č".to_owned()])
                .collect(),
        }),
    ];
    let ticket = tracker.create(&http, &draft).unwrap();
    let subject = peer.shown(&ticket)["Subject"].as_str().unwrap().to_owned();
    assert!(subject.len() > 190 && subject.len() <= 200);
    assert!(subject.ends_with("š…"), "{subject}");
    assert!(subject.starts_with("<b>Čau</b> 'x' \"y\" \\ ☃ Bcc: a@example.test š"));
    let sent = request_tracker::creation::content(&tracker, &draft).unwrap();
    let sent = sent["Content"].as_str().unwrap();
    assert!(sent.len() > 190_000);
    assert!(sent.starts_with("<p>&lt;script&gt;"));
    assert_eq!(peer.text(&ticket).trim_end(), sent.trim_end());
    let evil = "x' OR id > 0 OR Subject LIKE '";
    assert!(tracker.find(&http, evil).unwrap().is_empty());
}
