//! Finding tickets by their correlation id.

use provisor_sdk::{FailureKind, Ticketing, testing};
use provisor_simulated::{Fault, JiraCloud, JiraDataCenter, Matching};
use serde_json::json;

use crate::world::{Deployed, World, failing, instead, on_both};

on_both!(
    only_an_equal_correlation_id_counts,
    copies_of_a_ticket_are_all_found_over_all_pages,
    a_ticket_without_its_label_is_found_by_its_field,
    a_search_without_an_end_is_given_up,
    a_search_that_fails_is_no_search_that_finds_nothing,
    an_id_that_looks_like_a_query_is_only_text,
);

fn only_an_equal_correlation_id_counts<P: Deployed>() {
    let world = World::<P>::with(json!({ "correlation-field": "customfield_10050" }));
    for id in ["corr-0001", "CORR-0001", "corr-0001-b", "corr-00010"] {
        world.jira.create(&world.http, &testing::draft(id)).unwrap();
    }
    world.pass(60);
    assert_eq!(world.find("corr-0001"), ["PROV-1"]);
    assert_eq!(world.find("CORR-0001"), ["PROV-2"]);
    assert_eq!(world.find("corr-000"), [""; 0]);
}

fn copies_of_a_ticket_are_all_found_over_all_pages<P: Deployed>() {
    let world = World::<P>::new();
    world.site(|site| site.setup.page = 2);
    for _ in 0..5 {
        world.create();
    }
    world.pass(60);
    let numbers = ["PROV-1", "PROV-2", "PROV-3", "PROV-4", "PROV-5"];
    world.calls();
    assert_eq!(world.find("corr-0001"), numbers);
    assert_eq!(world.calls().len(), 3);
}

fn a_ticket_without_its_label_is_found_by_its_field<P: Deployed>() {
    let world = World::<P>::with(json!({ "correlation-field": "customfield_10050" }));
    world.create();
    world.pass(60);
    world.site(|site| site.remove_labels("PROV-1")).unwrap();
    assert_eq!(world.find("corr-0001"), ["PROV-1"]);
}

fn a_search_without_an_end_is_given_up<P: Deployed>() {
    let world = World::<P>::new();
    let endless = r#"{"issues":[{"id":"10001","key":"PROV-1","fields":{}}],
        "nextPageToken":"same","isLast":false,"total":1000000}"#;
    let every = Matching {
        times: 0,
        ..Matching::once("POST", "/search")
    };
    world.spoil(every, instead(200, endless));
    let message = failing(
        world.jira.find(&world.http, "corr-0001"),
        FailureKind::Malformed,
    );
    assert!(message.contains("provisor-corr-0001"), "{message}");
    assert_eq!(world.calls().len(), 10);
}

fn a_search_that_fails_is_no_search_that_finds_nothing<P: Deployed>() {
    for (fault, kind) in [
        (Fault::maintenance(), FailureKind::Unavailable),
        (Fault::LoseAnswer, FailureKind::Unavailable),
        (Fault::Garbled, FailureKind::Unavailable),
        (Fault::status(401), FailureKind::Unauthorized),
        (
            instead(200, r#"{"errorMessages":["no index"]}"#),
            FailureKind::Unavailable,
        ),
        (
            instead(200, r#"{"issues":[{"id":7}]}"#),
            FailureKind::Malformed,
        ),
        (
            instead(400, r#"{"errorMessages":["no such field"]}"#),
            FailureKind::Configuration,
        ),
    ] {
        let world = World::<P>::new();
        world.spoil(Matching::once("POST", "/search"), fault);
        failing(world.jira.find(&world.http, "corr-0001"), kind);
    }
}

fn an_id_that_looks_like_a_query_is_only_text<P: Deployed>() {
    let world = World::<P>::with(json!({ "correlation-field": "customfield_10050" }));
    world.create();
    world.pass(60);
    for id in [
        r#"x" OR project = "PROV"#,
        r"x\",
        "x\" OR labels != \"y",
        "x) OR (key = PROV-1",
    ] {
        assert_eq!(world.find(id), [""; 0], "{id}");
    }
}

#[test]
fn the_search_of_cloud_is_behind_and_the_status_is_not() {
    let world = World::<JiraCloud>::new();
    let ticket = world.create();
    assert_eq!(world.find("corr-0001"), [""; 0]);
    assert_eq!(world.progress(&ticket).status, "To Do");
    world.pass(60);
    assert_eq!(world.find("corr-0001"), ["PROV-1"]);
}

#[test]
fn how_long_the_search_may_be_behind_is_told() {
    let cloud = World::<JiraCloud>::new();
    assert_eq!(cloud.jira.behaviour().search_lag, 120);
    let data_center = World::<JiraDataCenter>::new();
    assert_eq!(data_center.jira.behaviour().search_lag, 30);
    let set = World::<JiraCloud>::with(json!({ "search-lag": 600 }));
    assert_eq!(set.jira.behaviour().search_lag, 600);
}
