//! Work that goes out as tickets, as it is typed, against a simulated ServiceNow.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use insta::assert_snapshot;
use provisor_simulated::{Action, Fault, Matching, Server, ServiceNow};
use tokio::runtime::Runtime;

use crate::desk::Desk;
use crate::json::assert_documented;

/// 2026-03-06T10:00:00Z in seconds since 1970.
const TEN: i64 = 1_772_791_200;

/// A desk at which commands are typed, and the system in which others work.
struct Office {
    desk: Desk,
    server: Server,
    clock: Arc<AtomicI64>,
    /// The server answers as long as this is there.
    _runtime: Runtime,
}

impl Office {
    fn open() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let clock = Arc::new(AtomicI64::new(TEN));
        let seconds = {
            let clock = Arc::clone(&clock);
            Arc::new(move || clock.load(Ordering::Relaxed))
        };
        let product = ServiceNow::new("provisor", "demo");
        let server = runtime
            .block_on(Server::start_at(product, 0, seconds))
            .expect("it is served");
        Self {
            desk: Desk::with_tickets(&server.url()),
            server,
            clock,
            _runtime: runtime,
        }
    }

    /// What was asked for is on its way, and nothing has been sent.
    fn with_requests() -> Self {
        let office = Self::open();
        let desk = &office.desk;
        desk.quietly("export take archive --file archive-20260305-2200.csv");
        desk.quietly("request archive --file people.jsonl --requester iam");
        office
    }

    /// The tickets were made.
    fn with_tickets() -> Self {
        let office = Self::with_requests();
        office.desk.quietly("run --no-exports");
        office
    }

    /// It is another hour and minute of the same day, here and there.
    fn now(&mut self, hour: i64, minute: i64) {
        self.desk
            .now(&format!("2026-03-06T{hour:02}:{minute:02}:00Z"));
        let passed = (hour - 10) * 3_600 + minute * 60;
        self.clock.store(TEN + passed, Ordering::Relaxed);
    }

    /// Somebody in the other system does something with a ticket.
    fn people(&self, number: &str, action: Action) {
        self.server.act(number, &action).expect("it can be done");
    }

    fn types(&mut self, lines: &[&str]) {
        for line in lines {
            self.desk.type_in(line);
        }
    }

    fn is_refused(&mut self, lines: &[&str]) {
        for line in lines {
            let output = self.desk.type_in(line);
            assert!(!output.status.success(), "{line} should be refused");
        }
    }
}

fn said(note: &str) -> String {
    note.to_owned()
}

#[test]
fn a_ticket_is_made_and_closed() {
    let mut office = Office::open();
    office.types(&[
        "ticket check archive",
        "ticket list",
        "export take archive --file archive-20260305-2200.csv",
        "request archive --file people.jsonl --requester iam",
        "ticket preview case-1",
        "ticket show case-1",
        "run --no-exports",
        "ticket list",
        "ticket show INC0010001",
        "resource show archive",
        "operation show op-1",
    ]);
    office.now(12, 0);
    office.people("INC0010001", Action::Begin);
    office.types(&[
        "run --no-exports",
        "run --no-exports",
        "ticket show INC0010001",
    ]);
    office.people("INC0010001", Action::Resolve { note: said("made") });
    let note = said("external people get no account here");
    office.people("INC0010002", Action::Refuse { note });
    office.now(13, 0);
    office.types(&[
        "run --no-exports",
        "ticket list",
        "ticket show INC0010001",
        "ticket show case-2",
        "operation show op-2",
        "account history archive mfrost",
        "case show case-2",
    ]);
    office.now(23, 0);
    office.types(&["run", "ticket list"]);
    assert_snapshot!(office.desk.transcript());
}

#[test]
fn what_others_work_on_is_not_in_the_queue_of_our_operators() {
    let mut office = Office::with_tickets();
    office.types(&[
        "case list",
        "case list --for service-desk",
        "case list --all",
        "case show case-1",
    ]);
    office.is_refused(&[
        "case done case-1 --as service-desk",
        "case done case-1 case-2 --as service-desk",
        "case claim case-1 --as service-desk",
        "case not-possible case-1 --as service-desk --reason 'no room'",
        "case cancel case-1 --as service-desk --reason 'not wanted'",
    ]);
    office.types(&[
        "ticket take-over INC0010001 --as service-desk --reason 'it is urgent'",
        "case list",
        "case show case-1",
        "ticket list",
        "ticket show INC0010001",
        "case done case-1 --as service-desk",
        "account history archive zbrown",
        "ticket show INC0010001",
    ]);
    assert_snapshot!(office.desk.transcript());
}

#[test]
fn an_answer_that_got_lost_makes_no_second_ticket() {
    let mut office = Office::with_requests();
    office
        .server
        .spoil(Matching::once("POST", "/table/incident"), Fault::LoseAnswer);
    office.types(&["run --no-exports", "ticket list", "ticket show case-1"]);
    office.now(10, 2);
    office.types(&["run --no-exports", "ticket list"]);
    assert_eq!(office.server.simulator().product.tickets().len(), 2);
    assert_snapshot!(office.desk.transcript());
}

#[test]
fn a_ticket_that_may_be_there_is_taken_over() {
    let mut office = Office::with_requests();
    office
        .server
        .spoil(Matching::once("POST", "/table/incident"), Fault::LoseAnswer);
    office.desk.quietly("run --no-exports");
    office.types(&[
        "ticket take-over case-1 --as service-desk --reason 'it is urgent'",
        "ticket list",
        "ticket list --attention",
        "ticket show case-1",
        "case show case-1",
    ]);
    assert_snapshot!(office.desk.transcript());
}

#[test]
fn a_system_that_is_down_is_waited_for() {
    let mut office = Office::with_requests();
    office
        .server
        .spoil(Matching::always(), Fault::maintenance());
    office.types(&[
        "ticket check archive",
        "run --no-exports",
        "ticket list",
        "ticket show case-1",
    ]);
    office.server.simulator().faults().clear();
    office.types(&[
        "run --no-exports",
        "ticket hurry case-1",
        "run --no-exports",
        "ticket list --state open",
    ]);
    office
        .server
        .spoil(Matching::always(), Fault::too_many(Some(600)));
    office.now(11, 0);
    office.types(&["run --no-exports", "run --no-exports", "ticket list"]);
    assert_snapshot!(office.desk.transcript());
}

#[test]
fn what_people_should_look_at_stands_out() {
    let mut office = Office::with_tickets();
    office.people("INC0010001", Action::Status { status: said("42") });
    office.people("INC0010002", Action::Hide);
    office.now(11, 0);
    office.types(&[
        "run --no-exports",
        "ticket list",
        "ticket list --attention",
        "ticket show INC0010001",
        "ticket show INC0010002",
        "case show case-1",
    ]);
    office.people("INC0010001", Action::Delete);
    office.people("INC0010002", Action::Show);
    office.now(12, 0);
    office.types(&["run --no-exports", "ticket list", "operation show op-1"]);
    assert_snapshot!(office.desk.transcript());
}

#[test]
fn what_is_no_ticket_is_refused() {
    let mut office = Office::with_tickets();
    office.is_refused(&[
        "ticket show INC0099999",
        "ticket show case-99",
        "ticket show nonsense",
        "ticket preview op-99",
        "ticket preview nonsense",
        "ticket preview op-x",
        "ticket check archiv",
        "ticket list --state finished",
        "ticket take-over INC0010001 --as service-desk",
        "ticket take-over INC0010001 --as service-desk --reason ' '",
        "ticket hurry INC0099999",
    ]);
    office.types(&["ticket preview INC0010001", "ticket preview op-2"]);
    office.people("INC0010001", Action::Resolve { note: said("made") });
    office.now(11, 0);
    office.types(&["run --no-exports"]);
    office.is_refused(&["ticket take-over INC0010001 --as service-desk --reason 'too late'"]);
    assert_snapshot!(office.desk.transcript());
}

#[test]
fn a_resource_without_tickets_says_so() {
    let mut office = Office::with_requests();
    let text = std::fs::read_to_string(office.desk.path("provisor.toml")).expect("read");
    let (before, after) = text
        .split_once("[resource.archive.tickets]")
        .expect("there");
    let (_, after) = after.split_once("[resource.archive.cases]").expect("there");
    let without = format!("{before}[resource.archive.cases]{after}");
    office.desk.write("provisor.toml", without);
    office.is_refused(&["ticket check archive", "ticket preview case-1"]);
    // What was to go out before stays where it is until somebody takes it over.
    office.types(&[
        "run --no-exports",
        "ticket list",
        "ticket take-over case-1 --as service-desk --reason 'there is no ServiceNow any more'",
        "case list",
    ]);
    assert_snapshot!(office.desk.transcript());
}

#[test]
fn a_system_that_is_set_up_wrongly_says_what_to_do() {
    let mut office = Office::with_requests();
    office.desk.write("servicenow.password", "wrong\n");
    office.types(&["ticket check archive", "run --no-exports", "ticket list"]);
    office.desk.write("servicenow.password", "demo\n");
    let reach = "allow-private = [\"127.0.0.0/8\"]";
    office
        .desk
        .configure(reach, &format!("{reach}\npath = \"/api/now/v1\""));
    office.types(&["ticket check archive"]);
    office.desk.configure("\npath = \"/api/now/v1\"", "");
    office.desk.configure(reach, "");
    office.types(&["ticket check archive"]);
    office.desk.configure("\"Service Desk\"", "\"Service Dsk\"");
    office
        .desk
        .configure("credential = {", &format!("{reach}\ncredential = {{"));
    office.types(&["ticket check archive"]);
    // Mistakes in what a resource says are shown where it says it.
    office
        .desk
        .configure("assignment-group = \"", "asignment-group = \"");
    office.is_refused(&["ticket check archive"]);
    office
        .desk
        .configure("asignment-group = \"Service Dsk\"", "batch = 0");
    office.is_refused(&["ticket check archive"]);
    office
        .desk
        .configure("component = \"servicenow\"", "component = \"csv\"");
    office.is_refused(&["ticket check archive"]);
    assert_snapshot!(office.desk.transcript());
}

#[test]
fn every_answer_in_json_is_as_documented() {
    let mut office = Office::with_requests();
    office
        .server
        .spoil(Matching::once("POST", "/table/incident"), Fault::LoseAnswer);
    let documented = |desk: &Desk, name: &str, line: &str| {
        assert_documented(name, &desk.answer(&format!("--json {line}")));
    };
    documented(&office.desk, "ticket-check", "ticket check archive");
    documented(&office.desk, "ticket-preview", "ticket preview case-1");
    documented(&office.desk, "run-tickets", "run --no-exports");
    office.now(10, 2);
    office.desk.quietly("run --no-exports");
    office.people("INC0010002", Action::Resolve { note: said("made") });
    office.now(11, 0);
    office.desk.quietly("run --no-exports");
    documented(&office.desk, "ticket-list", "ticket list --limit 1");
    documented(&office.desk, "ticket-show", "ticket show INC0010002");
    documented(&office.desk, "ticket-hurry", "ticket hurry INC0010002");
    documented(
        &office.desk,
        "ticket-take-over",
        "ticket take-over INC0010001 --as service-desk --reason 'it is urgent'",
    );
    let refused = office.desk.type_in("--json ticket show INC0099999");
    assert_eq!(refused.status.code(), Some(1));
    assert!(refused.stdout.is_empty());
}
