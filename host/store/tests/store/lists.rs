//! What is listed, in which order, and what is counted.

use std::collections::BTreeMap;

use provisor_model::{
    Account, AccountId, CaseId, CaseState, Delta, ExportId, ExportState, Hold, HoldKind,
    OperationId, OperationKind, OperationState, Priority, RejectedRow, ResourceName,
};
use provisor_store::{AccountFilter, CaseFilter, OperationFilter, StoreError};

use crate::fixture::{
    Fixture, at, case, drift, export, fixture, identity, operation, payroll, person, save,
};

/// Texts as people have them, and some that nobody should have.

#[test]
fn accounts_are_listed_by_what_is_the_matter_with_them() {
    let fixture = fixture();
    fixture.act(|work| {
        for name in ["Ann", "Bea", "ŽOFIE", "Dan"] {
            let mut account = Account::new(work.next_account()?, payroll(), None, name);
            match name {
                "Ann" => account.drift.push(drift()),
                "Bea" => account
                    .operations
                    .push(operation(work.next_operation()?, at(0))),
                "Dan" => {
                    account.identity = Some(identity("4"));
                    let mut ended = operation(work.next_operation()?, at(0));
                    ended.ended_at = Some(at(1));
                    account.operations.push(ended);
                }
                _ => {}
            }
            save(work, &mut account, &[name])?;
        }
        Ok(())
    });
    let list = |filter: AccountFilter| -> Vec<String> {
        let filter = AccountFilter {
            limit: filter.limit.max(9),
            ..filter
        };
        let accounts = fixture.store.read(|view| view.accounts(&filter)).unwrap();
        accounts
            .into_iter()
            .map(|account| account.identifier)
            .collect()
    };
    let any = AccountFilter::default;
    assert_eq!(list(any()), ["Ann", "Bea", "ŽOFIE", "Dan"]);
    assert_eq!(
        list(AccountFilter {
            drifted: true,
            ..any()
        }),
        ["Ann"]
    );
    assert_eq!(
        list(AccountFilter {
            pending: true,
            ..any()
        }),
        ["Bea"]
    );
    assert_eq!(
        list(AccountFilter {
            withheld: true,
            ..any()
        }),
        [""; 0]
    );
    let named = |text: &str| Some(text.to_owned());
    assert_eq!(
        list(AccountFilter {
            name_contains: named("žof"),
            ..any()
        }),
        ["ŽOFIE"]
    );
    assert_eq!(
        list(AccountFilter {
            name_contains: named("%"),
            ..any()
        }),
        [""; 0]
    );
    assert_eq!(
        list(AccountFilter {
            identity: Some(identity("4")),
            ..any()
        }),
        ["Dan"]
    );
    assert_eq!(
        list(AccountFilter {
            after: Some(AccountId(2)),
            ..any()
        }),
        ["ŽOFIE", "Dan"]
    );
    let elsewhere = ResourceName::new("crm").ok();
    assert_eq!(
        list(AccountFilter {
            resource: elsewhere,
            ..any()
        }),
        [""; 0]
    );
    let under_way = fixture
        .store
        .read(|view| view.accounts_under_way(&payroll()));
    assert_eq!(under_way.unwrap(), [AccountId(1), AccountId(2)]);
}

/// One account with operations 1 to 5, requested in the opposite order.
fn with_operations() -> Fixture {
    let fixture = fixture();
    fixture.act(|work| {
        let mut account = Account::new(work.next_account()?, payroll(), None, "ann");
        for number in 1..=5 {
            let mut one = operation(work.next_operation()?, at(10 - number));
            match number {
                2 => {
                    one.decided = true;
                    one.not_before = Some(at(60));
                }
                3 => {
                    one.held = Some(Hold {
                        kind: HoldKind::Policy,
                        code: "c".to_owned(),
                        reason: "r".to_owned(),
                    });
                }
                4 => {
                    one.state = OperationState::Failed;
                    one.ended_at = Some(at(30));
                    one.delta = Delta::Create(BTreeMap::new());
                }
                _ => {}
            }
            account.operations.push(one);
        }
        save(work, &mut account, &["ann"])
    });
    fixture
}

#[test]
fn operations_are_due_when_nothing_but_the_clock_keeps_them() {
    let fixture = with_operations();
    let due = |minutes, most| -> Vec<i64> {
        let due = fixture
            .store
            .read(|view| view.due_operations(at(minutes), most));
        due.unwrap().into_iter().map(|(_, id)| id.0).collect()
    };
    assert_eq!(due(20, 9), [5, 1]);
    assert_eq!(due(60, 9), [5, 2, 1]);
    assert_eq!(due(60, 2), [5, 2]);
}

#[test]
fn operations_are_listed_the_newest_first() {
    let fixture = with_operations();
    let list = |filter: OperationFilter| -> Vec<i64> {
        let filter = OperationFilter {
            limit: if filter.limit == 0 { 9 } else { filter.limit },
            ..filter
        };
        let entries = fixture.store.read(|view| view.operations(&filter)).unwrap();
        assert!(entries.iter().all(|entry| entry.identifier == "ann"));
        entries
            .into_iter()
            .map(|entry| entry.operation.id.0)
            .collect()
    };
    let any = OperationFilter::default;
    assert_eq!(list(any()), [5, 4, 3, 2, 1]);
    assert_eq!(list(OperationFilter { limit: 2, ..any() }), [5, 4]);
    let next = Some(OperationId(4));
    assert_eq!(
        list(OperationFilter {
            limit: 2,
            after: next,
            ..any()
        }),
        [3, 2]
    );
    let failed = vec![OperationState::Failed, OperationState::Open];
    assert_eq!(
        list(OperationFilter {
            states: failed,
            ..any()
        }),
        [4]
    );
    assert_eq!(
        list(OperationFilter {
            held: Some(true),
            ..any()
        }),
        [3]
    );
    for (minutes, expected) in [(29, vec![5, 4, 3, 2, 1]), (30, vec![5, 3, 2, 1])] {
        let moment = Some(at(minutes));
        let filter = OperationFilter {
            unfinished_or_ended_after: moment,
            ..any()
        };
        assert_eq!(list(filter), expected);
    }
    assert_eq!(
        list(OperationFilter {
            account: Some(AccountId(2)),
            ..any()
        }),
        [0; 0]
    );
    let owner = fixture
        .store
        .read(|view| view.account_of_operation(OperationId(3)));
    assert_eq!(owner.unwrap(), Some(AccountId(1)));
}

#[test]
fn operations_are_counted_by_kind_since_a_moment() {
    let fixture = with_operations();
    let counts = |minutes| {
        fixture
            .store
            .read(|view| view.operation_counts(&payroll(), at(minutes)))
            .unwrap()
    };
    let all = [(OperationKind::Create, 1), (OperationKind::Delete, 4)];
    assert_eq!(counts(0), all.into());
    assert_eq!(counts(7), [(OperationKind::Delete, 3)].into());
    assert!(counts(100).is_empty());
}

#[test]
fn the_most_urgent_case_comes_first() {
    let fixture = fixture();
    let ann = fixture.account("ann");
    fixture.act(move |work| {
        for (priority, due) in [
            (Priority::Low, Some(1)),
            (Priority::Normal, None),
            (Priority::Normal, Some(9)),
            (Priority::Urgent, None),
            (Priority::Normal, Some(3)),
        ] {
            let mut case = case(work.next_case()?, ann);
            case.priority = priority;
            case.due = due.map(at);
            match case.id.0 {
                4 => case.operators = vec![person("bob"), person("desk")],
                3 => case.claimed_by = Some(person("cid")),
                1 => case.state = CaseState::Closed,
                _ => {}
            }
            work.save_case(&case)?;
        }
        Ok(())
    });
    let list = |filter: CaseFilter| -> Vec<i64> {
        let filter = CaseFilter {
            limit: if filter.limit == 0 { 9 } else { filter.limit },
            ..filter
        };
        let cases = fixture.store.read(|view| view.cases(&filter)).unwrap();
        cases.into_iter().map(|case| case.id.0).collect()
    };
    let any = CaseFilter::default;
    assert_eq!(list(any()), [4, 5, 3, 2, 1]);
    assert_eq!(
        list(CaseFilter {
            limit: 2,
            after: Some(CaseId(5)),
            ..any()
        }),
        [3, 2]
    );
    assert_eq!(
        list(CaseFilter {
            state: Some(CaseState::Open),
            ..any()
        }),
        [4, 5, 3, 2]
    );
    let desk = Some(vec![person("nobody"), person("desk")]);
    assert_eq!(
        list(CaseFilter {
            operators: desk,
            ..any()
        }),
        [4]
    );
    assert_eq!(
        list(CaseFilter {
            operators: Some(Vec::new()),
            ..any()
        }),
        [0; 0]
    );
    assert_eq!(
        list(CaseFilter {
            claimed_by: Some(person("cid")),
            ..any()
        }),
        [3]
    );
    assert_eq!(
        list(CaseFilter {
            account: Some(AccountId(9)),
            ..any()
        }),
        [0; 0]
    );
}

#[test]
fn a_case_is_read_as_it_was_saved_last() {
    let fixture = fixture();
    let ann = fixture.account("ann");
    let saved = fixture.act(move |work| {
        let mut case = case(work.next_case()?, ann);
        work.save_case(&case)?;
        case.operators = vec![person("others")];
        case.close(Some(&person("bob")), at(5)).unwrap();
        work.save_case(&case)?;
        Ok(case)
    });
    let read = fixture.store.read(|view| view.case(saved.id)).unwrap();
    assert_eq!(read, Some(saved));
    let operators = Some(vec![person("operators")]);
    let filter = CaseFilter {
        operators,
        limit: 9,
        ..CaseFilter::default()
    };
    assert_eq!(fixture.store.read(|view| view.cases(&filter)).unwrap(), []);
}

#[test]
fn a_case_for_nobody_is_a_mistake_that_shows() {
    let fixture = fixture();
    let refused = fixture
        .store
        .update_blocking(|work| work.save_case(&case(CaseId(1), AccountId(99))));
    assert!(refused.unwrap_err().to_string().contains("FOREIGN KEY"));
}

#[test]
fn exports_are_listed_the_newest_first_and_the_refused_decide_nothing() {
    let fixture = fixture();
    let saved = fixture.act(|work| {
        let mut saved = Vec::new();
        for state in [
            ExportState::Accepted,
            ExportState::Accepted,
            ExportState::Refused,
        ] {
            let mut export = export(work.next_export()?, 3);
            export.state = state;
            export.rejected_rows = vec![RejectedRow {
                position: 7,
                identifier: None,
                message: "ragged".to_owned(),
            }];
            work.save_export(&export)?;
            saved.push(export);
        }
        Ok(saved)
    });
    fixture
        .store
        .read(|view| {
            assert_eq!(view.export(ExportId(3))?.as_ref(), Some(&saved[2]));
            assert_eq!(
                view.last_accepted_export(&payroll())?.as_ref(),
                Some(&saved[1])
            );
            let newest = [saved[2].clone(), saved[1].clone()];
            assert_eq!(view.exports(&payroll(), 2)?, newest);
            Ok::<_, StoreError>(())
        })
        .unwrap();
}
