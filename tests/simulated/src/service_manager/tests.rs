//! What the interface does that clients run into.

use serde_json::{Value, json};

use super::{Object, ServiceManager};
use crate::{Product, Request};

fn ask(product: &mut ServiceManager, method: &str, target: &str, body: Value) -> Value {
    let headers = vec![
        (
            "authorization".to_owned(),
            "Basic Ym90OnNlY3JldA==".to_owned(),
        ),
        ("content-type".to_owned(), "application/json".to_owned()),
    ];
    let request = Request::new(method, target, headers, body.to_string().into_bytes(), 0);
    let answer = product.answer(&request);
    serde_json::from_slice(&answer.body).unwrap_or(json!(answer.status))
}

fn with_one_change() -> ServiceManager {
    let mut product = ServiceManager::new(Object::changes(), "bot", "secret");
    let answer = ask(
        &mut product,
        "POST",
        "/SM/9/rest/changes",
        json!({ "Change": {
            "header": { "Title": "x", "Category": "Default" },
            "description.structure": { "Description": ["a", "b"] },
            "Unheard": "of",
        } }),
    );
    assert_eq!(answer["Change"]["header"]["ChangeID"], "C10001");
    assert_eq!(answer["Change"].get("Unheard"), None);
    product
}

#[test]
fn a_key_with_a_slash_is_found_only_when_it_is_encoded_twice() {
    let mut product = with_one_change();
    product.renumber("C10001", "C/1").unwrap();
    let mut code = |target| ask(&mut product, "GET", target, Value::Null)["ReturnCode"].clone();
    assert_eq!(code("/SM/9/rest/changes/C%252F1"), 0);
    assert_eq!(code("/SM/9/rest/changes/C%2F1"), 9);
}

#[test]
fn a_condensed_view_shows_keys_only() {
    let mut product = with_one_change();
    let mut list = |target| ask(&mut product, "GET", target, Value::Null)["content"].clone();
    assert_eq!(
        list("/SM/9/rest/changes"),
        json!([{ "Change": { "header": { "ChangeID": "C10001" } } }])
    );
    let expanded = list("/SM/9/rest/changes?view=expand&ChangeID=C10001");
    assert_eq!(expanded[0]["Change"]["header"]["Title"], "x");
}

#[test]
fn what_only_the_product_writes_is_refused() {
    let mut product = with_one_change();
    let body = json!({ "Change": { "UpdatedTime": "now", "header": { "Title": 7 } } });
    let answer = ask(&mut product, "PUT", "/SM/9/rest/changes/C10001", body);
    assert_eq!(answer["ReturnCode"], 70);
    assert_eq!(
        answer["Messages"],
        json!(["header/Title is text", "UpdatedTime is read only"])
    );
}
