//! The same component is judged alike at a simulated system, at one that listens on a port, and by
//! what one has answered before.

use std::sync::Arc;

use provisor_conformance::people::PeopleError;
use provisor_conformance::report::Judged;
use provisor_conformance::{Live, People, Recorded, Recording, Report, Subject, Suite, Target};
use provisor_sandbox::egress::{Credential, Grant, Origin, Secret};
use provisor_simulated::{Action, Seen, Server, Slips};

use super::offender::Offender;
use super::ticketing;

const TOKEN: &str = "a-token-that-is-nowhere-else";

/// States in which nobody has to do anything any more.
const OVER: [&str; 4] = ["finished", "turned down", "torn up", "thrown away"];

/// People at a system that listens on a port.
struct AtServer(Arc<Server>);

impl std::fmt::Debug for AtServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.url())
    }
}

impl People for AtServer {
    fn act(&self, number: &str, action: &Action) -> Result<bool, PeopleError> {
        Ok(self.0.act(number, action).is_ok())
    }

    fn tickets(&self, correlation_id: &str) -> Result<Vec<Seen>, PeopleError> {
        let mut tickets = self.0.simulator().product.tickets();
        tickets.retain(|ticket| ticket.correlation_id == correlation_id);
        Ok(tickets)
    }

    fn demand(&self) -> Result<Option<String>, PeopleError> {
        let field = self.0.simulator().product.demand();
        Ok(field.ok().map(str::to_owned))
    }

    fn relent(&self) -> Result<(), PeopleError> {
        self.0.simulator().product.relent();
        Ok(())
    }
}

async fn serve() -> Arc<Server> {
    Arc::new(Server::start(Slips::new(TOKEN)).await.unwrap())
}

fn live(server: &Arc<Server>) -> Live {
    let mut grant = Grant::new(Origin::parse(&server.url()).unwrap());
    grant.allow_private = vec!["127.0.0.1/32".parse().unwrap()];
    grant.credential = Some(Credential::Bearer {
        token: Secret::new(TOKEN),
    });
    let mut live = Live::new(grant);
    live.people = Some(Arc::new(AtServer(Arc::clone(server))));
    live
}

fn at(offender: &Offender, server: &Arc<Server>, target: Target) -> Subject {
    Subject {
        settings: format!("{{\"url\": {:?}}}", server.url()),
        target: Some(target),
        ..offender.subject.clone()
    }
}

fn suite(only: &[&str]) -> Suite {
    Suite {
        seed: 7,
        only: only.iter().map(|&id| id.to_owned()).collect(),
        ..Suite::default()
    }
}

async fn recorded(suite: &Suite, subject: Subject) -> (Report, Recording) {
    let (report, recording) = suite.record(subject, |_| {}).await.unwrap();
    (report, recording.unwrap())
}

fn replayed(recording: &Recording) -> Target {
    Target::Recorded(Recorded::from_bytes(&recording.to_bytes().unwrap()).unwrap())
}

fn verdicts(report: &Report) -> Vec<(&str, &str)> {
    let judged = report.properties.iter();
    judged
        .map(|it| (it.id.as_str(), it.verdict.code()))
        .collect()
}

fn only(report: &Report) -> &Judged {
    let [judged] = &report.properties[..] else {
        panic!("one property, and {} are there", report.properties.len());
    };
    judged
}

fn broken(report: &Report) -> Vec<&str> {
    report.broken().map(|it| it.id.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_without_flaw_conforms_at_every_kind_of_target() {
    let server = serve().await;
    let honest = ticketing::honest();
    let simulated = suite(&[])
        .run(honest.subject.clone(), |_| {})
        .await
        .unwrap();
    let subject = at(&honest, &server, Target::from(live(&server)));
    let (live, recording) = recorded(&suite(&[]), subject).await;
    assert_eq!(verdicts(&live), verdicts(&simulated));
    assert!(live.conforms, "{}", live.badge);
    assert!(live.badge.ends_with(&format!(", live at {}", server.url())));

    // Nothing is left for people to do.
    let told = live.target.as_ref().unwrap();
    assert_eq!(told.left.as_deref(), Some(&[][..]));
    let tickets = server.simulator().product.tickets();
    let open: Vec<&Seen> = tickets
        .iter()
        .filter(|ticket| !OVER.contains(&ticket.status.as_str()))
        .collect();
    assert_eq!(open, Vec::<&Seen>::new());
    let made = told.made.unwrap() as usize;
    assert!(
        (100..=600).contains(&made) && tickets.len() <= made,
        "{made}"
    );
    assert!(
        tickets
            .iter()
            .all(|it| it.correlation_id.starts_with("conform-"))
    );

    // Nobody listens any more, and another seed was asked for.
    let subject = at(&honest, &server, replayed(&recording));
    drop(server);
    let other_seed = Suite {
        seed: 8,
        ..suite(&[])
    };
    let again = other_seed.run(subject, |_| {}).await.unwrap();
    assert_eq!(verdicts(&again), verdicts(&live));
    assert!(
        again
            .badge
            .contains(", at a recording of http://127.0.0.1:")
    );
    assert_eq!(again.seed, 7);
    let text = String::from_utf8(recording.to_bytes().unwrap()).unwrap();
    assert!(!text.contains(TOKEN) && !text.contains("Bearer"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offender_fails_its_own_property_live_and_by_the_recording() {
    let ids = [
        "T44", "T46", "T48", "T49", "T50", "T51", "T53", "T56", "T57", "T59", "T60", "T61",
    ];
    let mut wrong = Vec::new();
    for offender in ticketing::offenders() {
        if !ids.contains(&offender.flaw) {
            continue;
        }
        let server = serve().await;
        let subject = at(&offender, &server, Target::from(live(&server)));
        let (live, recording) = recorded(&suite(&ids), subject).await;
        let subject = at(&offender, &server, replayed(&recording));
        let again = suite(&ids).run(subject, |_| {}).await.unwrap();
        for (kind, report) in [("live", live), ("recorded", again)] {
            if broken(&report) != [offender.property] {
                wrong.push(format!("{} {kind}: {:?}", offender.flaw, verdicts(&report)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_simulated_system_is_recorded_too() {
    let honest = ticketing::honest();
    let ids = ["T45", "T49", "T51", "T52", "T58"];
    let (report, recording) = recorded(&suite(&ids), honest.subject.clone()).await;
    let subject = Subject {
        target: Some(replayed(&recording)),
        ..honest.subject
    };
    let again = suite(&ids).run(subject, |_| {}).await.unwrap();
    assert_eq!(verdicts(&again), verdicts(&report));
    assert!(report.is_good_so_far());
    assert!(
        again.badge.ends_with(", at a recording of slips"),
        "{}",
        again.badge
    );
}

#[tokio::test]
async fn a_component_that_asks_otherwise_than_was_recorded_is_neither_passed_nor_failed() {
    let honest = ticketing::honest();
    let (_, recording) = recorded(&suite(&["T44"]), honest.subject).await;
    let judge = async |subject: &Subject, id: &str| {
        let subject = Subject {
            target: Some(replayed(&recording)),
            ..subject.clone()
        };
        suite(&[id]).run(subject, |_| {}).await.unwrap()
    };
    let offenders = ticketing::offenders();
    let other = offenders.iter().find(|it| it.flaw == "T44").unwrap();
    let report = judge(&other.subject, "T44").await;
    let verdict = &only(&report).verdict;
    assert_eq!(verdict.code(), "inconclusive");
    let told = "POST https://slips.example.org/slips with another content";
    assert!(verdict.told().contains(told), "{}", verdict.told());
    assert!(verdict.told().contains("record again with --record"));

    let report = judge(&other.subject, "T48").await;
    let verdict = &only(&report).verdict;
    assert_eq!(verdict.code(), "inconclusive");
    assert!(
        verdict.told().contains("nothing more"),
        "{}",
        verdict.told()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_needs_people_is_skipped_where_nobody_is() {
    let server = serve().await;
    let honest = ticketing::honest();
    let mut alone = live(&server);
    alone.people = None;
    let ids = ["T44", "T50", "T57", "T60"];
    let subject = at(&honest, &server, Target::from(alone));
    let (report, recording) = recorded(&suite(&ids), subject).await;
    let expected = [
        ("T44", "skipped"),
        ("T50", "skipped"),
        ("T57", "pass"),
        ("T60", "pass"),
    ];
    assert_eq!(verdicts(&report), expected);
    assert!(report.properties[0].verdict.told().contains("`people`"));
    assert!(!report.is_good_so_far());
    let subject = at(&honest, &server, replayed(&recording));
    let again = suite(&ids).run(subject, |_| {}).await.unwrap();
    assert_eq!(verdicts(&again), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_makes_no_more_tickets_than_it_may() {
    let server = serve().await;
    let mut scant = live(&server);
    scant.tickets = 2;
    let subject = at(&ticketing::honest(), &server, Target::from(scant));
    let report = suite(&["T44", "T46"]).run(subject, |_| {}).await.unwrap();
    assert_eq!(verdicts(&report), [("T44", "pass"), ("T46", "skipped")]);
    assert!(report.properties[1].verdict.told().contains("`tickets`"));
    assert_eq!(server.simulator().product.tickets().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_system_that_is_away_says_nothing_about_the_component() {
    let server = serve().await;
    let honest = ticketing::honest();
    let closed = {
        let mut live = live(&server);
        live.grant.allow_private.clear();
        at(&honest, &server, Target::from(live))
    };
    let elsewhere = Subject {
        settings: "{\"url\": \"https://slips.example.org\"}".to_owned(),
        ..at(&honest, &server, Target::from(live(&server)))
    };
    let away = {
        let gone = serve().await;
        let mut live = live(&gone);
        // They would keep it going.
        live.people = None;
        at(&honest, &gone, Target::from(live))
    };
    for (subject, told) in [
        (closed, "allow-private"),
        (elsewhere, "the settings name no URL at"),
        (away, "cannot be reached"),
    ] {
        let report = suite(&["G1", "T44"]).run(subject, |_| {}).await.unwrap();
        for judged in &report.properties {
            let verdict = &judged.verdict;
            assert_eq!(verdict.code(), "inconclusive", "{}: {verdict:?}", judged.id);
            assert!(verdict.told().contains(told), "{}: {verdict:?}", judged.id);
        }
    }
}

#[tokio::test]
async fn nothing_with_a_secret_in_it_is_recorded() {
    let offenders = ticketing::offenders();
    let telling = offenders.iter().find(|it| it.flaw == "T54").unwrap();
    let (report, recording) = suite(&["T54"])
        .record(telling.subject.clone(), |_| {})
        .await
        .unwrap();
    assert_eq!(broken(&report), ["T54"]);
    let error = recording.unwrap_err();
    assert_eq!(error.code(), "recording-secret");
    assert!(!error.to_string().contains("canary"), "{error}");
}

#[tokio::test]
async fn only_what_speaks_to_a_system_is_recorded() {
    let subject = super::mapping::honest().subject;
    let (report, recording) = suite(&["G1"]).record(subject, |_| {}).await.unwrap();
    assert_eq!(report.target, None);
    assert_eq!(recording.unwrap_err().code(), "recording-nothing");
}
