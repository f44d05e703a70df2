//! What belongs to one run stays in it.

use std::io;

use provisor_sandbox::{CallErrorKind, FailureKind, Input};

use crate::fixture::{ALLOCATIONS, Zoo, call, lines, logins, people};

#[tokio::test]
async fn an_instance_remembers_within_its_run_and_nobody_else_sees_it() {
    for allocation in ALLOCATIONS {
        let zoo = Zoo::open(allocation).await;
        let mapping = zoo.mapping.mapping().unwrap();
        let mut run = mapping.start(&call("")).await.unwrap();
        let mut other = mapping.start(&call("")).await.unwrap();
        assert_eq!(
            logins(&run.evaluate(&people(1)).await.unwrap()),
            ["user0call1"]
        );
        assert_eq!(
            logins(&run.evaluate(&people(1)).await.unwrap()),
            ["user0call2"]
        );
        assert_eq!(
            logins(&other.evaluate(&people(1)).await.unwrap()),
            ["user0call1"]
        );
        drop((run, other));
        zoo.is_as_good_as_new().await;
    }
}

#[tokio::test]
async fn a_run_that_failed_answers_nothing_any_more() {
    for allocation in ALLOCATIONS {
        let zoo = Zoo::open(allocation).await;
        for misbehave in ["second-panic", "second-falling", "second-failure"] {
            let mapping = zoo.mapping.mapping().unwrap();
            let mut run = mapping.start(&call(misbehave)).await.unwrap();
            assert!(run.evaluate(&people(2)).await.is_ok(), "{misbehave}");
            let error = run.evaluate(&people(2)).await.unwrap_err();
            assert_ne!(error.kind, CallErrorKind::Spent, "{misbehave}");
            let error = run.evaluate(&people(2)).await.unwrap_err();
            assert_eq!(error.kind, CallErrorKind::Spent, "{misbehave}");
            zoo.is_as_good_as_new().await;
        }
    }
}

#[tokio::test]
async fn a_secret_is_told_only_where_it_was_granted() {
    let zoo = Zoo::open(ALLOCATIONS[0]).await;
    let mut call = call("secret");
    call.secrets
        .insert("granted".to_owned(), "hunter2".to_owned());
    let mut run = zoo.mapping.mapping().unwrap().start(&call).await.unwrap();
    let error = run.evaluate(&people(1)).await.unwrap_err();
    // What it tells of it is covered: errors are shown and kept.
    assert_eq!(error.to_string(), "Some(\"***\") None");
}

#[tokio::test]
async fn settings_are_judged_by_the_component() {
    let zoo = Zoo::open(ALLOCATIONS[0]).await;
    assert_eq!(zoo.mapping.check_settings(&call("")).await, Ok(Vec::new()));
    let problems = zoo.mapping.check_settings(&call("problem")).await.unwrap();
    assert_eq!(problems[0].path, "/misbehave");
    let error = zoo.mapping.check_settings(&call("loop")).await.unwrap_err();
    assert_eq!(
        (error.kind, error.function),
        (CallErrorKind::OutOfCpuTime, "check-settings")
    );
}

#[tokio::test]
async fn nothing_at_all_may_be_mapped_decided_and_read() {
    let zoo = Zoo::open(ALLOCATIONS[0]).await;
    let mut run = zoo
        .mapping
        .mapping()
        .unwrap()
        .start(&call(""))
        .await
        .unwrap();
    assert_eq!(run.evaluate(&people(0)).await.unwrap().rows.row_count(), 0);
    let mut run = zoo.policy.policy().unwrap().start(&call("")).await.unwrap();
    assert_eq!(run.decide(&people(0)).await, Ok(Vec::new()));
    let mut reading = zoo
        .reader
        .reader()
        .unwrap()
        .open(&call(""), lines(""))
        .await
        .unwrap();
    assert_eq!(reading.next(10).await, Ok(None));
    assert_eq!(reading.finish().await.unwrap().rows, 0);
}

#[tokio::test]
async fn an_input_that_cannot_be_read_is_unavailable_to_the_component() {
    struct Broken;
    impl io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }
    let zoo = Zoo::open(ALLOCATIONS[0]).await;
    let input = Input {
        name: "export.csv".to_owned(),
        size: 10,
        content: Box::new(Broken),
    };
    let error = zoo
        .reader
        .reader()
        .unwrap()
        .open(&call(""), input)
        .await
        .err()
        .unwrap();
    let CallErrorKind::Failure(failure) = &error.kind else {
        panic!("{error}");
    };
    assert_eq!(failure.kind, FailureKind::Unavailable);
    assert_eq!(
        failure.message,
        "export.csv cannot be read: the disk is gone"
    );
    assert!(error.retryable());
}

#[tokio::test]
async fn a_component_is_not_taken_for_another_world() {
    let zoo = Zoo::open(ALLOCATIONS[0]).await;
    let wrong = zoo.policy.mapping().err().unwrap();
    assert_eq!(
        wrong.to_string(),
        "the component is of the world policy, not mapping"
    );
}

/// Whoever embeds the sandbox runs its futures on many threads.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_runs_go_on_at_the_same_time_on_several_threads() {
    for allocation in ALLOCATIONS {
        let zoo = std::sync::Arc::new(Zoo::open(allocation).await);
        let tasks: Vec<_> = (0..40)
            .map(|number| {
                let zoo = std::sync::Arc::clone(&zoo);
                tokio::spawn(async move {
                    let misbehave = ["", "panic", "falling", "exit"][number % 4];
                    loop {
                        match zoo.map(misbehave).await {
                            Err(error) if error.kind == CallErrorKind::Busy => {
                                tokio::task::yield_now().await;
                            }
                            answer => return (number % 4 == 0) == answer.is_ok(),
                        }
                    }
                })
            })
            .collect();
        for task in tasks {
            assert!(task.await.unwrap());
        }
        zoo.is_as_good_as_new().await;
    }
}
