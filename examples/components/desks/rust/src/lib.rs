//! Keeps tickets as slips, each on the desk of those who do the work: an imaginary ticket system with a
//! small JSON interface, which `provisor component run` and `conform` simulate.
//!
//! | request | answer |
//! |---|---|
//! | `POST /slips` with `mark`, `title`, `text`, `urgent`, `desk`, `due`, `follows` | 201 and the slip |
//! | `GET /slips?mark=MARK`, `GET /slips?ids=7,8` | `{"slips": [{"id": 7, "mark": …, "state": …}]}` |
//! | `GET /slips/7` | the slip; 403 if it may not be seen, 410 if it was thrown away |
//! | `PATCH /slips/7` with `state`, `note` | the slip; 409 if it is closed |
//! | `POST /slips/7/notes` with `text` | 201 and the slip |
//! | `GET /needs` | `{"needs": ["mark", "title"]}`: what a slip is not made without |

use provisor_sdk::{
    Block, Class, Condition, Draft, Failure, Finding, Found, Http, Method, Priority, Problem,
    Progress, Request, Response, Ticket, Ticketing, Traits, Withdrawal, document, export_ticketing,
};
use serde_json::{Value, json};

/// The most that a slip takes, in characters, and the most slips of one list.
const TITLE: usize = 80;
const TEXT: usize = 4000;
const LIST: u32 = 50;

/// The fields that every slip gets.
const OWN: [&str; 5] = ["mark", "title", "text", "urgent", "desk"];

/// What the configuration says about this component; for people: `settings.schema.json`.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    url: String,
    #[serde(default)]
    desks: Vec<Rule>,
    otherwise: String,
}

/// Which desk gets a slip.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    resource: Option<String>,
    operation: Option<String>,
    desk: String,
}

impl Rule {
    fn conditions(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = [("resource", &self.resource), ("operation", &self.operation)];
        all.into_iter()
            .filter_map(|(fact, wanted)| Some((fact, wanted.as_deref()?)))
    }
}

struct Desks(Settings);

impl Desks {
    fn request<'a>(&self, method: Method, path: impl IntoIterator<Item = &'a str>) -> Request {
        Request::new(method, &self.0.url, ["slips"].into_iter().chain(path))
    }

    /// The slips for which a parameter holds.
    fn list(&self, http: &Http, name: &str, value: &str) -> Result<Vec<Value>, Failure> {
        let answer = http.send(&self.request(Method::Get, []).query(name, value))?;
        let is_list = |json: &Value| {
            json["slips"]
                .as_array()
                .is_some_and(|all| all.iter().all(is_slip))
        };
        match expect(&answer, is_list)?["slips"].take() {
            Value::Array(slips) => Ok(slips),
            _ => Ok(Vec::new()),
        }
    }

    /// What is behind a reference that the list did not show.
    fn alone(&self, http: &Http, id: &str) -> Result<Condition, Failure> {
        let answer = http.send(&self.request(Method::Get, [id]))?;
        // What is not told in the way of the system is not its answer.
        match (answer.status, said(&answer)) {
            (403, Some(_)) => Ok(Condition::Forbidden),
            (410, Some(_)) => Ok(Condition::Gone),
            _ => expect(&answer, is_slip).map(|slip| Condition::Progress(progress(&slip))),
        }
    }

    /// The desk of the first rule that fits.
    fn desk(&self, draft: &Draft) -> &str {
        let says = |(fact, wanted): (&str, &str)| {
            let mut facts = draft.facts.iter();
            facts.any(|(name, value)| name == fact && value == wanted)
        };
        let rule = self.0.desks.iter().find(|rule| rule.conditions().all(says));
        rule.map_or(&self.0.otherwise, |rule| &rule.desk)
    }

    fn ticket(&self, slip: &Value) -> Ticket {
        let id = slip["id"].to_string();
        Ticket {
            number: format!("S-{id}"),
            url: Some(format!("{}/slips/{id}", self.0.url)),
            reference: id,
        }
    }
}

fn is_slip(json: &Value) -> bool {
    json["id"].is_u64()
}

/// What the system says about something that it does not do, if it says so itself.
fn said(answer: &Response) -> Option<String> {
    let json: Value = serde_json::from_slice(&answer.body).ok()?;
    json["error"].as_str().map(str::to_owned)
}

/// The content of an answer that is as it should be.
fn expect(answer: &Response, is_good: impl Fn(&Value) -> bool) -> Result<Value, Failure> {
    if !answer.is_success() {
        return Err(answer.failure(said(answer)));
    }
    let json: Value = answer.json()?;
    if is_good(&json) {
        return Ok(json);
    }
    let message = "something else has answered in the place of the system";
    Err(match answer.method.is_safe() {
        true => Failure::unavailable(message),
        false => Failure::ambiguous(message),
    })
}

fn progress(slip: &Value) -> Progress {
    let text = |name: &str| {
        slip[name]
            .as_str()
            .filter(|it| !it.is_empty())
            .map(str::to_owned)
    };
    let status = text("state").unwrap_or_default();
    // What nobody knows never means that it is done.
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

fn line(text: &str, most: usize) -> String {
    document::cut(&document::one_line(text), most)
}

/// A description as plain text that a slip takes.
fn plain(blocks: &[Block]) -> String {
    document::fit(blocks, document::plain, |text| text.chars().count() <= TEXT)
}

impl Ticketing for Desks {
    type Settings = Settings;

    /// What no schema can say.
    fn check(settings: &Settings) -> Vec<Problem> {
        let rules = settings.desks.iter().enumerate();
        rules
            .filter(|(_, rule)| rule.conditions().next().is_none())
            .map(|(place, _)| {
                let message = "the rule fits everything; say that with `otherwise`";
                Problem::new(format!("/desks/{place}"), message)
            })
            .collect()
    }

    fn new(settings: Settings) -> Result<Self, Failure> {
        Ok(Self(settings))
    }

    fn behaviour(&self) -> Traits {
        Traits {
            batch: LIST,
            search_lag: 0,
            comments: true,
            withdraws: true,
            receives: false,
        }
    }

    fn check_connection(&self, http: &Http) -> Result<Vec<Finding>, Failure> {
        let finding = |good, subject: &str, message: String| Finding {
            good,
            subject: subject.to_owned(),
            message,
        };
        let answer = http.send(&Request::new(Method::Get, &self.0.url, ["needs"]))?;
        if [401, 403].contains(&answer.status) {
            let said = said(&answer).unwrap_or_default();
            let message =
                format!("they are refused ({said}); check the grant of the configuration");
            return Ok(vec![finding(false, "credentials", message)]);
        }
        let json = expect(&answer, |json| json["needs"].is_array())?;
        let mut found = vec![finding(true, "credentials", "they are accepted".to_owned())];
        let needs = json["needs"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str);
        for need in needs.filter(|need| !OWN.contains(need)) {
            let message = "slips need it, and this component does not fill it in".to_owned();
            found.push(finding(false, &format!("field {need}"), message));
        }
        Ok(found)
    }

    fn create(&self, http: &Http, draft: &Draft) -> Result<Ticket, Failure> {
        let mut slip = json!({
            "mark": draft.correlation_id,
            "title": line(&draft.title, TITLE),
            "text": plain(&draft.description),
            "urgent": matches!(draft.priority, Priority::High | Priority::Urgent),
            "desk": self.desk(draft),
        });
        if let Some(due) = &draft.due {
            slip["due"] = json!(due);
        }
        if let Some(before) = &draft.follow_up_of {
            slip["follows"] = json!(before.number);
        }
        let answer = http.send(&self.request(Method::Post, []).json(&slip))?;
        Ok(self.ticket(&expect(&answer, is_slip)?))
    }

    /// The search is loose: what it finds is compared.
    fn find(&self, http: &Http, correlation_id: &str) -> Result<Vec<Found>, Failure> {
        let slips = self.list(http, "mark", correlation_id)?;
        let found = slips.iter().filter(|slip| slip["mark"] == correlation_id);
        Ok(found
            .map(|slip| Found {
                ticket: self.ticket(slip),
                correlation_id: correlation_id.to_owned(),
            })
            .collect())
    }

    fn status(&self, http: &Http, references: &[String]) -> Result<Vec<Condition>, Failure> {
        let slips = self.list(http, "ids", &references.join(","))?;
        let condition = |id: &String| {
            let slip = slips.iter().find(|slip| slip["id"].to_string() == *id);
            match slip {
                Some(slip) => Condition::Progress(progress(slip)),
                None => self.alone(http, id).unwrap_or_else(Condition::Failed),
            }
        };
        Ok(references.iter().map(condition).collect())
    }

    fn comment(&self, http: &Http, reference: &str, text: &[Block]) -> Result<(), Failure> {
        let note = json!({ "text": plain(text) });
        let request = self.request(Method::Post, [reference, "notes"]).json(&note);
        expect(&http.send(&request)?, is_slip).map(drop)
    }

    fn withdraw(&self, http: &Http, reference: &str, reason: &str) -> Result<Withdrawal, Failure> {
        let change = json!({ "state": "torn up", "note": line(reason, TEXT) });
        let answer = http.send(&self.request(Method::Patch, [reference]).json(&change))?;
        match (answer.status, said(&answer)) {
            (409, Some(said)) => Ok(Withdrawal::Refused(said)),
            _ => expect(&answer, is_slip).map(|_| Withdrawal::Withdrawn),
        }
    }
}

export_ticketing!(Desks, {
    name: "desks",
    summary: "Keeps tickets as slips on the desks of those who do the work.",
    settings_schema: include_str!("../settings.schema.json"),
});

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use provisor_sdk::testing;

    use super::*;

    const SETTINGS: &str = include_str!("../examples/settings.json");

    fn desks() -> Desks {
        testing::ticketing(SETTINGS).unwrap()
    }

    /// A system that gives this one answer, and what it was sent.
    fn answering(status: u16, json: Value) -> (Http, Rc<RefCell<Value>>) {
        let sent = Rc::new(RefCell::new(Value::Null));
        let kept = Rc::clone(&sent);
        let http = Http::answering(move |request| {
            let body = request.body.as_deref().unwrap_or(b"null");
            *kept.borrow_mut() = serde_json::from_slice(body).unwrap();
            Ok(Response {
                method: request.method,
                status,
                headers: Vec::new(),
                body: json.to_string().into_bytes(),
            })
        });
        (http, sent)
    }

    fn draft(resource: &str, operation: &str) -> Draft {
        let facts = [("resource", resource), ("operation", operation)];
        Draft {
            facts: facts
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            ..testing::draft("provisor-17")
        }
    }

    #[test]
    fn the_first_rule_that_fits_says_the_desk() {
        for (resource, operation, desk) in [
            ("payroll", "delete", "payroll leavers"),
            ("payroll", "create", "payroll"),
            ("archive", "delete", "security"),
            ("archive", "create", "service desk"),
        ] {
            assert_eq!(desks().desk(&draft(resource, operation)), desk);
        }
    }

    #[test]
    fn a_slip_says_when_it_is_due_and_what_it_follows() {
        let (http, sent) = answering(201, json!({ "id": 8 }));
        let before = provisor_sdk::Predecessor {
            reference: "7".to_owned(),
            number: "S-7".to_owned(),
        };
        let draft = Draft {
            follow_up_of: Some(before),
            ..draft("archive", "create")
        };
        assert_eq!(desks().create(&http, &draft).unwrap().number, "S-8");
        assert_eq!(sent.borrow()["due"], "2026-12-01T12:00:00Z");
        assert_eq!(sent.borrow()["follows"], "S-7");
        assert_eq!(sent.borrow()["desk"], "service desk");
    }

    #[test]
    fn a_loose_search_is_compared() {
        let slips = json!([{ "id": 1, "mark": "PROVISOR-17" }, { "id": 2, "mark": "provisor-17" }]);
        let (http, _) = answering(200, json!({ "slips": slips }));
        let found = desks().find(&http, "provisor-17").unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].ticket.number, "S-2");
    }

    #[test]
    fn a_closed_slip_is_not_torn_up() {
        let (http, _) = answering(409, json!({ "error": "the slip is closed" }));
        let refused = desks().withdraw(&http, "7", "not wanted").unwrap();
        assert!(matches!(refused, Withdrawal::Refused(why) if why == "the slip is closed"));
    }

    #[test]
    fn what_a_slip_needs_is_missed_before_the_first_ticket() {
        let (http, _) = answering(200, json!({ "needs": ["mark", "desk", "shelf"] }));
        let found = desks().check_connection(&http).unwrap();
        let bad: Vec<_> = found
            .iter()
            .filter(|it| !it.good)
            .map(|it| it.subject.as_str())
            .collect();
        assert_eq!(bad, ["field shelf"]);
    }

    #[test]
    fn a_rule_that_fits_everything_is_found_in_the_settings() {
        let settings = r#"{ "url": "https://x", "desks": [{ "desk": "a" }], "otherwise": "b" }"#;
        let problems = testing::problems(settings, Desks::check);
        assert_eq!(problems[0].path, "/desks/0");
    }
}
