//! Hundreds of people and exports at the same few accounts, at the same time. What comes out is
//! what would have come out if they had come one after the other in some order: the order is read
//! from the history, and a second host lives it in this order alone.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use provisor::model::{CaseId, EventKind, OperationId, OperationState};
use provisor::store::{HistoryEntry, HistoryFilter};
use provisor::{Host, HostError, Report, Request, Wanted};
use provisor_tests::world::{Fixture, HEADER, World, identity, person};
use tokio::runtime::Runtime;

/// What somebody does. Each has a number, and so a name of his own in the history.
#[derive(Debug, Clone)]
enum Act {
    Request {
        who: usize,
        full_name: usize,
        active: bool,
        wanted: bool,
        anew: bool,
    },
    Claim(usize),
    GiveBack(usize),
    Comment(usize),
    Close(usize, bool),
    Reopen(usize),
    Hold(usize),
    /// Which people have a row, and with which name.
    Export(Vec<(usize, usize)>),
    Run,
}

const PEOPLE: usize = 4;

fn act() -> impl Strategy<Value = Act> {
    let request = (0..PEOPLE + 2, 0..3_usize, any::<bool>(), 0..5, 0..5).prop_map(
        |(who, full_name, active, unwanted, anew)| Act::Request {
            who,
            full_name,
            active,
            wanted: unwanted > 0,
            anew: anew == 0,
        },
    );
    let rows = prop::collection::btree_map(0..PEOPLE + 1, 0..3_usize, 1..PEOPLE + 1)
        .prop_map(|rows| Act::Export(rows.into_iter().collect()));
    prop_oneof![
        6 => request,
        4 => (0..PEOPLE).prop_map(Act::Claim),
        2 => (0..PEOPLE).prop_map(Act::GiveBack),
        1 => (0..PEOPLE).prop_map(Act::Comment),
        5 => (0..PEOPLE, any::<bool>()).prop_map(|(case, done)| Act::Close(case, done)),
        3 => (0..PEOPLE).prop_map(Act::Reopen),
        1 => (0..PEOPLE).prop_map(Act::Hold),
        3 => rows,
        1 => Just(Act::Run),
    ]
}

/// People who work, and one hundred at a time who could.
fn fixture(many: usize, verifies: bool) -> Fixture {
    let operators: Vec<String> = (0..many).map(|one| format!("\"p{one}\"")).collect();
    let fixture = match verifies {
        true => Fixture::s().with(
            "settle = \"0s\"",
            "settle = \"0s\"\ngates.shrank = { above = \"60%\", from-rows = 3 }",
        ),
        false => Fixture::m(),
    };
    fixture
        .rule("propagation = \"2h\"")
        .with("\"eva\", \"jan\"", &operators.join(", "))
}

/// Four accounts, each with an open case, and a change behind it that waits for its window.
async fn begin(fixture: &Fixture) -> World {
    let world = fixture.open().await;
    for who in 0..PEOPLE {
        world.requests(identity(&format!("u{who}"))).await;
    }
    world.minutes(121);
    world.host.run_without_exports().await.expect("a run");
    assert_eq!(world.cases().len(), PEOPLE);
    for case in world.cases() {
        let p0 = person("p0");
        world.host.claim(case.case.id, &p0).await.expect("claimed");
    }
    for who in 0..PEOPLE {
        let id = format!("u{who}");
        world
            .requests(identity(&id).with("full-name", ["Waiting"]))
            .await;
    }
    for case in world.cases() {
        let p0 = person("p0");
        world.host.give_back(case.case.id, &p0).await.expect("free");
    }
    world.minutes(1);
    world
}

/// Does it; answers whether it was acknowledged.
async fn perform(host: Host, number: usize, act: Act) -> Result<(), HostError> {
    let me = person(&format!("p{number}"));
    let case = |which: usize| CaseId(which as i64 + 1);
    match act {
        Act::Request {
            who,
            full_name,
            active,
            wanted,
            anew,
        } => {
            let identity = identity(&format!("u{who}"))
                .with("full-name", [format!("Name {full_name}")])
                .with("status", [if active { "active" } else { "gone" }]);
            let request = Request {
                resource: "app".parse().expect("a name"),
                identity,
                wanted: match wanted {
                    true => Wanted::Account,
                    false => Wanted::NoAccount,
                },
                requester: me,
                anew,
                after: None,
            };
            host.request(request).await.map(|_| ())
        }
        Act::Claim(which) => host.claim(case(which), &me).await.map(|_| ()),
        Act::GiveBack(which) => host.give_back(case(which), &me).await.map(|_| ()),
        Act::Comment(which) => host.comment(case(which), &me, "hm").await.map(|_| ()),
        Act::Close(which, done) => {
            let report = match done {
                true => Report::done(),
                false => Report::NotPossible {
                    reason: "no".to_owned(),
                },
            };
            host.close_case(case(which), &me, report).await.map(|_| ())
        }
        Act::Reopen(which) => host.reopen_case(case(which), &me, "oops").await.map(|_| ()),
        Act::Hold(which) => {
            let operation = OperationId((PEOPLE + which) as i64 + 1);
            host.hold(operation, &me, "wait").await
        }
        Act::Export(_) => host
            .take_export("app", Some(&file(number)))
            .await
            .map(|_| ()),
        Act::Run => host.run_without_exports().await.map(|_| ()),
    }
}

fn file(number: usize) -> String {
    format!("export-{number}.csv")
}

fn write_exports(world: &World, acts: &[Act]) {
    for (number, act) in acts.iter().enumerate() {
        if let Act::Export(rows) = act {
            let rows: String = rows
                .iter()
                .map(|(who, name)| format!("u{who},Name {name},,pirates;swords,false,\n"))
                .collect();
            world.export_as(&file(number), (HEADER.to_owned() + &rows).as_bytes());
        }
    }
}

fn history(world: &World) -> Vec<HistoryEntry> {
    let filter = HistoryFilter {
        limit: 1_000_000,
        ..HistoryFilter::default()
    };
    world.host.history(&filter).expect("readable")
}

/// The act that an entry of the history is of, if it is of one.
fn number_of(entry: &HistoryEntry) -> Option<usize> {
    if let Some(number) = entry.actor.strip_prefix('p') {
        return number.parse().ok();
    }
    let kinds = [EventKind::Accepted, EventKind::Held, EventKind::Refused];
    if entry.account.is_some() || !kinds.contains(&entry.event.kind) {
        return None;
    }
    let (number, _) = entry.event.text.strip_prefix("export-")?.split_once('.')?;
    number.parse().ok()
}

/// What came of it, without what tells in which moment the policy was asked.
fn outcome(world: &World) -> (String, Vec<String>) {
    let events = history(world)
        .into_iter()
        .filter(|entry| entry.actor != "policy")
        .map(|entry| format!("{} {:?} {:?}", entry.actor, entry.account, entry.event))
        .collect();
    (world.views(), events)
}

async fn ask_the_policy(world: &World) {
    let all: Vec<_> = (1..=PEOPLE as i64 + 2)
        .map(provisor::model::AccountId)
        .collect();
    world.host.dispatch(Some(&all)).await.expect("dispatched");
}

/// All at once; answers which were acknowledged.
async fn at_once(world: &World, acts: &[Act]) -> BTreeMap<usize, Result<(), HostError>> {
    let tasks: Vec<_> = acts
        .iter()
        .enumerate()
        .map(|(number, act)| tokio::spawn(perform(world.host.clone(), number, act.clone())))
        .collect();
    let mut results = BTreeMap::new();
    for (number, task) in tasks.into_iter().enumerate() {
        results.insert(number, task.await.expect("nobody panics"));
    }
    results
}

/// An order in which the acts have taken effect one after the other.
async fn some_order_explains_it(acts: Vec<Act>, verifies: bool) {
    let fixture = fixture(acts.len(), verifies);
    let world = begin(&fixture).await;
    write_exports(&world, &acts);
    let begun = history(&world).len();
    let results = at_once(&world, &acts).await;
    ask_the_policy(&world).await;

    let mut order: Vec<usize> = Vec::new();
    let mut effects: BTreeMap<usize, Vec<EventKind>> = BTreeMap::new();
    for entry in history(&world).iter().skip(begun) {
        if let Some(number) = number_of(entry) {
            effects.entry(number).or_default().push(entry.event.kind);
            if !order.contains(&number) {
                order.push(number);
            }
        }
    }
    for (number, result) in &results {
        let kinds = effects.get(number).map_or(&[][..], Vec::as_slice);
        let times = |kind| kinds.iter().filter(|one| **one == kind).count();
        let act = &acts[*number];
        match (act, result) {
            (_, Err(error)) => {
                assert_eq!(kinds, [], "{number} was refused: {error}");
            }
            (Act::Close(..), Ok(())) => {
                assert_eq!(times(EventKind::Closed), 1, "{number} {act:?}: {kinds:?}");
            }
            (Act::Claim(_), Ok(())) => {
                assert_eq!(times(EventKind::Claimed), 1, "{number} {act:?}: {kinds:?}");
            }
            (Act::Reopen(_), Ok(())) => {
                assert!(times(EventKind::Reopened) >= 1, "{number}: {kinds:?}");
            }
            _ => {}
        }
    }
    sound(&world);

    let serial = begin(&fixture).await;
    write_exports(&serial, &acts);
    for number in &order {
        let done = perform(serial.host.clone(), *number, acts[*number].clone()).await;
        assert!(done.is_ok(), "{number} {:?}: {done:?}", acts[*number]);
    }
    ask_the_policy(&serial).await;
    let (one, other) = (outcome(&world), outcome(&serial));
    let differs = one.1.iter().zip(&other.1).find(|(one, other)| one != other);
    assert_eq!(differs, None, "the histories differ");
    assert_eq!(one.1.len(), other.1.len());
    assert_eq!(one.0, other.0, "in the order {order:?}");
    everything_can_go_out_at_once(&world).await;
}

/// What must hold at any moment.
fn sound(world: &World) {
    let mut waiting: BTreeMap<String, usize> = BTreeMap::new();
    let mut open: BTreeMap<String, BTreeSet<CaseId>> = BTreeMap::new();
    let cases: BTreeSet<CaseId> = world.cases().iter().map(|case| case.case.id).collect();
    let mut with_work: BTreeSet<CaseId> = BTreeSet::new();
    for operation in world.operations() {
        let account = operation.account.to_string();
        match operation.state {
            OperationState::Waiting => *waiting.entry(account).or_default() += 1,
            OperationState::Open => {
                let case = operation.case.expect("what is open is in a case");
                assert!(cases.contains(&case), "{case} is closed: {operation:?}");
                with_work.insert(case);
                open.entry(account).or_default().insert(case);
            }
            _ => {}
        }
    }
    assert!(waiting.values().all(|many| *many <= 1), "{waiting:?}");
    assert!(open.values().all(|cases| cases.len() <= 1), "{open:?}");
    assert_eq!(cases, with_work, "an open case has something to do");
    crate::whole::assert_whole(world.folder.path());
}

/// The windows are over: everybody sends out, closes and asks at the same time.
async fn everything_can_go_out_at_once(world: &World) {
    world.minutes(180);
    for round in 0..3 {
        let mut acts = vec![Act::Run; 20];
        let full_name = round;
        acts.extend((0..PEOPLE).map(|who| Act::Request {
            who,
            full_name,
            active: true,
            wanted: true,
            anew: false,
        }));
        at_once(world, &acts).await;
        let closing: Vec<_> = world
            .cases()
            .into_iter()
            .flat_map(|view| {
                let who = view.case.claimed_by.unwrap_or_else(|| person("p1"));
                let host = world.host.clone();
                (0..5).map(move |_| {
                    let (host, who) = (host.clone(), who.clone());
                    let id = view.case.id;
                    tokio::spawn(async move {
                        let done = host.close_case(id, &who, Report::done()).await;
                        (id, done.is_ok())
                    })
                })
            })
            .collect();
        let mut closed: BTreeMap<CaseId, usize> = BTreeMap::new();
        for task in closing {
            let (id, done) = task.await.expect("nobody panics");
            *closed.entry(id).or_default() += usize::from(done);
        }
        assert!(closed.values().all(|times| *times == 1), "{closed:?}");
        sound(world);
        world.minutes(180);
    }
}

fn try_all(verifies: bool) {
    let many = |name: &str, otherwise| {
        std::env::var(name).map_or(otherwise, |text| text.parse().expect("a number"))
    };
    let mut runner = TestRunner::new(Config {
        cases: many("PROVISOR_CASES", 3),
        // What came out of one order of threads cannot be made smaller with another.
        max_shrink_iters: 0,
        failure_persistence: None,
        ..Config::default()
    });
    let acts = prop::collection::vec(act(), 200..=250);
    let result = runner.run(&acts, |acts| {
        let acts = acts
            .into_iter()
            .filter(|act| verifies || !matches!(act, Act::Export(_)))
            .collect();
        let runtime = Runtime::new().expect("a runtime");
        runtime.block_on(some_order_explains_it(acts, verifies));
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

#[test]
fn hundreds_at_once_end_as_in_some_order_where_exports_tell() {
    try_all(true);
}

#[test]
fn hundreds_at_once_end_as_in_some_order_where_people_are_believed() {
    try_all(false);
}
