//! Whoever observes is told of every call once, with what came of it and without any secret.

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};

use provisor_sandbox::{Called, Loaded, Observer, Outcome};

use crate::fixture::{ALLOCATIONS, Zoo, call, people};

const SECRET: &str = "swordfish-7731";

/// What was told, without the times.
#[derive(Debug, Default)]
struct Notebook(Mutex<Vec<Note>>);

#[derive(Debug, Clone, Default, PartialEq)]
struct Note {
    name: String,
    label: String,
    function: &'static str,
    outcome: String,
    denied: Vec<String>,
    lines: Vec<String>,
    dropped: u64,
    took_time: bool,
    had_memory: bool,
}

impl Observer for Notebook {
    fn loaded(&self, loaded: &Loaded<'_>) {
        self.0.lock().unwrap().push(Note {
            name: loaded.component.about().name.clone(),
            function: "load",
            took_time: !loaded.time.is_zero(),
            ..Note::default()
        });
    }

    fn called(&self, called: &Called<'_>) {
        self.0.lock().unwrap().push(Note {
            name: called.component.about().name.clone(),
            label: called.label.to_owned(),
            function: called.function,
            outcome: match called.outcome {
                Outcome::Good => "good".to_owned(),
                Outcome::GivenUp => "given up".to_owned(),
                Outcome::Failed(error) => format!("{}: {error}", error.code()),
            },
            denied: called.denied.to_vec(),
            lines: called.lines.iter().map(|line| line.text.clone()).collect(),
            dropped: called.lines_dropped,
            took_time: !called.time.is_zero() && called.cpu_time <= called.time,
            had_memory: called.peak_memory > 0,
        });
    }
}

impl Notebook {
    /// What was told since this was asked the last time.
    fn notes(&self) -> Vec<Note> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// A notebook that knows nothing yet, and what it watches.
async fn watched() -> (Arc<Notebook>, Zoo) {
    let notebook = Arc::new(Notebook::default());
    let zoo = Zoo::watched(ALLOCATIONS[0], Some(notebook.clone())).await;
    let loaded = notebook.notes();
    for name in [
        "hostile-mapping",
        "hostile-policy",
        "hostile-reader",
        "hostile-ticketing",
    ] {
        let of_it: Vec<&Note> = loaded.iter().filter(|note| note.name == name).collect();
        let functions: Vec<_> = of_it.iter().map(|note| note.function).collect();
        assert_eq!(functions, ["describe", "load"], "{name}");
        assert!(of_it.iter().all(|note| note.took_time), "{of_it:?}");
    }
    (notebook, zoo)
}

#[tokio::test]
async fn each_call_is_told_once_whatever_came_of_it() {
    let (notebook, zoo) = watched().await;
    let mut run = zoo
        .mapping
        .mapping()
        .unwrap()
        .start(&call("second-failure"))
        .await
        .unwrap();
    run.evaluate(&people(1)).await.unwrap();
    // What it is worth is known when nobody has complained before the next one.
    assert_eq!(notebook.notes(), []);
    run.evaluate(&people(1)).await.unwrap_err();
    run.evaluate(&people(1)).await.unwrap_err();
    drop(run);
    let notes = notebook.notes();
    let outcomes: Vec<&str> = notes.iter().map(|note| note.outcome.as_str()).collect();
    assert_eq!(outcomes, ["good", "unavailable: not now"]);
    for note in &notes {
        assert_eq!(
            (note.name.as_str(), note.label.as_str(), note.function),
            ("hostile-mapping", "payroll.mapping", "evaluate")
        );
        assert!(note.took_time && note.had_memory, "{note:?}");
    }
    for (misbehave, code) in [
        ("memory", "out-of-memory"),
        ("panic", "trapped"),
        ("falling", "malformed-answer"),
        ("long-text", "limit-exceeded"),
    ] {
        zoo.map(misbehave).await.unwrap_err();
        let [note] = notebook.notes().try_into().unwrap();
        assert!(note.outcome.starts_with(code), "{misbehave}: {note:?}");
    }
    assert_eq!(zoo.read("").await, Ok("abc".to_owned()));
    let functions: Vec<_> = notebook.notes().iter().map(|note| note.function).collect();
    assert_eq!(functions, ["open", "next", "next", "next", "summary"]);
}

#[tokio::test]
async fn what_a_component_may_not_be_given_is_an_error_of_a_call_that_never_began() {
    let (notebook, zoo) = watched().await;
    let mapping = zoo.mapping.mapping().unwrap();
    let mut run = mapping.start(&call("")).await.unwrap();
    run.evaluate(&people(1)).await.unwrap();
    let mut table = people(1);
    table.columns = (0..100_000).map(|number| number.to_string()).collect();
    run.evaluate(&table).await.unwrap_err();
    drop(run);
    let outcomes: Vec<String> = notebook.notes().into_iter().map(|it| it.outcome).collect();
    assert_eq!(outcomes.len(), 2, "{outcomes:?}");
    assert_eq!(outcomes[0], "good");
    assert!(outcomes[1].starts_with("limit-exceeded"), "{outcomes:?}");

    let mut call = call("");
    call.secrets
        .insert("long".to_owned(), "x".repeat(2 * 1024 * 1024));
    assert!(mapping.start(&call).await.is_err());
    let [note] = notebook.notes().try_into().unwrap();
    assert_eq!(note.function, "settings");
}

#[tokio::test]
async fn a_call_for_whose_end_nobody_waits_is_given_up() {
    let (notebook, zoo) = watched().await;
    let mapping = zoo.mapping.mapping().unwrap();
    let mut run = mapping.start(&call("loop")).await.unwrap();
    {
        let table = people(1);
        let mut evaluating = pin!(run.evaluate(&table));
        let waiting = evaluating
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()));
        assert!(waiting.is_pending(), "it loops, and yields now and then");
    }
    drop(run);
    let [note] = notebook.notes().try_into().unwrap();
    assert_eq!(
        (note.function, note.outcome.as_str()),
        ("evaluate", "given up")
    );
}

#[tokio::test]
async fn what_was_refused_is_named() {
    let (notebook, zoo) = watched().await;
    zoo.map("sockets").await.unwrap_err();
    let [note] = notebook.notes().try_into().unwrap();
    assert!(!note.denied.is_empty(), "{note:?}");
    for name in &note.denied {
        assert!(name.starts_with("wasi:"), "{name}");
    }
    for line in &note.lines {
        let name = line.strip_prefix("denied: ").unwrap();
        assert!(note.denied.iter().any(|it| it == name), "{line}");
    }
}

#[tokio::test]
async fn lines_of_good_calls_are_told_too_and_no_line_twice() {
    let (notebook, zoo) = watched().await;
    let mut run = zoo
        .mapping
        .mapping()
        .unwrap()
        .start(&call("talk"))
        .await
        .unwrap();
    run.evaluate(&people(1)).await.unwrap();
    run.evaluate(&people(1)).await.unwrap();
    drop(run);
    let [one, other] = notebook.notes().try_into().unwrap();
    assert_eq!(one.lines[0], "a quiet word");
    // Half a line is not a line before the run is over; what follows belongs to it.
    assert_eq!((one.lines.len(), other.lines.len()), (4, 5));
    assert_eq!(other.lines[2], "half a line of printed ");
}

#[tokio::test]
async fn a_flood_is_told_by_its_last_lines_and_their_number() {
    let (notebook, zoo) = watched().await;
    let error = zoo.map("log-flood").await.unwrap_err();
    assert_eq!(error.code(), "limit-exceeded");
    let [note] = notebook.notes().try_into().unwrap();
    assert_eq!(note.lines.len(), 50);
    assert!(note.dropped > 10_000, "{}", note.dropped);
}

#[tokio::test]
async fn no_line_and_no_error_has_a_secret_that_the_component_was_given() {
    let (notebook, zoo) = watched().await;
    for misbehave in ["talk", "talk-panic", "secret"] {
        for secret in [
            SECRET.to_owned(),
            format!("first-{SECRET}\nsecond-{SECRET}"),
        ] {
            let mut call = call(misbehave);
            call.secrets.insert("granted".to_owned(), secret);
            let mut run = zoo.mapping.mapping().unwrap().start(&call).await.unwrap();
            let error = run.evaluate(&people(1)).await.err();
            drop(run);
            let [note] = notebook.notes().try_into().unwrap();
            let shown = format!("{note:?} {error:?} {error:#?}");
            assert!(!shown.contains(SECRET), "{shown}");
            assert!(!shown.contains("swordfish"), "{shown}");
            assert!(shown.contains("***"), "{shown}");
        }
    }
}
