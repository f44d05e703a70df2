//! Components that take more than they may.

use std::time::Duration;

use provisor_sandbox::{Call, CallErrorKind, Limits};

use crate::fixture::{ALLOCATIONS, Zoo, call, people};

/// What each kind of greed ends in, whichever world it is in.
fn expected() -> Vec<(&'static str, CallErrorKind)> {
    vec![
        ("loop", CallErrorKind::OutOfCpuTime),
        ("memory", CallErrorKind::OutOfMemory),
        ("stack", CallErrorKind::StackOverflow),
        ("calls", CallErrorKind::StackOverflow),
        ("exit", CallErrorKind::Exited),
        ("output-flood", CallErrorKind::LimitExceeded("log bytes")),
    ]
}

#[tokio::test]
async fn greed_ends_in_the_error_that_names_it() {
    for allocation in ALLOCATIONS {
        let zoo = Zoo::open(allocation).await;
        for (name, kind) in expected() {
            let error = zoo.map(name).await.unwrap_err();
            assert_eq!(error.kind, kind, "{name} in a mapping: {error}");
            assert_eq!(error.component.as_ref(), Some(zoo.mapping.digest()));
            assert_eq!(
                (error.function, &*error.label),
                ("evaluate", "payroll.mapping")
            );
            zoo.is_as_good_as_new().await;

            let error = zoo.decide(name).await.unwrap_err();
            assert_eq!(error.kind, kind, "{name} in a policy: {error}");
            let error = zoo.read(name).await.unwrap_err();
            assert_eq!(
                (error.kind, error.function),
                (kind, "next"),
                "{name} in a reader"
            );
            zoo.is_as_good_as_new().await;
        }
    }
}

#[tokio::test]
async fn a_flood_of_log_lines_is_stopped_and_the_last_lines_are_kept() {
    for allocation in ALLOCATIONS {
        let zoo = Zoo::open(allocation).await;
        let mut run = zoo
            .mapping
            .mapping()
            .unwrap()
            .start(&call("log-flood"))
            .await
            .unwrap();
        let error = run.evaluate(&people(1)).await.unwrap_err();
        assert_eq!(error.kind, CallErrorKind::LimitExceeded("log bytes"));
        assert!(run.report().log_lines_dropped > 1_000);
        assert!(error.log.len() < 100 && error.log[0].text.contains("were dropped"));
        zoo.is_as_good_as_new().await;
    }
}

/// A loop with processor time enough.
fn patient() -> Call {
    let mut call = call("loop");
    call.limits.cpu_time = Duration::from_secs(600);
    call
}

#[tokio::test]
async fn time_by_the_clock_is_limited_too() {
    for allocation in ALLOCATIONS {
        let zoo = Zoo::open(allocation).await;
        let mut call = patient();
        call.limits.wall_time = Duration::from_millis(100);
        let mut run = zoo.mapping.mapping().unwrap().start(&call).await.unwrap();
        let error = run.evaluate(&people(1)).await.unwrap_err();
        assert_eq!(error.kind, CallErrorKind::DeadlineExceeded);
        assert!(error.retryable());
        zoo.is_as_good_as_new().await;
    }
}

#[tokio::test]
async fn a_component_that_loops_lets_others_run_on_the_same_thread() {
    let zoo = Zoo::open(ALLOCATIONS[0]).await;
    let (looping, good) = tokio::join!(zoo.map("loop"), zoo.map(""));
    assert_eq!(looping.unwrap_err().kind, CallErrorKind::OutOfCpuTime);
    assert!(good.is_ok());
}

#[tokio::test]
async fn a_call_that_is_given_up_takes_its_instance_with_it() {
    for allocation in ALLOCATIONS {
        let zoo = Zoo::open(allocation).await;
        let mut run = zoo
            .mapping
            .mapping()
            .unwrap()
            .start(&patient())
            .await
            .unwrap();
        let given_up =
            tokio::time::timeout(Duration::from_millis(30), run.evaluate(&people(1))).await;
        assert!(given_up.is_err());
        let error = run.evaluate(&people(1)).await.unwrap_err();
        assert_eq!(error.kind, CallErrorKind::Spent);
        zoo.is_as_good_as_new().await;
    }
}

#[tokio::test]
async fn a_gigabyte_of_text_does_not_even_come_into_being() {
    for allocation in ALLOCATIONS {
        let zoo = Zoo::open(allocation).await;
        let error = zoo.map("gigabyte").await.unwrap_err();
        assert_eq!(error.kind, CallErrorKind::OutOfMemory);
        zoo.is_as_good_as_new().await;
    }
}

#[tokio::test]
async fn too_little_memory_to_start_is_told_as_such() {
    for allocation in ALLOCATIONS {
        let zoo = Zoo::open(allocation).await;
        let mut call = call("");
        call.limits.memory = 64 * 1024;
        let mut run = zoo.mapping.mapping().unwrap().start(&call).await.unwrap();
        let error = run.evaluate(&people(1)).await.unwrap_err();
        assert_eq!(error.kind, CallErrorKind::OutOfMemory);
        zoo.is_as_good_as_new().await;
    }
}

#[tokio::test]
async fn too_many_handles_are_stopped() {
    for allocation in ALLOCATIONS {
        let zoo = Zoo::open(allocation).await;
        let error = zoo.read("handles").await.unwrap_err();
        assert_eq!(
            error.kind,
            CallErrorKind::LimitExceeded("handles"),
            "{error}"
        );
        zoo.is_as_good_as_new().await;
    }
}

#[tokio::test]
async fn more_instances_than_the_pool_has_are_busy_and_may_be_tried_again() {
    let zoo = Zoo::open(ALLOCATIONS[1]).await;
    let mapping = zoo.mapping.mapping().unwrap();
    let mut runs = Vec::new();
    let error = loop {
        let mut run = mapping.start(&call("")).await.unwrap();
        match run.evaluate(&people(1)).await {
            Ok(_) => runs.push(run),
            Err(error) => break error,
        }
    };
    assert_eq!(
        (error.kind.clone(), error.retryable()),
        (CallErrorKind::Busy, true)
    );
    assert_eq!(zoo.sandbox.pooled_instances(), Some(runs.len() as u64));
    drop(runs);
    zoo.is_as_good_as_new().await;
}

#[tokio::test]
async fn settings_that_are_too_long_are_refused_before_anything_runs() {
    let zoo = Zoo::open(ALLOCATIONS[0]).await;
    let mut call = call("");
    call.secrets
        .insert("long".to_owned(), "x".repeat(2 * 1024 * 1024));
    let error = zoo
        .mapping
        .mapping()
        .unwrap()
        .start(&call)
        .await
        .err()
        .unwrap();
    assert_eq!(error.kind, CallErrorKind::LimitExceeded("settings bytes"));
}

#[tokio::test]
async fn a_run_says_what_it_has_used() {
    let zoo = Zoo::open(ALLOCATIONS[0]).await;
    let mut run = zoo
        .mapping
        .mapping()
        .unwrap()
        .start(&call(""))
        .await
        .unwrap();
    run.evaluate(&people(2)).await.unwrap();
    run.evaluate(&people(2)).await.unwrap();
    let report = run.report();
    assert_eq!((report.calls, report.log_lines_dropped), (2, 0));
    assert!(report.cpu_time > Duration::ZERO);
    assert!((64 * 1024..=Limits::default().memory).contains(&report.peak_memory));
}
