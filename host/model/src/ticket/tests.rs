use proptest::prelude::*;

use super::looking::LONGEST_LOOK;
use super::*;

fn ticket() -> Ticket {
    Ticket::new(
        CaseId(7),
        "helpdesk".parse().unwrap(),
        "payroll".parse().unwrap(),
        CorrelationId::of_case("0123456789ab", CaseId(7)),
        Timestamp::from_millis(0),
    )
}

fn place() -> TicketPlace {
    TicketPlace {
        reference: "10017".to_owned(),
        number: "PROV-17".to_owned(),
        url: None,
    }
}

fn progress(class: TicketClass) -> TicketProgress {
    TicketProgress {
        status: class.as_str().to_owned(),
        resolution: None,
        class,
        updated_at: None,
        closed_at: None,
        assignee: None,
        note: None,
    }
}

fn trouble(certain: bool) -> Trouble {
    Trouble {
        message: "no".to_owned(),
        certain,
        hopeless: false,
        retry_after: None,
    }
}

/// What becomes of one call to make or to find the ticket.
#[derive(Debug, Clone, Copy)]
enum Call {
    Answered,
    /// It was certainly not carried out.
    NotSent,
    /// It was carried out, or will be so many seconds later, and the answer was lost.
    Lost(u64),
    /// The process was killed before the call, or after it and before its outcome was stored.
    Killed(Option<u64>),
    /// It was lost on the way there, and the caller cannot tell.
    Vanished,
}

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        2 => Just(Call::Answered),
        1 => Just(Call::NotSent),
        2 => (0u64..60).prop_map(Call::Lost),
        2 => prop::option::of(0u64..60).prop_map(Call::Killed),
        1 => Just(Call::Vanished),
    ]
}

proptest! {
    /// The system shows what was made only after its lag, and carries out late what was sent to it.
    #[test]
    fn there_is_never_a_second_ticket_and_none_is_lost(
        calls in prop::collection::vec((call(), 0u64..4_000), 1..60),
        lag in 0u64..300,
    ) {
        let lag_time = Duration::from_secs(lag);
        let rules = TicketRules { attempts: 4, ..TicketRules::default() };
        let mut ticket = ticket();
        let mut now = Timestamp::from_millis(0);
        // When each ticket that there is, or that is on the way, is there.
        let mut made: Vec<Timestamp> = Vec::new();
        for (call, pause) in calls {
            now = now.after(Duration::from_secs(pause));
            if ticket.state != TicketState::Creating {
                break;
            }
            if !ticket.is_due(now) {
                continue;
            }
            ticket.lease(now);
            let mut create = ticket.task() == Some(Task::Create);
            if !create {
                match call {
                    Call::Answered => {
                        let shown = made.iter().any(|there| there.after(lag_time) <= now);
                        if shown {
                            ticket.created(place(), &rules, now);
                            continue;
                        }
                        create = ticket.not_found(lag_time, &rules, now) == NotFound::Create;
                    }
                    Call::Killed(_) => {}
                    _ => {
                        ticket.not_asked(&trouble(true), &rules, now);
                    }
                }
            }
            if create {
                let before = ticket.uncertain_since;
                ticket.begin_to_create(now);
                let arrives = |after| now.after(Duration::from_secs(after));
                match call {
                    Call::Answered => {
                        made.push(now);
                        ticket.created(place(), &rules, now);
                    }
                    Call::NotSent => {
                        ticket.not_created(&trouble(true), before, &rules, now);
                    }
                    Call::Lost(after) => {
                        made.push(arrives(after));
                        ticket.not_created(&trouble(false), before, &rules, now);
                    }
                    Call::Killed(after) => made.extend(after.map(arrives)),
                    Call::Vanished => {
                        ticket.not_created(&trouble(false), before, &rules, now);
                    }
                }
            }
            prop_assert!(made.len() <= 1, "a second ticket was made");
        }
        match ticket.state {
            TicketState::Open => prop_assert_eq!(made.len(), 1),
            TicketState::GivenUp => {
                prop_assert!(made.is_empty() || ticket.attention.is_some());
            }
            _ => prop_assert!(ticket.is_watched()),
        }
    }

    #[test]
    fn it_is_looked_at_the_less_often_the_older_it_is(age in 0u64..10_000_000) {
        let (mut ticket, rules) = (ticket(), TicketRules::default());
        ticket.created(place(), &rules, Timestamp::from_millis(0));
        let now = Timestamp::from_millis(0).after(Duration::from_secs(age));
        let pause = ticket.next_look(&rules, now).since(now);
        prop_assert!(pause >= rules.look_every);
        prop_assert!(pause <= LONGEST_LOOK.mul_f64(1.1));
        prop_assert!(pause <= rules.look_every.max(Duration::from_secs(age / 10 + 1)).mul_f64(1.1));
    }
}

#[test]
fn attempts_that_certainly_made_nothing_are_used_up_and_people_get_the_work() {
    let (mut ticket, rules) = (ticket(), TicketRules::default());
    let mut now = Timestamp::from_millis(0);
    let mut pauses = Vec::new();
    let mut given_up = false;
    while !given_up {
        assert_eq!(ticket.task(), Some(Task::Create));
        let before = ticket.uncertain_since;
        ticket.begin_to_create(now);
        given_up = ticket.not_created(&trouble(true), before, &rules, now);
        pauses.push(ticket.look_at.since(now));
        now = ticket.look_at;
    }
    assert_eq!(ticket.attempts, rules.attempts);
    assert_eq!((ticket.state, ticket.task()), (TicketState::GivenUp, None));
    assert!(pauses.windows(2).all(|two| two[0] < two[1]));
}

#[test]
fn what_is_refused_for_good_is_not_tried_again() {
    let (mut ticket, rules) = (ticket(), TicketRules::default());
    let now = Timestamp::from_millis(0);
    ticket.begin_to_create(now);
    let refused = Trouble {
        hopeless: true,
        ..trouble(true)
    };
    assert!(ticket.not_created(&refused, None, &rules, now));
}

#[test]
fn an_unknown_status_is_never_done_and_the_configuration_can_say_what_it_means() {
    let (mut ticket, mut rules) = (ticket(), TicketRules::default());
    let now = Timestamp::from_millis(1_000);
    ticket.created(place(), &rules, now);
    let mut odd = progress(TicketClass::Unknown);
    odd.status = "Waiting for Godot".to_owned();
    odd.resolution = Some("Maybe".to_owned());
    assert_eq!(ticket.looked(odd.clone(), &rules, now), Turn::Same);
    assert_eq!(ticket.state, TicketState::Open);
    assert!(ticket.attention.as_ref().unwrap().contains("Godot"));
    let meant = "waiting for godot/maybe".to_owned();
    rules.classes.insert(meant, TicketClass::Refused);
    assert_eq!(
        ticket.looked(odd, &rules, now),
        Turn::Refused {
            reason: "Waiting for Godot/Maybe".to_owned()
        }
    );
    assert_eq!(ticket.attention, None);
}

#[test]
fn a_ticket_that_is_opened_again_is_open_again() {
    let (mut ticket, rules) = (ticket(), TicketRules::default());
    let now = Timestamp::from_millis(60_000);
    ticket.created(place(), &rules, Timestamp::from_millis(0));
    let mut done = progress(TicketClass::Done);
    done.closed_at = Some(Timestamp::from_millis(30_000));
    let at = Timestamp::from_millis(30_000);
    assert_eq!(ticket.looked(done.clone(), &rules, now), Turn::Done { at });
    assert_eq!(ticket.looked(done, &rules, now), Turn::Same);
    let open = progress(TicketClass::InProgress);
    assert_eq!(ticket.looked(open, &rules, now), Turn::Reopened);
    assert_eq!(ticket.state, TicketState::Open);
}

#[test]
fn nothing_is_done_in_the_future() {
    let (mut ticket, rules) = (ticket(), TicketRules::default());
    let now = Timestamp::from_millis(60_000);
    ticket.created(place(), &rules, Timestamp::from_millis(0));
    let mut done = progress(TicketClass::Done);
    done.closed_at = Some(Timestamp::from_millis(90_000));
    assert_eq!(ticket.looked(done, &rules, now), Turn::Done { at: now });
}

#[test]
fn what_cannot_be_taken_back_is_waited_for() {
    let (mut ticket, rules) = (ticket(), TicketRules::default());
    let now = Timestamp::from_millis(0);
    assert!(!ticket.take_back("not wanted", now));
    ticket.created(place(), &rules, now);
    assert!(ticket.take_back("not wanted", now));
    assert!(!ticket.take_back("not wanted", now));
    assert_eq!(ticket.task(), Some(Task::Withdraw));
    ticket.stays("somebody works on it", now);
    assert_eq!(ticket.task(), Some(Task::Look));
    assert!(!ticket.take_back("not wanted", now));
}

#[test]
fn whoever_was_killed_holds_it_up_no_longer_than_the_lease() {
    let (mut ticket, now) = (ticket(), Timestamp::from_millis(0));
    ticket.lease(now);
    assert!(!ticket.is_due(now.after(LEASE - Duration::from_millis(1))));
    assert!(ticket.is_due(now.after(LEASE)));
    ticket.leased_until = Some(now.after(Duration::from_secs(86_400)));
    assert!(ticket.is_due(now));
}

#[test]
fn what_the_configuration_does_not_have_is_kept_however_long_that_lasts() {
    let (mut ticket, rules) = (ticket(), TicketRules::default());
    let mut now = Timestamp::from_millis(0);
    for _ in 0..3 {
        now = now.after(rules.fall_back_after);
        ticket.postpone("nobody says how", now);
        assert_eq!(ticket.state, TicketState::Creating);
        assert_eq!(ticket.problem.as_deref(), Some("nobody says how"));
        assert!(!ticket.is_due(now) && ticket.look_at <= now.after(LONGEST_LOOK * 2));
    }
}

#[test]
fn what_was_forgotten_of_a_closed_ticket_is_not_read_again() {
    let (mut ticket, rules) = (ticket(), TicketRules::default());
    let now = Timestamp::from_millis(0);
    ticket.created(place(), &rules, now);
    ticket.looked(progress(TicketClass::InProgress), &rules, now);
    ticket.erase();
    assert_eq!(ticket.task(), Some(Task::Look));
    ticket.looked(progress(TicketClass::Done), &rules, now);
    ticket.erase();
    assert_eq!(ticket.task(), None);
    let known = ticket.progress.expect("how it stood");
    assert_eq!((known.assignee, known.note), (None, None));
}

#[test]
fn whoever_gives_up_what_may_be_there_is_told_so() {
    let now = Timestamp::from_millis(1_000);
    let mut unsent = ticket();
    unsent.give_up();
    assert_eq!(unsent.attention, None);
    let mut uncertain = ticket();
    uncertain.begin_to_create(now);
    uncertain.give_up();
    let attention = uncertain.attention.unwrap();
    assert!(attention.contains(uncertain.correlation.as_str()));
    // The same holds when the last attempt breaks off after the time for all of them is over.
    let mut late = ticket();
    let rules = TicketRules::default();
    let later = now.after(rules.fall_back_after);
    late.begin_to_create(later);
    assert!(late.not_created(&trouble(false), None, &rules, later));
    assert!(late.attention.is_some());
}
