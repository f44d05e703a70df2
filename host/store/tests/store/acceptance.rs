//! Taking in the rows of an export.

use std::collections::BTreeSet;

use provisor_model::{AccountId, ExportId, State};
use provisor_store::{Accepted, Compared, ObservedRow, StoreError};

use crate::fixture::{
    Fixture, attributes, compare, export, fixture, new_export, payroll, row, save,
};

fn counts(accepted: &Accepted) -> [u64; 4] {
    [
        accepted.appeared,
        accepted.changed,
        accepted.vanished,
        accepted.unchanged,
    ]
}

fn concerned(fixture: &Fixture) -> Vec<AccountId> {
    fixture.changes().into_keys().collect()
}

/// The export that speaks of the account, and what it shows.
fn observed(fixture: &Fixture, id: AccountId) -> Option<(i64, State)> {
    let account = fixture
        .store
        .read(|view| view.account(id))
        .unwrap()
        .unwrap();
    account
        .observed
        .map(|observed| (observed.export.0, observed.state))
}

fn compared(fixture: &Fixture, rows: &[ObservedRow], shape: &str) -> Compared {
    fixture
        .store
        .read(|view| compare(view, rows, shape, BTreeSet::new(), false))
        .unwrap()
}

fn present(value: &str) -> State {
    State::Present(attributes(value))
}

/// The first rows that no account claims.
fn unexpected(
    view: &provisor_store::View<'_>,
    most: usize,
) -> Result<Vec<ObservedRow>, StoreError> {
    let rows = view.unexpected_rows(&payroll(), true, None, most)?;
    Ok(rows.into_iter().map(|one| one.row).collect())
}

#[test]
fn rows_appear_change_vanish_or_stay() {
    let fixture = fixture();
    assert_eq!(counts(&fixture.take(&["a=1", "b=1", "c=1"])), [3, 0, 0, 0]);
    assert_eq!(counts(&fixture.take(&["b=2", "c=1", "d=1"])), [1, 1, 1, 1]);
    let view = |key: &'static str| {
        fixture
            .store
            .read(|view| view.observed_row(&payroll(), key))
            .unwrap()
    };
    assert_eq!(view("a"), None);
    assert_eq!(view("b"), Some(row("b", 2, "2")));
    // What is as before keeps the line on which it was first seen so.
    assert_eq!(view("c"), Some(row("c", 4, "1")));
    let count = fixture.store.read(|view| view.observed_count(&payroll()));
    assert_eq!(count.unwrap(), 3);
    assert_eq!(counts(&fixture.take(&[])), [0, 0, 3, 0]);
}

#[test]
fn the_order_of_the_rows_does_not_matter() {
    let fixture = fixture();
    fixture.take(&["a=1", "b=1", "c=1"]);
    assert_eq!(counts(&fixture.take(&["c=1", "a=1", "b=1"])), [0, 0, 0, 3]);
}

#[test]
fn an_account_is_observed_by_the_export_that_first_showed_it_so() {
    let fixture = fixture();
    let ann = fixture.account("ann");
    assert_eq!(observed(&fixture, ann), None);

    fixture.take(&["ann=1"]);
    assert_eq!(concerned(&fixture), [ann]);
    assert_eq!(fixture.changes()[&ann].before, None);
    assert_eq!(observed(&fixture, ann), Some((1, present("1"))));

    fixture.take(&["ann=1"]);
    assert!(fixture.changes().is_empty());
    assert_eq!(observed(&fixture, ann), Some((1, present("1"))));

    fixture.take(&["ann=2"]);
    let before = fixture.changes()[&ann].before.clone().unwrap();
    assert_eq!((before.export, before.state), (ExportId(1), present("1")));
    assert_eq!(observed(&fixture, ann), Some((3, present("2"))));

    fixture.take(&[]);
    let before = fixture.changes()[&ann].before.clone().unwrap();
    assert_eq!(before.export.0, 3);
    assert_eq!(observed(&fixture, ann), Some((4, State::Absent)));

    fixture.take(&["ann=2"]);
    let before = fixture.changes()[&ann].before.clone().unwrap();
    assert_eq!((before.export.0, before.state), (4, State::Absent));
}

#[test]
fn the_first_export_says_something_about_every_account_it_does_not_show() {
    let fixture = fixture();
    let (ann, bea) = (fixture.account("ann"), fixture.account("bea"));
    fixture.take(&["ann=1"]);
    assert_eq!(concerned(&fixture), [ann, bea]);
    assert_eq!(fixture.changes()[&bea].before, None);
    fixture.take(&["ann=1"]);
    assert!(fixture.changes().is_empty());
}

#[test]
fn the_first_name_with_a_row_counts() {
    let fixture = fixture();
    let ann = fixture.account("ann");
    fixture.take(&["ann=1", "anne=2"]);
    fixture.act(move |work| {
        let mut account = work.account(ann)?.unwrap();
        save(work, &mut account, &["anna", "anne", "ann"])
    });
    assert_eq!(observed(&fixture, ann), Some((1, present("2"))));
    // Both of its rows change, but it was known as one thing before.
    fixture.take(&["anna=3"]);
    let before = fixture.changes()[&ann].before.clone().unwrap();
    assert_eq!(before.state, present("2"));
    assert_eq!(observed(&fixture, ann), Some((2, present("3"))));
}

#[test]
fn rows_that_nobody_asked_for_are_unexpected() {
    let fixture = fixture();
    let ann = fixture.account("ann");
    fixture.act(move |work| {
        let mut ann = work.account(ann)?.expect("there");
        ann.identity = Some("1042".parse().expect("an id"));
        save(work, &mut ann, &["ann"])
    });
    // Nobody knows whose account this is.
    fixture.account("mallory");
    fixture.take(&["ann=1", "eve=1", "mallory=1"]);
    let (rows, count) = fixture
        .store
        .read(|view| {
            Ok::<_, StoreError>((unexpected(view, 1)?, view.unexpected_count(&payroll())?))
        })
        .unwrap();
    assert_eq!(rows, [row("eve", 3, "1")]);
    assert_eq!(count, 2);
    let seen = fixture
        .store
        .read(|view| view.observation(&payroll(), "eve"));
    assert_eq!(seen.unwrap().unwrap().state, present("1"));
}

#[test]
fn an_unreadable_row_keeps_what_was_known() {
    let fixture = fixture();
    let (ann, bea) = (fixture.account("ann"), fixture.account("bea"));
    fixture.take(&["ann=1"]);
    let second = fixture.take_with(&[], &["ann", "bea"], false).unwrap();
    assert_eq!(counts(&second), [0, 0, 0, 0]);
    assert!(fixture.changes().is_empty());
    assert_eq!(observed(&fixture, ann), Some((1, present("1"))));
    // That bea is not there is still known from the first export, and not from the second.
    assert_eq!(observed(&fixture, bea), Some((1, State::Absent)));

    fixture.take(&[]);
    assert_eq!(concerned(&fixture), [ann]);
    assert_eq!(observed(&fixture, ann), Some((3, State::Absent)));
    assert_eq!(observed(&fixture, bea), Some((3, State::Absent)));
}

#[test]
fn an_account_whose_row_never_could_be_read_is_unknown_until_an_export_tells() {
    let fixture = fixture();
    let ann = fixture.account("ann");
    fixture.take_with(&[], &["ann"], false).unwrap();
    assert!(fixture.changes().is_empty());
    assert_eq!(observed(&fixture, ann), None);
    fixture.take(&[]);
    assert_eq!(concerned(&fixture), [ann]);
    assert_eq!(fixture.changes()[&ann].before, None);
    assert_eq!(observed(&fixture, ann), Some((2, State::Absent)));
}

#[test]
fn nothing_is_concluded_from_absence_when_some_row_has_no_readable_name() {
    let fixture = fixture();
    let (ann, bea) = (fixture.account("ann"), fixture.account("bea"));
    fixture.take(&["ann=1"]);
    let second = fixture.take_with(&["cid=1"], &[], true).unwrap();
    assert_eq!(counts(&second), [1, 0, 0, 0]);
    assert!(fixture.changes().is_empty());
    assert_eq!(observed(&fixture, ann), Some((1, present("1"))));
    assert_eq!(observed(&fixture, bea), Some((1, State::Absent)));
    fixture.take(&["cid=1"]);
    assert_eq!(concerned(&fixture), [ann]);
}

#[test]
fn a_second_row_for_one_key_is_refused_wherever_the_first_comes_from() {
    for (what, rows) in [
        ("both new", ["new=1", "x=1", "new=1"]),
        ("new with other values", ["new=1", "x=1", "new=2"]),
        ("both as before", ["old=1", "x=1", "old=1"]),
        ("as before, then changed", ["old=1", "x=1", "old=2"]),
        ("changed, then as before", ["old=2", "x=1", "old=1"]),
        ("both changed", ["old=2", "x=1", "old=3"]),
    ] {
        let fixture = fixture();
        fixture.take(&["old=1"]);
        let refused = fixture.take_with(&rows, &[], false).unwrap_err();
        assert!(
            refused.to_string().ends_with("twice: line 4"),
            "{what}: {refused}"
        );
        let rows = fixture.store.read(|view| unexpected(view, 9)).unwrap();
        assert_eq!(rows, [row("old", 2, "1")], "{what}: all is as before");
    }
}

#[test]
fn rows_that_break_off_are_no_short_export() {
    let fixture = fixture();
    fixture.take(&["a=1", "b=1"]);
    let compared = compared(&fixture, &[row("a", 2, "2")], "");
    let error = fixture
        .store
        .update_blocking(|work| {
            let export = new_export(work, 2)?;
            work.accept_rows(&export, compared)
        })
        .unwrap_err();
    assert!(matches!(
        error,
        StoreError::RowCount {
            expected: 2,
            found: 1,
            ..
        }
    ));
    let count = fixture.store.read(|view| view.observed_count(&payroll()));
    assert_eq!(count.unwrap(), 2);
}

#[test]
fn an_export_is_taken_in_once_and_none_after_a_later_one() {
    let fixture = fixture();
    fixture.take(&["a=1"]);
    fixture.take(&["a=2"]);
    for id in [1, 2] {
        let compared = compared(&fixture, &[row("a", 2, "1")], "");
        let error = fixture
            .store
            .update_blocking(move |work| work.accept_rows(&export(ExportId(id), 1), compared))
            .unwrap_err();
        assert_eq!(error.code(), "stale-rows");
    }
}

#[test]
fn what_was_compared_with_something_that_is_no_longer_observed_is_not_taken_in() {
    let fixture = fixture();
    fixture.take(&["a=1"]);
    let compared = compared(&fixture, &[row("a", 2, "2")], "");
    fixture.take(&["a=3"]);
    let error = fixture
        .store
        .update_blocking(|work| {
            let export = new_export(work, 1)?;
            work.accept_rows(&export, compared)
        })
        .unwrap_err();
    assert!(error.retryable(), "{error}");
    let kept = fixture
        .store
        .read(|view| view.observed_row(&payroll(), "a"));
    assert_eq!(kept.unwrap(), Some(row("a", 2, "3")));
}

#[test]
fn rows_of_another_shape_are_the_same_if_they_say_the_same() {
    let fixture = fixture();
    fixture.take(&["a=1", "b=1"]);
    for shape in ["another", "another", ""] {
        let rows = [row("b", 2, "1"), row("a", 3, "1")];
        let compared = compared(&fixture, &rows, shape);
        assert_eq!(compared.unchanged, 2, "{shape}");
        fixture.act(|work| {
            let export = new_export(work, 2)?;
            work.accept_rows(&export, compared)
        });
        let first = fixture
            .store
            .read(|view| view.observed_row(&payroll(), "a"));
        assert_eq!(first.unwrap(), Some(row("a", 2, "1")));
    }
}

#[test]
fn without_its_listing_a_resource_is_compared_by_its_tables() {
    let fixture = fixture();
    fixture.take(&["b=1", "a=1", "c=1"]);
    let raw = fixture.raw();
    raw.execute_batch("DELETE FROM listing; UPDATE observed_resource SET listed = 0")
        .unwrap();
    assert_eq!(counts(&fixture.take(&["b=1", "a=2", "d=1"])), [1, 1, 1, 1]);
    assert_eq!(counts(&fixture.take(&["b=1", "a=2", "d=1"])), [0, 0, 0, 3]);
}

#[test]
fn many_rows_vanish_in_more_than_one_go() {
    let fixture = fixture();
    let rows: Vec<String> = (0..2500).map(|number| format!("k{number}=1")).collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    fixture.take(&rows);
    let left = fixture.take(&["k1234=1", "k2499=1"]);
    assert_eq!(counts(&left), [0, 0, 2498, 2]);
    let stored: i64 = fixture
        .raw()
        .query_row("SELECT count(*) FROM observed_row", [], |row| row.get(0))
        .unwrap();
    assert_eq!(stored, 2, "no row is left behind");
}

#[test]
fn what_a_resource_has_is_what_its_exports_show() {
    let fixture = fixture();
    let count = |fixture: &Fixture| {
        fixture
            .store
            .read(|view| view.account_count(&payroll()))
            .unwrap()
    };
    let ann = fixture.account("ann");
    assert_eq!(count(&fixture), 0);
    fixture.act(move |work| {
        let mut account = work.account(ann)?.unwrap();
        account.assumed = present("1");
        save(work, &mut account, &["ann"])
    });
    assert_eq!(count(&fixture), 1);
    fixture.take(&["x=1", "y=1", "z=1"]);
    assert_eq!(count(&fixture), 3);
}

proptest::proptest! {
    /// Whatever exports follow each other, what is observed is what the last one shows, and the
    /// counts say how it came about.
    #[test]
    fn what_is_observed_is_the_last_export(
        exports in proptest::collection::vec(
            proptest::collection::btree_map("[a-d]{1,2}", "[0-1]", 0..8), 1..5),
        backwards in proptest::bool::ANY,
    ) {
        let fixture = fixture();
        let mut before = std::collections::BTreeMap::new();
        for export in exports {
            let rows: Vec<String> = export.iter().map(|(key, value)| format!("{key}={value}")).collect();
            let mut rows: Vec<&str> = rows.iter().map(String::as_str).collect();
            if backwards && before.len() % 2 == 1 {
                rows.reverse();
            }
            let accepted = fixture.take(&rows);
            let same = export.iter().filter(|(key, value)| before.get(*key) == Some(*value)).count();
            let known = export.keys().filter(|key| before.contains_key(*key)).count();
            proptest::prop_assert_eq!(counts(&accepted), [
                (export.len() - known) as u64,
                (known - same) as u64,
                (before.len() - known) as u64,
                same as u64,
            ]);
            let stored = fixture.store.read(|view| unexpected(view, 99)).unwrap();
            let stored: Vec<_> = stored.into_iter().map(|row| (row.key, row.attributes)).collect();
            let shown: Vec<_> = export.iter().map(|(key, value)| (key.clone(), attributes(value))).collect();
            proptest::prop_assert_eq!(stored, shown);
            before = export;
        }
    }
}
