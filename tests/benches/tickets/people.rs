//! The ticket system and the people who work in it, as a process of their own that is told by its
//! standard input what to do.

use std::io::{BufRead, BufReader, Write, stdin, stdout};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use provisor_simulated::{Action, Server, ServiceNow};

use crate::usage;

/// The process, until it is dropped.
pub struct People {
    child: Child,
    url: String,
}

impl People {
    /// Starts it.
    pub fn hire() -> Self {
        let mut child = Command::new(std::env::current_exe().expect("a program"))
            .args(["--task", "people"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut url = String::new();
        let output: &mut ChildStdout = child.stdout.as_mut().expect("piped");
        BufReader::new(output).read_line(&mut url).expect("a line");
        People {
            child,
            url: url.trim().to_owned(),
        }
    }

    /// Where the system answers.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for People {
    fn drop(&mut self) {
        // It ends with its input.
        drop::<Option<ChildStdin>>(self.child.stdin.take());
        let _ended = self.child.wait();
    }
}

/// Serves until its input ends. Beside the product it answers two requests of its own, by the name
/// of a ticket: `resolve` does the work of all that are open, `usage` says what it was asked and
/// what that took.
pub fn serve() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let server = runtime
        .block_on(Server::start(Office(ServiceNow::new("bot", "secret"))))
        .expect("it can be served");
    println!("{}", server.url());
    stdout().flush().expect("written");
    std::thread::spawn(|| {
        let mut line = String::new();
        while stdin()
            .lock()
            .read_line(&mut line)
            .is_ok_and(|read| read > 0)
        {}
        std::process::exit(0);
    });
    runtime.block_on(server.wait());
}

/// A system with the people who work in it.
struct Office(ServiceNow);

impl provisor_simulated::Product for Office {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn answer(&mut self, request: &provisor_simulated::Request) -> provisor_simulated::Response {
        match request.path.as_str() {
            "/resolve" => {
                let done = Action::Resolve {
                    note: "It is done.".to_owned(),
                };
                for seen in self.0.tickets() {
                    if seen.status == "1" {
                        self.0.act(&seen.number, &done, request.now).expect("open");
                    }
                }
                provisor_simulated::Response::empty(204)
            }
            "/usage" => {
                let text = usage::processor().to_string();
                provisor_simulated::Response::text(200, "text/plain", &text)
            }
            _ => self.0.answer(request),
        }
    }

    fn tickets(&self) -> Vec<provisor_simulated::Seen> {
        self.0.tickets()
    }

    fn act(&mut self, number: &str, action: &Action, now: i64) -> Result<(), String> {
        self.0.act(number, action, now)
    }
}
