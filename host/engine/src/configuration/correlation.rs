//! By what a row is recognised that is called otherwise than it should be.

use provisor_model::{Confidence, CorrelationRule, Normalisation, Schema};

use super::resource::only_with_reader;
use super::section::{Entry, Section, quote};

const NORMALISATIONS: [(&str, Normalisation); 4] = [
    ("exact", Normalisation::Exact),
    ("ignore-case", Normalisation::IgnoreCase),
    ("digits-only", Normalisation::DigitsOnly),
    ("fold", Normalisation::Fold),
];

const CONFIDENCES: [(&str, Confidence); 2] = [("low", Confidence::Low), ("high", Confidence::High)];

const RULES: &str = "tables such as { attributes = [\"personnel-number\"] }";
const NAMES: &str = "a list of attributes such as [\"personnel-number\"]";

/// More rules than this are no rules.
const MOST_RULES: usize = 20;

/// A rule, and where its attributes are named.
type Read<'f, 't> = (CorrelationRule, Vec<Entry<'f, 't>>);

/// Reads the rules; whether their attributes are there is known later.
pub(super) fn read<'f, 't>(section: &Section<'f, 't>, has_reader: bool) -> Vec<Read<'f, 't>> {
    let Some(entry) = only_with_reader(section, "correlation", has_reader) else {
        return Vec::new();
    };
    let elements = entry.elements(RULES);
    if elements.len() > MOST_RULES {
        entry.mistake(format!("has more than {MOST_RULES} rules"));
        return Vec::new();
    }
    elements
        .into_iter()
        .filter_map(|element| read_one(&element.section()?))
        .collect()
}

fn read_one<'f, 't>(section: &Section<'f, 't>) -> Option<Read<'f, 't>> {
    let names = section.required("attributes", "attributes = [\"personnel-number\"]");
    let normalise = section
        .entry("normalise")
        .and_then(|entry| entry.choice(&NORMALISATIONS));
    let confidence = section
        .entry("confidence")
        .and_then(|entry| entry.choice(&CONFIDENCES));
    section.refuse_unknown();
    let entry = names?;
    let names = entry.elements(NAMES);
    if names.is_empty() {
        entry.mistake("names no attribute; at least one is needed");
    }
    let rule = CorrelationRule {
        attributes: Vec::new(),
        normalise: normalise.unwrap_or_default(),
        confidence: confidence.unwrap_or_default(),
    };
    Some((rule, names))
}

/// The rules whose attributes are all there and can be compared.
pub(super) fn finish(rules: Vec<Read<'_, '_>>, schema: &Schema) -> Vec<CorrelationRule> {
    let mut good: Vec<CorrelationRule> = Vec::new();
    for (mut rule, names) in rules {
        let mut complete = !names.is_empty();
        for entry in names {
            let Some(name) = entry.text("the name of an attribute") else {
                complete = false;
                continue;
            };
            let found = schema
                .attributes()
                .find(|(known, _)| known.as_str() == name);
            let problem = match found {
                None => {
                    let known = || schema.attributes().map(|(known, _)| known.as_str());
                    entry.mistake_with(
                        format!("there is no attribute {}", quote(name)),
                        name,
                        known(),
                    );
                    complete = false;
                    continue;
                }
                Some((_, attribute)) if attribute.is_secret() => "it is a secret",
                Some((_, attribute)) if attribute.is_multi_valued() => "it has several values",
                Some((known, _)) if rule.attributes.contains(known) => "it is named twice",
                Some((known, _)) => {
                    rule.attributes.push(known.clone());
                    continue;
                }
            };
            entry.mistake(format!("{} cannot be compared: {problem}", quote(name)));
            complete = false;
        }
        if complete {
            good.push(rule);
        }
    }
    good
}
