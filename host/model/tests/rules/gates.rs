//! Safety gates: each at its edge, and what holds whatever is counted.

use std::time::Duration;

use proptest::prelude::*;
use provisor_model::gate::{judge, strictest};
use provisor_model::{
    AttributeName, ExportFacts, ExportId, Gate, GateAction, Gates, Share, Timestamp, Tripped,
};

fn tripped(facts: &ExportFacts) -> Vec<(Gate, GateAction)> {
    let tripped = judge(&Gates::default(), facts);
    tripped
        .iter()
        .map(|tripped| (tripped.gate, tripped.action))
        .collect()
}

fn name(text: &str) -> AttributeName {
    AttributeName::new(text).expect("a name")
}

/// An export that shows what was known: so many rows, and nothing is odd.
fn unchanged(rows: u64) -> ExportFacts {
    ExportFacts {
        known: rows,
        rows,
        kept: rows,
        ..ExportFacts::default()
    }
}

fn shrunk(known: u64, rows: u64) -> ExportFacts {
    ExportFacts {
        known,
        rows,
        kept: rows,
        vanished: known - rows,
        ..ExportFacts::default()
    }
}

fn changed(rows: u64, changed: u64) -> ExportFacts {
    ExportFacts {
        changed: [(name("department"), changed)].into(),
        ..unchanged(rows)
    }
}

#[test]
fn more_than_a_fifth_of_a_hundred_rows_is_held() {
    assert_eq!(tripped(&shrunk(100, 80)), []);
    assert_eq!(
        tripped(&shrunk(100, 79)),
        [(Gate::Shrank, GateAction::Hold)]
    );
    assert_eq!(tripped(&shrunk(99, 2)), [], "too few rows to measure");
}

#[test]
fn rows_that_are_replaced_by_others_are_gone_all_the_same() {
    let replaced = ExportFacts {
        known: 100,
        rows: 100,
        kept: 79,
        vanished: 21,
        ..ExportFacts::default()
    };
    assert_eq!(tripped(&replaced), [(Gate::Shrank, GateAction::Hold)]);
}

#[test]
fn an_export_without_rows_is_held_where_there_were_some() {
    assert_eq!(tripped(&shrunk(0, 0)), []);
    assert_eq!(tripped(&shrunk(1, 0)), []);
    assert_eq!(tripped(&shrunk(2, 0)), [(Gate::ZeroRows, GateAction::Hold)]);
}

#[test]
fn more_than_half_as_many_again_is_only_told() {
    let grown = |known, rows| ExportFacts {
        known,
        rows,
        kept: known,
        ..ExportFacts::default()
    };
    assert_eq!(tripped(&grown(100, 150)), []);
    assert_eq!(tripped(&grown(100, 151)), [(Gate::Grew, GateAction::Warn)]);
    assert_eq!(tripped(&grown(0, 1_000_000)), [], "the first export");
    assert_eq!(tripped(&grown(99, 1000)), []);
}

#[test]
fn more_than_three_tenths_of_the_rows_in_one_attribute_are_held() {
    assert_eq!(tripped(&changed(100, 30)), []);
    assert_eq!(
        tripped(&changed(100, 31)),
        [(Gate::Changed, GateAction::Hold)]
    );
    assert_eq!(tripped(&changed(99, 99)), []);
    let mut two = changed(100, 25);
    two.changed.insert(name("phone"), 25);
    assert_eq!(tripped(&two), [], "each attribute for itself");
}

#[test]
fn a_column_that_was_there_is_missed() {
    let mut facts = unchanged(100);
    facts.vanished_columns = vec![name("phone")];
    assert_eq!(tripped(&facts), [(Gate::ColumnVanished, GateAction::Hold)]);
    facts.known = 99;
    assert_eq!(tripped(&facts), []);
}

#[test]
fn more_than_half_a_percent_of_rejected_rows_is_held() {
    let rejected = |rows, rejected| ExportFacts {
        rejected,
        ..unchanged(rows)
    };
    assert_eq!(tripped(&rejected(995, 5)), []);
    assert_eq!(
        tripped(&rejected(994, 6)),
        [(Gate::Rejected, GateAction::Hold)]
    );
    assert_eq!(
        tripped(&rejected(2, 1)),
        [(Gate::Rejected, GateAction::Hold)]
    );
}

#[test]
fn duplicates_and_a_wrong_number_of_rows_stop_it_and_say_where() {
    let facts = ExportFacts {
        duplicates: vec![
            ("ann".to_owned(), vec![2, 9]),
            ("bea".to_owned(), vec![3, 4]),
        ],
        declared_rows: Some(11),
        ..unchanged(10)
    };
    let found = judge(&Gates::default(), &facts);
    assert_eq!(strictest(&found), Some(GateAction::Stop));
    let why: Vec<&str> = found.iter().map(|tripped| tripped.why.as_str()).collect();
    assert_eq!(
        why,
        [
            "ann stands in it more than once, on line 2 and on line 9; so do 1 more",
            "it says that it has 11 rows and has 10"
        ]
    );
    let declared = ExportFacts {
        rejected: 1,
        declared_rows: Some(1001),
        ..unchanged(1000)
    };
    assert_eq!(tripped(&declared), [], "a rejected row is a row");
}

#[test]
fn an_export_lies_neither_in_the_future_nor_before_the_last_one() {
    let now = Timestamp::from_millis(1_800_000_000_000);
    let made = |exported_at: Timestamp, last: Timestamp| ExportFacts {
        exported_at: Some(exported_at),
        now: Some(now),
        last: Some((ExportId(1), last)),
        ..unchanged(1)
    };
    let tolerated = now.after(Duration::from_secs(300));
    let early = Timestamp::from_millis(0);
    assert_eq!(tripped(&made(tolerated, early)), []);
    let later = Timestamp::from_millis(tolerated.millis() + 1);
    assert_eq!(
        tripped(&made(later, early)),
        [(Gate::Future, GateAction::Stop)]
    );
    assert_eq!(tripped(&made(now, now)), []);
    let before = Timestamp::from_millis(now.millis() - 1);
    assert_eq!(
        tripped(&made(before, now)),
        [(Gate::Older, GateAction::Stop)]
    );
}

#[test]
fn shares_are_shown_as_people_write_them() {
    for (hundredths, text) in [
        (2000, "20 %"),
        (50, "0.5 %"),
        (1234, "12.34 %"),
        (5, "0.05 %"),
    ] {
        assert_eq!(Share::of_hundredths(hundredths).to_string(), text);
    }
    assert!(!Share::of_percent(100).is_exceeded(u64::MAX, u64::MAX));
    assert!(!Share::of_percent(0).is_exceeded(0, 0));
}

fn action() -> impl Strategy<Value = GateAction> {
    prop_oneof![
        Just(GateAction::Warn),
        Just(GateAction::Hold),
        Just(GateAction::Stop)
    ]
}

prop_compose! {
    fn facts()(
        kept in 0..1000_u64,
        vanished in 0..1000_u64,
        appeared in 0..1000_u64,
        rejected in 0..100_u64,
        changes in proptest::collection::vec(0.0..1.0, 0..3),
    ) -> ExportFacts {
        ExportFacts {
            known: kept + vanished,
            rows: kept + appeared,
            rejected,
            vanished,
            kept,
            changed: changes
                .iter()
                .enumerate()
                .map(|(number, share)| {
                    let changed = (kept as f64 * share) as u64;
                    (name(&format!("attribute-{number}")), changed)
                })
                .collect(),
            ..ExportFacts::default()
        }
    }
}

fn of(tripped: &[Tripped], gate: Gate) -> usize {
    tripped
        .iter()
        .filter(|tripped| tripped.gate == gate)
        .count()
}

proptest! {
    #[test]
    fn what_shows_only_what_was_known_passes(rows in 0..10_000_u64) {
        prop_assert_eq!(judge(&Gates::default(), &unchanged(rows)), []);
    }

    #[test]
    fn the_strictest_comes_first_and_decides(facts in facts(), one in action(), other in action()) {
        let mut gates = Gates::default();
        gates.shrank.action = one;
        gates.changed.action = other;
        gates.grew.action = one;
        let found = judge(&gates, &facts);
        prop_assert!(found.is_sorted_by_key(|tripped| std::cmp::Reverse(tripped.action)));
        prop_assert_eq!(strictest(&found), found.first().map(|tripped| tripped.action));
    }

    /// Losing more never makes a gate pass that losing less did not.
    #[test]
    fn losing_more_is_never_better(facts in facts(), more in 0..1000_u64) {
        let worse = ExportFacts {
            known: facts.known + more,
            vanished: facts.vanished + more,
            ..facts.clone()
        };
        let gates = Gates::default();
        prop_assert!(
            of(&judge(&gates, &worse), Gate::Shrank) >= of(&judge(&gates, &facts), Gate::Shrank)
        );
    }

    /// A gate measures against its own limit and nothing else.
    #[test]
    fn a_gate_without_limit_never_trips(facts in facts()) {
        let mut gates = Gates::default();
        for gate in [&mut gates.shrank, &mut gates.changed, &mut gates.rejected] {
            gate.above = Share::of_percent(100);
        }
        let found = judge(&gates, &facts);
        for gate in [Gate::Shrank, Gate::Changed, Gate::Rejected] {
            prop_assert_eq!(of(&found, gate), 0);
        }
    }
}
