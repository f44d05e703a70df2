//! The pages for people: what they link to is there, and what they say of settings is what components take.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// The components that keep tickets; each has a page that is called as it is.
const TICKETING: [&str; 5] = [
    "jira",
    "remedy",
    "request-tracker",
    "service-manager",
    "servicenow",
];

/// Where pages are.
const FOLDERS: [&str; 10] = [
    "",
    "docs",
    "docs/tickets",
    "guests/sdk",
    "examples/components",
    "examples/components/desks",
    "examples/components/fixed-width",
    "examples/components/joiners",
    "examples/components/office-hours",
    "examples/components/roundup",
];

/// A page as it is read.
#[derive(Default)]
struct Page {
    /// Where its links lead.
    links: Vec<String>,
    /// The anchors of its headings.
    anchors: BTreeSet<String>,
    /// Its blocks of code with their languages.
    blocks: Vec<(String, String)>,
    /// All its code, in blocks and in the middle of a sentence.
    code: Vec<String>,
}

impl Page {
    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        let mut page = Page::default();
        let mut heading: Option<String> = None;
        let mut block: Option<(String, String)> = None;
        for event in Parser::new_ext(&text, Options::ENABLE_TABLES) {
            match event {
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => {
                    page.anchors
                        .extend(heading.take().map(|text| anchor(&text)));
                }
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    page.links.push(dest_url.into_string());
                }
                Event::Start(Tag::CodeBlock(kind)) => {
                    let language = match kind {
                        CodeBlockKind::Fenced(language) => language.into_string(),
                        CodeBlockKind::Indented => String::new(),
                    };
                    block = Some((language, String::new()));
                }
                Event::End(TagEnd::CodeBlock) => {
                    let block = block.take().expect("a block that began");
                    page.code.push(block.1.clone());
                    page.blocks.push(block);
                }
                Event::Code(code) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&code);
                    }
                    page.code.push(code.into_string());
                }
                Event::Text(text) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&text);
                    }
                    if let Some((_, block)) = &mut block {
                        block.push_str(&text);
                    }
                }
                _ => {}
            }
        }
        page
    }
}

/// How a heading is called in a link: its letters and digits in lower case, with hyphens for spaces.
fn anchor(heading: &str) -> String {
    heading
        .to_lowercase()
        .chars()
        .filter(|one| one.is_alphanumeric() || matches!(one, ' ' | '-' | '_'))
        .map(|one| if one == ' ' { '-' } else { one })
        .collect()
}

/// The folder of everything.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("a folder above").to_owned()
}

/// All pages by their paths.
fn pages() -> BTreeMap<PathBuf, Page> {
    let mut pages = BTreeMap::new();
    for folder in FOLDERS {
        for entry in fs::read_dir(root().join(folder)).expect(folder) {
            let path = entry.expect(folder).path();
            if path.extension().is_some_and(|it| it == "md") {
                let page = Page::read(&path);
                pages.insert(path, page);
            }
        }
    }
    pages
}

fn page_of(component: &str) -> Page {
    Page::read(&root().join(format!("docs/tickets/{component}.md")))
}

fn schema_of(component: &str) -> serde_json::Value {
    let path = root().join(format!("guests/{component}/settings.schema.json"));
    let text = fs::read_to_string(path).expect(component);
    serde_json::from_str(&text).expect(component)
}

#[test]
fn every_link_leads_to_a_file_and_every_anchor_to_a_heading() {
    let pages = pages();
    let mut broken = Vec::new();
    for (path, page) in &pages {
        for link in page.links.iter().filter(|link| !link.contains("://")) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = match file {
                "" => path.clone(),
                file => path.parent().expect("a folder").join(file),
            };
            let Ok(target) = target.canonicalize() else {
                broken.push(format!("{}: {link} is not there", path.display()));
                continue;
            };
            if !anchor.is_empty() && !Page::read(&target).anchors.contains(anchor) {
                broken.push(format!("{}: {link} is no heading", path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn every_piece_of_toml_can_be_taken_as_it_stands() {
    let mut broken = Vec::new();
    for (path, page) in pages() {
        for (_, text) in page
            .blocks
            .iter()
            .filter(|(language, _)| language == "toml")
        {
            if let Err(error) = text.parse::<toml::Table>() {
                broken.push(format!("{}: {error}\n{text}", path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// The names of all settings that a schema has, those inside of others as well.
fn settings(schema: &serde_json::Value, into: &mut BTreeSet<String>) {
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        into.insert(name.clone());
        settings(inner, into);
    }
}

#[test]
fn every_setting_of_a_component_stands_in_its_page() {
    let mut missing = Vec::new();
    for component in TICKETING {
        let page = page_of(component);
        let words: BTreeSet<&str> = page
            .code
            .iter()
            .flat_map(|code| code.split(|one: char| !one.is_alphanumeric() && one != '-'))
            .collect();
        let mut names = BTreeSet::new();
        settings(&schema_of(component), &mut names);
        assert!(names.contains("url"), "{component} has no settings");
        let absent = names
            .into_iter()
            .filter(|name| !words.contains(name.as_str()));
        missing.extend(absent.map(|name| format!("{component}: {name}")));
    }
    assert!(
        missing.is_empty(),
        "no page says what these are: {missing:?}"
    );
}

/// Names in `table` that a schema does not have, by their paths.
fn unknown(table: &toml::Table, schema: &serde_json::Value, path: &str, into: &mut Vec<String>) {
    for (name, value) in table {
        let path = format!("{path}.{name}");
        match (&schema["properties"][name], value) {
            (serde_json::Value::Null, _) if schema["additionalProperties"] == false => {
                into.push(path);
            }
            (inner, toml::Value::Table(table)) => unknown(table, inner, &path, into),
            _ => {}
        }
    }
}

#[test]
fn every_setting_in_a_page_is_one_of_the_component() {
    let mut wrong = Vec::new();
    for component in TICKETING {
        let (page, schema) = (page_of(component), schema_of(component));
        let mut seen = 0;
        for (_, text) in page
            .blocks
            .iter()
            .filter(|(language, _)| language == "toml")
        {
            let table: toml::Table = text.parse().expect("TOML");
            let systems = table.get("ticket-system").and_then(toml::Value::as_table);
            let resources = table.get("resource").and_then(toml::Value::as_table);
            let of_systems = systems.into_iter().flatten().map(|(_, system)| system);
            let of_resources = resources
                .into_iter()
                .flatten()
                .filter_map(|(_, resource)| resource.get("tickets"));
            for place in of_systems.chain(of_resources) {
                if let Some(settings) = place.get("settings").and_then(toml::Value::as_table) {
                    unknown(settings, &schema, component, &mut wrong);
                    seen += 1;
                }
            }
        }
        assert!(seen > 0, "the page of {component} shows no settings");
    }
    assert!(wrong.is_empty(), "no component takes these: {wrong:?}");
}

#[test]
fn a_connection_is_checked_by_the_name_of_a_resource() {
    let mut wrong = Vec::new();
    for (path, page) in pages() {
        let resources: BTreeSet<String> = page
            .blocks
            .iter()
            .filter(|(language, _)| language == "toml")
            .filter_map(|(_, text)| text.parse::<toml::Table>().ok()?.remove("resource"))
            .filter_map(|resources| Some(resources.as_table()?.keys().cloned().collect::<Vec<_>>()))
            .flatten()
            .collect();
        for line in page.code.iter().flat_map(|code| code.lines()) {
            let Some((_, rest)) = line.split_once("provisor ticket check ") else {
                continue;
            };
            let name = rest.split_whitespace().next().unwrap_or_default();
            if !resources.contains(name) {
                wrong.push(format!("{}: {line}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
