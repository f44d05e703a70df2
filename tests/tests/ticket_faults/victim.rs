//! The process that is killed: this test program again, started for one test. It takes tasks line by
//! line, and says when one is done, as a server answers its clients.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use provisor::model::{OperationState, Ticket, Timestamp};
use provisor::sandbox::Message;
use provisor::store::fault::POINTS;
use provisor::store::{AccountFilter, TicketFilter};
use provisor::{Host, HostError, Identity, ManualClock, OperationQuery, Request, Wanted};
use provisor_tests::world::{self, CANARY, person};
use serde::{Deserialize, Serialize};

const FOLDER: &str = "PROVISOR_FAULT_FOLDER";

/// Nothing here takes so long; a process that says nothing any more hangs.
const PATIENCE: Duration = Duration::from_secs(180);

const ALL: usize = 10_000;

/// What the process is told to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Task {
    Request {
        id: String,
        attributes: BTreeMap<String, Vec<String>>,
        anew: bool,
    },
    Remove {
        id: String,
        anew: bool,
    },
    /// The application has written this export.
    Export(String),
    /// The ticket system has sent this.
    Message(String),
    /// Only what is due.
    Run,
}

/// A task, and when it is done.
#[derive(Debug, Serialize, Deserialize)]
struct Order {
    at: Timestamp,
    task: Task,
}

/// How everything stands after a task.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Standing {
    /// All tickets, oldest first, each with the account that it is about.
    pub tickets: Vec<(String, Ticket)>,
    /// Nobody calls the system before.
    pub paused_until: Option<Timestamp>,
    /// Accounts that should be there in the end, as rows of an export.
    pub rows: Vec<(String, String)>,
    /// Operations that are with people or on their way to them.
    pub out: usize,
    /// Operations that are done and that no export has decided.
    pub undecided: usize,
    /// Operations that have not gone out.
    pub waiting: usize,
}

/// When the process is killed.
#[derive(Debug, Clone, Copy)]
pub enum Kill {
    /// Never.
    Never,
    /// So many milliseconds after it began to work.
    After(u64),
    /// When it comes by a point for this time.
    At(&'static str, u64),
}

/// Why a task was not done.
#[derive(Debug)]
pub enum Ended {
    /// The process was killed, at this point or at some moment.
    Killed(Option<&'static str>),
    /// It ended otherwise.
    Broken(String),
}

/// A process that works.
pub struct Victim {
    child: Child,
    orders: ChildStdin,
    lines: Receiver<String>,
    kill: Kill,
    /// The moment at which it is killed.
    deadline: Option<Instant>,
    /// How many tasks it has done.
    pub done: usize,
}

impl Victim {
    pub fn start(folder: &Path, kill: Kill) -> Self {
        let mut command = Command::new(std::env::current_exe().expect("a program"));
        command
            .args([
                "--exact",
                "victim::the_process_that_is_killed",
                "--ignored",
                "--nocapture",
            ])
            .env(FOLDER, folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Kill::At(point, passes) = kill {
            command.env("PROVISOR_FAULT", format!("{point} {passes}"));
        }
        let mut child = command.spawn().expect("it starts");
        let orders = child.stdin.take().expect("piped");
        let output = child.stdout.take().expect("piped");
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Victim {
            child,
            orders,
            lines,
            kill,
            deadline: None,
            done: 0,
        }
    }

    /// Does a task.
    pub fn does(&mut self, at: Timestamp, task: &Task) -> Result<Standing, Ended> {
        let order = Order {
            at,
            task: task.clone(),
        };
        let order = serde_json::to_string(&order).expect("JSON");
        // What cannot be told to a process that is gone is noticed below.
        let _gone = writeln!(self.orders, "{order}");
        let patience = Instant::now() + PATIENCE;
        loop {
            let until = self.deadline.unwrap_or(patience);
            let line = self
                .lines
                .recv_timeout(until.saturating_duration_since(Instant::now()));
            match line {
                Ok(line) => {
                    // The test program's own words may stand before ours.
                    let Some((_, said)) = line.split_once('@') else {
                        continue;
                    };
                    if let Some(standing) = said.strip_prefix("did ") {
                        self.done += 1;
                        return Ok(serde_json::from_str(standing).expect("what it says"));
                    }
                    if let Some(point) = said.strip_prefix("at ") {
                        self.dies();
                        return Err(Ended::Killed(
                            POINTS.into_iter().find(|known| *known == point),
                        ));
                    }
                    if let (true, Kill::After(millis)) = (said == "begun", self.kill) {
                        self.deadline = Some(Instant::now() + Duration::from_millis(millis));
                    }
                }
                Err(RecvTimeoutError::Timeout) if self.deadline.is_some() => {
                    self.dies();
                    return Err(Ended::Killed(None));
                }
                Err(RecvTimeoutError::Timeout) => {
                    self.dies();
                    return Err(Ended::Broken(format!("it hangs with {task:?}")));
                }
                Err(RecvTimeoutError::Disconnected) => {
                    let mut said = String::new();
                    if let Some(mut errors) = self.child.stderr.take() {
                        let _unread = std::io::Read::read_to_string(&mut errors, &mut said);
                    }
                    self.dies();
                    return Err(Ended::Broken(format!("it gave up with {task:?}: {said}")));
                }
            }
        }
    }

    /// It is killed, by a signal that nothing can catch.
    pub fn dies(&mut self) {
        let _gone = self.child.kill();
        self.child.wait().expect("it is gone");
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        self.dies();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it is no test: the others start it as the process to kill"]
async fn the_process_that_is_killed() {
    let folder = std::env::var(FOLDER).expect("another test starts this one with a task");
    let folder = Path::new(&folder);
    let mut host = None;
    for line in std::io::stdin().lines() {
        let order: Order = serde_json::from_str(&line.expect("an order")).expect("an order");
        let (clock, host) = match &host {
            Some(open) => open,
            None => {
                let clock = ManualClock::at(order.at);
                let opened = world::open(folder, &clock).await.expect("the host opens");
                println!("\n@begun");
                // Whoever starts a host lets it do what is due.
                opened.run_without_exports().await.expect("a run");
                host.insert((clock, opened))
            }
        };
        clock.set(order.at);
        if let Err(error) = perform(host, folder, &order.task).await {
            panic!("{:?}: {error}", order.task);
        }
        let standing = standing(host).expect("it can be read");
        let standing = serde_json::to_string(&standing).expect("JSON");
        println!("@did {standing}");
    }
}

/// Does a task, and what is due then, as a host that runs does all the time.
async fn perform(host: &Host, folder: &Path, task: &Task) -> Result<(), HostError> {
    let resource = || "app".parse().expect("a name");
    match task {
        Task::Request {
            id,
            attributes,
            anew,
        } => {
            let mut identity = Identity::new(id.parse().expect("an id")).with("password", [CANARY]);
            for (name, values) in attributes {
                identity = identity.with(name, values.iter().map(String::as_str));
            }
            host.request(Request {
                resource: resource(),
                identity,
                wanted: Wanted::Account,
                requester: person("iam"),
                anew: *anew,
                after: None,
            })
            .await?;
        }
        Task::Remove { id, anew } => {
            host.request(Request {
                resource: resource(),
                identity: Identity::new(id.parse().expect("an id")),
                wanted: Wanted::NoAccount,
                requester: person("iam"),
                anew: *anew,
                after: None,
            })
            .await?;
        }
        Task::Export(content) => {
            std::fs::write(folder.join("exports/accounts.csv"), content).expect("written");
            host.take_export("app", None).await?;
        }
        Task::Message(text) => {
            let message = Message {
                headers: vec![("content-type".to_owned(), "application/json".to_owned())],
                body: text.clone().into_bytes(),
            };
            host.receive_message("app", message).await?;
        }
        Task::Run => {}
    }
    host.run_without_exports().await?;
    Ok(())
}

fn standing(host: &Host) -> Result<Standing, HostError> {
    let mut tickets = Vec::new();
    for ticket in host.tickets(&TicketFilter {
        limit: ALL,
        ..TicketFilter::default()
    })? {
        let case = host.case(ticket.case)?;
        let about = case.case.items.values().next();
        let account = about
            .map(|item| item.identifier.clone())
            .unwrap_or_default();
        tickets.push((account, ticket));
    }
    tickets.reverse();
    let mut rows = Vec::new();
    for summary in host.accounts(&AccountFilter {
        limit: ALL,
        ..AccountFilter::default()
    })? {
        let view = host.account_by_id(summary.id)?;
        if !view.expected_exists {
            continue;
        }
        let value = |name: &str, joint: &str| {
            let known = view.attributes.iter().find(|one| one.name.as_str() == name);
            let values: Vec<&str> = known
                .into_iter()
                .flat_map(|it| it.expected.iter())
                .collect();
            values.join(joint)
        };
        let row = format!(
            "{},{},{},{},{},\n",
            view.identifier,
            value("full-name", " "),
            value("description", " "),
            value("interests", ";"),
            value("enabled", "") == "false",
        );
        rows.push((view.identifier.clone(), row));
    }
    rows.sort();
    let count = |states: Vec<OperationState>| {
        host.operations(&OperationQuery {
            states,
            limit: ALL,
            ..OperationQuery::default()
        })
        .map(|operations| operations.iter().filter(|one| !one.finished).count())
    };
    let systems = host.ticket_systems()?;
    Ok(Standing {
        tickets,
        paused_until: systems.first().and_then(|system| system.paused_until),
        rows,
        out: count(vec![OperationState::Open, OperationState::Opening])?,
        undecided: count(vec![OperationState::Done])?,
        waiting: count(vec![OperationState::Waiting])?,
    })
}
