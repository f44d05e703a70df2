//! Prints every call that the component makes along the life of some tickets, and what the simulated
//! Jira answers: a JSON array of `{"request": …, "response": …}`. The one argument is what the
//! setting `deployment` says. Checks in other languages judge these calls by schemas of Atlassian.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use jira::Jira;
use provisor_sdk::{Failure, Http, Predecessor, Request, Response, Ticketing, document, testing};
use provisor_simulated::jira::{Cancel, Kind, Setup};
use provisor_simulated::{Action, JiraCloud, JiraDataCenter, Product, Simulator};
use serde_json::{Value, json};

/// 26 November 2026.
const NOW: i64 = 1_795_673_945;

/// What the host adds to each request: the user `bot` with the password `secret`.
const CREDENTIALS: &str = "Basic Ym90OnNlY3JldA==";

fn main() -> Result<(), Failure> {
    let deployment = std::env::args().nth(1).unwrap_or_default();
    let calls = match deployment.as_str() {
        "cloud" => [Cancel::Offered, Cancel::WithResolution, Cancel::Absent]
            .map(|cancel| {
                let setup = Setup {
                    search_lag: 0,
                    cancel,
                    ..Setup::of(Kind::Cloud)
                };
                life(JiraCloud::set_up("bot", "secret", setup), &deployment)
            })
            .to_vec(),
        "data-center" => vec![life(JiraDataCenter::new("bot", "secret"), &deployment)],
        _ => {
            let message = "name what the setting `deployment` says: `cloud` or `data-center`";
            return Err(Failure::configuration(message));
        }
    };
    let mut all = Vec::new();
    for calls in calls {
        all.extend(calls?);
    }
    println!("{}", Value::Array(all));
    Ok(())
}

/// Makes, follows, comments, closes, loses and takes back tickets.
fn life<P: Product + 'static>(product: P, deployment: &str) -> Result<Vec<Value>, Failure> {
    let simulator = Rc::new(RefCell::new(Simulator::new(Box::new(product))));
    let calls = Rc::new(RefCell::new(Vec::new()));
    let http = recording(&simulator, &calls);
    let settings = json!({
        "url": "https://jira.example.com",
        "deployment": deployment,
        "project": "PROV",
        "correlation-field": "customfield_10050",
        "fields": { "customfield_10060": { "value": "{resource}" } },
    });
    let jira: Jira = testing::ticketing(&settings.to_string())?;
    let act = |number: &str, action: Action| {
        let acted = simulator.borrow_mut().product.act(number, &action, NOW);
        acted.map_err(Failure::malformed)
    };

    jira.check_connection(&http)?;
    let first = jira.create(&http, &testing::draft("corr-0001"))?;
    let mut draft = testing::draft("corr-0002");
    draft.follow_up_of = Some(Predecessor {
        reference: first.reference.clone(),
        number: first.number.clone(),
    });
    let second = jira.create(&http, &draft)?;
    let third = jira.create(&http, &testing::draft("corr-0003"))?;
    jira.find(&http, "corr-0001")?;
    jira.comment(
        &http,
        &first.reference,
        &[document::paragraph("Please hurry.")],
    )?;
    let note = "login is asmith2".to_owned();
    act(&first.number, Action::Resolve { note })?;
    act(&third.number, Action::Delete)?;
    let references = [&first, &second, &third].map(|ticket| ticket.reference.clone());
    jira.status(&http, &references)?;
    jira.withdraw(&http, &second.reference, "the request was cancelled")?;
    Ok(calls.take())
}

fn recording<P: Product + 'static>(
    simulator: &Rc<RefCell<Simulator<P>>>,
    calls: &Rc<RefCell<Vec<Value>>>,
) -> Http {
    let way = testing::simulated(Rc::clone(simulator), Rc::new(Cell::new(NOW)));
    let calls = Rc::clone(calls);
    Http::answering(move |request| {
        let request = request.clone().header("authorization", CREDENTIALS);
        let response = way.send(&request)?;
        calls.borrow_mut().push(call(&request, &response));
        Ok(response)
    })
}

fn call(request: &Request, response: &Response) -> Value {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    json!({
        "request": {
            "method": request.method.as_str(),
            "url": request.url,
            "headers": request.headers,
            "body": request.body.as_deref().map(text),
        },
        "response": {
            "status": response.status,
            "headers": response.headers,
            "body": text(&response.body),
        },
    })
}
