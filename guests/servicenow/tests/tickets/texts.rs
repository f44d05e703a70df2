//! Long and hostile texts.

use proptest::prelude::*;
use provisor_sdk::{Block, Grid, Span, document, testing};
use serde_json::{Value, json};

use crate::desk::{CORRELATION, desk, desk_with, instance};

#[test]
fn a_description_of_300_kilobytes_is_cut_and_says_so() {
    let row = |at: usize| vec![format!("attribute {at}"), "x".repeat(80)];
    let mut draft = testing::draft(CORRELATION);
    draft.description = vec![
        document::paragraph("Create this account."),
        Block::Table(Grid {
            head: vec!["Attribute".to_owned(), "Wanted".to_owned()],
            rows: (0..3_000).map(row).collect(),
        }),
    ];
    let desk = desk();
    desk.create_from(&draft).unwrap();
    let kept = desk.seen()[0].description.clone();
    assert!(
        kept.ends_with(document::CUT),
        "the instance has cut it, not the component"
    );
    let length = kept.chars().count();
    assert!((3_800..=4_000).contains(&length), "{length}");
    assert!(kept.starts_with("Create this account."));

    let wide = desk_with(instance(), json!({ "description-limit": 1_000_000 }));
    wide.create_from(&draft).unwrap();
    let body: Value = serde_json::from_slice(wide.sent()[0].body.as_ref().unwrap()).unwrap();
    assert!(body["description"].as_str().unwrap().len() > 270_000);
}

#[test]
fn a_title_is_one_line_that_fits() {
    let mut draft = testing::draft(CORRELATION);
    draft.title = format!("Create\r\naccount\t{}", "ž".repeat(300));
    let desk = desk();
    desk.create_from(&draft).unwrap();
    let title = &desk.seen()[0].title;
    assert!(title.starts_with("Create account žž"), "{title}");
    assert!(title.ends_with('…'), "{title}");
    assert_eq!(title.chars().count(), 160);
}

#[test]
fn hostile_values_arrive_as_text() {
    let hostile =
        "<script>alert(\"x\")</script> ' \\ ${gs.sleep(1)} ^ORactive=true 🙂 \u{202e}\u{1b}[31m";
    let mut draft = testing::draft(CORRELATION);
    draft.title = hostile.to_owned();
    draft.description = vec![Block::Paragraph(vec![Span {
        text: hostile.to_owned(),
        strong: true,
        link: Some("javascript:alert(1)".to_owned()),
    }])];
    draft.facts = vec![("account".to_owned(), format!("[code]{hostile}[/code]"))];
    let settings = json!({ "fields": { "u_account": "{account}" } });
    let desk = desk_with(instance().with_field("u_account"), settings);
    let ticket = desk.create_from(&draft).unwrap();
    let plain = hostile.replace('\u{1b}', "");
    let shown = &desk.seen()[0];
    assert!(shown.description.starts_with(&plain), "{shown:?}");
    assert_eq!(shown.title, hostile.replace('\u{1b}', " "));
    let account = desk.field(&ticket, "u_account");
    assert_eq!(account, format!("[ code]{plain}[ /code]"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_is_kept_whole_and_is_no_markup(
        title in "\\PC{1,60}",
        value in "(\\[code\\]|\\[/CODE\\]|<b>|\\PC){0,40}",
    ) {
        let mut draft = testing::draft(CORRELATION);
        draft.title = title;
        draft.description = vec![document::paragraph(value.clone())];
        let desk = desk();
        desk.create_from(&draft).unwrap();
        let kept = desk.seen()[0].description.clone();
        prop_assert!(!kept.to_lowercase().contains("[code"));
        prop_assert!(!kept.to_lowercase().contains("[/code"));
        prop_assert_eq!(desk.find().unwrap().len(), 1);
    }
}
