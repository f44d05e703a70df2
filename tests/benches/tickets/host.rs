//! The host, in a process of its own.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use provisor::configuration::Configuration;
use provisor::model::{TicketState, Timestamp};
use provisor::sandbox::{CacheConfig, SandboxConfig};
use provisor::store::TicketFilter;
use provisor::{Host, HostOptions, Identity, ManualClock, Request, Wanted};

use crate::usage;

/// Requests that are made at once.
const BATCH: usize = 5_000;

/// Many tickets, from the request to the end of all of them.
pub fn many(folder: &Path, url: &str, count: usize) {
    block_on(async {
        let desk = Desk::open(folder, url).await;
        desk.measured("requests planned, tickets intended", count, || async {
            for first in (0..count).step_by(BATCH) {
                desk.request(first, count.min(first + BATCH)).await;
            }
        })
        .await;
        desk.measured("tickets made", count, || async {
            while desk.standing(TicketState::Creating) > 0 {
                desk.works().await;
            }
        })
        .await;
        desk.passes(60);
        desk.measured("looked at, nothing new", count, || async {
            assert_eq!(desk.works().await, count);
        })
        .await;
        desk.ask("/resolve");
        desk.passes(60);
        desk.measured("looked at, all are done", count, || async {
            assert_eq!(desk.works().await, count);
        })
        .await;
        assert_eq!(desk.standing(TicketState::Closed), count);
        desk.passes(8 * 24 * 60);
        desk.measured("looked at for the last time", count, || async {
            assert_eq!(desk.works().await, count);
        })
        .await;
        assert_eq!(desk.standing(TicketState::Ended), count);
        desk.measured("nothing is due", count, || async {
            assert_eq!(desk.works().await, 0);
        })
        .await;
        println!("  most memory of the host: {} MiB", usage::peak());
    });
}

/// One ticket after the other; of each step the median.
pub fn single(folder: &Path, url: &str, count: usize) {
    const STEPS: [&str; 4] = [
        "request planned, ticket intended",
        "ticket made",
        "looked at, nothing new",
        "looked at, it is done",
    ];
    block_on(async {
        let desk = Desk::open(folder, url).await;
        let mut times: [Vec<Duration>; STEPS.len()] = Default::default();
        for number in 0..count {
            let mut took = [Duration::ZERO; STEPS.len()];
            let begun = Instant::now();
            desk.request(number, number + 1).await;
            took[0] = begun.elapsed();
            let begun = Instant::now();
            desk.works().await;
            took[1] = begun.elapsed();
            desk.passes(10);
            let begun = Instant::now();
            assert_eq!(desk.works().await, 1);
            took[2] = begun.elapsed();
            desk.ask("/resolve");
            desk.passes(10);
            let begun = Instant::now();
            assert_eq!(desk.works().await, 1);
            took[3] = begun.elapsed();
            // Nobody looks at the closed one any more while the next ones are measured.
            desk.passes(8 * 24 * 60);
            desk.works().await;
            for (step, took) in took.into_iter().enumerate() {
                times[step].push(took);
            }
        }
        assert_eq!(desk.standing(TicketState::Ended), count);
        for (step, mut times) in STEPS.iter().zip(times) {
            times.sort();
            let of = |part: usize| times[times.len() * part / 20].as_secs_f64() * 1e3;
            println!(
                "  {step:<36} {:>8.2} ms ({:.2} to {:.2})",
                of(10),
                of(1),
                of(18)
            );
        }
    });
}

fn block_on(work: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(work);
}

/// A host whose work goes as tickets to a system.
struct Desk {
    host: Host,
    clock: ManualClock,
    address: String,
}

impl Desk {
    async fn open(folder: &Path, url: &str) -> Self {
        let columns: String = (1..10)
            .map(|number| format!("column{number} = {{}}\n"))
            .collect();
        std::fs::write(folder.join("password"), "secret").expect("written");
        let text = format!(
            "[resource.app]\nidentifier = \"login\"\noperators = [\"eva\"]\n\
             [resource.app.attributes]\nlogin = {{ required = true, ignore-case = true }}\n{columns}\
             [resource.app.tickets]\nsystem = \"desk\"\n\
             [ticket-system.desk]\ncomponent = \"servicenow\"\nper-minute = 100000\n\
             [ticket-system.desk.settings]\nurl = \"{url}\"\ntable = \"incident\"\n\
             [[ticket-system.desk.reach]]\norigin = \"{url}\"\nallow-private = [\"127.0.0.0/8\"]\n\
             credential = {{ kind = \"basic\", user = \"bot\", password = {{ file = \"password\" }} }}\n"
        );
        let configuration =
            Configuration::parse(&text, folder, "provisor.toml").expect("it is right");
        let now = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .expect("after 1970");
        let clock = ManualClock::at(Timestamp::from_millis(now.as_millis() as i64));
        let host = Host::open(
            configuration,
            HostOptions {
                clock: Arc::new(clock.clone()),
                sandbox: SandboxConfig {
                    cache: Some(cache()),
                    ..SandboxConfig::default()
                },
                ..HostOptions::default()
            },
        )
        .await
        .expect("the host opens");
        Desk {
            host,
            clock,
            address: url.trim_start_matches("http://").to_owned(),
        }
    }

    fn passes(&self, minutes: u64) {
        self.clock.advance(Duration::from_secs(minutes * 60));
    }

    /// Does what is due about tickets; how many were looked at.
    async fn works(&self) -> usize {
        let worked = self.host.work_on_tickets().await.expect("it can be done");
        assert_eq!((&worked.failed[..], &worked.paused[..]), (&[][..], &[][..]));
        worked.looked_at as usize
    }

    async fn request(&self, first: usize, last: usize) {
        let requests = (first..last).map(wanted).collect();
        for receipt in self.host.request_all(requests).await.expect("recorded") {
            assert_eq!(receipt.expect("recorded").operations.len(), 1);
        }
    }

    /// How many tickets stand so.
    fn standing(&self, state: TicketState) -> usize {
        let filter = TicketFilter {
            state: Some(state),
            limit: 1_000_000,
            ..TicketFilter::default()
        };
        self.host.tickets(&filter).expect("listed").len()
    }

    /// Asks the people for something that no client of the system could.
    fn ask(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("it answers");
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n",
            self.address
        )
        .expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("answered");
        answer
    }

    /// How many requests the system was sent so far, and the processor time that it used.
    fn asked(&self) -> (usize, f64) {
        let calls = self
            .ask("/_simulated/requests")
            .matches("\"path\":\"/api/")
            .count();
        let answer = self.ask("/usage");
        let used = answer
            .lines()
            .last()
            .and_then(|line| line.trim().parse().ok());
        (calls, used.unwrap_or(0.0))
    }

    /// Does something and tells what it took.
    async fn measured<F: Future<Output = ()>>(
        &self,
        what: &str,
        count: usize,
        work: impl FnOnce() -> F,
    ) {
        let (calls, theirs) = self.asked();
        let (own, begun) = (usage::processor(), Instant::now());
        work().await;
        let (took, own) = (begun.elapsed().as_secs_f64(), usage::processor() - own);
        let (calls, theirs) = {
            let (calls_after, theirs_after) = self.asked();
            (calls_after - calls, theirs_after - theirs)
        };
        println!(
            "  {what:<36} {took:>7.2} s, {:>6.3} ms each; {own:>6.2} s of the processor, and the \
             system's {theirs:.2} s; {calls} calls",
            took * 1e3 / count as f64
        );
    }
}

/// An account with ten attributes.
fn wanted(number: usize) -> Request {
    let login = format!("user{number:07}");
    let mut identity = Identity::new(login.parse().expect("an id")).with("login", [login.as_str()]);
    for column in 1..10 {
        let value = format!("value {column} of {number}");
        identity = identity.with(&format!("column{column}"), [value.as_str()]);
    }
    Request {
        resource: "app".parse().expect("a name"),
        identity,
        wanted: Wanted::Account,
        requester: "iam".parse().expect("a name"),
        anew: false,
        after: None,
    }
}

/// Machine code is kept beside the built programs, since compiling is not what is measured.
fn cache() -> CacheConfig {
    let program = std::env::current_exe().expect("this is a program");
    let folder: PathBuf = program
        .ancestors()
        .nth(3)
        .expect("it lies in target/PROFILE/deps")
        .join("tmp")
        .join("benches");
    std::fs::create_dir_all(&folder).expect("made");
    CacheConfig {
        directory: folder.join("code"),
        key_file: folder.join("key"),
    }
}
