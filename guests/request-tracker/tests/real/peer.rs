//! A running Request Tracker, as `tests/peers/request-tracker/up` starts it.

use std::cell::Cell;
use std::path::PathBuf;
use std::process::Command;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use provisor_sdk::{
    Condition, Draft, Failure, Http, Progress, Request, Response, Ticket, Ticketing, testing,
};
use request_tracker::RequestTracker;
use serde_json::{Value, json};

/// The credential of the person who works on tickets.
pub const AGENT: &str = "Basic YWdlbnQ6YWdlbnQtcGFzc3dvcmQtMQ==";

/// A running Request Tracker.
pub struct Peer {
    /// Where it answers.
    pub url: String,
    /// The credential of the component.
    pub credential: String,
    folder: PathBuf,
    agent: ureq::Agent,
    /// Whether the next answer to something that changes a ticket gets lost.
    pub lose_answer: Rc<Cell<bool>>,
    /// How often the component has asked.
    pub calls: Rc<Cell<usize>>,
}

impl Peer {
    /// The one that the environment names.
    pub fn new() -> Self {
        let variable = |name: &str| {
            std::env::var(name).unwrap_or_else(|_| {
                panic!("{name} is not set: start these with tests/peers/request-tracker/run")
            })
        };
        let token = std::fs::read_to_string(variable("PROVISOR_REQUEST_TRACKER_TOKEN")).unwrap();
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(60)))
            .build()
            .new_agent();
        Peer {
            url: variable("PROVISOR_REQUEST_TRACKER"),
            credential: format!("token {}", token.trim()),
            folder: variable("PROVISOR_REQUEST_TRACKER_FOLDER").into(),
            agent,
            lose_answer: Rc::default(),
            calls: Rc::default(),
        }
    }

    /// Runs a script that lies beside `up`, with the folder as its first argument.
    pub fn script(&self, name: &str, arguments: &[&str]) {
        let scripts = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../tests/peers/request-tracker"
        );
        let ended = Command::new(format!("{scripts}/{name}"))
            .arg(&self.folder)
            .args(arguments)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success(), "{name}: {said}");
    }

    /// Its port.
    pub fn port(&self) -> &str {
        self.url.rsplit(':').next().unwrap_or_default()
    }

    /// The component with these settings besides address and queue.
    pub fn tracker(&self, further: Value) -> RequestTracker {
        let mut settings = json!({ "url": self.url, "queue": "Provisioning" });
        for (name, value) in further.as_object().into_iter().flatten() {
            settings[name] = value.clone();
        }
        testing::ticketing(&settings.to_string()).unwrap()
    }

    /// The way that the component takes: with its credential, and with what the host says when no
    /// answer comes.
    pub fn http(&self) -> Http {
        let (agent, credential) = (self.agent.clone(), self.credential.clone());
        let (lose_answer, calls) = (Rc::clone(&self.lose_answer), Rc::clone(&self.calls));
        Http::answering(move |request| {
            calls.set(calls.get() + 1);
            let answer = send(&agent, &credential, request);
            let lost = !request.method.is_safe() && lose_answer.replace(false);
            match answer {
                Ok(_) if lost => Err(Failure::ambiguous("no answer came")),
                Ok(response) => Ok(response),
                // Nothing listens, so nothing was done.
                Err(ureq::Error::Io(error))
                    if error.kind() == std::io::ErrorKind::ConnectionRefused =>
                {
                    Err(Failure::unavailable("the connection was refused"))
                }
                Err(error) if request.method.is_safe() => {
                    Err(Failure::unavailable(error.to_string()))
                }
                Err(error) => Err(Failure::ambiguous(error.to_string())),
            }
        })
    }

    /// Sends a request as somebody.
    pub fn send(&self, credential: &str, request: &Request) -> Response {
        send(&self.agent, credential, request).unwrap()
    }

    /// The person who works on tickets changes one.
    pub fn update(&self, ticket: &Ticket, change: &Value) {
        let tracker_path = ["REST", "2.0", "ticket", &ticket.number];
        let request = Request::new(provisor_sdk::Method::Put, &self.url, tracker_path).json(change);
        assert_eq!(self.send(AGENT, &request).status, 200);
    }

    /// The person who works on tickets replies and sets a status.
    pub fn reply(&self, ticket: &Ticket, text: &str, status: &str) {
        let path = ["REST", "2.0", "ticket", &ticket.number, "correspond"];
        let content = json!({ "Content": text, "ContentType": "text/plain", "Status": status });
        let request = Request::new(provisor_sdk::Method::Post, &self.url, path).json(&content);
        assert_eq!(self.send(AGENT, &request).status, 201);
    }

    /// The ticket as the product shows it.
    pub fn shown(&self, ticket: &Ticket) -> Value {
        let path = ["REST", "2.0", "ticket", &ticket.number];
        let request = Request::new(provisor_sdk::Method::Get, &self.url, path);
        self.send(AGENT, &request).json().unwrap()
    }

    /// The text that the ticket was made with, as the product keeps it.
    pub fn text(&self, ticket: &Ticket) -> String {
        let path = ["REST", "2.0", "ticket", &ticket.number, "attachments"];
        let request = Request::new(provisor_sdk::Method::Get, &self.url, path)
            .query("fields", "Content")
            .query("orderby", "id");
        let page: Value = self.send(AGENT, &request).json().unwrap();
        page["items"][0]["Content"].as_str().unwrap().to_owned()
    }
}

fn send(agent: &ureq::Agent, credential: &str, request: &Request) -> Result<Response, ureq::Error> {
    let mut builder = ureq::http::Request::builder()
        .method(request.method.as_str())
        .uri(&request.url)
        .header("authorization", credential);
    for (name, value) in &request.headers {
        builder = builder.header(name, value);
    }
    let body = request.body.clone().unwrap_or_default();
    let mut answer = match request.body {
        Some(_) => agent.run(builder.body(body)?)?,
        None => agent.run(builder.body(())?)?,
    };
    let headers = answer.headers().iter();
    Ok(Response {
        method: request.method,
        status: answer.status().as_u16(),
        headers: headers
            .map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                (name.as_str().to_owned(), value)
            })
            .collect(),
        body: answer.body_mut().read_to_vec()?,
    })
}

/// A draft with a correlation id that no other run has used.
pub fn draft(name: &str) -> Draft {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    testing::draft(&format!("{name}-{}", now.unwrap().as_nanos()))
}

/// Where a ticket stands.
pub fn condition(tracker: &RequestTracker, http: &Http, ticket: &Ticket) -> Condition {
    let references = std::slice::from_ref(&ticket.reference);
    tracker.status(http, references).unwrap().remove(0)
}

/// Where a ticket stands that is still itself.
pub fn progress(tracker: &RequestTracker, http: &Http, ticket: &Ticket) -> Progress {
    match condition(tracker, http, ticket) {
        Condition::Progress(progress) => progress,
        other => panic!("not where it should stand: {other:?}"),
    }
}
