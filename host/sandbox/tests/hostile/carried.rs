//! What language runtimes drag in reaches nothing.

use provisor_sandbox::CallErrorKind;

use crate::fixture::{ALLOCATIONS, Zoo, call, people};

/// What the component found out, which it tells as its failure, and what it was refused.
async fn told(zoo: &Zoo, misbehave: &str) -> (String, Vec<String>) {
    let mut run = zoo
        .mapping
        .mapping()
        .unwrap()
        .start(&call(misbehave))
        .await
        .unwrap();
    let error = run.evaluate(&people(1)).await.unwrap_err();
    let CallErrorKind::Failure(failure) = error.kind else {
        panic!("{misbehave}: {error}");
    };
    (failure.message, run.refused().to_vec())
}

#[tokio::test]
async fn no_file_can_be_opened_made_listed_or_removed() {
    for allocation in ALLOCATIONS {
        let zoo = Zoo::open(allocation).await;
        let (told, _) = told(&zoo, "files").await;
        assert_eq!(told, "files [false, false, false, false, false, false]");
        zoo.is_as_good_as_new().await;
    }
}

#[tokio::test]
async fn no_socket_can_be_opened_and_the_attempt_is_recorded_by_name() {
    for allocation in ALLOCATIONS {
        let zoo = Zoo::open(allocation).await;
        let (told, refused) = told(&zoo, "sockets").await;
        assert_eq!(told, "sockets [false, false, false]");
        assert_eq!(
            refused,
            [
                "wasi:sockets/tcp-create-socket.create-tcp-socket",
                "wasi:sockets/udp-create-socket.create-udp-socket"
            ]
        );
        zoo.is_as_good_as_new().await;
    }
}

#[tokio::test]
async fn environment_clocks_and_randomness_are_the_same_in_every_run() {
    let mut answers = Vec::new();
    for allocation in ALLOCATIONS {
        let zoo = Zoo::open(allocation).await;
        for _ in 0..2 {
            answers.push(told(&zoo, "environment").await);
        }
    }
    assert!(
        answers.windows(2).all(|pair| pair[0] == pair[1]),
        "{answers:?}"
    );
    assert!(
        answers[0].0.starts_with("[] [] 0 Ok(0ns) 0ns "),
        "{}",
        answers[0].0
    );
}

#[tokio::test]
async fn sleeping_does_not_hold_anybody_up() {
    let zoo = Zoo::open(ALLOCATIONS[0]).await;
    let (told, _) = told(&zoo, "sleep").await;
    assert_eq!(told, "slept");
}

#[tokio::test]
async fn the_words_of_a_panic_stand_in_the_error_with_its_place() {
    for allocation in ALLOCATIONS {
        let zoo = Zoo::open(allocation).await;
        let error = zoo.map("panic").await.unwrap_err();
        assert_eq!(error.code(), "trapped");
        let text = error.to_string();
        assert!(text.contains("lost its head over nothing"), "{text}");
        assert!(text.contains("unreachable"), "{text}");
        zoo.is_as_good_as_new().await;
    }
}

#[tokio::test]
async fn what_is_written_on_standard_output_ends_in_the_log_without_control_characters() {
    let zoo = Zoo::open(ALLOCATIONS[0]).await;
    let error = zoo.map("output").await.unwrap_err();
    let lines: Vec<&str> = error.log.iter().map(|line| line.text.as_str()).collect();
    assert!(
        lines.contains(&"to \\u{1b}[31mstandard output"),
        "{lines:?}"
    );
    assert!(
        lines.iter().any(|line| line.contains("to standard error")),
        "{lines:?}"
    );
}
