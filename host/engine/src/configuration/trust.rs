//! Whose signatures are asked for: `[components.trust]`.

use std::collections::BTreeSet;

use provisor_model::KeyName;
use provisor_package::{PublicKey, Rule, Subject, Trust, TrustError};

use super::section::{Entry, Section, quote};

const SUBJECTS: [(&str, Subject); 2] = [
    ("components", Subject::Component),
    ("reports", Subject::Report),
];

/// More rules or keys than anybody can keep in mind.
const MOST_KEYS: u32 = 1000;

/// Reads keys and rules.
pub(super) fn read(section: &Section<'_, '_>) -> Trust {
    let trust = section
        .required(
            "keys",
            "keys.alice = \"64 hexadecimal digits, as `provisor component key show` prints them\"",
        )
        .and_then(|entry| entry.section())
        .map(|section| read_keys(&section))
        .unwrap_or_default();
    let rules = section.required(
        "rule",
        "a table [[components.trust.rule]] with all-of = [\"alice\"]",
    );
    section.refuse_unknown();
    let Some(rules) = rules else { return trust };
    let elements = rules.elements("tables [[components.trust.rule]]");
    if elements.is_empty() {
        rules.mistake("has no rule, so the keys have no effect");
    }
    let mut all = trust.clone();
    for element in elements {
        let Some(section) = element.section() else {
            continue;
        };
        if let Some((subject, rule)) = read_rule(&section, &trust) {
            match all.clone().with_rule(subject, rule) {
                Ok(more) => all = more,
                Err(error) => section.mistake(error.to_string()),
            }
        }
    }
    all
}

fn read_keys(section: &Section<'_, '_>) -> Trust {
    let mut keys: Vec<(KeyName, PublicKey)> = Vec::new();
    for (name, entry) in section.all_entries() {
        let name = KeyName::new(name).map_err(|error| entry.key_mistake(error.to_string()));
        let key = entry
            .text("the public key as 64 hexadecimal digits")
            .and_then(|text| {
                text.parse::<PublicKey>()
                    .map_err(|error| entry.mistake(error.to_string()))
                    .ok()
            });
        let (Ok(name), Some(key)) = (name, key) else {
            continue;
        };
        match keys.iter().find(|(_, known)| *known == key) {
            Some((other, _)) => {
                entry.mistake(TrustError::SameKey(other.clone(), name).to_string());
            }
            None => keys.push((name, key)),
        }
    }
    // Names and keys are known to differ.
    Trust::new(keys).unwrap_or_default()
}

fn read_rule(section: &Section<'_, '_>, trust: &Trust) -> Option<(Subject, Rule)> {
    let subject = section
        .entry("for")
        .map_or(Some(Subject::Component), |entry| entry.choice(&SUBJECTS));
    let keys = |key| {
        let entry = section.entry(key)?;
        Some(read_names(&entry, trust))
    };
    let (all_of, any_of) = (keys("all-of"), keys("any-of"));
    let at_least = section
        .entry("at-least")
        .map(|entry| (entry.number(1..=MOST_KEYS), entry));
    section.refuse_unknown();
    if all_of.is_none() && any_of.is_none() {
        section
            .mistake("names no keys; write all-of = [\"alice\"] or any-of = [\"alice\", \"bob\"]");
        return None;
    }
    if let (Some((_, entry)), None) = (&at_least, &any_of) {
        entry.key_mistake("has no effect without any-of");
        return None;
    }
    // Mistakes in the lists are reported already.
    let lists = [all_of, any_of].map(|keys| keys.unwrap_or(Some(BTreeSet::new())));
    let [Some(all_of), Some(any_of)] = lists else {
        return None;
    };
    let number = match &at_least {
        Some((number, _)) => (*number)?,
        None => 1,
    };
    match Rule::new(all_of, any_of, number as usize) {
        Ok(rule) => Some((subject?, rule)),
        Err(error) => {
            match &at_least {
                Some((_, entry)) => entry.mistake(error.to_string()),
                None => section.mistake(error.to_string()),
            }
            None
        }
    }
}

/// The names of a list, all of which must be those of keys; `None` if something is wrong.
fn read_names(entry: &Entry<'_, '_>, trust: &Trust) -> Option<BTreeSet<KeyName>> {
    const EXAMPLE: &str = "a list of keys such as [\"alice\", \"bob\"]";
    let elements = entry.elements(EXAMPLE);
    if elements.is_empty() {
        entry.mistake("names no key");
        return None;
    }
    let mut names = BTreeSet::new();
    let mut whole = true;
    for element in elements {
        let Some(text) = element.text("the name of a key such as \"alice\"") else {
            whole = false;
            continue;
        };
        match trust.keys().keys().find(|name| name.as_str() == text) {
            Some(name) if names.insert(name.clone()) => {}
            Some(_) => {
                element.mistake(format!("{} stands here twice", quote(text)));
                whole = false;
            }
            None => {
                let known = trust.keys().keys().map(KeyName::as_str);
                let problem = format!("there is no key {} in keys", quote(text));
                element.mistake_with(problem, text, known);
                whole = false;
            }
        }
    }
    whole.then_some(names)
}
