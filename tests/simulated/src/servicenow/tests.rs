use serde_json::{Value, json};

use super::access::TOKEN_LIFE;
use super::*;

const NOW: i64 = 1_767_225_600;

fn instance() -> ServiceNow {
    ServiceNow::new("bot", "secret")
        .with_key("key")
        .with_field("u_application")
}

fn ask(instance: &mut ServiceNow, method: &str, target: &str, body: Value) -> (u16, Value) {
    let headers = vec![
        ("x-sn-apikey".to_owned(), "key".to_owned()),
        ("content-type".to_owned(), "application/json".to_owned()),
    ];
    let body = match body {
        Value::Null => Vec::new(),
        body => body.to_string().into_bytes(),
    };
    let answer = instance.answer(&Request::new(method, target, headers, body, NOW));
    let content = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
    (answer.status, content)
}

fn made(instance: &mut ServiceNow, table: &str, body: Value) -> Value {
    let target = format!("/api/now/v2/table/{table}");
    let (status, content) = ask(instance, "POST", &target, body);
    assert_eq!(status, 201, "{content}");
    content["result"].clone()
}

fn numbers(instance: &mut ServiceNow, query: &str) -> Vec<String> {
    let target = format!("/api/now/v2/table/incident?sysparm_fields=number&sysparm_query={query}");
    let (status, content) = ask(instance, "GET", &target, Value::Null);
    assert_eq!(status, 200);
    let found = content["result"].as_array().unwrap().iter();
    found
        .map(|it| it["number"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_part_of_a_query_that_makes_no_sense_finds_everything() {
    let mut instance = instance();
    made(
        &mut instance,
        "incident",
        json!({ "correlation_id": "one" }),
    );
    made(
        &mut instance,
        "incident",
        json!({ "correlation_id": "two" }),
    );
    assert_eq!(numbers(&mut instance, "correlation_id=one").len(), 1);
    assert_eq!(numbers(&mut instance, "correlation_idd=one").len(), 2);
    let mut instance = instance.invalid_queries_find_nothing();
    assert_eq!(numbers(&mut instance, "correlation_idd=one").len(), 0);
}

#[test]
fn queries_are_joined_sorted_and_blind_to_case() {
    let mut instance = instance();
    for (title, urgency) in [("Alpha", "1"), ("beta", "2"), ("gamma", "3")] {
        let body = json!({ "short_description": title, "urgency": urgency });
        made(&mut instance, "incident", body);
    }
    let all = numbers(&mut instance, "ORDERBYDESCnumber");
    assert_eq!(all, ["INC0010003", "INC0010002", "INC0010001"]);
    let one_or_two = numbers(
        &mut instance,
        "urgency=1^ORurgency=2^short_descriptionLIKEET",
    );
    assert_eq!(one_or_two, ["INC0010002"]);
    let either = numbers(&mut instance, "urgency%3E=3^NQshort_description=ALPHA");
    assert_eq!(either, ["INC0010001", "INC0010003"]);
    assert_eq!(numbers(&mut instance, "urgencyIN1,3").len(), 2);
    assert_eq!(numbers(&mut instance, "close_codeISNOTEMPTY").len(), 0);
}

#[test]
fn fields_that_a_table_does_not_have_are_dropped_without_a_word() {
    let mut instance = instance();
    let body = json!({ "u_application": "payroll", "u_applicaton": "typo", "due_date": "2026-01-01T00:00:00Z" });
    let record = made(&mut instance, "incident", body);
    assert_eq!(record["u_application"], "payroll");
    assert_eq!(record.get("u_applicaton"), None);
    assert_eq!(
        record["due_date"], "",
        "a time that is written otherwise is none"
    );
}

#[test]
fn a_page_is_cut_before_hidden_records_are_taken_out_of_it() {
    let mut instance = instance();
    for _ in 0..3 {
        made(&mut instance, "incident", json!({}));
    }
    instance.act("INC0010001", &Action::Hide, NOW).unwrap();
    assert_eq!(numbers(&mut instance, "&sysparm_limit=2"), ["INC0010002"]);
}

#[test]
fn a_closed_incident_keeps_its_state_although_the_answer_is_200() {
    let mut instance = instance();
    let record = made(&mut instance, "incident", json!({}));
    let target = format!(
        "/api/now/table/incident/{}",
        record["sys_id"].as_str().unwrap()
    );
    let close = json!({ "state": "7" });
    assert_eq!(ask(&mut instance, "PATCH", &target, close).0, 403);
    let close = json!({ "state": "7", "close_code": "Solution provided", "close_notes": "ok" });
    assert_eq!(ask(&mut instance, "PATCH", &target, close).0, 200);
    let (status, content) = ask(&mut instance, "PATCH", &target, json!({ "state": "8" }));
    assert_eq!((status, &content["result"]["state"]), (200, &json!("7")));
    assert_eq!(content["result"]["active"], "false");
}

#[test]
fn without_records_version_1_says_404_and_version_2_an_empty_list() {
    let mut instance = instance();
    let v1 = ask(
        &mut instance,
        "GET",
        "/api/now/v1/table/incident",
        Value::Null,
    );
    assert_eq!(v1.0, 404);
    let v2 = ask(
        &mut instance,
        "GET",
        "/api/now/v2/table/incident",
        Value::Null,
    );
    assert_eq!(v2, (200, json!({ "result": [] })));
}

#[test]
fn a_token_opens_the_instance_until_it_is_over() {
    let mut instance = instance().with_client("id", "secret");
    let form = b"grant_type=client_credentials&client_id=id&client_secret=secret".to_vec();
    let answer = instance.answer(&Request::new("POST", "/oauth_token.do", vec![], form, NOW));
    let token: Value = serde_json::from_slice(&answer.body).unwrap();
    let bearer = format!("Bearer {}", token["access_token"].as_str().unwrap());
    let mut status = |now| {
        let headers = vec![("authorization".to_owned(), bearer.clone())];
        let request = Request::new("GET", "/api/now/table/incident", headers, vec![], now);
        instance.answer(&request).status
    };
    assert_eq!(status(NOW + TOKEN_LIFE - 1), 200);
    assert_eq!(status(NOW + TOKEN_LIFE), 401);
}

#[test]
fn references_are_shown_as_clients_ask_for_them() {
    let mut instance = instance();
    let group = instance.sys_id("Service Desk").unwrap().to_owned();
    made(
        &mut instance,
        "incident",
        json!({ "assignment_group": group }),
    );
    let mut shown = |parameters: &str| {
        let target = format!("/api/now/table/incident?{parameters}");
        ask(&mut instance, "GET", &target, Value::Null).1["result"][0].clone()
    };
    assert_eq!(shown("")["assignment_group"]["value"], group);
    let plain = shown(
        "sysparm_exclude_reference_link=true&sysparm_fields=assignment_group,assignment_group.name",
    );
    assert_eq!(
        plain,
        json!({ "assignment_group": group, "assignment_group.name": "Service Desk" })
    );
    let both = shown("sysparm_display_value=all&sysparm_exclude_reference_link=true");
    assert_eq!(both["assignment_group"]["display_value"], "Service Desk");
    assert_eq!(
        both["state"],
        json!({ "display_value": "New", "value": "1" })
    );
}
