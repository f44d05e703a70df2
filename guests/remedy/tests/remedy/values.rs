//! What stands in the fields: limits, hostile values, templates.

use crate::desk::Desk;
use proptest::prelude::*;
use provisor_sdk::{Block, Grid, Method, Ticketing, document, testing};
use provisor_simulated::remedy::qualification::Qualification;
use remedy::qualification::{any_of, equals};
use remedy::text;
use serde_json::json;

#[test]
fn a_title_is_one_line_of_a_hundred_bytes() {
    let desk = Desk::incidents();
    let mut draft = testing::draft("corr-0001");
    draft.title = "Žiadosť\r\n\u{2028}o\tprístup ".repeat(20);
    desk.remedy.create(&desk.http, &draft).unwrap();
    let title = &desk.seen()[0].title;
    assert!(title.len() <= 100 && title.len() > 90, "{}", title.len());
    assert!(title.starts_with("Žiadosť o prístup Žiadosť"));
    assert!(title.ends_with('…'));
    assert!(!title.chars().any(char::is_control));
}

#[test]
fn a_description_of_300_kilobytes_is_cut_at_its_end_and_says_so() {
    let desk = Desk::incidents();
    desk.product(|product| product.traps.longest_text = 32_000);
    let mut draft = testing::draft("corr-0001");
    let row = |at: usize| vec![format!("attribute {at}"), "č".repeat(100)];
    draft.description.push(Block::Table(Grid {
        head: vec!["Attribute".to_owned(), "Wanted".to_owned()],
        rows: (0..1_400).map(row).collect(),
    }));
    assert!(document::plain(&draft.description).len() > 300_000);
    let ticket = desk.remedy.create(&desk.http, &draft).unwrap();
    let text = &desk.seen()[0].description;
    assert!(
        text.len() <= 32_000 && text.len() > 31_000,
        "{}",
        text.len()
    );
    assert!(text.contains("Create this account."));
    assert!(text.ends_with(document::CUT));
    desk.remedy
        .comment(&desk.http, &ticket.reference, &draft.description)
        .unwrap();
    assert!(desk.seen()[0].comments[0].ends_with(document::CUT));
}

#[test]
fn one_value_that_is_far_too_long_costs_no_other_its_place() {
    let blocks = [
        document::paragraph("x".repeat(300_000)),
        document::paragraph("The login is asmith."),
    ];
    let text = text::plain(&blocks, 32_000);
    assert!(text.len() <= 32_000);
    assert!(text.contains("The login is asmith."));
}

#[test]
fn hostile_values_are_only_text() {
    let desk = Desk::set(json!({
        "fields": { "First_Name": "{account}", "Last_Name": "Bot", "Company": "{resource}" },
    }));
    let hostile = "\"' OR 1=1 <b>&|$USER$\\ %\u{202e}\u{0}";
    let mut draft = testing::draft("corr-0001");
    draft.title = hostile.to_owned();
    draft.description = vec![document::paragraph(hostile)];
    for (name, value) in &mut draft.facts {
        if name == "account" {
            *value = "o'Neill \"x\"".to_owned();
        }
    }
    let ticket = desk.remedy.create(&desk.http, &draft).unwrap();
    let seen = desk.seen().remove(0);
    assert!(seen.title.starts_with("\"' OR 1=1 <b>&|$USER$\\ %"));
    assert!(!seen.description.contains('\u{0}'));
    let first = desk.product(|product| {
        product
            .value(&ticket.number, "First Name")
            .map(str::to_owned)
    });
    assert_eq!(first.as_deref(), Some("o'Neill \"x\""));
    let found = desk
        .remedy
        .find(&desk.http, "x\" OR 'Status' = \"New")
        .unwrap();
    assert!(found.is_empty());
}

#[test]
fn fields_are_laid_over_those_of_the_preset_and_the_priority() {
    let desk = Desk::set(json!({
        "fields": {
            "First_Name": "{requester}", "Last_Name": "Bot", "Status": "Assigned",
            "Assigned Group": "{route}", "Urgency": null, "Reported Source": "",
        },
        "priorities": { "normal": { "Impact": "3-Moderate/Limited", "Urgency": "1-Critical" } },
    }));
    let draft = testing::draft("corr-0001");
    desk.remedy.create(&desk.http, &draft).unwrap_err();
    let written = desk.written(Method::Post);
    assert_eq!(written["Impact"], "3-Moderate/Limited");
    assert_eq!(written["Status"], "Assigned");
    assert_eq!(written["First_Name"], "iam");
    assert_eq!(written["z1D_Action"], "CREATE");
    // Taken away by the settings; and no fact says a route.
    assert!(written.get("Urgency").is_none());
    assert!(written.get("Reported Source").is_none());
    assert!(written.get("Assigned Group").is_none());
}

#[test]
fn a_due_date_that_is_none_stands_in_the_text() {
    let desk = Desk::work_orders();
    let mut draft = testing::draft("corr-0001");
    draft.due = Some("next Tuesday".to_owned());
    desk.remedy.create(&desk.http, &draft).unwrap();
    let written = desk.written(Method::Post);
    assert!(written.get("Scheduled End Date").is_none());
    assert!(
        desk.seen()[0]
            .description
            .starts_with("To be done by next Tuesday.")
    );
}

#[test]
fn a_link_leads_to_the_ticket_whatever_its_id() {
    let desk = Desk::set(json!({
        "fields": { "First_Name": "Provisor", "Last_Name": "Bot" },
        "ticket-url": "https://itsm.example.com/arsys/form?eid={entry}&n={number}",
    }));
    assert_eq!(
        desk.ticket("corr-0001").url.as_deref(),
        Some(
            "https://itsm.example.com/arsys/form?eid=INC000000000501%7CINC000000000501&n=INC000000000101"
        )
    );
}

proptest! {
    #[test]
    fn no_value_leaves_its_place_in_a_qualification(field in ".{1,30}", value in any::<String>()) {
        let read = Qualification::parse(&equals(&field, &value));
        let expected = Qualification::Compare {
            field,
            operator: "=".to_owned(),
            value: Some(value),
        };
        prop_assert_eq!(read, Ok(expected));
    }

    #[test]
    fn each_of_many_values_is_asked_for(values in proptest::collection::vec(any::<String>(), 1..20)) {
        let read = Qualification::parse(&any_of("Number", values.iter().map(String::as_str)));
        let read = read.unwrap();
        for value in &values {
            prop_assert!(read.holds(&|_| Some(value)));
        }
    }

    #[test]
    fn no_cell_makes_a_line_of_its_own(cells in proptest::collection::vec(any::<String>(), 1..8)) {
        let grid = Block::Table(Grid {
            head: vec!["Wanted".to_owned()],
            rows: cells.iter().map(|cell| vec![cell.clone()]).collect(),
        });
        let written = text::plain(&[grid], 1_000_000);
        prop_assert_eq!(written.split('\n').count(), cells.len() + 2);
        prop_assert!(!written.chars().any(|one| one.is_control() && one != '\n'));
    }

    #[test]
    fn whatever_is_written_fits(parts in proptest::collection::vec(".{0,400}", 0..12), most in 0usize..2_000) {
        let blocks: Vec<Block> = parts.into_iter().map(document::paragraph).collect();
        prop_assert!(text::plain(&blocks, most).len() <= most);
    }
}
