//! The imaginary system that keeps *slips*: the smallest one that has everything a ticketing
//! component has to deal with. The first component of an author speaks to it, and so do the
//! components of the project templates.
//!
//! Everything is JSON, below an origin of your choice, with the field `authorization: Bearer TOKEN`.
//!
//! | request | answer |
//! |---|---|
//! | `POST /slips` with `{"mark", "title", "text", "urgent", …}` | 201 and the slip. `title` has 1 to 80 characters, `text` at most 4,000, and more fields of text (such as `desk`) are kept as they come; else 422 |
//! | `GET /slips?mark=TEXT` | 200 and `{"slips": […]}`: those in whose mark the text occurs, in capitals or not, torn up and finished ones too |
//! | `GET /slips?ids=7,8` | 200 and `{"slips": […]}`: those of these that may be seen; at most 50, else 422 |
//! | `GET /slips/7` | 200 and the slip; 403 when it may not be seen, 410 when it was thrown away, 404 when there never was one |
//! | `PATCH /slips/7` with `{"state", "note"}` | 200 and the slip; 409 when it is finished, turned down or torn up |
//! | `POST /slips/7/notes` with `{"text"}` | 201 and the slip |
//! | `GET /needs` | 200 and `{"needs": ["title", …]}`: the fields without which no slip is made |
//!
//! A slip is `{"id", "mark", "title", "text", "urgent", "state", "who", "note", "notes", "changed",
//! "closed"}` and what else it was made with. `state` is `new`, `taken`, `finished`, `turned down`,
//! `torn up`, or whatever somebody writes on it. What is wrong is told as `{"error": "…"}`.
//!
//! Its traps: searches are loose, lists leave out what may not be seen, and an answer without
//! `error` or `id` is not its own.

use serde_json::{Map, Value, json};

use crate::{Action, Product, Request, Response, Seen};

/// Characters of a title.
const TITLE: usize = 80;
/// Characters of a text.
const TEXT: usize = 4000;
/// Slips that one list is asked for.
const LIST: usize = 50;
/// The field that a slip can be made to need.
const DEMANDED: &str = "shelf";
/// States in which nobody changes a slip any more.
const CLOSED: [&str; 3] = ["finished", "turned down", "torn up"];

/// A box of slips.
pub struct Slips {
    authorization: String,
    needs: Vec<String>,
    slips: Vec<Slip>,
}

struct Slip {
    fields: Map<String, Value>,
    hidden: bool,
    thrown_away: bool,
}

impl Slips {
    /// One that is opened with this token.
    pub fn new(token: &str) -> Self {
        Slips {
            authorization: format!("Bearer {token}"),
            needs: vec!["mark".to_owned(), "title".to_owned()],
            slips: Vec::new(),
        }
    }

    fn at(&mut self, id: &str) -> Option<&mut Slip> {
        let number: usize = id.parse().ok()?;
        self.slips.get_mut(number.checked_sub(1)?)
    }

    fn make(&mut self, request: &Request) -> Response {
        let Some(Value::Object(mut fields)) = request.json() else {
            return wrong(422, "a slip is a JSON object");
        };
        for name in &self.needs {
            if fields
                .get(name)
                .and_then(Value::as_str)
                .is_none_or(str::is_empty)
            {
                return wrong(422, &format!("the slip needs a {name}"));
            }
        }
        for (name, most) in [("title", TITLE), ("text", TEXT)] {
            let text = fields.get(name).and_then(Value::as_str).unwrap_or_default();
            if text.chars().count() > most {
                return wrong(422, &format!("the {name} has more than {most} characters"));
            }
        }
        let now = moment(request.now);
        fields.insert("id".to_owned(), json!(self.slips.len() + 1));
        fields.insert("state".to_owned(), json!("new"));
        fields.insert("notes".to_owned(), json!([]));
        fields.insert("changed".to_owned(), json!(now));
        let answer = Response::json(201, &Value::Object(fields.clone()));
        self.slips.push(Slip {
            fields,
            hidden: false,
            thrown_away: false,
        });
        answer
    }

    fn list(&self, request: &Request) -> Response {
        let found: Vec<&Slip> = match (request.parameter("mark"), request.parameter("ids")) {
            (Some(mark), None) => {
                let mark = mark.to_lowercase();
                let has = |slip: &&Slip| slip.text("mark").to_lowercase().contains(&mark);
                self.slips.iter().filter(has).collect()
            }
            (None, Some(ids)) => {
                let ids: Vec<&str> = ids.split(',').collect();
                if ids.len() > LIST {
                    return wrong(422, &format!("more than {LIST} slips at once"));
                }
                let wanted = |slip: &&Slip| ids.contains(&slip.id().as_str());
                self.slips.iter().filter(wanted).collect()
            }
            _ => return wrong(422, "ask for slips by `mark` or by `ids`"),
        };
        let seen = found.into_iter().filter(|slip| slip.may_be_seen());
        let slips: Vec<&Map<String, Value>> = seen.map(|slip| &slip.fields).collect();
        Response::json(200, &json!({ "slips": slips }))
    }

    fn show(&mut self, id: &str) -> Response {
        match self.at(id) {
            None => wrong(404, "there is no such slip"),
            Some(slip) if slip.thrown_away => wrong(410, "the slip was thrown away"),
            Some(slip) if slip.hidden => wrong(403, "this slip is not for you"),
            Some(slip) => slip.shown(200),
        }
    }

    fn change(&mut self, id: &str, request: &Request) -> Response {
        let change = request.json().unwrap_or_default();
        let refused = self.show(id);
        match self.at(id) {
            Some(slip) if slip.may_be_seen() => match change["state"].as_str() {
                None => wrong(422, "the slip needs a state"),
                Some(_) if slip.is_closed() => wrong(409, "the slip is closed"),
                Some(state) => {
                    slip.set("note", change["note"].as_str().unwrap_or_default());
                    slip.state(state, request.now);
                    slip.shown(200)
                }
            },
            _ => refused,
        }
    }

    fn annotate(&mut self, id: &str, request: &Request) -> Response {
        let note = request.json().unwrap_or_default();
        let refused = self.show(id);
        match (self.at(id), note["text"].as_str()) {
            (Some(slip), Some(text)) if slip.may_be_seen() => {
                if let Some(Value::Array(notes)) = slip.fields.get_mut("notes") {
                    notes.push(json!(text));
                }
                slip.set("changed", &moment(request.now));
                slip.shown(201)
            }
            (Some(_), None) => wrong(422, "the note needs a text"),
            _ => refused,
        }
    }
}

impl Slip {
    fn text(&self, name: &str) -> &str {
        let value = self.fields.get(name).and_then(Value::as_str);
        value.unwrap_or_default()
    }

    fn set(&mut self, name: &str, text: &str) {
        self.fields.insert(name.to_owned(), json!(text));
    }

    fn id(&self) -> String {
        self.fields["id"].to_string()
    }

    fn may_be_seen(&self) -> bool {
        !self.hidden && !self.thrown_away
    }

    fn is_closed(&self) -> bool {
        CLOSED.contains(&self.text("state"))
    }

    fn state(&mut self, state: &str, now: i64) {
        self.set("state", state);
        self.set("changed", &moment(now));
        match self.is_closed() {
            true => self.set("closed", &moment(now)),
            false => drop(self.fields.remove("closed")),
        }
    }

    fn shown(&self, status: u16) -> Response {
        Response::json(status, &Value::Object(self.fields.clone()))
    }
}

fn wrong(status: u16, what: &str) -> Response {
    Response::json(status, &json!({ "error": what }))
}

fn moment(now: i64) -> String {
    jiff::Timestamp::from_second(now).map_or_else(|_| String::new(), |time| time.to_string())
}

impl Product for Slips {
    fn name(&self) -> &'static str {
        "slips"
    }

    fn answer(&mut self, request: &Request) -> Response {
        if request.header("authorization") != Some(self.authorization.as_str()) {
            return wrong(401, "this token opens nothing");
        }
        let segments = request.segments();
        let path: Vec<&str> = segments.iter().map(String::as_str).collect();
        match (request.method.as_str(), &path[..]) {
            ("POST", ["slips"]) => self.make(request),
            ("GET", ["slips"]) => self.list(request),
            ("GET", ["slips", id]) => self.show(id),
            ("PATCH", ["slips", id]) => self.change(id, request),
            ("POST", ["slips", id, "notes"]) => self.annotate(id, request),
            ("GET", ["needs"]) => Response::json(200, &json!({ "needs": self.needs })),
            _ => wrong(404, "there is nothing here"),
        }
    }

    fn tickets(&self) -> Vec<Seen> {
        let kept = self.slips.iter().filter(|slip| !slip.thrown_away);
        let notes = |slip: &Slip| -> Vec<String> {
            let notes = slip.fields["notes"].as_array().into_iter().flatten();
            notes
                .filter_map(|it| it.as_str().map(str::to_owned))
                .collect()
        };
        kept.map(|slip| Seen {
            number: format!("S-{}", slip.id()),
            title: slip.text("title").to_owned(),
            description: slip.text("text").to_owned(),
            status: slip.text("state").to_owned(),
            correlation_id: slip.text("mark").to_owned(),
            comments: notes(slip),
        })
        .collect()
    }

    fn act(&mut self, number: &str, action: &Action, now: i64) -> Result<(), String> {
        let id = number.trim_start_matches("S-");
        let slip = self.at(id).ok_or_else(|| format!("no slip {number}"))?;
        let mut close = |state: &str, note: &str| {
            slip.set("who", "agent");
            slip.set("note", note);
            slip.state(state, now);
        };
        match action {
            Action::Begin => close("taken", ""),
            Action::Resolve { note } => close("finished", note),
            Action::Refuse { note } => close("turned down", note),
            Action::Cancel { note } => close("torn up", note),
            Action::Reopen => slip.state("taken", now),
            Action::Delete => slip.thrown_away = true,
            Action::Replace { .. } => return Err("nobody moves or merges slips".to_owned()),
            Action::Status { status } => slip.state(status, now),
            Action::Hide => slip.hidden = true,
            Action::Show => slip.hidden = false,
        }
        Ok(())
    }

    fn relent(&mut self) {
        self.needs.retain(|need| need != DEMANDED);
    }

    fn demand(&mut self) -> Result<&'static str, String> {
        self.needs.push(DEMANDED.to_owned());
        Ok(DEMANDED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(slips: &mut Slips, method: &str, target: &str, body: &Value) -> (u16, Value) {
        let headers = vec![("Authorization".to_owned(), "Bearer secret".to_owned())];
        let body = body.to_string().into_bytes();
        let answer = slips.answer(&Request::new(method, target, headers, body, 1_767_225_600));
        let said = serde_json::from_slice(&answer.body).expect("JSON");
        (answer.status, said)
    }

    fn filled() -> Slips {
        let mut slips = Slips::new("secret");
        for mark in ["provisor-17", "provisor-170"] {
            let slip = json!({ "mark": mark, "title": "T", "text": "x", "desk": "night" });
            assert_eq!(ask(&mut slips, "POST", "/slips", &slip).0, 201);
        }
        slips
    }

    #[test]
    fn a_search_is_loose_and_a_list_leaves_out_what_may_not_be_seen() {
        let mut slips = filled();
        let (_, found) = ask(&mut slips, "GET", "/slips?mark=PROVISOR-17", &Value::Null);
        assert_eq!(found["slips"].as_array().map(Vec::len), Some(2));
        assert_eq!(found["slips"][0]["desk"], "night");
        slips.act("S-1", &Action::Hide, 0).expect("a slip");
        slips.act("S-2", &Action::Delete, 0).expect("a slip");
        let (_, found) = ask(&mut slips, "GET", "/slips?ids=1,2,3", &Value::Null);
        assert_eq!(found, json!({ "slips": [] }));
        let alone = ["/slips/1", "/slips/2", "/slips/3"]
            .map(|it| ask(&mut slips, "GET", it, &Value::Null).0);
        assert_eq!(alone, [403, 410, 404]);
    }

    #[test]
    fn a_closed_slip_is_not_changed_and_one_that_is_reopened_has_no_end() {
        let mut slips = filled();
        let torn = json!({ "state": "torn up", "note": "not wanted" });
        let (status, slip) = ask(&mut slips, "PATCH", "/slips/1", &torn);
        assert_eq!(
            (status, &slip["closed"]),
            (200, &json!("2026-01-01T00:00:00Z"))
        );
        assert_eq!(ask(&mut slips, "PATCH", "/slips/1", &torn).0, 409);
        slips.act("S-1", &Action::Reopen, 0).expect("a slip");
        let (_, slip) = ask(&mut slips, "GET", "/slips/1", &Value::Null);
        assert_eq!(
            (&slip["state"], &slip["closed"]),
            (&json!("taken"), &Value::Null)
        );
    }

    #[test]
    fn what_is_too_long_or_missing_makes_no_slip() {
        let mut slips = filled();
        let long = json!({ "mark": "m", "title": "x".repeat(81) });
        assert_eq!(ask(&mut slips, "POST", "/slips", &long).0, 422);
        slips.demand().expect("slips can");
        let (status, said) = ask(
            &mut slips,
            "POST",
            "/slips",
            &json!({ "mark": "m", "title": "T" }),
        );
        assert_eq!(
            (status, &said["error"]),
            (422, &json!("the slip needs a shelf"))
        );
        assert_eq!(slips.tickets().len(), 2);
    }

    #[test]
    fn a_stranger_is_told_nothing() {
        let mut slips = filled();
        let answer = slips.answer(&Request::new("GET", "/slips/1", Vec::new(), Vec::new(), 0));
        assert_eq!(answer.status, 401);
    }
}
