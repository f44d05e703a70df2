//! What has been kept long enough is dropped, and nobody who is alive notices.

use std::collections::BTreeSet;
use std::path::PathBuf;

use provisor::model::{CaseState, EventKind, ExportState};
use provisor::store::{AccountFilter, CaseFilter, HistoryFilter, NotificationFilter};
use provisor::{Dropped, HostError};

use provisor_tests::world::{Fixture, WILL, World, identity, person, will};

const ALL: &str = r#"
[retention]
finished-operations = "1d"
cases = "1d"
exports = "1d"
history-texts = "1d"
"#;

/// A day and an hour.
const LONG: u64 = 25 * 60;

async fn run(world: &World) -> Dropped {
    let report = world.host.run_without_exports().await.expect("it runs");
    report.dropped
}

/// Everything that is alive: accounts in all views, open cases, operations under way.
fn alive(world: &World) -> String {
    let mut all = String::new();
    let filter = AccountFilter {
        limit: 1000,
        ..AccountFilter::default()
    };
    for account in world.host.accounts(&filter).expect("listed") {
        let view = world.host.account_by_id(account.id).expect("it is there");
        all += &format!("{view:#?}\n");
    }
    for case in world.cases() {
        all += &format!("{case:#?}\n");
    }
    all + &format!("{:#?}", world.pending())
}

/// The files of the evidence.
fn evidence(world: &World) -> BTreeSet<PathBuf> {
    let folder = world.folder.path().join("data/evidence");
    std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_dir())
        .flat_map(|path| std::fs::read_dir(path).expect("a folder"))
        .map(|entry| entry.expect("an entry").path())
        .collect()
}

fn closed_cases(world: &World) -> usize {
    let filter = CaseFilter {
        state: Some(CaseState::Closed),
        limit: 1000,
        ..CaseFilter::default()
    };
    world.host.cases(&filter).expect("listed").len()
}

fn erased_texts(world: &World) -> usize {
    let filter = HistoryFilter {
        limit: 1000,
        ..HistoryFilter::default()
    };
    let history = world.host.history(&filter).expect("listed");
    history
        .iter()
        .filter(|entry| entry.event.text == "(erased)")
        .count()
}

/// Will's account was made, and then renamed in full three times, each verified by an export.
async fn with_a_past(world: &World) {
    world.export("");
    world.reads().await;
    for name in ["Will Turner", "Will", "W. Turner", "Bootstrap"] {
        world.requests(will().with("full-name", [name])).await;
        let case = world.case().case.id;
        world
            .host
            .attach(case, &person("eva"), "done.txt", name.as_bytes().to_vec())
            .await
            .expect("attached");
        world.completes(case).await;
        world.minutes(1);
        world.export(&format!("will,{name},,pirates;swords,false,\n"));
        world.reads().await;
    }
}

#[tokio::test]
async fn without_a_word_everything_is_kept() {
    let world = Fixture::s().open().await;
    with_a_past(&world).await;
    world.minutes(60 * 24 * 365 * 20);
    let (before, files) = (world.everything(), evidence(&world));
    assert_eq!(run(&world).await, Dropped::default());
    assert_eq!((world.everything(), evidence(&world)), (before, files));
}

#[tokio::test]
async fn what_is_over_is_dropped_and_the_account_looks_the_same() {
    let world = Fixture::s().more(ALL).open().await;
    with_a_past(&world).await;
    assert_eq!(run(&world).await, Dropped::default(), "all is fresh");
    world.minutes(LONG);
    let before = alive(&world);
    assert_eq!(evidence(&world).len(), 5 + 4);
    let dropped = run(&world).await;
    // The creation and the last renaming are the last words about something.
    assert_eq!((dropped.operations, dropped.cases), (2, 2), "{dropped:?}");
    // Kept are the last export, and the first that showed the creation.
    assert_eq!((dropped.exports, dropped.files), (3, 3 + 2), "{dropped:?}");
    assert!(dropped.texts > 0);
    assert_eq!(alive(&world), before);
    assert_eq!(world.operations().len(), 2);
    assert_eq!(closed_cases(&world), 2);
    assert_eq!(evidence(&world).len(), 2 + 2);
    assert_eq!(erased_texts(&world) as u64, dropped.texts);
    let verified = world.host.verify_audit(&[]).expect("it holds");
    assert!(verified.records > 0);
    let told = HistoryFilter {
        limit: 1000,
        ..HistoryFilter::default()
    };
    let told = world.host.history(&told).expect("listed");
    let told: Vec<_> = told
        .iter()
        .filter(|entry| entry.event.kind == EventKind::Dropped)
        .map(|entry| entry.event.text.as_str())
        .collect();
    assert_eq!(told.len(), 4, "{told:?}");
    assert!(told[0].starts_with("2 operations from before "), "{told:?}");

    // Nothing is left to drop, however often somebody looks, nor told of what was told.
    for _ in 0..3 {
        world.minutes(LONG);
        assert_eq!(run(&world).await, Dropped::default());
    }
    // And it goes on.
    world.requests(will().with("full-name", ["Will"])).await;
    world.completes(world.case().case.id).await;
    world.minutes(1);
    world.export("will,Will,,pirates;swords,false,\n");
    world.reads().await;
    assert_eq!(world.last().state.as_str(), "verified");
}

#[tokio::test]
async fn what_something_alive_refers_to_is_kept() {
    let world = Fixture::s().more(ALL).open().await;
    world.export(WILL);
    world.reads().await;
    world.requests(will()).await;
    // A drift that stays, and a row that never changes.
    world.export("will,Another,,pirates;swords,false,\nann,Ann,,,false,\n");
    let drifted = world.reads().await.export.id;
    // Something that is done again, over and over.
    world.requests(identity("jack")).await;
    world.completes(world.case().case.id).await;
    world.minutes(16);
    let contradicted = world.reads().await.export.id;
    assert_eq!(world.cases().len(), 1);
    let first = world.case().follow_up.expect("it is done again");
    for round in 0..3 {
        world.minutes(LONG);
        world.export(&format!(
            "will,Another,,pirates;swords,false,\nann,Ann,,,false,\nrow{round},,,,false,\n"
        ));
        world.reads().await;
        let before = alive(&world);
        run(&world).await;
        assert_eq!(alive(&world), before);
    }
    for export in [drifted, contradicted] {
        world.host.export(export).expect("it is still there");
    }
    assert_eq!(world.case().follow_up, Some(first));
    assert_eq!(world.account("will").drift[0].export, drifted);
}

#[tokio::test]
async fn notifications_are_dropped_when_they_are_over_and_not_while_they_wait() {
    let world = Fixture::s()
        .more("[retention]\nnotifications = \"1d\"\n")
        .more("[notify.log]\nkind = \"log\"\nfile = \"told.jsonl\"\n")
        .open()
        .await;
    let listed = || {
        let all = world.host.notifications(&NotificationFilter {
            limit: 100,
            ..NotificationFilter::default()
        });
        all.expect("listed").len()
    };
    world.requests(will()).await;
    assert_eq!((run(&world).await.notifications, listed()), (0, 1));
    world.minutes(23 * 60);
    assert_eq!(
        (run(&world).await.notifications, listed()),
        (0, 1),
        "a day is not over"
    );
    world.minutes(30 * 60);
    world.requests(identity("bill")).await;
    assert_eq!(run(&world).await.notifications, 1);
    assert_eq!(listed(), 1, "what is new is kept");
}

#[tokio::test]
async fn contents_go_before_their_exports_and_the_record_stays() {
    let world = Fixture::s()
        .more("[retention]\nevidence = \"2h\"\n")
        .open()
        .await;
    for name in ["one", "two", "three"] {
        world.export(&format!("{name},,,,false,\n"));
        world.reads().await;
    }
    world.export("two,,,");
    let refused = world.take("accounts.csv").await.expect("an answer").export;
    assert_eq!(refused.state, ExportState::Refused);
    let files = evidence(&world).len();
    world.minutes(3 * 60);
    let dropped = run(&world).await;
    assert_eq!(
        (dropped.exports, dropped.contents, dropped.files),
        (0, 2, 2)
    );
    assert_eq!(evidence(&world).len(), files - 2);
    let exports = world.host.exports("app", 10).expect("listed");
    let without: Vec<bool> = exports
        .iter()
        .map(|export| export.content_dropped_at.is_some())
        .collect();
    // The last accepted one and what came after it keep theirs.
    assert_eq!(without, [false, false, true, true]);
}

/// A kill may leave a file that nothing refers to: copied, and never taken; or its export dropped,
/// and the file not yet.
#[tokio::test]
async fn a_file_that_nothing_refers_to_is_swept_and_what_is_being_copied_is_not() {
    let mut world = Fixture::s()
        .more("[retention]\nevidence = \"2h\"\n")
        .open()
        .await;
    world.export(WILL);
    world.reads().await;
    let used = evidence(&world);
    let folder = world.folder.path().join("data/evidence");
    let store = provisor::store::Evidence::open(&folder).expect("opened");
    store.put(&mut &b"left behind"[..], 100).expect("copied");
    std::fs::write(folder.join("a-note.txt"), "not ours").expect("written");
    let hold = store.hold().expect("held");
    world.minutes(60);
    assert_eq!(run(&world).await.files, 0, "somebody is copying");
    drop(hold);
    world.restart().await;
    world.minutes(60);
    assert_eq!(run(&world).await.files, 1);
    assert_eq!(evidence(&world), used);
    assert!(folder.join("a-note.txt").exists());
}

#[tokio::test]
async fn the_store_is_looked_through_once_an_hour_also_when_the_clock_is_put_back() {
    let world = Fixture::s()
        .more("[retention]\nevidence = \"1h\"\n")
        .open()
        .await;
    let leave = |text: &str| {
        let folder = world.folder.path().join("data/evidence");
        let store = provisor::store::Evidence::open(&folder)?;
        store.put(&mut text.as_bytes(), 100)?;
        Ok::<_, HostError>(())
    };
    leave("one").expect("copied");
    assert_eq!(run(&world).await.files, 1);
    leave("two").expect("copied");
    world.minutes(59);
    assert_eq!(run(&world).await.files, 0);
    world.minutes(1);
    assert_eq!(run(&world).await.files, 1);
    leave("three").expect("copied");
    world
        .clock
        .set("2026-03-01T00:00:00Z".parse().expect("a moment"));
    assert_eq!(run(&world).await.files, 1);
}

/// Numbers that look random, the same for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

/// One thing that happens, the same in every world in which the same has happened before.
async fn happens(world: &World, dice: &mut Dice) {
    let id = ["will", "ann", "jack"][dice.roll(3) as usize];
    let name = ["Will", "Turner", "Sparrow"][dice.roll(3) as usize];
    let which = dice.roll(8);
    match dice.roll(8) {
        0 | 1 => {
            world
                .ask(
                    identity(id).with("full-name", [name]),
                    provisor::Wanted::Account,
                    which == 0,
                )
                .await
                .expect("recorded");
        }
        2 => {
            world.unassigns(id).await;
        }
        3 | 4 => {
            let cases = world.cases();
            if let Some(case) = cases.get(which as usize % cases.len().max(1)) {
                match which {
                    0 => world.cannot(case.case.id, "no time").await,
                    _ => world.completes(case.case.id).await,
                }
            }
        }
        5 | 6 => {
            // Of each account: what is expected, another name, or nothing.
            let mut rows = String::new();
            for id in ["will", "ann", "jack"] {
                let expected = world.host.account("app", id).ok().and_then(|account| {
                    account.expected_exists.then(|| {
                        let name = account
                            .attributes
                            .iter()
                            .find(|attribute| attribute.name.as_str() == "full-name");
                        name.map_or(String::new(), |name| name.expected.to_string())
                    })
                });
                let name = match dice.roll(6) {
                    0 => Some(name.to_owned()),
                    1 => None,
                    _ => expected,
                };
                if let Some(name) = name {
                    rows += &format!("{id},{name},,pirates;swords,false,\n");
                }
            }
            world.export(&rows);
            world.take("accounts.csv").await.expect("an answer");
        }
        _ => world.minutes([10, 20, 90, 700, 1500][which as usize % 5]),
    }
}

/// Two worlds in which the same happens, one of which forgets: nobody can tell which, by what is
/// alive.
#[tokio::test]
async fn a_host_that_forgets_goes_on_as_one_that_does_not() {
    let retentions = [
        ALL.to_owned(),
        ALL.replace("1d", "1h"),
        "[retention]\nfinished-operations = \"1h\"\nexports = \"1h\"\n".to_owned(),
        "[retention]\nevidence = \"1h\"\nhistory-texts = \"1h\"\n".to_owned(),
    ];
    let mut all = Dropped::default();
    for seed in 1..=12_u64 {
        let drift = ["report", "fix", "accept"][seed as usize % 3];
        let fixture = Fixture::s().rule(&format!("drift = \"{drift}\"")).with(
            "settle = \"0s\"",
            "settle = \"0s\"\ngates.changed.action = \"warn\"",
        );
        let keeps = fixture.clone().open().await;
        let forgets = fixture
            .more(&retentions[seed as usize % retentions.len()])
            .open()
            .await;
        let mut dice = [(); 2].map(|()| Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
        for act in 0..60 {
            happens(&keeps, &mut dice[0]).await;
            happens(&forgets, &mut dice[1]).await;
            assert_eq!(run(&keeps).await, Dropped::default());
            let dropped = run(&forgets).await;
            all.operations += dropped.operations;
            all.cases += dropped.cases;
            all.exports += dropped.exports;
            all.contents += dropped.contents;
            all.texts += dropped.texts;
            all.files += dropped.files;
            assert_eq!(alive(&keeps), alive(&forgets), "seed {seed}, act {act}");
        }
        for world in [&keeps, &forgets] {
            world.host.verify_audit(&[]).expect("the history holds");
        }
        // What is kept as evidence is there, whole.
        let store = provisor::store::Evidence::open(&forgets.folder.path().join("data/evidence"))
            .expect("opened");
        for export in forgets.host.exports("app", 1000).expect("listed") {
            if export.content_dropped_at.is_none() {
                store.verify(&export.digest).expect("its content is there");
            }
        }
    }
    // Otherwise this has shown nothing.
    for dropped in [
        all.operations,
        all.cases,
        all.exports,
        all.contents,
        all.texts,
        all.files,
    ] {
        assert!(dropped > 0, "{all:?}");
    }
}
