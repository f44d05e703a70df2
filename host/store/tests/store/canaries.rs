//! Versions of components that are tried, and what was recorded for that.

use provisor_model::{
    AccountId, Canary, CanaryPlan, CanaryScope, Digest, Finding, OperationId, Percent, Timestamp,
    VerdictKind,
};
use provisor_store::RecordedProposal;

use crate::fixture::{fixture, payroll};

fn at(second: i64) -> Timestamp {
    Timestamp::from_millis(second * 1_000)
}

fn proposal(account: i64, name: &str) -> RecordedProposal {
    RecordedProposal {
        account: AccountId(account),
        operation: OperationId(account),
        at: at(account),
        component: Digest::from_bytes([1; 32]),
        inputs: [("identity.name".to_owned(), vec![name.to_owned()])].into(),
        verdict: VerdictKind::Allow,
    }
}

fn plan(candidate: u8) -> CanaryPlan {
    CanaryPlan {
        component: "names".parse().unwrap(),
        candidate: Digest::from_bytes([candidate; 32]),
        active: Digest::from_bytes([1; 32]),
        scope: CanaryScope::Share(Percent::new(10).unwrap()),
        by: "petra".parse().unwrap(),
        stop_after: 3,
    }
}

#[test]
fn the_last_proposals_are_kept_the_latest_first() {
    let fixture = fixture();
    fixture.act(|work| {
        for number in 1..=7 {
            work.record_proposal(&payroll(), &proposal(number, "Ann"), 3)?;
        }
        work.record_proposal(&"archive".parse().unwrap(), &proposal(9, "Ann"), 3)
    });
    let accounts = |skip, most| -> Vec<i64> {
        fixture
            .store
            .read(|view| view.recorded_proposals(&payroll(), skip, most))
            .unwrap()
            .into_iter()
            .map(|one| one.account.0)
            .collect()
    };
    assert_eq!(accounts(0, 10), [7, 6, 5]);
    assert_eq!(accounts(1, 1), [6]);
    let count = |view: &provisor_store::View<'_>| view.recorded_proposal_count(&payroll());
    assert_eq!(fixture.store.read(count).unwrap(), 3);
}

#[test]
fn when_nothing_shall_be_recorded_what_was_goes() {
    let fixture = fixture();
    fixture.act(|work| {
        for number in 1..=3 {
            work.record_proposal(&payroll(), &proposal(number, "Ann"), 10)?;
        }
        work.record_proposal(&payroll(), &proposal(4, "Ann"), 0)
    });
    let left = fixture
        .store
        .read(|view| view.recorded_proposal_count(&payroll()));
    assert_eq!(left.unwrap(), 0);
}

#[test]
fn of_a_component_one_canary_stands() {
    let fixture = fixture();
    let canary = fixture.act(|work| {
        let canary = Canary::begin(plan(2), work.next_canary()?, at(1)).unwrap();
        work.save_canary(&canary)?;
        Ok(canary)
    });
    let standing = |component: &str| {
        let component = component.parse().unwrap();
        fixture
            .store
            .read(|view| view.standing_canary(&component))
            .unwrap()
    };
    assert_eq!(standing("names"), Some(canary.clone()));
    assert_eq!(standing("others"), None);
    let second = fixture.store.update_blocking(|work| {
        let other = Canary::begin(plan(3), work.next_canary()?, at(2)).unwrap();
        work.save_canary(&other)
    });
    assert!(second.is_err(), "one stands already");
    fixture.act(move |work| {
        let mut canary = canary;
        canary
            .end(&"petra".parse().unwrap(), "enough", at(3))
            .unwrap();
        work.save_canary(&canary)?;
        let other = Canary::begin(plan(3), work.next_canary()?, at(4)).unwrap();
        work.save_canary(&other)
    });
    let last = fixture
        .store
        .read(|view| view.last_canary(&"names".parse().unwrap()));
    assert_eq!(
        last.unwrap().unwrap().candidate,
        Digest::from_bytes([3; 32])
    );
}

#[test]
fn the_last_findings_are_kept() {
    let fixture = fixture();
    let id = fixture.act(|work| {
        let canary = Canary::begin(plan(2), work.next_canary()?, at(1)).unwrap();
        work.save_canary(&canary)?;
        for second in 0..250 {
            let finding = Finding::failed(format!("E{second}"), "trapped", "a mishap");
            work.add_canary_findings(canary.id, &[finding], at(second))?;
        }
        Ok(canary.id)
    });
    let found = fixture
        .store
        .read(|view| view.canary_findings(id, 1_000))
        .unwrap();
    assert_eq!(found.len(), 100);
    assert_eq!(
        (found[0].finding.subject.as_str(), found[0].at),
        ("E249", at(249))
    );
    fixture.act(|work| work.drop_recorded(at(240)));
    let found = fixture
        .store
        .read(|view| view.canary_findings(id, 1_000))
        .unwrap();
    assert_eq!(found.len(), 10);
}

#[test]
fn what_is_recorded_of_somebody_is_erased_wherever_he_is_named() {
    let fixture = fixture();
    let id = fixture.act(|work| {
        let canary = Canary::begin(plan(2), work.next_canary()?, at(1)).unwrap();
        work.save_canary(&canary)?;
        for subject in ["E1", "E10", "turner"] {
            let finding = Finding::failed(subject, "trapped", "a mishap");
            work.add_canary_findings(canary.id, &[finding], at(1))?;
        }
        let finding = Finding::failed("E2", "trapped", "his boss is Turner");
        work.add_canary_findings(canary.id, &[finding], at(1))?;
        for (account, name) in [(1, "Ann"), (2, "Turner"), (3, "Turners")] {
            work.record_proposal(&payroll(), &proposal(account, name), 10)?;
        }
        Ok(canary.id)
    });
    fixture.act(|work| work.erase_recorded(&[AccountId(1)], &["E1".into(), "turner".into()]));
    let (subjects, accounts) = fixture
        .store
        .read(|view| {
            let found = view.canary_findings(id, 10)?;
            let recorded = view.recorded_proposals(&payroll(), 0, 10)?;
            let subjects: Vec<_> = found.into_iter().map(|one| one.finding.subject).collect();
            let accounts: Vec<_> = recorded.into_iter().map(|one| one.account.0).collect();
            Ok::<_, provisor_store::StoreError>((subjects, accounts))
        })
        .unwrap();
    assert_eq!(subjects, ["E10"]);
    assert_eq!(accounts, [3]);
}
