//! What must hold when two versions of a component are compared, whatever they say.

use std::time::Duration;

use crate::fixture::{attributes, name, schema, values};
use proptest::prelude::*;
use provisor_model::account::{Decision, Verdict};
use provisor_model::{
    Canary, CanaryId, CanaryPlan, CanaryScope, Comparison, Departure, Difference, Digest,
    Evaluation, Finding, Hold, HoldKind, Percent, PersonName, Priority, Timestamp, VerdictKind,
    compare_decisions, compare_evaluations,
};

fn evaluation() -> impl Strategy<Value = Evaluation> {
    let words = || {
        prop::collection::vec(
            prop::sample::select(vec!["a", "b", "c"]).prop_map(str::to_owned),
            0..3,
        )
    };
    let login = prop::sample::select(vec!["will", "WILL", "elizabeth"]);
    prop_oneof![
        4 => (attributes(), words(), login).prop_map(|(mut attributes, warnings, login)| {
            attributes.insert(name("login"), values(&[login]));
            Evaluation::Account { attributes, warnings }
        }),
        1 => words().prop_map(|problems| Evaluation::Unusable { problems }),
    ]
}

fn verdict() -> impl Strategy<Value = Verdict> {
    let words = || prop::sample::select(vec!["x", "y"]).prop_map(str::to_owned);
    prop_oneof![
        Just(Verdict::Allow),
        (words(), words()).prop_map(|(code, reason)| Verdict::Deny { code, reason }),
        (any::<bool>(), words(), words()).prop_map(|(could, code, reason)| {
            let kind = if could {
                HoldKind::Policy
            } else {
                HoldKind::Undecidable
            };
            Verdict::Hold(Hold { kind, code, reason })
        }),
    ]
}

fn decision() -> impl Strategy<Value = Decision> {
    (
        verdict(),
        any::<[bool; 6]>(),
        prop::option::of(1_u64..4),
        prop::sample::subsequence(vec!["full-name", "interests"], 0..=2),
    )
        .prop_map(|(verdict, flags, number, redact)| {
            let mut decision = Decision::plain(verdict);
            let obligations = &mut decision.obligations;
            obligations.priority = if flags[0] {
                Priority::High
            } else {
                Priority::Normal
            };
            obligations.require_note = flags[1];
            obligations.require_evidence = flags[2];
            obligations.by_another = flags[3];
            obligations.due_in = number.map(Duration::from_secs);
            obligations.route = number.map(|number| person(&format!("group {number}")));
            obligations.group = number.map(|number| format!("group {number}"));
            obligations.redact = redact.into_iter().map(name).collect();
            decision.disable_instead = flags[4];
            decision.not_before = flags[5].then(|| Timestamp::from_millis(86_400_000));
            decision
        })
}

fn person(text: &str) -> PersonName {
    PersonName::new(text).expect("a good name")
}

fn mirrored(differences: Vec<Difference>) -> Vec<Difference> {
    let mut mirrored: Vec<Difference> = differences
        .into_iter()
        .map(|one| Difference {
            departure: one.departure.reversed(),
            before: one.after,
            after: one.before,
        })
        .collect();
    mirrored.sort();
    mirrored
}

fn findings() -> impl Strategy<Value = Vec<Finding>> {
    let finding = (0_u8..6, evaluation(), evaluation(), any::<bool>()).prop_map(
        |(subject, before, after, fails)| {
            let subject = format!("E{subject}");
            match fails {
                true => Finding::failed(subject, "trap", "unreachable"),
                false => Finding {
                    subject,
                    differences: compare_evaluations(&schema(), &before, &after),
                },
            }
        },
    );
    prop::collection::vec(finding, 0..20)
}

fn compared(findings: &[Finding]) -> Comparison {
    let mut comparison = Comparison::with_examples(3);
    for finding in findings {
        comparison.add(finding);
    }
    comparison
}

proptest! {
    #[test]
    fn nothing_departs_from_itself(evaluation in evaluation(), decision in decision()) {
        prop_assert_eq!(compare_evaluations(&schema(), &evaluation, &evaluation), vec![]);
        prop_assert_eq!(compare_decisions(&decision, &decision), vec![]);
    }

    #[test]
    fn evaluations_differ_the_same_from_both_sides(one in evaluation(), other in evaluation()) {
        let there = compare_evaluations(&schema(), &one, &other);
        let back = compare_evaluations(&schema(), &other, &one);
        prop_assert_eq!(mirrored(there), back);
    }

    #[test]
    fn decisions_differ_the_same_from_both_sides(one in decision(), other in decision()) {
        let there = compare_decisions(&one, &other);
        let back = compare_decisions(&other, &one);
        prop_assert_eq!(mirrored(there), back);
    }

    #[test]
    fn decisions_without_a_difference_are_the_same(one in decision(), other in decision()) {
        prop_assert_eq!(compare_decisions(&one, &other).is_empty(), one == other);
    }

    #[test]
    fn accounts_without_a_difference_satisfy_each_other(
        one in attributes(), other in attributes(),
    ) {
        let said = |attributes| Evaluation::Account { attributes, warnings: Vec::new() };
        let same = compare_evaluations(&schema(), &said(one.clone()), &said(other.clone()));
        if same.is_empty() {
            let (one, other) = (
                provisor_model::State::Present(one),
                provisor_model::State::Present(other),
            );
            prop_assert!(one.satisfies(&schema(), &other) && other.satisfies(&schema(), &one));
        }
    }

    #[test]
    fn the_order_of_what_is_compared_does_not_matter(
        (findings, shuffled) in findings().prop_flat_map(|findings| {
            (Just(findings.clone()), Just(findings).prop_shuffle())
        }),
        cut in 0_usize..20,
    ) {
        let whole = compared(&findings);
        prop_assert_eq!(&compared(&shuffled), &whole);
        let (first, second) = shuffled.split_at(cut.min(shuffled.len()));
        let mut parts = compared(second);
        parts.merge(compared(first));
        prop_assert_eq!(&parts, &whole);
    }

    #[test]
    fn each_input_is_the_same_or_departs(findings in findings()) {
        let comparison = compared(&findings);
        let departing = findings.iter().filter(|one| !one.differences.is_empty()).count();
        prop_assert_eq!(comparison.compared, findings.len() as u64);
        prop_assert_eq!(comparison.departed(), departing as u64);
        prop_assert_eq!(comparison.is_same(), departing == 0);
        for departed in &comparison.departures {
            prop_assert!(departed.count >= 1);
            prop_assert!(!departed.examples.is_empty() && departed.examples.len() <= 3);
            prop_assert!(departed.examples.is_sorted());
        }
        prop_assert!(comparison.departures.is_sorted_by(|a, b| a.departure < b.departure));
    }

    #[test]
    fn a_larger_share_has_everybody_of_a_smaller_one(
        subject in "[a-z0-9]{1,12}", small in 1_u8..=100, more in 0_u8..=99,
    ) {
        let payroll = "payroll".parse().expect("a good name");
        let large = small.saturating_add(more).min(100);
        if canary(share(small)).covers(&payroll, &subject) {
            prop_assert!(canary(share(large)).covers(&payroll, &subject));
        }
        prop_assert!(canary(share(100)).covers(&payroll, &subject));
    }
}

fn share(percent: u8) -> CanaryScope {
    CanaryScope::Share(Percent::new(percent).expect("a percentage"))
}

fn plan(scope: CanaryScope) -> CanaryPlan {
    CanaryPlan {
        component: "helpdesk".parse().expect("a good name"),
        candidate: Digest::from_bytes([2; 32]),
        active: Digest::from_bytes([1; 32]),
        scope,
        by: person("petra"),
        stop_after: 3,
    }
}

fn canary(scope: CanaryScope) -> Canary {
    Canary::begin(plan(scope), CanaryId(1), Timestamp::from_millis(0)).expect("two versions")
}

#[test]
fn a_share_is_about_as_large_as_it_says() {
    let payroll = "payroll".parse().expect("a good name");
    let canary = canary(share(10));
    let covered = (0..10_000)
        .filter(|number| canary.covers(&payroll, &format!("E{number}")))
        .count();
    assert!((900..1_100).contains(&covered), "{covered}");
}

#[test]
fn a_canary_of_a_resource_covers_nothing_else() {
    let [payroll, archive] = ["payroll", "archive"].map(|name| name.parse().expect("a good name"));
    let canary = canary(CanaryScope::Resources([payroll].into()));
    assert!(canary.covers(&"payroll".parse().expect("a good name"), "E1"));
    assert!(!canary.covers(&archive, "E1"));
}

#[test]
fn a_canary_that_fails_too_often_stops_once_and_covers_nothing_any_more() {
    let mut canary = canary(share(100));
    let payroll = "payroll".parse().expect("a good name");
    let failed = || compared(&[Finding::failed("E1", "trap", "unreachable")]);
    let now = Timestamp::from_millis(1_000);
    assert!(!canary.add(failed(), now));
    assert!(!canary.add(failed(), now));
    assert!(canary.covers(&payroll, "E1"));
    assert!(canary.add(failed(), now));
    assert!(!canary.covers(&payroll, "E1"));
    assert!(!canary.add(failed(), now), "it is over already");
    let end = canary.ended.clone().expect("it ended");
    assert_eq!((end.by, end.why.as_str()), (None, "it failed 3 times"));
    let stopped = canary.end(&person("petra"), "too late", now);
    assert_eq!(stopped.expect_err("it is over").code(), "no-canary");
}

#[test]
fn the_active_version_is_no_candidate() {
    let plan = CanaryPlan {
        candidate: Digest::from_bytes([1; 32]),
        ..plan(share(10))
    };
    let refused = Canary::begin(plan, CanaryId(1), Timestamp::from_millis(0));
    assert_eq!(refused.expect_err("the same").code(), "candidate-is-active");
}

#[test]
fn a_percentage_is_read_as_people_write_it() {
    for (text, read) in [("10%", Ok(10)), ("100", Ok(100)), ("1%", Ok(1))] {
        assert_eq!(text.parse::<Percent>().map(Percent::get), read);
    }
    for wrong in ["0%", "101%", "1.5%", "", "%", "-3", "ten"] {
        assert!(wrong.parse::<Percent>().is_err(), "{wrong}");
    }
}

#[test]
fn a_rename_and_a_lost_account_are_told_before_everything_else() {
    let allow = VerdictKind::Allow;
    let deny = VerdictKind::Deny;
    let mut departures = [
        Departure::Warnings,
        Departure::Attribute {
            name: name("full-name"),
        },
        Departure::Verdict {
            from: allow,
            to: deny,
        },
        Departure::Unusable,
        Departure::Renamed,
        Departure::Failed,
    ];
    departures.sort();
    assert_eq!(
        departures[..3],
        [Departure::Failed, Departure::Renamed, Departure::Unusable]
    );
    assert_eq!(departures.last(), Some(&Departure::Warnings));
}

#[test]
fn examples_show_the_beginning_of_what_is_long() {
    let long = "x".repeat(10_000);
    let many: Vec<String> = (0..1_000).map(|number| number.to_string()).collect();
    let said = |texts: Vec<String>| Evaluation::Account {
        attributes: [(name("interests"), texts.into_iter().collect())].into(),
        warnings: Vec::new(),
    };
    let found = compare_evaluations(&schema(), &said(vec![long]), &said(many));
    assert_eq!(found[0].before.texts()[0].chars().count(), 201);
    assert_eq!(found[0].after.texts().len(), 11);
    assert!(found[0].after.to_string().ends_with("… and 990 more"));
}
