//! What is saved is what is read, noun by noun.

use std::collections::BTreeMap;

use proptest::prelude::*;
use provisor_model::{
    Account, AccountId, CaseId, Change, Delta, Event, EventKind, ExportId, Hold, HoldKind,
    Operation, OperationId, OperationState, ResourceName, State, Subject, Values, Withheld,
    WithheldReason,
};
use provisor_store::{HistoryFilter, OperationFilter, StoreError};

use crate::fixture::{at, attributes, drift, fixture, identity, new_account, payroll, save};

/// Texts as people have them, and some that nobody should have.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,8}",
        "\\PC{0,12}",
        Just("Žofie\u{0}'; --\"".to_owned())
    ]
}

fn state() -> impl Strategy<Value = State> {
    prop_oneof![
        Just(State::Absent),
        text().prop_map(|text| State::Present(attributes(&text)))
    ]
}

fn delta() -> impl Strategy<Value = Delta> {
    let changes = || {
        text().prop_map(|text| {
            attributes(&text)
                .into_iter()
                .map(|(name, values)| {
                    let edit = Change::Edit {
                        add: values.clone(),
                        remove: Values::NONE,
                    };
                    (
                        name,
                        if text.len() % 2 == 0 {
                            Change::Set(values)
                        } else {
                            edit
                        },
                    )
                })
                .collect()
        })
    };
    prop_oneof![
        changes().prop_map(Delta::Create),
        changes().prop_map(Delta::Modify),
        changes().prop_map(Delta::Recreate),
        Just(Delta::Delete),
    ]
}

prop_compose! {
    fn an_operation()(
        delta in delta(),
        before in state(),
        reason in prop::option::of(text()),
        held in any::<bool>(),
        state in prop::sample::select(vec![
            OperationState::Waiting, OperationState::Open, OperationState::Done,
            OperationState::Verified, OperationState::Failed,
        ]),
        minutes in 0..1000_i64,
    ) -> Operation {
        let mut operation = Operation::new(OperationId(0), delta, before, at(minutes));
        operation.state = state;
        operation.held = held.then(|| Hold {
            kind: HoldKind::Policy,
            code: "four-eyes".to_owned(),
            reason: "a second person must look".to_owned(),
        });
        operation.ended_at = reason.as_ref().map(|_| at(minutes + 5));
        operation.reason = reason;
        operation
    }
}

prop_compose! {
    fn an_account()(
        identifier in text(),
        assumed in state(),
        operations in prop::collection::vec(an_operation(), 0..5),
        drifted in any::<bool>(),
        withheld in prop::option::of(text()),
    ) -> Account {
        let mut account = Account::new(
            AccountId(0),
            payroll(),
            Some(identity("1042")),
            identifier,
        );
        account.assumed = assumed;
        account.operations = operations;
        if drifted {
            account.drift.push(drift());
        }
        account.withheld = withheld.into_iter().map(|reason| Withheld {
            subject: Subject::Existence,
            existence: true,
            wanted: Values::NONE,
            reason: WithheldReason::NotPossible(reason),
            operation: OperationId(1),
            since: at(0),
        }).collect();
        account
    }
}

proptest! {
    #[test]
    fn an_account_is_read_as_it_was_saved(first in an_account(), second in an_account()) {
        let fixture = fixture();
        let saved = fixture.act(move |work| {
            let mut account = first;
            account.id = work.next_account()?;
            for operation in &mut account.operations {
                operation.id = work.next_operation()?;
            }
            save(work, &mut account, &["ann"])?;
            Ok(account)
        });
        let read = |id| fixture.store.read(|view| view.account(id)).unwrap().unwrap();
        prop_assert_eq!(read(saved.id), saved.clone());

        // Saved again with everything different and more operations.
        let saved = fixture.act(move |work| {
            let mut account = second;
            account.id = saved.id;
            let old = saved.operations.into_iter().map(|mut operation| {
                operation.reason = Some("over".to_owned());
                operation.ended_at = Some(at(9));
                operation
            });
            for operation in &mut account.operations {
                operation.id = work.next_operation()?;
            }
            account.operations.splice(0..0, old);
            save(work, &mut account, &["bea"])?;
            Ok(account)
        });
        prop_assert_eq!(read(saved.id), saved.clone());
        let held = fixture.store.read(|view| view.operations(&OperationFilter {
            held: Some(true),
            limit: 99,
            ..OperationFilter::default()
        })).unwrap();
        prop_assert_eq!(held.len(), saved.operations.iter().filter(|one| one.held.is_some()).count());
    }

    #[test]
    fn an_identity_is_read_as_it_was_saved(
        attributes in prop::collection::btree_map(text(), prop::collection::vec(text(), 0..3), 0..4)
    ) {
        let fixture = fixture();
        let saved = attributes.clone();
        fixture.act(move |work| {
            work.save_identity(&identity("ann"), &BTreeMap::from([("x".to_owned(), vec![])]))?;
            work.save_identity(&identity("ann"), &saved)
        });
        let read = fixture.store.read(|view| view.identity(&identity("ann"))).unwrap();
        prop_assert_eq!(read, Some(attributes));
    }
}

#[test]
fn nobody_is_found_who_is_not_there() {
    let fixture = fixture();
    fixture
        .store
        .read(|view| {
            assert_eq!(view.account(AccountId(1))?, None);
            assert_eq!(view.account_of(&payroll(), &identity("ann"))?, None);
            assert_eq!(view.account_of_operation(OperationId(1))?, None);
            assert_eq!(view.case(CaseId(1))?, None);
            assert_eq!(view.export(ExportId(1))?, None);
            assert_eq!(view.last_accepted_export(&payroll())?, None);
            assert_eq!(view.identity(&identity("ann"))?, None);
            assert_eq!(view.observation(&payroll(), "ann")?, None);
            Ok::<_, StoreError>(())
        })
        .unwrap();
}

#[test]
fn events_move_into_the_history_when_their_account_is_saved() {
    let fixture = fixture();
    let id = fixture.account("ann");
    let left = fixture.act(move |work| {
        let mut account = work.account(id)?.unwrap();
        account
            .events
            .push(Event::new(EventKind::Requested, "by iam"));
        save(work, &mut account, &["ann"])?;
        Ok(account.events.len())
    });
    assert_eq!(left, 0);
    let filter = HistoryFilter {
        account: Some(id),
        limit: 9,
        ..HistoryFilter::default()
    };
    let entries = fixture.store.read(|view| view.history(&filter)).unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].actor, "test");
    assert_eq!(entries[0].event.text, "by iam");
}

#[test]
fn a_name_belongs_to_one_account_until_it_is_released() {
    let fixture = fixture();
    let ann = fixture.account("ann");
    let taken = fixture.store.update_blocking(move |work| {
        let mut account = Account::new(work.next_account()?, payroll(), None, "anne");
        account.events.push(Event::new(EventKind::Requested, ""));
        let taken = save(work, &mut account, &["anne", "ann"]);
        // Whoever heeds the error can go on: nothing of the account is stored.
        assert_eq!(work.account(account.id)?, None);
        assert_eq!(account.events.len(), 1);
        taken
    });
    match taken.unwrap_err() {
        StoreError::NameTaken {
            resource,
            name,
            account,
        } => assert_eq!((resource, name.as_str(), account), (payroll(), "ann", ann)),
        other => panic!("{other}"),
    }
    let bea = fixture.act(move |work| {
        work.release_names(ann)?;
        new_account(work, "ann")
    });
    let owner = fixture
        .store
        .read(|view| view.account_named(&payroll(), "ann"));
    assert_eq!(owner.unwrap(), Some(bea));
}

#[test]
fn names_that_are_not_named_again_become_free() {
    let fixture = fixture();
    let ann = fixture.account("ann");
    fixture.act(move |work| {
        let mut account = work.account(ann)?.unwrap();
        save(work, &mut account, &["anna", "ann", "anna"])?;
        save(work, &mut account, &["anna"])
    });
    fixture.account("ann");
}

#[test]
fn a_name_on_another_resource_is_another_name() {
    let fixture = fixture();
    fixture.account("ann");
    fixture.act(|work| {
        let elsewhere = ResourceName::new("crm").unwrap();
        let mut account = Account::new(work.next_account()?, elsewhere, None, "ann");
        save(work, &mut account, &["ann"])
    });
}

#[test]
fn an_identity_has_one_account_on_a_resource() {
    let fixture = fixture();
    let make = |name: &'static str| {
        fixture.store.update_blocking(move |work| {
            let id = work.next_account()?;
            let mut account = Account::new(id, payroll(), Some(identity("1042")), name);
            save(work, &mut account, &[name])?;
            Ok(id)
        })
    };
    let first = make("ann").unwrap();
    match make("bea") {
        Err(StoreError::IdentityTaken { account, .. }) => assert_eq!(account, first),
        other => panic!("{other:?}"),
    }
    let found = fixture
        .store
        .read(|view| view.account_of(&payroll(), &identity("1042")));
    assert_eq!(found.unwrap(), Some(first));
}
