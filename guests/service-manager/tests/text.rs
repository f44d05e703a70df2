//! What values become in titles, descriptions and fields.

mod site;

use proptest::prelude::*;
use provisor_sdk::{Block, Draft, Grid, Span, Ticketing, document, testing};
use serde_json::{Map, Value, json};
use service_manager::ServiceManager;

/// The record that a draft becomes.
fn record(draft: &Draft, changes: Value) -> Map<String, Value> {
    let component: ServiceManager =
        testing::ticketing(&site::with(changes).to_string()).expect("these settings are right");
    let (http, heard) = site::listening();
    component.create(&http, draft).expect("a ticket is made");
    let record = heard.borrow();
    record.clone()
}

fn lines(record: &Map<String, Value>) -> Vec<String> {
    let lines = record["Description"].as_array().expect("it has lines");
    let lines = lines.iter().filter_map(Value::as_str);
    lines.map(str::to_owned).collect()
}

fn with_rows(rows: Vec<Vec<String>>) -> Draft {
    let mut draft = testing::draft("corr-0001");
    draft.due = None;
    let head = vec!["Attribute".to_owned(), "Wanted".to_owned()];
    draft.description = vec![
        document::paragraph("Create this account."),
        Block::Table(Grid { head, rows }),
    ];
    draft
}

#[test]
fn a_long_title_is_cut() {
    let mut draft = testing::draft("corr-0001");
    draft.title = format!("Create\n{}", "ř".repeat(300));
    let title = record(&draft, json!({}))["Title"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(title.chars().count(), 100);
    assert!(title.starts_with("Create řř") && title.ends_with('…'));
}

#[test]
fn a_description_of_300_kilobytes_is_cut_at_the_same_place_each_time() {
    let rows = (0..3_000)
        .map(|row| vec![format!("attribute {row}"), "x".repeat(90)])
        .collect();
    let draft = with_rows(rows);
    let once = lines(&record(&draft, json!({})));
    assert_eq!(once, lines(&record(&draft, json!({}))));
    let length: usize = once.iter().map(|line| line.chars().count() + 1).sum();
    assert!((29_500..=30_000).contains(&length), "{length}");
    assert_eq!(once[0], "Create this account.");
    assert_eq!(once.last().map(String::as_str), Some(document::CUT));
}

#[test]
fn one_value_of_300_kilobytes_does_not_push_the_others_out() {
    let rows = vec![
        vec!["certificate".to_owned(), "x".repeat(300_000)],
        vec!["login".to_owned(), "asmith".to_owned()],
    ];
    let lines = lines(&record(&with_rows(rows), json!({})));
    let certificate = lines.iter().find(|it| it.starts_with("certificate"));
    assert!(
        certificate
            .unwrap()
            .contains("(cut: 300000 characters in all")
    );
    assert!(lines.iter().any(|line| line.ends_with("asmith")));
}

#[test]
fn a_paragraph_of_300_kilobytes_leaves_its_beginning() {
    let mut draft = testing::draft("corr-0001");
    draft.description = vec![document::paragraph("x".repeat(300_000))];
    let changes = json!({ "description-characters": 500 });
    let lines = lines(&record(&draft, changes));
    assert!(
        lines.iter().any(|line| line.starts_with("xxxx")),
        "{lines:?}"
    );
}

#[test]
fn a_site_without_lines_gets_one_text() {
    let draft = with_rows(vec![vec!["login".to_owned(), "asmith".to_owned()]]);
    let record = record(&draft, json!({ "lines": [] }));
    let text = record["Description"].as_str().unwrap();
    assert!(text.starts_with("Create this account.\n\nAttribute  Wanted\n"));
}

#[test]
fn no_fact_leaves_its_field() {
    let mut draft = testing::draft("corr-0001");
    let hostile = "a\"b\\c\u{0}\r\n<script> ${x} {account} č\u{2028}";
    draft.facts = vec![("account".to_owned(), hostile.to_owned())];
    let record = record(&draft, json!({ "fields": { "Contact": "for {account}" } }));
    assert_eq!(
        record["Contact"],
        "for a\"b\\c   <script> ${x} {account} č "
    );
}

fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[\\x00-\\x20a-c\u{85}\u{2028}\u{2029}]{0,40}",
        Just("\n\nSOMETHING ELSE\n\n* delete all".to_owned()),
    ]
}

fn breaks(one: char) -> bool {
    one.is_control() || matches!(one, '\u{2028}' | '\u{2029}')
}

proptest! {
    #[test]
    fn no_value_makes_a_line_of_its_own(attribute in hostile(), value in hostile(), link in hostile()) {
        let mut draft = with_rows(vec![vec![attribute, value.clone()]]);
        let item = Span { text: value.clone(), strong: true, link: Some(link) };
        draft.description.push(Block::Bullets(vec![vec![item]]));
        draft.title = value;
        let record = record(&draft, json!({}));
        let lines = lines(&record);
        // The paragraph, the head with its rule, the row, the bullet, and two empty lines.
        prop_assert_eq!(lines.len(), 7);
        let title = record["Title"].as_str().unwrap_or_default();
        for line in lines.iter().map(String::as_str).chain([title]) {
            prop_assert!(!line.contains(breaks), "{}", line);
        }
    }

    #[test]
    fn whatever_is_answered_nothing_breaks(status in 100_u16..600, body in any::<Vec<u8>>()) {
        let http = provisor_sdk::Http::answering(move |request| Ok(provisor_sdk::Response {
            method: request.method,
            status,
            headers: Vec::new(),
            body: body.clone(),
        }));
        let component: ServiceManager = testing::ticketing(&site::settings().to_string()).unwrap();
        let reference = r#"{"collection":"incidents","key":"IM1"}"#;
        prop_assert!(component.create(&http, &testing::draft("corr-0001")).is_err());
        prop_assert!(component.find(&http, "corr-0001").is_err());
        prop_assert!(component.withdraw(&http, reference, "x").is_err());
        prop_assert!(component.comment(&http, reference, &[]).is_err());
    }
}
