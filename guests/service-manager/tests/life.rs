//! The life of a ticket, as the host leads it.

mod site;

use provisor_sdk::{
    Class, Condition, FailureKind, Message, Predecessor, Priority, Ticketing, Withdrawal, document,
    testing,
};
use provisor_simulated::service_manager::Object;
use provisor_simulated::{Action, Fault};
use serde_json::json;
use site::{NOW, Site, with};

#[test]
fn a_ticket_is_made_found_and_open() {
    let site = Site::new();
    let ticket = site.create("corr-0001");
    assert_eq!(ticket.number, "IM10001");
    assert_eq!(
        ticket.reference,
        r#"{"collection":"incidents","key":"IM10001"}"#
    );
    let seen = &site.seen()[0];
    assert_eq!(seen.title, "Create account asmith on PayMaster");
    assert_eq!(seen.correlation_id, "corr-0001");
    let first: Vec<&str> = seen.description.lines().take(3).collect();
    assert_eq!(
        first,
        ["Due: 2026-12-01T12:00:00Z", "", "Create this account."]
    );

    let found = site.component.find(&site.http, "corr-0001").unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].ticket, ticket);
    assert_eq!(found[0].correlation_id, "corr-0001");

    let progress = site.progress(&ticket);
    assert_eq!(progress.class, Class::Open);
    assert_eq!(progress.status, "Categorize");
    assert_eq!(progress.updated_at.as_deref(), Some("2026-09-21T14:13:20Z"));
    assert_eq!(progress.closed_at, None);
}

#[test]
fn nothing_is_found_where_nothing_was_made() {
    let site = Site::new();
    for empty_is_success in [false, true] {
        site.traps(|traps| traps.empty_is_success = empty_is_success);
        assert_eq!(site.component.find(&site.http, "corr-0001"), Ok(vec![]));
    }
}

#[test]
fn each_outcome_is_told_with_what_was_written() {
    let site = Site::new();
    let outcome = |action: Action| {
        let ticket = site.create("corr-0001");
        site.now.set(NOW + 60);
        site.act(&ticket, &action);
        site.progress(&ticket)
    };
    let note = || "line 1\nline 2".to_owned();

    let begun = outcome(Action::Begin);
    assert_eq!(begun.class, Class::InProgress);
    assert_eq!(begun.assignee.as_deref(), Some("falcon"));
    assert_eq!(begun.note, None);

    let done = outcome(Action::Resolve { note: note() });
    assert_eq!(done.class, Class::Done);
    assert_eq!(done.status, "Closed");
    assert_eq!(
        done.resolution.as_deref(),
        Some("Solved by User Instruction")
    );
    assert_eq!(done.note, Some(note()));
    assert_eq!(done.closed_at.as_deref(), Some("2026-09-21T14:14:20Z"));

    let refused = outcome(Action::Refuse { note: note() });
    assert_eq!(refused.class, Class::Refused);
    assert_eq!(refused.note, Some(note()));

    let cancelled = outcome(Action::Cancel { note: note() });
    assert_eq!(cancelled.class, Class::Cancelled);

    let strange = outcome(Action::Status {
        status: "Zu klären".to_owned(),
    });
    assert_eq!(strange.class, Class::Unknown);
    assert_eq!(strange.status, "Zu klären");
}

#[test]
fn closed_without_a_closure_code_is_not_done() {
    let site = Site::new();
    let ticket = site.create("corr-0001");
    let status = "Closed".to_owned();
    site.act(&ticket, &Action::Status { status });
    assert_eq!(site.progress(&ticket).class, Class::Unknown);
}

#[test]
fn a_reopened_ticket_is_open_again_and_a_closed_one_is_still_found() {
    let site = Site::new();
    let ticket = site.create("corr-0001");
    let note = String::new();
    site.act(&ticket, &Action::Resolve { note });
    let found = site.component.find(&site.http, "corr-0001").unwrap();
    assert_eq!(found[0].ticket, ticket);
    site.act(&ticket, &Action::Reopen);
    let progress = site.progress(&ticket);
    assert_eq!(progress.class, Class::InProgress);
    assert_eq!(progress.closed_at, None);
}

#[test]
fn a_lost_answer_is_ambiguous_and_the_ticket_is_found() {
    let site = Site::new();
    site.spoil("POST", "incidents", Fault::LoseAnswer);
    let draft = testing::draft("corr-0001");
    let failure = site.component.create(&site.http, &draft).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Ambiguous);
    assert!(site.all_faults_used());
    let found = site.component.find(&site.http, "corr-0001").unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(site.seen().len(), 1);
}

#[test]
fn two_tickets_of_one_correlation_id_are_both_found() {
    let site = Site::new();
    let made = [site.create("corr-0001"), site.create("corr-0001")];
    site.create("corr-0002");
    let found = site.component.find(&site.http, "corr-0001").unwrap();
    let found: Vec<_> = found.into_iter().map(|it| it.ticket).collect();
    assert_eq!(found, made);
}

#[test]
fn a_unique_key_gives_the_ticket_that_was_made_before() {
    let site = Site::new();
    site.traps(|traps| traps.unique_correlation = true);
    let first = site.create("corr-0001");
    assert_eq!(site.create("corr-0001"), first);
    assert_eq!(site.seen().len(), 1);
}

#[test]
fn a_duplicate_of_something_else_is_a_conflict() {
    let site = Site::new();
    site.refuse("POST", 400, 48, "duplicate key");
    let draft = testing::draft("corr-0001");
    let failure = site.component.create(&site.http, &draft).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Conflict);
}

#[test]
fn three_hundred_tickets_are_asked_for_in_batches() {
    let site = Site::new();
    let tickets: Vec<_> = (0..300)
        .map(|at| site.create(&format!("corr-{at:04}")))
        .collect();
    let batch = site.component.behaviour().batch as usize;
    for counts_all in [true, false] {
        site.traps(|traps| traps.counts_all = counts_all);
        site.requests();
        for tickets in tickets.chunks(batch) {
            for condition in site.status(tickets) {
                let Condition::Progress(progress) = condition else {
                    panic!("{condition:?}");
                };
                assert_eq!(progress.class, Class::Open);
            }
        }
        assert_eq!(site.requests().len(), 8);
    }
}

#[test]
fn long_keys_are_asked_for_in_more_queries_than_one() {
    let site = Site::new();
    let references: Vec<String> = (0..40)
        .map(|at| {
            let ticket = site.create("corr-0001");
            let key = format!("{}-{at}", "K".repeat(150));
            let mut simulator = site.simulator.borrow_mut();
            simulator.product.renumber(&ticket.number, &key).unwrap();
            json!({ "collection": "incidents", "key": key }).to_string()
        })
        .collect();
    site.requests();
    let conditions = site.component.status(&site.http, &references).unwrap();
    assert!(
        conditions
            .iter()
            .all(|it| matches!(it, Condition::Progress(_)))
    );
    assert!((2..15).contains(&site.requests().len()));
}

#[test]
fn a_site_that_gives_few_records_at_once_is_asked_page_by_page() {
    let site = Site::new();
    let tickets: Vec<_> = (0..10).map(|_| site.create("corr-0001")).collect();
    for (counts_all, pages) in [(true, 4), (false, 5)] {
        site.traps(|traps| {
            traps.counts_all = counts_all;
            traps.most_rows = 3;
        });
        site.requests();
        let found = site.component.find(&site.http, "corr-0001").unwrap();
        assert_eq!(found.len(), 10);
        assert_eq!(site.requests().len(), pages);
    }
    assert_eq!(site.status(&tickets).len(), 10);
    assert_eq!(site.requests().len(), 4);
}

#[test]
fn what_is_missing_in_the_answer_is_told_apart() {
    let site = Site::of(
        Object::incidents(),
        &with(json!({ "captions": { "replaced-by": "ReplacedBy" } })),
    );
    let tickets: Vec<_> = (0..5).map(|_| site.create("corr-0001")).collect();
    site.act(&tickets[1], &Action::Delete);
    site.act(&tickets[2], &Action::Hide);
    let number = "IM777".to_owned();
    site.act(&tickets[3], &Action::Replace { number });
    site.requests();
    let mut references: Vec<String> = tickets.iter().map(|it| it.reference.clone()).collect();
    references.push("IM10001".to_owned());
    references.push(references[0].clone());
    let conditions = site.component.status(&site.http, &references).unwrap();

    assert!(matches!(&conditions[0], Condition::Progress(_)));
    assert_eq!(conditions[1], Condition::Gone);
    assert_eq!(conditions[2], Condition::Forbidden);
    match &conditions[3] {
        Condition::Replaced(other) => assert_eq!(other.number, "IM777"),
        other => panic!("{other:?}"),
    }
    assert!(matches!(&conditions[4], Condition::Progress(_)));
    match &conditions[5] {
        Condition::Failed(failure) => assert_eq!(failure.kind, FailureKind::Configuration),
        other => panic!("{other:?}"),
    }
    assert_eq!(conditions[6], conditions[0]);
    assert_eq!(
        site.requests(),
        [
            "GET /SM/9/rest/incidents",
            "GET /SM/9/rest/incidents/IM10002",
            "GET /SM/9/rest/incidents/IM10003",
        ]
    );
    site.act(&tickets[2], &Action::Show);
    assert_eq!(site.progress(&tickets[2]).class, Class::Open);
}

#[test]
fn a_system_that_goes_down_is_not_asked_for_each_missing_ticket() {
    let site = Site::new();
    let tickets: Vec<_> = (0..4).map(|_| site.create("corr-0001")).collect();
    site.act(&tickets[2], &Action::Delete);
    site.act(&tickets[3], &Action::Delete);
    site.requests();
    site.spoil("GET", "incidents/IM10003", Fault::maintenance());
    let conditions = site.status(&tickets);
    assert!(matches!(&conditions[0], Condition::Progress(_)));
    for condition in &conditions[2..] {
        match condition {
            Condition::Failed(failure) => assert_eq!(failure.kind, FailureKind::Unavailable),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(site.requests().len(), 2);
}

#[test]
fn a_ticket_of_another_collection_is_not_taken_for_one_that_is_gone() {
    let site = Site::new();
    let reference = r#"{"collection":"changes","key":"C1"}"#.to_owned();
    let conditions = site.component.status(&site.http, &[reference]).unwrap();
    match &conditions[0] {
        Condition::Failed(failure) => {
            assert_eq!(failure.kind, FailureKind::Configuration);
            assert!(failure.message.contains("`changes`"), "{failure:?}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(site.requests(), Vec::<String>::new());
}

#[test]
fn keys_with_slashes_and_quotes_are_asked_for_as_they_are() {
    let site = Site::new();
    let keys = ["IM/1", "IM\\2", "IM\"3", "IM 4%2F", "ÍM?5"];
    let tickets: Vec<_> = keys
        .iter()
        .map(|key| {
            let made = site.create("corr-0001");
            let mut simulator = site.simulator.borrow_mut();
            simulator.product.renumber(&made.number, key).unwrap();
            drop(simulator);
            let reference = json!({ "collection": "incidents", "key": key }).to_string();
            provisor_sdk::Ticket { reference, ..made }
        })
        .collect();
    for ticket in &tickets {
        assert_eq!(site.progress(ticket).class, Class::Open);
        let text = [document::paragraph("x")];
        let commented = site.component.comment(&site.http, &ticket.reference, &text);
        assert_eq!(commented, Ok(()));
    }
    site.requests();
    assert!(
        site.status(&tickets)
            .iter()
            .all(|it| matches!(it, Condition::Progress(_)))
    );
    assert_eq!(site.requests().len(), 1);
}

#[test]
fn messages_of_the_system_are_not_read() {
    let message = Message {
        headers: Vec::new(),
        body: Vec::new(),
    };
    let failure = Site::new().component.receive(&message).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unsupported);
}

#[test]
fn priority_due_date_and_follow_up_go_where_the_site_wants_them() {
    let settings = with(json!({
        "captions": { "due": "TargetDate", "follow-up": "RelatedRecord" },
        "fields": { "Contact": "{requester}", "AffectedCI": "{route}" },
        "ticket-url": "https://sm.example.com/web/index.do?query=number%3D%22{number}%22",
    }));
    let component: service_manager::ServiceManager =
        testing::ticketing(&settings.to_string()).unwrap();
    let (http, heard) = site::listening();
    let mut draft = testing::draft("corr-0001");
    draft.priority = Priority::Urgent;
    draft.follow_up_of = Some(Predecessor {
        reference: "any".to_owned(),
        number: "IM9".to_owned(),
    });
    let ticket = component.create(&http, &draft).unwrap();
    assert_eq!(
        ticket.url.as_deref(),
        Some("https://sm.example.com/web/index.do?query=number%3D%22IM1%22")
    );
    let record = heard.borrow();
    assert_eq!(record["TargetDate"], "2026-12-01T12:00:00+00:00");
    assert_eq!(record["RelatedRecord"], "IM9");
    assert_eq!(record["Urgency"], "1");
    assert_eq!(record["Impact"], "4");
    assert_eq!(record["Contact"], "iam");
    assert_eq!(record["Service"], "payroll");
    assert_eq!(record.get("AffectedCI"), None);
    assert_eq!(record["Description"][0], "Create this account.");
}

#[test]
fn changes_requests_and_interactions_are_tickets_as_well() {
    let cases = [
        (
            Object::changes(),
            json!({
                "preset": "changes",
                "captions": { "correlation-id": "header/CorrelationID" },
                "fields": { "header": { "Category": "Default" } },
            }),
        ),
        (
            Object::requests(),
            json!({
                "preset": "requests",
                "captions": { "correlation-id": "CorrelationID" },
                "fields": { "AssignedGroup": "Access" },
            }),
        ),
        (
            Object::interactions(),
            json!({
                "preset": "interactions",
                "captions": { "correlation-id": "CorrelationID" },
                "fields": { "Category": "request" },
            }),
        ),
    ];
    for (object, mut settings) in cases {
        settings["url"] = json!("https://sm.example.com/SM/9/rest/");
        let site = Site::of(object, &settings);
        let ticket = site.create("corr-0001");
        assert_eq!(site.seen()[0].title, "Create account asmith on PayMaster");
        let found = site.component.find(&site.http, "corr-0001").unwrap();
        assert_eq!(found[0].ticket, ticket);
        assert_eq!(site.progress(&ticket).class, Class::Open);
        let note = "done".to_owned();
        site.act(&ticket, &Action::Resolve { note });
        let progress = site.progress(&ticket);
        assert_eq!(progress.class, Class::Done);
        assert!(progress.closed_at.is_some() && progress.updated_at.is_some());
        assert_eq!(progress.note.as_deref(), Some("done"));

        let other = site.create("corr-0002");
        let text = [document::paragraph("not wanted")];
        let commented = site.component.comment(&site.http, &other.reference, &text);
        assert_eq!(commented, Ok(()));
        let withdrawn = site.component.withdraw(&site.http, &other.reference, "x");
        assert_eq!(withdrawn, Ok(Withdrawal::Withdrawn));
        assert_eq!(site.progress(&other).class, Class::Cancelled);
    }
}
