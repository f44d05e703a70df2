//! From the first request to the end of a ticket.

use provisor_sdk::{Class, FailureKind, Predecessor, Priority, Ticketing, document, testing};
use provisor_simulated::{Action, Fault, Matching};
use serde_json::json;

use crate::world::{Deployed, World, failing, instead, on_both};

on_both!(
    a_ticket_is_made_found_and_followed_to_its_end,
    every_end_has_its_meaning,
    a_ticket_that_is_reopened_is_open_whatever_its_resolution,
    an_unknown_status_is_never_done,
    after_a_lost_answer_the_ticket_is_found_and_not_made_again,
    a_lost_request_makes_no_ticket,
    answers_that_cannot_be_read_leave_open_whether_a_ticket_was_made,
    an_answer_that_names_no_ticket_is_not_believed,
    what_the_host_has_to_know_about_a_refusal_is_told,
    fields_of_the_site_are_filled,
    a_project_without_the_field_gets_no_priority,
    a_follow_up_mentions_and_links_the_ticket_before,
    a_follow_up_is_made_although_the_ticket_before_is_gone,
    comments_are_added,
    a_comment_with_nothing_in_its_answer_is_not_believed,
    the_path_of_the_application_is_kept,
);

fn a_ticket_is_made_found_and_followed_to_its_end<P: Deployed>() {
    let world = World::<P>::new();
    let ticket = world.create();
    assert_eq!(ticket.number, "PROV-1");
    assert_eq!(
        ticket.url.as_deref(),
        Some("https://jira.example.com/browse/PROV-1")
    );
    let fields = &world.sent_to("/issue")["fields"];
    assert_eq!(fields["labels"], json!(["provisor-corr-0001"]));
    assert_eq!(fields["priority"], json!({ "name": "Medium" }));
    assert_eq!(fields["duedate"], "2026-12-01");
    assert_eq!(world.seen().title, "Create account asmith on PayMaster");
    assert!(world.seen().description.contains("Smith, Ann"));

    world.pass(60);
    assert_eq!(world.find("corr-0001"), ["PROV-1"]);
    assert_eq!(world.find("corr-0002"), [""; 0]);

    let progress = world.progress(&ticket);
    assert_eq!(
        (progress.status.as_str(), progress.class),
        ("To Do", Class::Open)
    );
    world.act(&ticket, Action::Begin);
    let progress = world.progress(&ticket);
    assert_eq!(progress.class, Class::InProgress);
    assert_eq!(progress.assignee.as_deref(), Some("Olga Operator"));

    let note = "login is asmith2".to_owned();
    world.act(&ticket, Action::Resolve { note });
    world.pass(3_600);
    let progress = world.progress(&ticket);
    assert_eq!(progress.class, Class::Done);
    assert_eq!(progress.resolution.as_deref(), Some("Done"));
    assert_eq!(progress.note.as_deref(), Some("login is asmith2"));
    // The time is that of the ticket, not that at which it was asked for.
    assert_eq!(progress.closed_at.as_deref(), Some("2026-11-26T06:20:05Z"));
    assert_eq!(progress.updated_at.as_deref(), Some("2026-11-26T06:20:05Z"));
    assert_eq!(
        world.find("corr-0001"),
        ["PROV-1"],
        "closed ones are found too"
    );
}

fn every_end_has_its_meaning<P: Deployed>() {
    let world = World::<P>::new();
    let tickets = world.create_many(3);
    let note = || "see the note".to_owned();
    world.act(&tickets[0], Action::Resolve { note: note() });
    world.act(&tickets[1], Action::Refuse { note: note() });
    world.act(&tickets[2], Action::Cancel { note: note() });
    let classes = tickets.iter().map(|ticket| world.progress(ticket).class);
    let classes: Vec<Class> = classes.collect();
    assert_eq!(classes, [Class::Done, Class::Refused, Class::Cancelled]);
    for ticket in &tickets {
        assert_eq!(world.progress(ticket).note.as_deref(), Some("see the note"));
    }
}

fn a_ticket_that_is_reopened_is_open_whatever_its_resolution<P: Deployed>() {
    let world = World::<P>::new();
    world.site(|site| site.setup.clears_resolution = false);
    let ticket = world.create();
    world.act(
        &ticket,
        Action::Resolve {
            note: String::new(),
        },
    );
    world.act(&ticket, Action::Reopen);
    let progress = world.progress(&ticket);
    assert_eq!(progress.class, Class::Open);
    assert_eq!(progress.resolution.as_deref(), Some("Done"));
    assert_eq!(progress.closed_at, None);
}

fn an_unknown_status_is_never_done<P: Deployed>() {
    let world = World::<P>::new();
    let ticket = world.create();
    world.act(
        &ticket,
        Action::Resolve {
            note: String::new(),
        },
    );
    let status = "Done".to_owned();
    world.act(&ticket, Action::Status { status });
    let progress = world.progress(&ticket);
    assert_eq!(
        (progress.status.as_str(), progress.class),
        ("Done", Class::Unknown)
    );
}

fn after_a_lost_answer_the_ticket_is_found_and_not_made_again<P: Deployed>() {
    let world = World::<P>::new();
    world.spoil(Matching::once("POST", "/issue"), Fault::LoseAnswer);
    failing(
        world.jira.create(&world.http, &world.draft()),
        FailureKind::Ambiguous,
    );
    world.pass(world.jira.behaviour().search_lag as i64);
    assert_eq!(world.find("corr-0001"), ["PROV-1"]);
    assert_eq!(world.count(), 1);
}

fn a_lost_request_makes_no_ticket<P: Deployed>() {
    let world = World::<P>::new();
    world.spoil(Matching::once("POST", "/issue"), Fault::LoseRequest);
    failing(
        world.jira.create(&world.http, &world.draft()),
        FailureKind::Ambiguous,
    );
    world.pass(world.jira.behaviour().search_lag as i64);
    assert_eq!(world.find("corr-0001"), [""; 0]);
}

fn answers_that_cannot_be_read_leave_open_whether_a_ticket_was_made<P: Deployed>() {
    for fault in [
        Fault::Garbled,
        instead(200, "<html><form action=\"/login\"></form></html>"),
        instead(201, ""),
        instead(500, "<html>Internal Server Error</html>"),
        instead(504, "gateway time-out"),
    ] {
        let world = World::<P>::new();
        world.spoil(Matching::once("POST", "/issue"), fault);
        failing(
            world.jira.create(&world.http, &world.draft()),
            FailureKind::Ambiguous,
        );
    }
}

fn an_answer_that_names_no_ticket_is_not_believed<P: Deployed>() {
    for body in [
        r#"{}"#,
        r#"{"id":"","key":""}"#,
        r#"{"id":"10001"}"#,
        r#"{"id":"10001","key":"../../admin"}"#,
        r#"{"id":10001,"key":"PROV-1"}"#,
    ] {
        let world = World::<P>::new();
        world.spoil(Matching::once("POST", "/issue"), instead(201, body));
        failing(
            world.jira.create(&world.http, &world.draft()),
            FailureKind::Ambiguous,
        );
    }
}

fn what_the_host_has_to_know_about_a_refusal_is_told<P: Deployed>() {
    let create = |settings, fault: Option<Fault>| {
        let world = World::<P>::with(settings);
        if let Some(fault) = fault {
            world.spoil(Matching::once("POST", "/issue"), fault);
        }
        world.jira.create(&world.http, &world.draft())
    };
    let none = || json!({});
    let limited = create(none(), Some(Fault::too_many(Some(17)))).unwrap_err();
    assert_eq!(limited.kind, FailureKind::RateLimited);
    assert_eq!(limited.retry_after, Some(17));
    let limited = create(none(), Some(Fault::too_many(None))).unwrap_err();
    assert_eq!(
        (limited.kind, limited.retry_after),
        (FailureKind::RateLimited, None)
    );
    failing(
        create(none(), Some(Fault::maintenance())),
        FailureKind::Unavailable,
    );
    failing(
        create(none(), Some(Fault::status(401))),
        FailureKind::Unauthorized,
    );
    failing(
        create(none(), Some(instead(404, "<html>"))),
        FailureKind::Configuration,
    );
    failing(
        create(none(), Some(Fault::status(302))),
        FailureKind::Configuration,
    );

    let message = failing(
        create(json!({ "project": "NONE" }), None),
        FailureKind::Rejected,
    );
    assert!(
        message.contains("project: valid project is required"),
        "{message}"
    );
    let message = failing(
        create(json!({ "issue-type": "Story" }), None),
        FailureKind::Rejected,
    );
    assert!(message.contains("issuetype: "), "{message}");
    let fields = json!({ "fields": { "customfield_10060": { "value": "{account}" } } });
    let message = failing(create(fields, None), FailureKind::Rejected);
    assert!(
        message.contains("customfield_10060: Specify a valid"),
        "{message}"
    );
}

fn fields_of_the_site_are_filled<P: Deployed>() {
    let world = World::<P>::with(json!({
        "project": "10000",
        "issue-type": "10004",
        "labels": ["identity"],
        "correlation-field": "customfield_10050",
        "priorities": { "normal": "2" },
        "due-field": "",
        "fields": {
            "components": [{ "name": "PayMaster" }],
            "customfield_10060": { "value": "{resource}" },
            "customfield_10080": 3,
            "assignee": { "name": "{route}", "id": "{route}" },
        },
    }));
    world.create();
    let fields = &world.sent_to("/issue")["fields"];
    assert_eq!(fields["customfield_10050"], "corr-0001");
    assert_eq!(fields["customfield_10060"], json!({ "value": "payroll" }));
    assert_eq!(fields["labels"], json!(["provisor-corr-0001", "identity"]));
    assert_eq!(fields["priority"], json!({ "id": "2" }));
    assert_eq!(fields["project"], json!({ "id": "10000" }));
    assert_eq!(fields["issuetype"], json!({ "id": "10004" }));
    assert!(fields.get("duedate").is_none());
    assert!(fields.get("assignee").is_none(), "the draft has no route");
}

fn a_project_without_the_field_gets_no_priority<P: Deployed>() {
    let world = World::<P>::with(json!({ "priorities": {} }));
    world.site(|site| site.setup.priority_on_screen = false);
    for priority in [Priority::Low, Priority::Urgent] {
        let mut draft = world.draft();
        draft.priority = priority;
        world.jira.create(&world.http, &draft).unwrap();
    }
    let world = World::<P>::new();
    world.site(|site| site.setup.priority_on_screen = false);
    let message = failing(
        world.jira.create(&world.http, &world.draft()),
        FailureKind::Rejected,
    );
    assert!(
        message.contains("priority: Field 'priority' cannot be set"),
        "{message}"
    );
}

fn a_follow_up_mentions_and_links_the_ticket_before<P: Deployed>() {
    let world = World::<P>::new();
    let before = world.create();
    let mut draft = testing::draft("corr-0002");
    draft.follow_up_of = Some(Predecessor {
        reference: before.reference,
        number: before.number,
    });
    world.jira.create(&world.http, &draft).unwrap();
    let sent = world.sent_to("/issue")["fields"]["description"].to_string();
    assert!(
        sent.contains("https://jira.example.com/browse/PROV-1"),
        "{sent}"
    );
    let link = world.sent_to("/issueLink");
    assert_eq!(link["inwardIssue"], json!({ "key": "PROV-1" }));
    assert_eq!(link["outwardIssue"], json!({ "key": "PROV-2" }));
}

fn a_follow_up_is_made_although_the_ticket_before_is_gone<P: Deployed>() {
    let world = World::<P>::new();
    let before = world.create();
    world.act(&before, Action::Delete);
    let mut draft = testing::draft("corr-0002");
    draft.follow_up_of = Some(Predecessor {
        reference: before.reference,
        number: before.number,
    });
    let ticket = world.jira.create(&world.http, &draft).unwrap();
    assert_eq!(ticket.number, "PROV-2");
}

fn comments_are_added<P: Deployed>() {
    let world = World::<P>::new();
    let ticket = world.create();
    let text = [document::paragraph("It is {urgent} now.")];
    world
        .jira
        .comment(&world.http, &ticket.reference, &text)
        .unwrap();
    let comments = world.seen().comments;
    assert_eq!(comments.len(), 1);
    assert!(comments[0].contains("urgent"), "{comments:?}");

    failing(
        world.jira.comment(&world.http, "PROV-1", &text),
        FailureKind::Configuration,
    );
    world.act(&ticket, Action::Delete);
    let gone = world.jira.comment(&world.http, &ticket.reference, &text);
    failing(gone, FailureKind::NotFound);
}

fn a_comment_with_nothing_in_its_answer_is_not_believed<P: Deployed>() {
    let world = World::<P>::new();
    let ticket = world.create();
    let text = [document::paragraph("Hello.")];
    for fault in [
        Fault::LoseAnswer,
        Fault::Garbled,
        instead(201, "{}"),
        instead(200, "<html>"),
    ] {
        world.spoil(Matching::once("POST", "/comment"), fault);
        let said = world.jira.comment(&world.http, &ticket.reference, &text);
        failing(said, FailureKind::Ambiguous);
    }
}

fn the_path_of_the_application_is_kept<P: Deployed>() {
    let world = World::<P>::with(json!({
        "url": "https://intranet.example.com/jira/", "browse-url": "https://people.example.com",
    }));
    world.site(|site| site.setup.path = "/jira".to_owned());
    let ticket = world.create();
    assert_eq!(
        ticket.url.as_deref(),
        Some("https://people.example.com/browse/PROV-1")
    );
}
