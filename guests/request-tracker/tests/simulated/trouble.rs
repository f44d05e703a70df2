//! Wrong settings, wrong rights, values that mean harm, and answers from somebody else.

use crate::office::{self, Office};
use proptest::prelude::*;
use provisor_sdk::{Block, Condition, FailureKind, Finding, Grid, Span, document, testing};
use provisor_simulated::{Fault, Matching};
use request_tracker::{RequestTracker, Settings};
use serde_json::{Value, json};

fn bad(findings: &[Finding]) -> Vec<&str> {
    let bad = findings.iter().filter(|it| !it.good);
    bad.map(|it| it.subject.as_str()).collect()
}

#[test]
fn a_good_connection_is_seen_to_be_good_and_changes_nothing() {
    let office = Office::new();
    let findings = office.look().unwrap();
    assert_eq!(bad(&findings), [""; 0], "{findings:?}");
    assert!(findings[0].message.contains("5.0.3"));
    assert!(office.seen().is_empty());
    let simulator = office.simulator.borrow();
    assert!(simulator.record().iter().all(|it| it.method == "GET"));
}

#[test]
fn each_thing_that_is_missing_is_named() {
    let mut office = Office::new();
    office.credential("token wrong");
    assert_eq!(bad(&office.look().unwrap()), ["credentials"]);

    let queue = |name: &str| format!(r#"{{ "url": "http://rt.test", "queue": "{name}" }}"#);
    for name in ["Secret", "Nowhere"] {
        let findings = Office::settings(&queue(name)).look().unwrap();
        assert_eq!(bad(&findings), [format!("queue {name}")]);
    }

    let office = Office::with(office::SETTINGS, |product| {
        product.without_right_to_create()
    });
    assert_eq!(bad(&office.look().unwrap()), ["right CreateTicket"]);

    let settings = json!({
        "url": "http://rt.test", "queue": "Provisioning", "resolution-field": "Ending",
        "custom-fields": { "Operation": "{operation}", "Cost centre": "{cost-centre}" },
    });
    let office = Office::with(&settings.to_string(), |product| {
        product.without_field("CorrelationId")
    });
    let findings = office.look().unwrap();
    assert_eq!(
        bad(&findings),
        [
            "custom field CorrelationId",
            "custom field Ending",
            "custom field Cost centre"
        ]
    );
    let missing = findings.iter().find(|it| !it.good).unwrap();
    assert!(missing.message.contains("UniqueId, Operation, Outcome"));
}

#[test]
fn an_address_that_leads_elsewhere_is_a_finding_and_a_silent_system_a_failure() {
    let office = Office::new();
    let page = |status| Fault::Instead {
        status,
        headers: Vec::new(),
        body: "<html>Welcome</html>".to_owned(),
    };
    for status in [200, 302, 404] {
        office.spoil(Matching::once("GET", "/rt"), page(status));
        assert_eq!(bad(&office.look().unwrap()), ["url"], "{status}");
    }
    office.spoil(Matching::once("GET", "/rt"), Fault::maintenance());
    assert_eq!(office.look().unwrap_err().kind, FailureKind::Unavailable);
    office.spoil(Matching::once("GET", "/rt"), Fault::LoseRequest);
    assert_eq!(office.look().unwrap_err().kind, FailureKind::Unavailable);
}

#[test]
fn a_queue_in_which_no_ticket_may_be_made_is_a_matter_of_configuration() {
    let office = Office::with(office::SETTINGS, |product| {
        product.without_right_to_create()
    });
    let failure = office.create(&testing::draft("corr-0001")).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Configuration);
    assert!(
        failure
            .message
            .contains("No permission to create tickets in the queue 'Provisioning'"),
        "{}",
        failure.message
    );
}

#[test]
fn wrong_credentials_are_unauthorized_everywhere() {
    let mut office = Office::new();
    let ticket = office.made("corr-0001");
    office.credential("token wrong");
    let draft = testing::draft("corr-0002");
    for failure in [
        office.create(&draft).unwrap_err(),
        office.find("corr-0001").unwrap_err(),
        office.statuses(&["1"]).unwrap_err(),
        office.comment(&ticket, &[]).unwrap_err(),
        office.withdraw(&ticket, "x").unwrap_err(),
    ] {
        assert_eq!(failure.kind, FailureKind::Unauthorized);
        assert!(
            failure.message.contains("Unauthorized"),
            "{}",
            failure.message
        );
    }
}

#[test]
fn what_the_product_asks_for_is_passed_on() {
    let office = Office::new();
    office.spoil(Matching::once("GET", "/tickets"), Fault::too_many(Some(40)));
    let failure = office.statuses(&["1"]).unwrap_err();
    assert_eq!(failure.kind, FailureKind::RateLimited);
    assert_eq!(failure.retry_after, Some(40));
}

#[test]
fn answers_that_cannot_be_read_say_nothing_about_tickets() {
    let office = Office::new();
    let html = Fault::Instead {
        status: 200,
        headers: Vec::new(),
        body: "<html>Please log in</html>".to_owned(),
    };
    let other = |body: Value| Fault::Instead {
        status: 200,
        headers: Vec::new(),
        body: body.to_string(),
    };
    for fault in [
        Fault::Garbled,
        html,
        other(json!([])),
        other(json!({ "items": 7 })),
        other(Value::Null),
    ] {
        office.spoil(Matching::once("GET", "/tickets"), fault.clone());
        assert_eq!(
            office.statuses(&["1"]).unwrap_err().kind,
            FailureKind::Unavailable
        );
        office.spoil(Matching::once("GET", "/tickets"), fault);
        assert_eq!(
            office.find("corr-0001").unwrap_err().kind,
            FailureKind::Unavailable
        );
    }
    let odd = json!({ "items": [7, null, {}, { "id": "1" }, { "id": [], "Status": "resolved" }] });
    office.spoil(Matching::once("GET", "/tickets"), other(odd));
    office.spoil(
        Matching::once("GET", "/ticket/1"),
        other(json!({ "id": 1 })),
    );
    match &office.statuses(&["1"]).unwrap()[0] {
        Condition::Failed(failure) => assert_eq!(failure.kind, FailureKind::Unavailable),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_title_and_a_description_are_cut_to_what_is_taken() {
    let office = Office::new();
    let mut draft = testing::draft("corr-0001");
    draft.title = format!("Create\n{}", "č".repeat(500));
    draft.description = vec![Block::Table(Grid {
        head: vec!["Attribute".to_owned(), "Wanted".to_owned()],
        rows: (0..10_000)
            .map(|row| vec![format!("attribute-{row}"), "<value>".to_owned()])
            .collect(),
    })];
    office.create(&draft).unwrap();
    let seen = &office.seen()[0];
    assert!(seen.title.len() > 190 && seen.title.len() <= 200);
    assert!(seen.title.starts_with("Create č") && seen.title.ends_with('…'));
    assert!(seen.description.len() > 190_000 && seen.description.len() <= 200_000);
    assert!(seen.description.contains("attribute-0<"));
    assert!(seen.description.trim_end().ends_with("</p>"));
    assert!(seen.description.contains(document::CUT));
}

#[test]
fn values_that_mean_harm_are_only_text() {
    let office = Office::new();
    let mut draft = testing::draft("corr-0001");
    let evil = "<script>alert(1)</script>\u{0}\u{202e}' OR 1=1 \\ \"{requester}\" ☃";
    draft.title = evil.to_owned();
    draft.description = vec![Block::Paragraph(vec![Span {
        text: evil.to_owned(),
        strong: false,
        link: Some("javascript:alert(1)".to_owned()),
    }])];
    draft.facts.push(("account".to_owned(), evil.to_owned()));
    office.create(&draft).unwrap();
    let seen = &office.seen()[0];
    assert!(seen.description.contains("&lt;script&gt;"));
    assert!(!seen.description.contains("javascript:"));
    assert!(!seen.description.contains('\u{0}'));
    assert!(seen.title.contains("{requester}"));
}

#[test]
fn wrong_settings_are_found_before_they_are_used() {
    let good = json!({ "url": "https://rt.example.com/rt", "queue": "Provisioning" });
    let problems = |changes: Value| -> Vec<String> {
        let mut settings = good.clone();
        for (name, value) in changes.as_object().unwrap() {
            settings[name] = value.clone();
        }
        testing::problems(&settings.to_string(), Settings::problems)
            .into_iter()
            .map(|problem| problem.path)
            .collect()
    };
    assert_eq!(problems(json!({})), [""; 0]);
    for (changes, path) in [
        (json!({ "url": "rt.example.com" }), "/url"),
        (json!({ "url": "https://" }), "/url"),
        (json!({ "url": "https://me:pw@rt.example.com" }), "/url"),
        (json!({ "url": "https://rt.example.com/REST/2.0" }), "/url"),
        (json!({ "queue": " " }), "/queue"),
        (json!({ "correlation-field": "a}b" }), "/correlation-field"),
        (json!({ "resolution-field": "" }), "/resolution-field"),
        (json!({ "withdrawn-status": "" }), "/withdrawn-status"),
        (json!({ "description-limit": 10 }), "/description-limit"),
        (json!({ "priorities": { "low": "Low" } }), "/priorities/low"),
        (json!({ "fields": { "subject": "x" } }), "/fields/Subject"),
        (json!({ "fields": { "Owner": "{a" } }), "/fields/Owner"),
        (
            json!({ "custom-fields": { "CorrelationId": "x" } }),
            "/custom-fields",
        ),
        (
            json!({ "custom-fields": { "A": ["}"] } }),
            "/custom-fields/A/0",
        ),
        (json!({ "colour": 1 }), "/colour"),
    ] {
        assert_eq!(problems(changes.clone()), [path], "{changes}");
    }
}

#[test]
fn the_schema_and_the_type_know_the_same_settings_and_defaults() {
    let schema: Value = serde_json::from_str(include_str!("../../settings.schema.json")).unwrap();
    let mut all = json!({ "url": "https://h", "queue": "q", "resolution-field": "r" });
    for (name, property) in schema["properties"].as_object().unwrap() {
        assert!(
            property["title"].is_string() && property["description"].is_string(),
            "{name}"
        );
        if let Some(default) = property.get("default") {
            all[name] = default.clone();
        }
    }
    let priorities = schema["properties"]["priorities"]["properties"]
        .as_object()
        .unwrap();
    for (name, property) in priorities {
        all["priorities"][name] = property["default"].clone();
    }
    let read: Settings = serde_json::from_value(all).unwrap();
    let short = r#"{ "url": "https://h", "queue": "q", "resolution-field": "r" }"#;
    let short: Settings = serde_json::from_str(short).unwrap();
    assert_eq!(format!("{read:?}"), format!("{short:?}"));
    assert!(testing::ticketing::<RequestTracker>(r#"{ "queue": "q" }"#).is_err());
}

#[test]
fn the_scrip_of_the_documentation_is_the_one_that_is_tried() {
    let tried = include_str!("../../../../tests/peers/request-tracker/webhook.pl");
    let shown = include_str!("../../../../docs/tickets/request-tracker.md");
    let code = tried.split("<<'CODE',\n").nth(1).unwrap();
    let code = code.split("\nCODE\n").next().unwrap();
    let code = code
        .replace("@URL@", "ADDRESS")
        .replace("@SECRET@", "SECRET");
    assert!(code.contains("X-Hub-Signature") && shown.contains(&code));
}

/// The tags of HTML, without what stands in them.
fn tags(html: &str) -> Vec<String> {
    html.split('<')
        .skip(1)
        .map(|rest| rest.split([' ', '>']).next().unwrap_or_default().to_owned())
        .collect()
}

proptest! {
    /// Whatever a value is, the description has the markup that it has for a harmless one.
    #[test]
    fn no_value_becomes_markup(text in "\\PC{0,40}|[<>&\"'/a-z=; ]{0,40}") {
        let tracker: RequestTracker = testing::ticketing(office::SETTINGS).unwrap();
        let content = |value: &str| {
            let mut draft = testing::draft("corr-0001");
            draft.description = vec![
                Block::Heading(value.to_owned()),
                Block::Paragraph(vec![Span {
                    text: value.to_owned(),
                    strong: true,
                    link: Some(format!("https://h/{value}")),
                }]),
                Block::Steps(vec![vec![document::span(value)]]),
                Block::Table(Grid {
                    head: vec![value.to_owned()],
                    rows: vec![vec![value.to_owned()]],
                }),
            ];
            let content = request_tracker::creation::content(&tracker, &draft).unwrap();
            content["Content"].as_str().unwrap().to_owned()
        };
        prop_assert_eq!(tags(&content(&text)), tags(&content("harmless")));
    }

    /// What people write never makes the reading of it fail, and shows no element.
    #[test]
    fn any_html_is_read(text in "\\PC{0,60}|[<>&;#x0-9a-z/! ]{0,60}") {
        let read = request_tracker::html::text(&text);
        prop_assert!(read.chars().count() <= text.chars().count());
    }

    /// No answer of a server makes the reading of a ticket fail.
    #[test]
    fn any_ticket_is_read(id in any::<i64>(), status in "\\PC{0,20}", fields in "\\PC{0,20}") {
        for id in [json!(id), json!(id.to_string()), json!({ "id": id }), Value::Null] {
            let value = json!({ "id": id, "Status": status, "CustomFields": fields,
                                "EffectiveId": [id], "Resolved": fields, "Owner": status });
            if let Some(record) = request_tracker::answer::Record::new(value) {
                prop_assert_eq!(record.status(), status.as_str());
                prop_assert!(record.values("x").is_empty());
                prop_assert_eq!(record.user("Owner"), None);
            }
        }
    }
}
