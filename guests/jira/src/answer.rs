//! What Jira answers, and what its errors mean.

use provisor_sdk::{Failure, FailureKind, Http, Request, Response};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Sends a request whose answer is JSON; `what` is what was being done, for the message.
///
/// # Errors
/// What the answer means when it is not one of success, or not that JSON.
pub fn ask<T: DeserializeOwned>(http: &Http, request: &Request, what: &str) -> Result<T, Failure> {
    tell(http, request, what)?
        .json()
        .map_err(|failure| failure.during(what))
}

/// Sends a request whose answer is looked at only for success.
///
/// # Errors
/// What the answer means when it is not one of success.
pub fn tell(http: &Http, request: &Request, what: &str) -> Result<Response, Failure> {
    let response = http.send(request).map_err(|failure| failure.during(what))?;
    match response.is_success() {
        true => Ok(response),
        false => Err(failure(&response).during(what)),
    }
}

/// Whether Jira itself, and not something before it, says that a thing does not exist or may not be
/// seen: Cloud gives one answer for both.
pub fn is_missing(response: &Response) -> bool {
    let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    // Gateways that answer in JSON have other members.
    let said = body["errorMessages"].as_array();
    response.status == 404 && said.is_some_and(|said| !said.is_empty())
}

/// What an answer without success means.
pub fn failure(response: &Response) -> Failure {
    let said = said(response);
    let by_jira = said.is_some();
    let mut failure = response.failure(said);
    let mut advise = |kind: Option<FailureKind>, advice: &str| {
        failure.kind = kind.unwrap_or(failure.kind);
        failure.message = format!("{}; {advice}", failure.message);
    };
    match response.status {
        300..=399 => advise(
            Some(FailureKind::Configuration),
            &format!(
                "Jira answers from another place{}: write that into the setting `url`",
                response.header("location").map_or(String::new(), |place| {
                    let place = place.split(['?', '#']).next().unwrap_or("");
                    format!(", {place}")
                })
            ),
        ),
        401 => advise(None, "check the credential that the grant names"),
        403 => match response.header("x-authentication-denied-reason") {
            Some(_) => advise(
                None,
                "Jira wants a CAPTCHA after failed logins: log in once with a browser as this user, \
                 and correct the credential that the grant names",
            ),
            None => advise(None, "give the account the permission for this in Jira"),
        },
        404 if !by_jira => advise(
            Some(FailureKind::Configuration),
            "no Jira answers there: check the setting `url`",
        ),
        410 => advise(
            Some(FailureKind::Configuration),
            "this Jira does not have this call any more: check the setting `deployment`",
        ),
        429 => {
            if let Some(reason) = response.header("ratelimit-reason") {
                advise(None, &format!("reason: {reason}"));
            }
        }
        _ => {}
    }
    failure
}

/// What Jira says in the answer, in its own words; nothing when the answer is not by Jira.
pub fn said(response: &Response) -> Option<String> {
    let body: Value = serde_json::from_slice(&response.body).ok()?;
    let mut all: Vec<String> = Vec::new();
    for name in ["errorMessages", "warningMessages"] {
        let texts = body[name].as_array().into_iter().flatten();
        all.extend(texts.filter_map(Value::as_str).map(str::to_owned));
    }
    for (field, message) in body["errors"].as_object().into_iter().flatten() {
        let message = message.as_str().map_or(message.to_string(), str::to_owned);
        all.push(format!("{field}: {message}"));
    }
    for name in ["message", "errorMessage", "error"] {
        all.extend(body[name].as_str().map(str::to_owned));
    }
    let text = provisor_sdk::document::one_line(&all.join("; "));
    let text = provisor_sdk::document::cut(&text, 1_000);
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use provisor_sdk::Method;

    use super::*;

    fn response(status: u16, headers: &[(&str, &str)], body: &str) -> Response {
        Response {
            method: Method::Post,
            status,
            headers: headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            body: body.as_bytes().to_vec(),
        }
    }

    #[test]
    fn errors_name_their_fields() {
        let body = r#"{"errorMessages":["No."],"errors":{"duedate":"not on the screen"}}"#;
        let failure = failure(&response(400, &[], body));
        assert_eq!(failure.kind, FailureKind::Rejected);
        assert_eq!(
            failure.message,
            "status 400: No.; duedate: not on the screen"
        );
    }

    #[test]
    fn a_page_that_is_not_found_before_jira_is_a_wrong_url_and_no_missing_ticket() {
        let page = response(404, &[], "<html>nginx</html>");
        assert!(!is_missing(&page));
        let gateway = response(404, &[], r#"{"message":"no route"}"#);
        assert!(!is_missing(&gateway));
        assert_eq!(failure(&page).kind, FailureKind::Configuration);
        let jira = response(404, &[], r#"{"errorMessages":["Issue does not exist"]}"#);
        assert!(is_missing(&jira));
    }

    #[test]
    fn a_captcha_and_a_redirect_say_what_to_do() {
        let denied = [("x-authentication-denied-reason", "CAPTCHA_CHALLENGE")];
        let captcha = failure(&response(403, &denied, ""));
        assert_eq!(captcha.kind, FailureKind::Unauthorized);
        assert!(captcha.message.contains("CAPTCHA"), "{captcha:?}");
        let place = [("location", "https://jira.example.com/jira?token=secret")];
        let moved = failure(&response(302, &place, ""));
        assert_eq!(moved.kind, FailureKind::Configuration);
        assert!(moved.message.contains("https://jira.example.com/jira:"));
        assert!(!moved.message.contains("secret"), "{moved:?}");
    }

    #[test]
    fn a_limit_says_how_long_to_wait_and_why() {
        let headers = [
            ("retry-after", "9"),
            ("ratelimit-reason", "jira-burst-based"),
        ];
        let limited = failure(&response(429, &headers, ""));
        assert_eq!(limited.kind, FailureKind::RateLimited);
        assert_eq!(limited.retry_after, Some(9));
        assert!(limited.message.contains("jira-burst-based"));
    }
}
