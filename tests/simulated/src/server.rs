//! A simulator on the loopback interface.
//!
//! Beside the product it serves its own desk, for tests in other languages:
//!
//! | request | does |
//! |---|---|
//! | `GET /_simulated/tickets` | what people see of all tickets |
//! | `POST /_simulated/tickets/NUMBER` | an [`Action`] as JSON, such as `{"resolve": {"note": "done"}}` |
//! | `POST /_simulated/faults` | `{"matching": {…}, "fault": {"fault": "lose-answer"}}`; see [`Matching`] and [`Fault`] |
//! | `DELETE /_simulated/faults` | nothing goes wrong any more |
//! | `GET /_simulated/requests` | what it was asked |

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::{Action, Fault, Matching, Product, Reply, Request, Response, Simulator};

/// Bytes of a request that are taken.
const LARGEST: usize = 16 * 1024 * 1024;

/// A simulator that answers on the loopback interface until it is dropped.
pub struct Server {
    address: SocketAddr,
    simulator: Arc<Mutex<Simulator>>,
    clock: Clock,
    task: JoinHandle<()>,
}

/// Tells the time in seconds since 1970.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

impl Server {
    /// Serves a product on a port of the system's choice.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start(product: impl Product + 'static) -> io::Result<Self> {
        Self::start_at(product, 0, Arc::new(now)).await
    }

    /// Serves a product on this port, by this clock; 0 is a port of the system's choice.
    ///
    /// # Errors
    /// When the port cannot be had.
    pub async fn start_at(
        product: impl Product + 'static,
        port: u16,
        clock: Clock,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        let simulator: Arc<Mutex<Simulator>> = Arc::new(Mutex::new(Simulator::new(
            Box::new(product) as Box<dyn Product>,
        )));
        let task = tokio::spawn(accept(listener, Arc::clone(&simulator), Arc::clone(&clock)));
        Ok(Server {
            address,
            simulator,
            clock,
            task,
        })
    }

    /// Where it answers, such as `http://127.0.0.1:4711`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The simulator, for as long as the guard is held.
    pub fn simulator(&self) -> MutexGuard<'_, Simulator> {
        self.simulator
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a fault wait for its request.
    pub fn spoil(&self, matching: Matching, fault: Fault) {
        self.simulator().faults().add(matching, fault);
    }

    /// A person does something with a ticket, now.
    ///
    /// # Errors
    /// As [`Product::act`].
    pub fn act(&self, number: &str, action: &Action) -> Result<(), String> {
        let now = (self.clock)();
        self.simulator().product.act(number, action, now)
    }

    /// Nobody answers any more: connections end, and new ones are refused. Tickets stay.
    pub async fn stop(&mut self) {
        self.task.abort();
        // Only when the task is gone is the port free.
        let _ended = (&mut self.task).await;
    }

    /// It answers again at its address, after it was stopped.
    ///
    /// # Errors
    /// When somebody else has its port now.
    pub async fn start_again(&mut self) -> io::Result<()> {
        let listener = TcpListener::bind(self.address).await?;
        let (simulator, clock) = (Arc::clone(&self.simulator), Arc::clone(&self.clock));
        self.task = tokio::spawn(accept(listener, simulator, clock));
        Ok(())
    }

    /// Serves until the process ends.
    pub async fn wait(mut self) {
        // The loop that accepts never ends by itself.
        let _ended = (&mut self.task).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The time of day in seconds since 1970.
pub fn now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |passed| passed.as_secs() as i64)
}

async fn accept(listener: TcpListener, simulator: Arc<Mutex<Simulator>>, clock: Clock) {
    // Connections end with the server: a set aborts what is left when it is dropped.
    let mut connections = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let (simulator, clock) = (Arc::clone(&simulator), Arc::clone(&clock));
                    connections.spawn(serve_connection(stream, simulator, clock));
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve_connection(stream: TcpStream, simulator: Arc<Mutex<Simulator>>, clock: Clock) {
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let (simulator, now) = (Arc::clone(&simulator), clock());
        async move { serve(request, &simulator, now).await }
    });
    // A connection that breaks off is the client's business, or was meant to.
    let _broken = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// Closes the connection without an answer.
#[derive(Debug)]
struct Closed;

impl std::fmt::Display for Closed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the connection is closed on purpose")
    }
}

impl std::error::Error for Closed {}

async fn serve(
    request: hyper::Request<Incoming>,
    simulator: &Mutex<Simulator>,
    now: i64,
) -> Result<hyper::Response<Content>, Closed> {
    let (parts, body) = request.into_parts();
    let body = http_body_util::Limited::new(body, LARGEST)
        .collect()
        .await
        .map_err(|_| Closed)?
        .to_bytes();
    let target = parts
        .uri
        .path_and_query()
        .map_or("/", |target| target.as_str());
    let headers = parts
        .headers
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        })
        .collect();
    let request = Request::new(parts.method.as_str(), target, headers, body.to_vec(), now);
    let reply = {
        let mut simulator = simulator.lock().unwrap_or_else(PoisonError::into_inner);
        match request.path.strip_prefix("/_simulated/") {
            Some(path) => Reply::Answer(desk(&mut simulator, path, &request)),
            None => simulator.serve(&request),
        }
    };
    match reply {
        Reply::Lost | Reply::Unreachable(_) => Err(Closed),
        Reply::Answer(answer) => respond(&answer, Content::whole(&answer)),
        Reply::Late(answer, milliseconds) => {
            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            respond(&answer, Content::whole(&answer))
        }
        Reply::Cut(answer, after) => {
            let mut content = Content::whole(&answer);
            content.break_after = Some(after);
            respond(&answer, content)
        }
        Reply::Drip(answer, milliseconds) => {
            let mut content = Content::whole(&answer);
            content.pause = Some(Duration::from_millis(milliseconds));
            respond(&answer, content)
        }
        Reply::Endless(answer) => {
            let mut content = Content::whole(&answer);
            content.endless = true;
            respond(&answer, content)
        }
    }
}

fn respond(answer: &Response, content: Content) -> Result<hyper::Response<Content>, Closed> {
    let mut response = hyper::Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        response = response.header(name, value);
    }
    if !content.endless {
        response = response.header("content-length", answer.body.len());
    }
    response.body(content).map_err(|_| Closed)
}

/// What people in another process do and look at.
fn desk(simulator: &mut Simulator, path: &str, request: &Request) -> Response {
    let wrong = |message: String| Response::json(400, &json!({ "error": message }));
    match (request.method.as_str(), path.split_once('/')) {
        ("GET", None) if path == "tickets" => {
            Response::json(200, &json!(simulator.product.tickets()))
        }
        ("POST", Some(("tickets", _))) => {
            let number = request.segments().last().cloned().unwrap_or_default();
            let action: Result<Action, _> = serde_json::from_slice(&request.body);
            match action {
                Err(error) => wrong(error.to_string()),
                Ok(action) => match simulator.product.act(&number, &action, request.now) {
                    Ok(()) => Response::empty(204),
                    Err(message) => wrong(message),
                },
            }
        }
        ("POST", None) if path == "faults" => {
            let value = request.json().unwrap_or(Value::Null);
            let matching = serde_json::from_value(value["matching"].clone());
            let fault = serde_json::from_value(value["fault"].clone());
            match (matching, fault) {
                (Ok(matching), Ok(fault)) => {
                    simulator.faults().add(matching, fault);
                    Response::empty(204)
                }
                (Err(error), _) | (_, Err(error)) => wrong(error.to_string()),
            }
        }
        ("DELETE", None) if path == "faults" => {
            simulator.faults().clear();
            Response::empty(204)
        }
        ("GET", None) if path == "requests" => Response::json(200, &json!(simulator.record())),
        _ => Response::empty(404),
    }
}

/// The content of an answer, perhaps spoiled.
struct Content {
    bytes: Bytes,
    sent: usize,
    break_after: Option<usize>,
    pause: Option<Duration>,
    endless: bool,
    waiting: Option<Pin<Box<tokio::time::Sleep>>>,
}

impl Content {
    fn whole(answer: &Response) -> Self {
        Content {
            bytes: Bytes::from(answer.body.clone()),
            sent: 0,
            break_after: None,
            pause: None,
            endless: false,
            waiting: None,
        }
    }
}

impl Body for Content {
    type Data = Bytes;
    type Error = Closed;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Closed>>> {
        if self.endless {
            return Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[b' '; 8192])))));
        }
        if let Some(after) = self.break_after {
            if self.sent >= after {
                return Poll::Ready(Some(Err(Closed)));
            }
            let end = after.min(self.bytes.len());
            let piece = self.bytes.slice(self.sent..end);
            self.sent = after;
            return Poll::Ready(Some(Ok(Frame::data(piece))));
        }
        if self.sent >= self.bytes.len() {
            return Poll::Ready(None);
        }
        let Some(pause) = self.pause else {
            let rest = self.bytes.slice(self.sent..);
            self.sent = self.bytes.len();
            return Poll::Ready(Some(Ok(Frame::data(rest))));
        };
        let mut waiting = self
            .waiting
            .take()
            .unwrap_or_else(|| Box::pin(tokio::time::sleep(pause)));
        if waiting.as_mut().poll(context).is_pending() {
            self.waiting = Some(waiting);
            return Poll::Pending;
        }
        let piece = self.bytes.slice(self.sent..self.sent + 1);
        self.sent += 1;
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }
}
