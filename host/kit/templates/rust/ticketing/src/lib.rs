//! Keeps tickets as slips: an imaginary ticket system with a small JSON interface.
//!
//! | request | answer |
//! |---|---|
//! | `POST /slips` with `mark`, `title`, `text`, `urgent` | 201 and `{"id": 7}` |
//! | `GET /slips?mark=MARK`, `GET /slips?ids=7,8` | `{"slips": [{"id": 7, "mark": …, "state": …}]}` |
//! | `GET /slips/7` | the slip; 403 if it may not be seen, 410 if it was thrown away |

use provisor_sdk::{
    Class, Condition, Draft, Failure, FailureKind, Finding, Found, Http, Method, Priority, Problem,
    Progress, Request, Ticket, Ticketing, Traits, document, export_ticketing, template,
};
use serde_json::{Map, Value, json};

/// What the configuration says about this component. `settings.schema.json` tells the same to those
/// who write the configuration; the host judges it by the schema first.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Settings {
    /// Where the slips are.
    url: String,
    /// More fields of a slip, made of the facts of a draft.
    #[serde(default)]
    fields: Map<String, Value>,
}

struct MyComponent(Settings);

impl MyComponent {
    /// Sends a request that must succeed. Credentials are added by the host.
    fn ask(&self, http: &Http, request: &Request) -> Result<Value, Failure> {
        let answer = http.send(request)?;
        match answer.is_success() {
            true => answer.json(),
            false => Err(answer.failure(None)),
        }
    }

    /// The slips for which a parameter holds, such as `ids=7,8`.
    fn slips(&self, http: &Http, name: &str, value: &str) -> Result<Vec<Value>, Failure> {
        let request = Request::new(Method::Get, &self.0.url, ["slips"]).query(name, value);
        match self.ask(http, &request)?["slips"].take() {
            Value::Array(slips) => Ok(slips),
            _ => Err(Failure::malformed("the answer has no list of slips")),
        }
    }

    fn ticket(&self, slip: &Value) -> Option<Ticket> {
        let id = slip["id"].as_u64()?.to_string();
        let url = format!("{}/slips/{id}", self.0.url);
        Some(Ticket {
            number: format!("S-{id}"),
            reference: id,
            url: Some(url),
        })
    }

    /// What is behind a reference that the list did not show.
    fn alone(&self, http: &Http, id: &str) -> Condition {
        let request = Request::new(Method::Get, &self.0.url, ["slips", id]);
        match http.send(&request) {
            Err(failure) => Condition::Failed(failure),
            Ok(answer) => match (answer.status, answer.json()) {
                (200, Ok(slip)) => Condition::Progress(progress(&slip)),
                (403, Ok::<Value, _>(_)) => Condition::Forbidden,
                (410, Ok(_)) => Condition::Gone,
                _ => Condition::Failed(answer.failure(None)),
            },
        }
    }
}

fn progress(slip: &Value) -> Progress {
    let text = |name: &str| slip[name].as_str().map(str::to_owned);
    let status = text("state").unwrap_or_default();
    let class = match status.as_str() {
        "new" => Class::Open,
        "taken" => Class::InProgress,
        "finished" => Class::Done,
        "turned down" => Class::Refused,
        "torn up" => Class::Cancelled,
        _ => Class::Unknown,
    };
    Progress {
        status,
        class,
        resolution: None,
        updated_at: text("changed"),
        closed_at: text("closed"),
        assignee: text("who"),
        note: text("note"),
    }
}

impl Ticketing for MyComponent {
    type Settings = Settings;

    fn check(settings: &Settings) -> Vec<Problem> {
        template::check(&settings.fields, "/fields")
    }

    fn new(settings: Settings) -> Result<Self, Failure> {
        Ok(MyComponent(settings))
    }

    fn behaviour(&self) -> Traits {
        Traits {
            batch: 50,
            search_lag: 0,
            comments: false,
            withdraws: false,
            receives: false,
        }
    }

    fn check_connection(&self, http: &Http) -> Result<Vec<Finding>, Failure> {
        let (good, message) = match self.slips(http, "mark", "provisor-looks") {
            Ok(_) => (true, "accepted, and slips can be searched".to_owned()),
            Err(failure) if failure.kind == FailureKind::Unauthorized => (false, failure.message),
            Err(failure) => return Err(failure),
        };
        Ok(vec![Finding {
            good,
            subject: "credentials".to_owned(),
            message,
        }])
    }

    fn create(&self, http: &Http, draft: &Draft) -> Result<Ticket, Failure> {
        let fits = |text: &String| text.chars().count() <= 4000;
        let mut slip = template::fill_all(&self.0.fields, draft)?;
        slip.insert("mark".to_owned(), json!(draft.correlation_id));
        slip.insert(
            "title".to_owned(),
            json!(document::cut(&document::one_line(&draft.title), 80)),
        );
        slip.insert(
            "text".to_owned(),
            json!(document::fit(&draft.description, document::plain, fits)),
        );
        slip.insert(
            "urgent".to_owned(),
            json!(draft.priority == Priority::Urgent),
        );
        let made = self.ask(
            http,
            &Request::new(Method::Post, &self.0.url, ["slips"]).json(&slip),
        )?;
        self.ticket(&made)
            .ok_or_else(|| Failure::ambiguous("the answer names no slip"))
    }

    fn find(&self, http: &Http, correlation_id: &str) -> Result<Vec<Found>, Failure> {
        let mut slips = self.slips(http, "mark", correlation_id)?;
        slips.retain(|slip| slip["mark"] == correlation_id);
        let found = |ticket| Found {
            ticket,
            correlation_id: correlation_id.to_owned(),
        };
        Ok(slips
            .iter()
            .filter_map(|slip| self.ticket(slip))
            .map(found)
            .collect())
    }

    fn status(&self, http: &Http, references: &[String]) -> Result<Vec<Condition>, Failure> {
        let slips = self.slips(http, "ids", &references.join(","))?;
        let condition = |id: &String| {
            let slip = slips
                .iter()
                .find(|slip| slip["id"].as_u64().is_some_and(|it| it.to_string() == *id));
            slip.map_or_else(
                || self.alone(http, id),
                |slip| Condition::Progress(progress(slip)),
            )
        };
        Ok(references.iter().map(condition).collect())
    }
}

export_ticketing!(MyComponent, {
    name: "my-component",
    summary: "Keeps tickets as slips.",
    settings_schema: include_str!("../settings.schema.json"),
});

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use provisor_sdk::{Response, testing};

    use super::*;

    const SETTINGS: &str = include_str!("../examples/settings.json");

    /// The way to an office that writes slips and shows them.
    fn office() -> Http {
        let slips = RefCell::new(Vec::<Value>::new());
        Http::answering(move |request| {
            let mut slips = slips.borrow_mut();
            let (status, answer) = match &request.body {
                Some(body) => {
                    let mut slip: Value = serde_json::from_slice(body).unwrap();
                    slip["id"] = json!(slips.len() + 1);
                    slip["state"] = json!("shelved");
                    slips.push(slip);
                    (201, json!({ "id": slips.len() }))
                }
                None => (200, json!({ "slips": slips.clone() })),
            };
            Ok(Response {
                method: request.method,
                status,
                headers: Vec::new(),
                body: answer.to_string().into_bytes(),
            })
        })
    }

    #[test]
    fn a_slip_is_found_by_its_whole_mark_only() {
        let (http, slips) = (
            office(),
            testing::ticketing::<MyComponent>(SETTINGS).unwrap(),
        );
        let made = slips.create(&http, &testing::draft("provisor-17")).unwrap();
        assert_eq!(made.number, "S-1");
        assert_eq!(
            slips.find(&http, "provisor-17").unwrap()[0]
                .ticket
                .reference,
            made.reference
        );
        assert!(slips.find(&http, "provisor-1").unwrap().is_empty());
    }

    #[test]
    fn a_state_that_nobody_knows_is_not_done() {
        let (http, slips) = (
            office(),
            testing::ticketing::<MyComponent>(SETTINGS).unwrap(),
        );
        let made = slips.create(&http, &testing::draft("provisor-18")).unwrap();
        let conditions = slips.status(&http, &[made.reference]).unwrap();
        assert!(matches!(&conditions[0], Condition::Progress(it) if it.class == Class::Unknown));
    }
}
