//! The page for integrators lists the properties of the catalogue, and the example of a report on it
//! is one.
use provisor_conformance::property::Judge;
use provisor_conformance::{Report, catalogue};

fn page() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/conformance.md")
}

fn table() -> String {
    let mut table =
        String::from("| property | level | what holds | how it is tried |\n|---|---|---|---|\n");
    for property in catalogue::all() {
        let (level, trial) = match property.judge {
            Judge::Trial(_) => (property.level.as_str(), property.trial),
            Judge::Outside(why) => ("not tried", why),
        };
        let line = format!(
            "| {} | {level} | {} | {trial} |\n",
            property.id, property.title
        );
        table.push_str(&line);
    }
    table
}

#[test]
fn the_page_lists_every_property_as_the_catalogue_has_it() {
    let text = std::fs::read_to_string(page()).unwrap();
    let (before, _) = text.split_once("\n| property |").unwrap();
    if std::env::var_os("INSTA_UPDATE").is_some_and(|update| update == "always") {
        std::fs::write(page(), format!("{before}\n{}", table())).unwrap();
    }
    let text = std::fs::read_to_string(page()).unwrap();
    assert!(
        text.ends_with(&table()),
        "docs/conformance.md is behind the catalogue; INSTA_UPDATE=always writes its table anew"
    );
}

#[test]
fn every_field_of_a_report_is_explained_on_the_page() {
    let example = page().with_file_name("json").join("component-conform.json");
    let example = std::fs::read(example).unwrap();
    let value: serde_json::Value = serde_json::from_slice(&example).unwrap();
    let text = std::fs::read_to_string(page()).unwrap();
    let evidence = &value["properties"][0]["evidence"];
    for object in [
        &value,
        &value["component"],
        &value["properties"][0],
        evidence,
    ] {
        for name in object.as_object().unwrap().keys() {
            assert!(
                text.contains(&format!("`{name}`")),
                "{name} is not explained"
            );
        }
    }
    assert!(Report::from_bytes(&example).is_ok());
}

#[test]
fn the_catalogue_is_in_order_and_names_each_property_once() {
    let ids: Vec<&str> = catalogue::all().map(|property| property.id).collect();
    let distinct: std::collections::BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(distinct.len(), ids.len());
    for property in catalogue::all() {
        for line in [
            property.title,
            property.trial,
            property.remedy.fix,
            property.remedy.why,
        ] {
            assert!(
                !line.is_empty() && !line.contains(['\n', '|']),
                "{}: {line:?}",
                property.id
            );
        }
    }
}
