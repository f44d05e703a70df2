//! Components that answer nonsense.

use provisor_sandbox::{CallErrorKind, FailureKind};

use crate::fixture::{ALLOCATIONS, Zoo};

#[tokio::test]
async fn a_page_that_breaks_a_rule_is_refused_with_the_rule() {
    let rules = [
        ("outside", "fall at 1"),
        ("falling", "fall at 1"),
        ("inside-character", "inside a character"),
        ("text-left-over", "its text at"),
        ("cells-fall", "cell-ends of a page fall"),
        ("values-left-over", "and there are 3"),
        ("cell-count", "no multiple of its 2 columns"),
        ("no-columns", "no multiple of its 0 columns"),
        ("same-columns", "named twice"),
        ("row-count", "4 rows where 3 should be"),
        ("remark-row", "row 3 of 3"),
        ("remark-column", "no column of the accounts"),
    ];
    for allocation in ALLOCATIONS {
        let zoo = Zoo::open(allocation).await;
        for (name, words) in rules {
            let error = zoo.map(name).await.unwrap_err();
            let CallErrorKind::MalformedAnswer(rule) = &error.kind else {
                panic!("{name}: {error}");
            };
            assert!(rule.contains(words), "{name}: {rule}");
            assert!(!error.retryable());
            zoo.is_as_good_as_new().await;
        }
    }
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_refused_with_the_limit() {
    for allocation in ALLOCATIONS {
        let zoo = Zoo::open(allocation).await;
        for (name, limit) in [
            ("long-text", "hostcall bytes"),
            ("huge-value", "value bytes"),
        ] {
            let error = zoo.map(name).await.unwrap_err();
            assert_eq!(
                error.kind,
                CallErrorKind::LimitExceeded(limit),
                "{name}: {error}"
            );
            zoo.is_as_good_as_new().await;
        }
    }
}

#[tokio::test]
async fn a_message_is_cut_to_what_a_person_reads() {
    let zoo = Zoo::open(ALLOCATIONS[0]).await;
    let accounts = zoo.map("long-message").await.unwrap();
    let message = &accounts.remarks[0].message;
    assert!(message.len() < 5_000 && message.ends_with('…'));
}

#[tokio::test]
async fn a_wrong_number_of_decisions_is_refused() {
    for allocation in ALLOCATIONS {
        let zoo = Zoo::open(allocation).await;
        for (name, words) in [
            ("one-too-many", "4 decisions about 3"),
            ("one-too-few", "2 decisions about 3"),
            ("none", "0 decisions about 3"),
        ] {
            let error = zoo.decide(name).await.unwrap_err();
            assert_eq!(error.code(), "malformed-answer", "{name}");
            assert!(error.to_string().contains(words), "{name}: {error}");
            zoo.is_as_good_as_new().await;
        }
    }
}

#[tokio::test]
async fn a_reader_that_answers_nonsense_is_refused_with_the_rule() {
    let rules = [
        ("no-columns", "the identifier must be one of them"),
        ("same-columns", "different names"),
        ("no-identifier", "the identifier must be one of them"),
        ("too-many-rows", "3 rows where 2 were asked for"),
        ("positions", "3 positions for 2 rows"),
        ("wrong-sum", "it counts 4 rows"),
        ("endless-empty", "batches without row"),
    ];
    for allocation in ALLOCATIONS {
        let zoo = Zoo::open(allocation).await;
        for (name, words) in rules {
            let error = zoo.read(name).await.unwrap_err();
            assert_eq!(error.code(), "malformed-answer", "{name}: {error}");
            assert!(error.to_string().contains(words), "{name}: {error}");
            zoo.is_as_good_as_new().await;
        }
    }
}

#[tokio::test]
async fn a_failure_of_the_component_is_its_own_and_not_a_fault_of_the_host() {
    let zoo = Zoo::open(ALLOCATIONS[0]).await;
    let error = zoo.map("failure").await.unwrap_err();
    let CallErrorKind::Failure(failure) = &error.kind else {
        panic!("{error}");
    };
    assert_eq!(
        (failure.kind, failure.message.as_str()),
        (FailureKind::Unavailable, "not now")
    );
    assert!(error.retryable());
}
