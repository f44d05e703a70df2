//! From an answer to records, or to a failure told to a person.

use provisor_sdk::{Failure, FailureKind, Response, document};
use serde::Deserialize;
use serde_json::Value;

use crate::record::Record;

/// How many characters of what the instance says are repeated.
const QUOTED: usize = 600;

#[derive(Deserialize)]
struct Answer<T> {
    result: T,
    #[serde(default)]
    error: Option<Value>,
}

/// The records of a list.
///
/// # Errors
/// When the answer is none, and when it says with status 200 that the list is not whole.
pub fn list(response: &Response) -> Result<Vec<Record>, Failure> {
    whole(response)
}

/// One record.
///
/// # Errors
/// When the answer is none. To a request that changes something that is `ambiguous`, unless the
/// instance has refused it.
pub fn one(response: &Response) -> Result<Record, Failure> {
    whole(response)
}

fn whole<T: serde::de::DeserializeOwned>(response: &Response) -> Result<T, Failure> {
    if !response.is_success() {
        return Err(failure(response));
    }
    let answer: Answer<T> = response.json()?;
    match answer.error.as_ref().and_then(said) {
        None => Ok(answer.result),
        // The instance stops what takes too long in the middle, after it has said 200.
        Some(said) => Err(Failure::new(
            match response.method.is_safe() {
                true => FailureKind::Unavailable,
                false => FailureKind::Ambiguous,
            },
            format!("ServiceNow answered with an error beside the result: {said}"),
        )),
    }
}

/// What an answer without success means.
pub fn failure(response: &Response) -> Failure {
    let body: Option<Value> = serde_json::from_slice(&response.body).ok();
    let said = body.as_ref().and_then(|body| said(&body["error"]));
    let text = said.clone().unwrap_or_default();
    let mut failure = response.failure(said);
    match response.status {
        300..400 => {
            failure.kind = FailureKind::Configuration;
            let to = response.header("location").unwrap_or("an unknown place");
            failure.message = format!(
                "status {}: the answer points to {}; set `url` to where the instance itself answers",
                response.status,
                document::cut(&document::one_line(to), 200)
            );
        }
        400 if text.contains("Invalid table") => {
            failure.kind = FailureKind::Configuration;
            failure.message += "; correct the setting `table`";
        }
        400 if text.contains("Requested URI") => {
            failure.kind = FailureKind::Configuration;
            failure.message += "; correct the setting `url`";
        }
        401 => failure.message += "; correct the credential of the grant",
        403 if is_policy(&text) => failure.kind = FailureKind::Rejected,
        403 => failure.message += "; give the account a role that may do this",
        _ => {}
    }
    failure
}

/// A record that could not be asked for because its address is not there: the settings are wrong.
pub fn address_must_exist(mut failure: Failure) -> Failure {
    if failure.kind == FailureKind::NotFound {
        failure.kind = FailureKind::Configuration;
        failure.message +=
            "; there is no Table API at this address: correct the settings `url` and `table`";
    }
    failure
}

/// Whether the account is known and may not do this, and not that its credentials are wrong.
pub fn is_forbidden(failure: &Failure) -> bool {
    failure.kind == FailureKind::Unauthorized && failure.message.contains("status 403")
}

/// Whether a refusal is about this record, and not about what the account may do.
fn is_policy(said: &str) -> bool {
    let said = said.to_lowercase();
    [
        "data policy",
        "business rule",
        "mandatory",
        "invalid update",
        "invalid insert",
    ]
    .iter()
    .any(|sign| said.contains(sign))
}

/// What the instance says about an error, on one line.
fn said(error: &Value) -> Option<String> {
    let parts: Vec<&str> = match error {
        Value::String(text) => vec![text],
        Value::Object(error) => ["message", "detail"]
            .iter()
            .filter_map(|name| error.get(*name).and_then(Value::as_str))
            .filter(|part| !part.trim().is_empty())
            .collect(),
        _ => return None,
    };
    let line = document::one_line(&parts.join(": "));
    (!line.is_empty()).then(|| document::cut(&line, QUOTED))
}

#[cfg(test)]
mod tests {
    use super::*;
    use provisor_sdk::Method;

    fn answer(method: Method, status: u16, body: &str) -> Response {
        Response {
            method,
            status,
            headers: vec![("location".to_owned(), "/login.do".to_owned())],
            body: body.as_bytes().to_vec(),
        }
    }

    fn refused(status: u16, detail: &str) -> Failure {
        let body = serde_json::json!({
            "error": { "message": "Operation Failed", "detail": detail }, "status": "failure",
        });
        failure(&answer(Method::Post, status, &body.to_string()))
    }

    #[test]
    fn a_policy_refuses_one_record_and_an_access_rule_everything() {
        let policy = refused(
            403,
            "Data Policy Exception: The following fields are mandatory: Group",
        );
        assert_eq!(policy.kind, FailureKind::Rejected);
        assert!(policy.message.ends_with("mandatory: Group"), "{policy:?}");
        let access = refused(
            403,
            "ACL Exception Insert Failed due to security constraints",
        );
        assert_eq!(access.kind, FailureKind::Unauthorized);
    }

    #[test]
    fn a_list_that_was_broken_off_is_not_taken_for_the_whole() {
        let body = r#"{"result":[],"error":{"message":"Transaction cancelled","detail":"maximum execution time exceeded"},"status":"failure"}"#;
        let failure = list(&answer(Method::Get, 200, body)).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Unavailable);
        let failure = one(&answer(Method::Patch, 200, r#"{"result":{},"error":"x"}"#)).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Ambiguous);
    }

    #[test]
    fn a_page_in_place_of_json_is_no_answer() {
        let page = "<html>Your instance is hibernating</html>";
        let read = list(&answer(Method::Get, 200, page)).unwrap_err();
        assert_eq!(read.kind, FailureKind::Unavailable);
        let written = one(&answer(Method::Post, 201, page)).unwrap_err();
        assert_eq!(written.kind, FailureKind::Ambiguous);
    }

    #[test]
    fn a_way_to_the_login_page_is_a_wrong_address() {
        let failure = failure(&answer(Method::Post, 302, ""));
        assert_eq!(failure.kind, FailureKind::Configuration);
        assert!(failure.message.contains("/login.do"), "{failure:?}");
    }
}
