//! A small schema, and states and deltas over few values so that they often meet.

use proptest::prelude::*;
use provisor_model::{
    Attribute, AttributeName, Attributes, Change, Delta, Kind, Schema, State, Values,
};

pub fn schema() -> Schema {
    Schema::new(
        "login",
        [
            Attribute::new("login", Kind::Text).ignore_case(),
            Attribute::new("full-name", Kind::Text),
            Attribute::new("interests", Kind::Text)
                .multi_valued()
                .ignore_case(),
            Attribute::new("enabled", Kind::Boolean),
        ],
    )
    .and_then(|schema| schema.with_status("enabled"))
    .expect("a good schema")
}

pub fn name(text: &str) -> AttributeName {
    AttributeName::new(text).expect("a good name")
}

pub fn values(texts: &[&str]) -> Values {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn one_of(texts: &'static [&'static str]) -> impl Strategy<Value = Values> {
    prop::sample::select(texts).prop_map(|text| values(&[text]))
}

fn some_interests() -> impl Strategy<Value = Values> {
    prop::sample::subsequence(&["sailing", "Fencing", "music", "chess"], 0..=4)
        .prop_shuffle()
        .prop_map(|texts| {
            schema()
                .attribute("interests")
                .expect("in the schema")
                .parse(texts)
                .expect("good values")
        })
}

pub fn attributes() -> impl Strategy<Value = Attributes> {
    (
        prop::option::of(prop_oneof![
            one_of(&["Will Turner", "Elizabeth Swann", "Jack Sparrow"]),
            Just(Values::NONE),
        ]),
        prop::option::of(some_interests()),
        prop::option::of(one_of(&["true", "false"])),
    )
        .prop_map(|(full_name, interests, enabled)| {
            let mut attributes = Attributes::new();
            attributes.insert(name("login"), values(&["will"]));
            for (key, values) in [
                ("full-name", full_name),
                ("interests", interests),
                ("enabled", enabled),
            ] {
                if let Some(values) = values {
                    attributes.insert(name(key), values);
                }
            }
            attributes
        })
}

pub fn state() -> impl Strategy<Value = State> {
    prop_oneof![
        1 => Just(State::Absent),
        4 => attributes().prop_map(State::Present),
    ]
}

fn changes() -> impl Strategy<Value = provisor_model::Changes> {
    (
        attributes(),
        prop::option::of((some_interests(), some_interests())),
    )
        .prop_map(|(attributes, edit)| {
            let schema = schema();
            let mut changes: provisor_model::Changes = attributes
                .into_iter()
                .map(|(name, values)| (name, Change::Set(values)))
                .collect();
            if let Some((add, remove)) = edit {
                let interests = name("interests");
                let remove = schema.difference(&interests, &remove, &add);
                changes.insert(interests, Change::Edit { add, remove });
            }
            changes
        })
}

pub fn delta() -> impl Strategy<Value = Delta> {
    prop_oneof![
        2 => changes().prop_map(Delta::Create),
        4 => changes().prop_map(Delta::Modify),
        1 => Just(Delta::Delete),
        1 => changes().prop_map(Delta::Recreate),
    ]
}
