//! Notifications on their way out.

use provisor_model::delivery::LEASE;
use provisor_model::{
    CaseId, Delivery, DeliveryState, Notification, NotificationId, Priority, SinkName, Timestamp,
};
use provisor_store::{NotificationFilter, OpenOptions, Store};

use crate::fixture::{Fixture, at, fixture, payroll};

fn mail() -> SinkName {
    "mail".parse().unwrap()
}

fn tell(fixture: &Fixture, case: i64, recipient: &'static str) -> NotificationId {
    fixture.act(move |work| {
        let id = work.next_notification()?;
        let notification = Notification::CaseOpened {
            case: CaseId(case),
            title: "create the account ann on Payroll".to_owned(),
            priority: Priority::Normal,
            due: None,
        };
        let occasion = notification.occasion(&payroll());
        let delivery = Delivery::new(
            id,
            mail(),
            Some(recipient.to_owned()),
            payroll(),
            notification,
            at(1),
        );
        work.save_notification(&delivery, occasion.as_deref())?;
        Ok(id)
    })
}

fn claim(store: &Store, now: Timestamp) -> Option<NotificationId> {
    store
        .update_blocking(move |work| work.claim_notification(&mail(), now))
        .unwrap()
        .map(|delivery| delivery.id)
}

#[test]
fn what_one_process_has_claimed_another_one_does_not() {
    let fixture = fixture();
    let other = Store::open(&fixture.path, &OpenOptions::default()).unwrap();
    let (first, second) = (tell(&fixture, 1, "eva"), tell(&fixture, 2, "eva"));
    assert_eq!(claim(&fixture.store, at(2)), Some(first));
    assert_eq!(claim(&other, at(2)), Some(second));
    assert_eq!(claim(&other, at(2)), None);
    let once = fixture.store.read(|view| view.notification(first)).unwrap();
    assert_eq!(once.unwrap().attempts, 1);
    assert_eq!(claim(&other, at(2).after(LEASE)), Some(first));
}

#[test]
fn one_that_is_due_is_found_behind_many_that_are_leased() {
    let fixture = fixture();
    let all: Vec<_> = (1..=40).map(|case| tell(&fixture, case, "eva")).collect();
    let mut claimed: Vec<_> = std::iter::from_fn(|| claim(&fixture.store, at(2))).collect();
    claimed.sort();
    assert_eq!(claimed, all);
}

#[test]
fn what_waits_for_later_or_for_another_sink_is_not_claimed() {
    let fixture = fixture();
    let id = tell(&fixture, 1, "eva");
    let later = at(100);
    fixture.act(move |work| {
        let mut delivery = work.notification(id)?.unwrap();
        delivery.next_try = later;
        work.save_notification(&delivery, None)
    });
    assert_eq!(claim(&fixture.store, at(99)), None);
    let elsewhere = fixture.act(|work| work.claim_notification(&"hook".parse().unwrap(), at(200)));
    assert_eq!(elsewhere, None);
    assert_eq!(claim(&fixture.store, later), Some(id));
}

#[test]
fn nobody_is_told_twice_of_the_same_occasion() {
    let fixture = fixture();
    tell(&fixture, 1, "eva");
    let told = |occasion: &str, recipient: &str| {
        let view =
            |view: &provisor_store::View<'_>| view.is_told(occasion, &mail(), Some(recipient));
        fixture.store.read(view).unwrap()
    };
    assert!(told("case-opened case-1", "eva"));
    assert!(!told("case-opened case-1", "jan"));
    assert!(!told("case-opened case-2", "eva"));
    let twice = fixture.store.update_blocking(|work| {
        let mut again = work.notification(NotificationId(1))?.unwrap();
        again.id = work.next_notification()?;
        work.save_notification(&again, Some("case-opened case-1"))
    });
    assert!(twice.is_err());
}

#[test]
fn lists_are_newest_first_and_go_on_where_they_ended() {
    let fixture = fixture();
    let all: Vec<_> = (1..=5).map(|case| tell(&fixture, case, "eva")).collect();
    fixture.act(move |work| {
        let mut delivery = work.notification(NotificationId(2))?.unwrap();
        delivery.delivered(at(3));
        work.save_notification(&delivery, None)
    });
    let list = |filter: NotificationFilter| -> Vec<NotificationId> {
        let found = fixture.store.read(|view| view.notifications(&filter));
        found.unwrap().iter().map(|delivery| delivery.id).collect()
    };
    let waiting = NotificationFilter {
        state: Some(DeliveryState::Waiting),
        limit: 2,
        ..NotificationFilter::default()
    };
    assert_eq!(list(waiting.clone()), [all[4], all[3]]);
    let rest = NotificationFilter {
        after: Some(all[3]),
        limit: 9,
        ..waiting
    };
    assert_eq!(list(rest), [all[2], all[0]]);
    let count = |state| fixture.store.read(|view| view.notification_count(state));
    assert_eq!(count(DeliveryState::Delivered).unwrap(), 1);
    assert_eq!(count(DeliveryState::Waiting).unwrap(), 4);
}
