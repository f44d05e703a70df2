//! Texts: their form, their length, and values that try to be more than values.

use jira::settings::Deployment;
use jira::{adf, text, wiki};
use proptest::prelude::*;
use provisor_sdk::{Block, Draft, Grid, Span, Ticketing, document};
use provisor_simulated::{JiraCloud, JiraDataCenter};
use serde_json::{Value, json};

use crate::world::{Deployed, World, on_both};

on_both!(
    a_title_of_any_length_and_content_is_taken,
    a_description_of_300_kilobytes_is_cut_and_says_so,
    hostile_values_are_only_text,
    an_empty_description_is_taken,
);

/// The schema that Atlassian publishes: `dist/json-schema/v1/full.json` of the npm package
/// `@atlaskit/adf-schema` 57.7.22.
fn schema() -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(include_str!("../adf.schema.json")).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

fn a_title_of_any_length_and_content_is_taken<P: Deployed>() {
    for title in [
        "x".repeat(300),
        "🙂".repeat(300),
        "a\r\nb\u{0}\tc".to_owned(),
        String::new(),
    ] {
        let world = World::<P>::new();
        let draft = Draft {
            title,
            ..world.draft()
        };
        world.jira.create(&world.http, &draft).unwrap();
        let title = world.seen().title;
        assert!(!title.is_empty() && text::length(&title) <= 255, "{title}");
    }
}

fn a_description_of_300_kilobytes_is_cut_and_says_so<P: Deployed>() {
    let rows = (0..3_000).map(|at| vec![format!("attribute {at}"), "x".repeat(80)]);
    let table = Block::Table(Grid {
        head: vec!["Attribute".to_owned(), "Wanted".to_owned()],
        rows: rows.collect(),
    });
    let long = document::paragraph("é🙂\n".repeat(60_000));
    for description in [vec![table.clone()], vec![long.clone(), table], vec![long]] {
        let world = World::<P>::new();
        let draft = Draft {
            description,
            ..world.draft()
        };
        world.jira.create(&world.http, &draft).unwrap();
        let first = world.seen().description;
        assert!(text::length(&first) <= 32_767);
        assert!(first.contains("Cut here") || first.contains('…'), "{first}");
        world.jira.create(&world.http, &draft).unwrap();
        let sent = world.sent_to("/issue")["fields"]["description"].clone();
        let again = sent.as_str().map_or(sent.to_string(), str::to_owned);
        assert_eq!(again, first, "it is cut at the same place");
    }
}

fn hostile_values_are_only_text<P: Deployed>() {
    let hostile = "{code}\u{0}\u{202e}<script>|![~admin]\"';--\\\\ *b* \u{1f642}";
    let world = World::<P>::new();
    let draft = Draft {
        title: hostile.to_owned(),
        description: vec![
            Block::Heading(hostile.to_owned()),
            Block::Paragraph(vec![Span {
                text: hostile.to_owned(),
                strong: true,
                link: Some("javascript:alert(1)".to_owned()),
            }]),
            Block::Table(Grid {
                head: vec![hostile.to_owned()],
                rows: vec![vec![hostile.to_owned()]],
            }),
        ],
        ..world.draft()
    };
    world.jira.create(&world.http, &draft).unwrap();
    let written = world.seen().description;
    assert!(!written.contains("javascript"), "{written}");
    assert!(!written.contains(['\u{0}', '\u{202e}']), "{written}");
    if P::DEPLOYMENT == "data-center" {
        for markup in ["{code}", "[~admin", "\\\\ ", "*b*", "!["] {
            let bare = written
                .replace("\\{", "")
                .replace("\\[", "")
                .replace("\\*", "");
            assert!(!bare.contains(markup), "{markup} in {written}");
        }
    }
}

fn an_empty_description_is_taken<P: Deployed>() {
    let nothing = || document::span("");
    for description in [
        vec![],
        vec![Block::Paragraph(vec![]), Block::Heading("\u{0}".to_owned())],
        vec![
            Block::Bullets(vec![]),
            Block::Steps(vec![vec![], vec![nothing()]]),
        ],
        vec![Block::Table(Grid {
            head: vec![],
            rows: vec![vec![]],
        })],
        vec![Block::Table(Grid {
            head: vec![String::new()],
            rows: vec![vec![String::new()]],
        })],
    ] {
        let world = World::<P>::new();
        let draft = Draft {
            description,
            ..world.draft()
        };
        world.jira.create(&world.http, &draft).unwrap();
    }
}

#[test]
fn a_description_has_the_form_that_atlassian_publishes() {
    let world = World::<JiraCloud>::new();
    world.create();
    let sent = world.sent_to("/issue")["fields"]["description"].clone();
    assert!(schema().is_valid(&sent), "{sent}");
    // The schema finds what Jira refuses.
    let empty = json!({ "type": "doc", "version": 1, "content": [
        { "type": "paragraph", "content": [{ "type": "text", "text": "" }] },
    ] });
    assert!(!schema().is_valid(&empty));
}

#[test]
fn steps_lists_and_links_look_as_they_should_in_wiki_markup() {
    let world = World::<JiraDataCenter>::new();
    let link = Span {
        text: "the runbook".to_owned(),
        strong: false,
        link: Some("https://wiki.example.com/run(1)".to_owned()),
    };
    let draft = Draft {
        description: vec![
            Block::Heading("What to do".to_owned()),
            Block::Steps(vec![
                vec![document::span("Read "), link],
                vec![document::span("Do it.")],
            ]),
            Block::Bullets(vec![vec![document::span("a\nb")]]),
            document::paragraph("line one\nline two"),
        ],
        ..world.draft()
    };
    world.jira.create(&world.http, &draft).unwrap();
    assert_eq!(
        world.seen().description,
        "h3. What to do\n\n# Read [the runbook|https://wiki.example.com/run(1)]\n# Do it.\n\n\
         * a b\n\nline one\nline two"
    );
}

/// Text that is rich in what some markup is made of.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[-*_?+^~{}|!#\\[\\]\\\\&;:()/.<>\"'@ \nab1hbq]{0,24}",
        Just("&#91;x|http://e.com]".to_owned()),
        Just("h1. x\nbq. y".to_owned()),
    ]
}

fn any_span() -> impl Strategy<Value = Span> {
    let link = proptest::option::of(any_text().prop_map(|text| format!("https://h/{text}")));
    (any_text(), any::<bool>(), link).prop_map(|(text, strong, link)| Span { text, strong, link })
}

fn any_blocks() -> impl Strategy<Value = Vec<Block>> {
    let spans = || proptest::collection::vec(any_span(), 0..4);
    let items = || proptest::collection::vec(spans(), 0..4);
    let grid = (0_usize..4).prop_flat_map(|width| {
        let row = move || proptest::collection::vec(any_text(), width);
        (row(), proptest::collection::vec(row(), 0..4)).prop_map(|(head, rows)| Grid { head, rows })
    });
    let block = prop_oneof![
        any_text().prop_map(Block::Heading),
        spans().prop_map(Block::Paragraph),
        items().prop_map(Block::Bullets),
        items().prop_map(Block::Steps),
        grid.prop_map(Block::Table),
    ];
    proptest::collection::vec(block, 0..6)
}

/// What Jira shows of a line in wiki markup in which nothing is markup; nothing if something is.
fn shown(line: &str) -> Option<String> {
    let characters: Vec<char> = line.chars().collect();
    let mut out = String::new();
    let mut at = 0;
    while at < characters.len() {
        let one = characters[at];
        let alphanumeric = |at: Option<usize>| {
            at.and_then(|at| characters.get(at))
                .copied()
                .is_some_and(char::is_alphanumeric)
        };
        match one {
            '\\' => {
                let next = *characters.get(at + 1)?;
                // Two of them would be a line break.
                if !"*?^~{}[]|!#-_+".contains(next) {
                    return None;
                }
                out.push(next);
                at += 2;
                continue;
            }
            '*' | '?' | '^' | '~' | '{' | '}' | '[' | ']' | '|' | '!' | '#' => return None,
            '-' | '_' | '+' if !(alphanumeric(at.checked_sub(1)) && alphanumeric(Some(at + 1))) => {
                return None;
            }
            '&' => {
                let rest: String = characters[at..].iter().collect();
                let end = rest.find(';').map(|end| &rest[..=end]);
                let number = end.and_then(|entity| {
                    entity
                        .strip_prefix("&#")?
                        .strip_suffix(';')?
                        .parse::<u32>()
                        .ok()
                });
                if let Some(known) = number.and_then(char::from_u32) {
                    out.push(known);
                    at += end.map_or(1, |entity| entity.chars().count());
                    continue;
                }
                if rest.starts_with("&amp;") {
                    out.push('&');
                    at += 5;
                    continue;
                }
                out.push('&');
            }
            ':' if line.contains("://") => return None,
            one => out.push(one),
        }
        at += 1;
    }
    Some(out)
}

thread_local! {
    static SCHEMA: jsonschema::Validator = schema();
}

/// What the schema says against a document.
fn wrong(document: &Value) -> Option<String> {
    SCHEMA.with(|schema| schema.validate(document).err().map(|it| it.to_string()))
}

proptest! {
    #[test]
    fn every_document_has_the_form_that_atlassian_publishes(blocks in any_blocks()) {
        let written = adf::document(&blocks);
        prop_assert_eq!(wrong(&written), None, "{}", written);
    }

    #[test]
    fn what_was_cut_has_the_form_too_and_fits(blocks in any_blocks(), most in 1_000_usize..4_000) {
        let cloud = text::body(Deployment::Cloud, &blocks, most);
        prop_assert!(text::length(&cloud.to_string()) <= most);
        prop_assert_eq!(wrong(&cloud), None);
        let wiki = text::body(Deployment::DataCenter, &blocks, most);
        prop_assert!(text::length(wiki.as_str().unwrap()) <= most);
    }

    #[test]
    fn no_value_becomes_wiki_markup_and_people_see_what_it_was(value in any_text()) {
        for line in text::lines(&value) {
            let written = wiki::escape(&line);
            prop_assert_eq!(shown(&written), Some(line.clone()), "{}", written);
        }
    }

    #[test]
    fn a_cell_stays_in_its_table(grid in any_text()) {
        let table = Block::Table(Grid { head: vec![grid.clone()], rows: vec![vec![grid]] });
        let written = wiki::document(&[table]);
        let lines: Vec<&str> = written.lines().collect();
        prop_assert_eq!(lines.len(), 2);
        for line in lines {
            let borders = line.replace("\\|", "").matches('|').count();
            prop_assert_eq!(borders, if line.starts_with("||") { 4 } else { 2 });
        }
    }
}
