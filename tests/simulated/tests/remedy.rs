//! What the simulated Remedy is picky about, where the tests of the component do not come by.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so, in its helpers too"
)]

use provisor_simulated::remedy::{Kind, Remedy};
use provisor_simulated::{Action, Product, Request, Response};
use serde_json::{Value, json};

const CREATE: &str = "/api/arsys/v1/entry/HPD:IncidentInterface_Create";
const READ: &str = "/api/arsys/v1/entry/HPD:IncidentInterface";
const FIRST: &str = "INC000000000501%7CINC000000000501";

struct Client {
    remedy: Remedy,
    token: String,
    now: i64,
}

impl Client {
    fn new() -> Self {
        let mut client = Client {
            remedy: Remedy::new(Kind::incident(), "bot", "s3cret"),
            token: String::new(),
            now: 1_000,
        };
        client.token = text(&client.log_in("s3cret"));
        client
    }

    fn log_in(&mut self, password: &str) -> Response {
        let form = format!("username=bot&password={password}").into_bytes();
        let kind = "application/x-www-form-urlencoded".to_owned();
        let headers = vec![("content-type".to_owned(), kind)];
        let request = Request::new("POST", "/api/jwt/login", headers, form, self.now);
        self.remedy.answer(&request)
    }

    fn send(&mut self, method: &str, target: &str, body: Option<Value>) -> Response {
        let shown = format!("AR-JWT {}", self.token);
        let headers = vec![
            ("authorization".to_owned(), shown),
            ("content-type".to_owned(), "application/json".to_owned()),
        ];
        let body = body.map_or(Vec::new(), |body| body.to_string().into_bytes());
        let request = Request::new(method, target, headers, body, self.now);
        self.remedy.answer(&request)
    }

    fn create(&mut self) -> Response {
        let values = json!({
            "First_Name": "A", "Last_Name": "B", "Description": "Title", "Impact": "4-Minor/Localized",
            "Urgency": "4-Low", "Status": "New", "Reported Source": "Direct Input",
            "Service_Type": "User Service Request", "z1D_Action": "CREATE",
        });
        let target = format!("{CREATE}?fields=values(Incident%20Number)");
        self.send("POST", &target, Some(json!({ "values": values })))
    }
}

fn text(answer: &Response) -> String {
    String::from_utf8_lossy(&answer.body).into_owned()
}

fn json_of(answer: &Response) -> Value {
    serde_json::from_slice(&answer.body).unwrap()
}

fn number(answer: &Response) -> u64 {
    json_of(answer)[0]["messageNumber"].as_u64().unwrap()
}

#[test]
fn a_token_is_plain_text_and_ends() {
    let mut client = Client::new();
    assert!(client.token.starts_with("eyJ"));
    assert_eq!(client.send("GET", READ, None).status, 200);
    client.now += client.remedy.token_lifetime;
    let answer = client.send("GET", READ, None);
    assert_eq!((answer.status, number(&answer)), (401, 623));
    client.token = text(&client.log_in("s3cret"));
    assert_eq!(client.send("GET", READ, None).status, 200);
    assert_eq!(client.send("POST", "/api/jwt/logout", None).status, 204);
    assert_eq!(client.send("GET", READ, None).status, 401);
}

#[test]
fn a_refused_login_can_look_like_a_good_one() {
    let mut client = Client::new();
    assert_eq!(client.log_in("wrong").status, 401);
    client.remedy.traps.refuses_with_200 = true;
    let answer = client.log_in("wrong");
    assert_eq!(answer.status, 200);
    assert!(answer.body.is_empty());
    let (name, value) = answer.headers.last().unwrap();
    assert_eq!(name, "X-AR-Messages");
    assert!(value.contains("Authentication failed"));
}

#[test]
fn an_entry_is_made_on_one_form_and_read_on_another() {
    let mut client = Client::new();
    let made = client.create();
    assert_eq!(made.status, 201);
    let made_number = json_of(&made)["values"]["Incident Number"].clone();
    assert_eq!(made_number, "INC000000000101");
    let (_, place) = made.headers.last().unwrap();
    assert!(place.contains("_Create/"), "{place}");
    let read = json_of(&client.send("GET", &format!("{READ}/{FIRST}"), None));
    assert_eq!(read["values"]["Incident Number"], made_number);
    assert_eq!(
        read["values"]["Submit Date"],
        "1970-01-01T00:16:40.000+0000"
    );
    let not_encoded = format!("{READ}/{}", FIRST.replace("%7C", "|"));
    assert_eq!(client.send("GET", &not_encoded, None).status, 400);
}

#[test]
fn what_does_not_fit_is_refused_with_its_number() {
    let mut client = Client::new();
    client.create();
    let nothing = "/api/arsys/v1/entry/HPD:Nothing".to_owned();
    let asked = [
        (nothing, 303),
        (format!("{READ}/INC1"), 302),
        (format!("{READ}/{}", "1".repeat(16)), 101),
        (format!("{READ}?q='Nothing'=%221%22"), 1587),
        (format!("{READ}?q='Status'"), 1582),
        (format!("{READ}?fields=values(Nothing)"), 314),
    ];
    for (target, expected) in asked {
        let answer = client.send("GET", &target, None);
        assert_eq!(number(&answer), expected, "{target}");
    }
    let entry = format!("{READ}/{FIRST}");
    let written = [
        ("POST", CREATE, json!({ "Description": "x" }), 307),
        ("POST", CREATE, json!({ "Impact": "None" }), 306),
        (
            "POST",
            CREATE,
            json!({ "Description": "x".repeat(101) }),
            306,
        ),
        ("PUT", &entry, json!({ "Incident Number": "x" }), 330),
        ("PUT", &entry, json!({ "Status": "In Progress" }), 48_291),
    ];
    for (method, target, values, expected) in written {
        let body = json!({ "values": values });
        let answer = client.send(method, target, Some(body));
        assert_eq!(number(&answer), expected, "{method} {values}");
    }
}

#[test]
fn the_status_follows_the_rules_of_incidents() {
    let mut client = Client::new();
    client.create();
    let target = format!("{READ}/{FIRST}");
    let mut set = |values: Value| {
        let body = json!({ "values": values });
        client.send("PUT", &target, Some(body)).status
    };
    assert_eq!(set(json!({ "Status": "Pending", "Assignee": "Eva" })), 500);
    let begun = json!({ "Status": "In Progress", "Assignee": "Eva" });
    assert_eq!(set(begun), 204);
    let without_reason = json!({ "Status": "Resolved", "Resolution": "Made" });
    assert_eq!(set(without_reason), 500);
    let resolved = json!({ "Status": "Resolved", "Resolution": "Made", "Status_Reason": "x" });
    assert_eq!(set(resolved), 204);
    assert_eq!(set(json!({ "Status": "Closed" })), 204);
    assert_eq!(set(json!({ "Status": "Assigned" })), 500);
}

#[test]
fn a_list_is_sorted_and_says_that_there_is_more() {
    let mut client = Client::new();
    for _ in 0..3 {
        client.create();
        client.now += 1;
    }
    let target = format!("{READ}?fields=values(Incident%20Number)&sort=Submit%20Date.desc&limit=2");
    let list = json_of(&client.send("GET", &target, None));
    let numbers: Vec<&str> = list["entries"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|entry| entry["values"]["Incident Number"].as_str())
        .collect();
    assert_eq!(numbers, ["INC000000000103", "INC000000000102"]);
    assert!(list["_links"]["next"][0]["href"].is_string());
}

#[test]
fn a_duplicate_names_its_original() {
    let mut client = Client::new();
    client.create();
    let replace = Action::Replace {
        number: "new".to_owned(),
    };
    let remedy = &mut client.remedy;
    remedy.act("INC000000000101", &replace, 2_000).unwrap();
    let original = remedy.value("INC000000000101", "Original Incident Number");
    assert_eq!(original, Some("INC000000000102"));
    assert_eq!(remedy.tickets().len(), 2);
    assert!(remedy.act("INC1", &Action::Begin, 0).is_err());
}
