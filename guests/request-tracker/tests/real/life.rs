//! The life of tickets.

use std::io::{Read, Write};
use std::net::TcpListener;

use hmac::{Hmac, KeyInit, Mac};
use provisor_sdk::{
    Class, Condition, FailureKind, Message, Method, Predecessor, Request, Ticket, Ticketing,
    Withdrawal, document,
};
use serde_json::{Value, json};

use crate::peer::{AGENT, Peer, condition, draft, progress};

#[test]
#[ignore = "needs a Request Tracker: tests/peers/request-tracker/run"]
fn a_ticket_is_made_found_worked_on_resolved_and_opened_again() {
    let peer = Peer::new();
    let (tracker, http) = (peer.tracker(json!({})), peer.http());
    let findings = tracker.check_connection(&http).unwrap();
    assert!(findings.iter().all(|it| it.good), "{findings:?}");

    let draft = draft("life");
    let ticket = tracker.create(&http, &draft).unwrap();
    let found = tracker.find(&http, &draft.correlation_id).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].ticket, ticket);
    let shown = peer.shown(&ticket);
    assert_eq!(shown["Subject"], "Create account asmith on PayMaster");
    assert_eq!(shown["Due"], "2026-12-01T12:00:00Z");
    assert_eq!(shown["Priority"], "50");
    assert!(peer.text(&ticket).contains("<td>Smith, Ann</td>"));
    assert_eq!(progress(&tracker, &http, &ticket).class, Class::Open);

    peer.update(&ticket, &json!({ "Status": "open", "Owner": "agent" }));
    let begun = progress(&tracker, &http, &ticket);
    assert_eq!(begun.class, Class::InProgress);
    assert_eq!(begun.assignee.as_deref(), Some("agent"));
    assert_eq!(begun.closed_at, None);

    peer.reply(&ticket, "Made as written.\nGrüße, B", "resolved");
    let done = progress(&tracker, &http, &ticket);
    assert_eq!(
        (done.status.as_str(), done.class),
        ("resolved", Class::Done)
    );
    assert_eq!(done.note.as_deref(), Some("Made as written.\nGrüße, B"));
    assert!(done.closed_at.is_some_and(|at| at.ends_with('Z')));
    assert_eq!(tracker.find(&http, &draft.correlation_id).unwrap().len(), 1);

    peer.update(&ticket, &json!({ "Status": "open" }));
    let again = progress(&tracker, &http, &ticket);
    assert_eq!((again.class, again.closed_at), (Class::InProgress, None));

    peer.reply(&ticket, "The licence is gone.", "rejected");
    let refused = progress(&tracker, &http, &ticket);
    assert_eq!(refused.class, Class::Refused);
    assert_eq!(refused.note.as_deref(), Some("The licence is gone."));
}

#[test]
#[ignore = "needs a Request Tracker: tests/peers/request-tracker/run"]
fn what_was_attached_is_no_note() {
    let peer = Peer::new();
    let (tracker, http) = (peer.tracker(json!({})), peer.http());
    let ticket = tracker.create(&http, &draft("files")).unwrap();
    let path = ["REST", "2.0", "ticket", &ticket.number, "correspond"];
    // Base64 of 600,000 times the letter i.
    let file = "aWlp".repeat(200_000);
    let reply = Request::new(Method::Post, &peer.url, path).json(&json!({
        "Content": "<p>See the <b>log</b> &amp; the list</p>", "ContentType": "text/html",
        "Status": "resolved",
        "Attachments": [
            { "FileName": "a.log", "FileType": "text/plain", "FileContent": file },
            { "FileName": "a.bin", "FileType": "application/octet-stream", "FileContent": file },
        ],
    }));
    assert_eq!(peer.send(AGENT, &reply).status, 201);
    let done = progress(&tracker, &http, &ticket);
    assert_eq!(done.note.as_deref(), Some("See the log & the list"));
}

#[test]
#[ignore = "needs a Request Tracker: tests/peers/request-tracker/run"]
fn a_lost_answer_leaves_one_ticket_that_is_found() {
    let peer = Peer::new();
    let (tracker, http) = (peer.tracker(json!({})), peer.http());
    let draft = draft("lost");
    peer.lose_answer.set(true);
    let failure = tracker.create(&http, &draft).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Ambiguous);
    assert_eq!(tracker.find(&http, &draft.correlation_id).unwrap().len(), 1);
}

#[test]
#[ignore = "needs a Request Tracker: tests/peers/request-tracker/run"]
fn gone_merged_hidden_and_never_made_are_told_apart() {
    let peer = Peer::new();
    let (tracker, http) = (peer.tracker(json!({})), peer.http());
    let make = |name: &str| tracker.create(&http, &draft(name)).unwrap();
    let (kept, deleted, merged, hidden) = (make("a"), make("b"), make("c"), make("d"));
    peer.update(&deleted, &json!({ "Status": "deleted" }));
    peer.update(&merged, &json!({ "MergeInto": kept.number }));
    peer.update(&hidden, &json!({ "Queue": "Secret" }));
    assert!(matches!(
        condition(&tracker, &http, &kept),
        Condition::Progress(_)
    ));
    assert_eq!(condition(&tracker, &http, &deleted), Condition::Gone);
    assert_eq!(
        condition(&tracker, &http, &merged),
        Condition::Replaced(kept.clone())
    );
    assert_eq!(condition(&tracker, &http, &hidden), Condition::Forbidden);
    let unknown = Ticket {
        reference: "999999".to_owned(),
        ..kept.clone()
    };
    assert_eq!(condition(&tracker, &http, &unknown), Condition::Gone);

    let text = [document::paragraph("Is it done?")];
    assert_eq!(tracker.comment(&http, &kept.reference, &text), Ok(()));
    let failure = tracker
        .comment(&http, &hidden.reference, &text)
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unauthorized);
    let failure = tracker
        .comment(&http, &unknown.reference, &text)
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::NotFound);

    // Taking back what is not itself any more would hit the survivor, or bring it back.
    let taken = tracker.withdraw(&http, &merged.reference, "x").unwrap();
    assert!(matches!(taken, Withdrawal::Refused(_)));
    assert_eq!(progress(&tracker, &http, &kept).class, Class::Open);
    let taken = tracker.withdraw(&http, &deleted.reference, "x").unwrap();
    assert_eq!(taken, Withdrawal::Withdrawn);
    assert_eq!(peer.shown(&deleted)["Status"], "deleted");
}

#[test]
#[ignore = "needs a Request Tracker: tests/peers/request-tracker/run"]
fn a_ticket_is_taken_back_where_that_is_possible() {
    let peer = Peer::new();
    let (tracker, http) = (peer.tracker(json!({})), peer.http());
    let ticket = tracker.create(&http, &draft("back")).unwrap();
    let taken = tracker
        .withdraw(&http, &ticket.reference, "she stays")
        .unwrap();
    assert_eq!(taken, Withdrawal::Withdrawn);
    assert_eq!(progress(&tracker, &http, &ticket).status, "rejected");

    let done = tracker.create(&http, &draft("done")).unwrap();
    peer.reply(&done, "done", "resolved");
    let taken = tracker.withdraw(&http, &done.reference, "x").unwrap();
    assert!(matches!(taken, Withdrawal::Refused(_)));

    let other = peer.tracker(json!({ "withdrawn-status": "no-such-status" }));
    let ticket = tracker.create(&http, &draft("never")).unwrap();
    let taken = other.withdraw(&http, &ticket.reference, "x").unwrap();
    assert!(matches!(taken, Withdrawal::Refused(_)), "answered with 200");
    assert_eq!(progress(&tracker, &http, &ticket).class, Class::Open);
}

#[test]
#[ignore = "needs a Request Tracker: tests/peers/request-tracker/run"]
fn a_ticket_that_follows_another_one_refers_to_it() {
    let peer = Peer::new();
    let (tracker, http) = (peer.tracker(json!({})), peer.http());
    let first = tracker.create(&http, &draft("first")).unwrap();
    let mut second = draft("second");
    second.follow_up_of = Some(Predecessor {
        reference: first.reference.clone(),
        number: first.number.clone(),
    });
    let second = tracker.create(&http, &second).unwrap();
    let shown = peer.shown(&second);
    let links = shown["_hyperlinks"].as_array().unwrap();
    assert!(
        links
            .iter()
            .any(|link| link["ref"] == "refers-to" && link["id"] == first.number.as_str())
    );
}

#[test]
#[ignore = "needs a Request Tracker: tests/peers/request-tracker/run"]
fn three_hundred_tickets_are_asked_for_in_four_calls() {
    let peer = Peer::new();
    let (tracker, http) = (peer.tracker(json!({})), peer.http());
    let mut references = Vec::new();
    for block in 0..3 {
        let tickets: Vec<Value> = (0..100)
            .map(|at| {
                json!({ "Queue": "Provisioning", "Subject": format!("many {block} {at}"),
                        "CustomFields": { "CorrelationId": format!("many-{block}-{at}") } })
            })
            .collect();
        let request = Request::new(Method::Post, &peer.url, ["REST", "2.0", "tickets", "bulk"])
            .json(&tickets);
        let made: Vec<Value> = peer.send(&peer.credential, &request).json().unwrap();
        references.extend(made.iter().map(|it| it["id"].as_str().unwrap().to_owned()));
    }
    assert_eq!(references.len(), 300);
    peer.calls.set(0);
    for block in references.chunks(tracker.behaviour().batch as usize) {
        for condition in tracker.status(&http, block).unwrap() {
            assert!(matches!(condition, Condition::Progress(it) if it.class == Class::Open));
        }
    }
    assert_eq!(peer.calls.get(), 4);

    // All that are closed bring their notes in three more calls.
    let closed = &references[..20];
    for reference in closed {
        let ticket = Ticket {
            reference: reference.clone(),
            number: reference.clone(),
            url: None,
        };
        peer.reply(&ticket, &format!("note of {reference}"), "resolved");
    }
    peer.calls.set(0);
    let conditions = tracker.status(&http, closed).unwrap();
    for (reference, condition) in closed.iter().zip(conditions) {
        let Condition::Progress(progress) = condition else {
            panic!("{condition:?}");
        };
        assert_eq!(progress.note, Some(format!("note of {reference}")));
    }
    assert_eq!(peer.calls.get(), 4);
}

#[test]
#[ignore = "needs a Request Tracker: tests/peers/request-tracker/run"]
fn a_system_that_is_stopped_and_started_again_goes_on() {
    let peer = Peer::new();
    let (tracker, http) = (peer.tracker(json!({})), peer.http());
    let before = tracker.create(&http, &draft("before")).unwrap();
    let meanwhile = draft("meanwhile");
    peer.script("down", &[]);
    let failure = tracker.create(&http, &meanwhile).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unavailable);
    let failure = tracker.status(&http, std::slice::from_ref(&before.reference));
    assert_eq!(failure.unwrap_err().kind, FailureKind::Unavailable);
    peer.script("up", &[peer.port()]);
    assert!(
        tracker
            .find(&http, &meanwhile.correlation_id)
            .unwrap()
            .is_empty()
    );
    tracker.create(&http, &meanwhile).unwrap();
    assert_eq!(
        tracker
            .find(&http, &meanwhile.correlation_id)
            .unwrap()
            .len(),
        1
    );
    assert_eq!(progress(&tracker, &http, &before).class, Class::Open);
}

#[test]
#[ignore = "needs a Request Tracker: tests/peers/request-tracker/run"]
fn its_signed_message_names_the_ticket() {
    const SECRET: &str = "a-secret-of-this-test";
    let peer = Peer::new();
    let (tracker, http) = (peer.tracker(json!({})), peer.http());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    peer.script("webhook", &[&url, SECRET]);
    let receiver = std::thread::spawn(move || receive(&listener));

    let draft = draft("hook");
    let ticket = tracker.create(&http, &draft).unwrap();
    peer.update(&ticket, &json!({ "Status": "resolved" }));
    let message = receiver.join().unwrap();

    let signature = message
        .headers
        .iter()
        .find(|(name, _)| name == "x-hub-signature");
    let signature = signature
        .unwrap()
        .1
        .strip_prefix("sha256=")
        .unwrap()
        .to_owned();
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(&message.body);
    let digest = mac.finalize().into_bytes();
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(signature, digest);

    let hints = tracker.receive(&message).unwrap();
    assert_eq!(hints.len(), 1);
    assert_eq!(hints[0].reference.as_ref(), Some(&ticket.reference));
    assert_eq!(hints[0].correlation_id, Some(draft.correlation_id));
    assert_eq!(progress(&tracker, &http, &ticket).class, Class::Done);
    // The next test's changes are not told to a closed port.
    assert_eq!(peer.shown(&ticket)["Status"], "resolved");
    assert_ne!(peer.credential, AGENT);
}

/// One message as it arrives.
fn receive(listener: &TcpListener) -> Message {
    let (mut stream, _) = listener.accept().unwrap();
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let headers: Vec<(String, String)> = head
                .lines()
                .skip(1)
                .filter_map(|line| line.split_once(':'))
                .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
                .collect();
            let length = headers.iter().find(|(name, _)| name == "content-length");
            let length: usize = length.unwrap().1.parse().unwrap();
            if body.len() >= length {
                stream
                    .write_all(b"HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n")
                    .unwrap();
                return Message {
                    headers,
                    body: body.as_bytes()[..length].to_vec(),
                };
            }
        }
        let read = stream.read(&mut buffer).unwrap();
        assert!(read > 0, "the message ended early");
        bytes.extend_from_slice(&buffer[..read]);
    }
}
