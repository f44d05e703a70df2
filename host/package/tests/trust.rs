//! Who is trusted, and who is not.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::subsequence;
use provisor_model::KeyName;
use provisor_package::{PrivateKey, Rule, Signature, Subject, Trust, TrustError, Untrusted};

const COMPONENT: &[u8] = b"\0asm and more";

const NAMES: [&str; 5] = ["alice", "bob", "carol", "dave", "eve"];

fn name(name: &str) -> KeyName {
    name.parse().expect("a name")
}

struct People(Vec<(KeyName, PrivateKey)>);

impl People {
    fn new() -> Self {
        Self(
            NAMES
                .iter()
                .map(|known| (name(known), PrivateKey::new().expect("a key")))
                .collect(),
        )
    }

    fn trust(&self) -> Trust {
        Trust::new(
            self.0
                .iter()
                .map(|(name, key)| (name.clone(), key.public())),
        )
        .expect("different keys")
    }

    fn sign(&self, who: &str) -> Signature {
        self.key(who).sign(Subject::Component, COMPONENT, None)
    }

    fn key(&self, who: &str) -> &PrivateKey {
        let found = self.0.iter().find(|(name, _)| name.as_str() == who);
        &found.expect("somebody known").1
    }
}

fn judge(trust: &Trust, signatures: &[Signature]) -> Result<Vec<String>, String> {
    trust
        .judge(Subject::Component, COMPONENT, signatures)
        .map(|endorsed| endorsed.keys.iter().map(ToString::to_string).collect())
        .map_err(|error| error.to_string())
}

#[test]
fn all_of_a_rule_have_to_vouch() {
    let people = People::new();
    let rule = Rule::all_of([name("alice"), name("bob")]).expect("a rule");
    let trust = people
        .trust()
        .with_rule(Subject::Component, rule)
        .expect("known keys");
    let (alice, bob) = (people.sign("alice"), people.sign("bob"));
    assert_eq!(
        judge(&trust, std::slice::from_ref(&alice)),
        Err("the component is not trusted: rule 1 lacks a signature of bob".to_owned())
    );
    assert_eq!(
        judge(&trust, &[alice, bob]),
        Ok(vec!["alice".into(), "bob".into()])
    );
}

#[test]
fn one_rule_of_several_is_enough_and_what_each_lacks_is_said() {
    let people = People::new();
    let trust = people
        .trust()
        .with_rule(
            Subject::Component,
            Rule::all_of([name("alice")]).expect("a rule"),
        )
        .and_then(|trust| {
            let two = Rule::any_of([name("bob"), name("carol"), name("dave")], 2).expect("a rule");
            trust.with_rule(Subject::Component, two)
        })
        .expect("known keys");
    assert_eq!(
        judge(&trust, &[people.sign("bob")]),
        Err(
            "the component is not trusted: rule 1 lacks a signature of alice; rule 2 lacks 1 of \
             carol, dave"
                .to_owned()
        )
    );
    let endorsed = trust
        .judge(
            Subject::Component,
            COMPONENT,
            &[people.sign("bob"), people.sign("dave")],
        )
        .expect("trusted");
    assert_eq!(
        endorsed.rule.expect("a rule").to_string(),
        "2 of bob, carol, dave"
    );
}

#[test]
fn one_key_counts_once_however_often_it_signs() {
    let people = People::new();
    let two = Rule::any_of([name("alice"), name("bob")], 2).expect("a rule");
    let trust = people
        .trust()
        .with_rule(Subject::Component, two)
        .expect("known keys");
    let again = people
        .key("alice")
        .sign(Subject::Component, COMPONENT, Some("bob".into()));
    assert!(judge(&trust, &[people.sign("alice"), people.sign("alice"), again]).is_err());
}

#[test]
fn a_key_that_is_not_known_and_a_signature_for_something_else_do_not_count() {
    let people = People::new();
    let rule = Rule::all_of([name("alice")]).expect("a rule");
    let trust = people
        .trust()
        .with_rule(Subject::Component, rule)
        .expect("known keys");
    let stranger = PrivateKey::new().expect("a key");
    let other = people
        .key("alice")
        .sign(Subject::Component, b"\0asm other", None);
    let report = people.key("alice").sign(Subject::Report, COMPONENT, None);
    let message = judge(
        &trust,
        &[
            stranger.sign(Subject::Component, COMPONENT, Some("alice".into())),
            other,
            report,
        ],
    )
    .expect_err("nobody has vouched");
    for part in [
        "rule 1 lacks a signature of alice",
        "signature 1 does not count: its key",
        "is not one that is trusted; it calls itself \"alice\"",
        "signature 2 does not count: it is for sha256:",
        "signature 3 does not count: it is the signature of a report, and not of a component",
    ] {
        assert!(message.contains(part), "{part:?} is not in {message:?}");
    }
}

#[test]
fn a_signature_for_one_purpose_is_none_for_another_even_if_it_says_so() {
    let people = People::new();
    let report = people
        .key("alice")
        .sign(Subject::Report, COMPONENT, None)
        .to_string();
    let forged = report.replace("\"report\"", "\"component\"");
    let forged = Signature::parse(forged.as_bytes()).expect("a signature");
    let error = forged
        .verify(Subject::Component, COMPONENT)
        .expect_err("it is forged");
    assert_eq!(error.code(), "signature-wrong");
}

#[test]
fn rules_that_would_trust_everybody_or_nobody_cannot_be_made() {
    assert_eq!(Rule::new([], [], 0), Err(TrustError::EmptyRule));
    for at_least in [0, 3] {
        let rule = Rule::any_of([name("alice"), name("bob")], at_least);
        assert_eq!(rule, Err(TrustError::AtLeast { at_least, keys: 2 }));
    }
    let rule = Rule::all_of([name("mallory")]).expect("a rule");
    assert_eq!(
        People::new().trust().with_rule(Subject::Report, rule),
        Err(TrustError::UnknownKey(name("mallory")))
    );
    let key = PrivateKey::new().expect("a key").public();
    assert_eq!(
        Trust::new([(name("alice"), key), (name("bob"), key)]),
        Err(TrustError::SameKey(name("alice"), name("bob")))
    );
}

#[test]
fn without_a_rule_no_signature_is_asked_for_and_with_one_for_reports_components_need_none() {
    let people = People::new();
    assert_eq!(judge(&people.trust(), &[]), Ok(vec![]));
    let rule = Rule::all_of([name("alice")]).expect("a rule");
    let trust = people
        .trust()
        .with_rule(Subject::Report, rule)
        .expect("known keys");
    assert_eq!(judge(&trust, &[]), Ok(vec![]));
    assert!(trust.judge(Subject::Report, b"{}", &[]).is_err());
}

#[test]
fn a_flood_of_signatures_is_not_looked_at() {
    let people = People::new();
    let many = vec![people.sign("alice"); 33];
    let error = people.trust().judge(Subject::Component, COMPONENT, &many);
    assert!(matches!(error, Err(Untrusted::TooMany { found: 33 })));
}

/// Some of the names.
fn some() -> impl Strategy<Value = BTreeSet<KeyName>> {
    subsequence(NAMES.to_vec(), 0..=NAMES.len())
        .prop_map(|names| names.into_iter().map(name).collect())
}

fn rule() -> impl Strategy<Value = Rule> {
    (some(), some(), 0..=NAMES.len())
        .prop_filter_map("rules that make sense", |(all, any, least)| {
            Rule::new(all, any, least).ok()
        })
}

proptest! {
    /// Decided by counting, from the words of the documentation.
    #[test]
    fn a_rule_is_satisfied_by_exactly_those_that_it_names(
        all in some(), any in some(), least in 0..=NAMES.len(), vouching in some()
    ) {
        let Ok(rule) = Rule::new(all.clone(), any.clone(), least) else { return Ok(()) };
        let everybody = all.iter().all(|name| vouching.contains(name));
        let number = any.iter().filter(|name| vouching.contains(*name)).count();
        let enough = any.is_empty() || number >= least;
        prop_assert_eq!(rule.is_satisfied_by(&vouching), everybody && enough);
    }

    #[test]
    fn one_more_signature_never_takes_trust_away(
        rules in prop::collection::vec(rule(), 1..4), vouching in some(), more in 0..NAMES.len(), broken in any::<bool>()
    ) {
        let people = People::new();
        let trust = rules.into_iter().fold(people.trust(), |trust, rule| {
            trust.with_rule(Subject::Component, rule).expect("known keys")
        });
        let mut signatures: Vec<_> =
            vouching.iter().map(|name| people.sign(name.as_str())).collect();
        let before = judge(&trust, &signatures);
        signatures.insert(0, match broken {
            true => people.key(NAMES[more]).sign(Subject::Component, b"other", None),
            false => people.sign(NAMES[more]),
        });
        let after = judge(&trust, &signatures);
        prop_assert!(before.is_err() || after.is_ok());
        if broken {
            prop_assert_eq!(before.ok(), after.ok());
        }
    }

    #[test]
    fn a_signature_holds_for_no_other_bytes(at in 0..COMPONENT.len(), bit in 0..8_u32) {
        let signature = PrivateKey::new().expect("a key").sign(Subject::Component, COMPONENT, None);
        let mut other = COMPONENT.to_vec();
        other[at] ^= 1 << bit;
        prop_assert!(signature.verify(Subject::Component, COMPONENT).is_ok());
        prop_assert!(signature.verify(Subject::Component, &other).is_err());
    }
}
