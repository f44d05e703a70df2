//! Several hosts on one database work on the same tickets at the same time.

use provisor::model::TicketState;
use provisor::store::TicketFilter;
use provisor::{Clock, Host, ManualClock, Worked};
use provisor_simulated::{Action, Fault, Matching, Server};
use provisor_tests::ticket_system::SERVICENOW;
use provisor_tests::world::{self, Fixture, World, beginning, identity};

const COUNT: usize = 40;

/// The hosts work at the same time until nothing is due, and tell what they did.
async fn work(hosts: &[Host]) -> Vec<Worked> {
    let all = hosts.iter().cloned().map(|host| {
        tokio::spawn(async move { host.work_on_tickets().await.expect("it can be worked on") })
    });
    let mut worked = Vec::new();
    for one in all.collect::<Vec<_>>() {
        worked.push(one.await.expect("it ends"));
    }
    worked
}

fn sum(worked: &[Worked], count: impl Fn(&Worked) -> usize) -> usize {
    worked.iter().map(count).sum()
}

/// Two hosts on one database, and the system where their tickets are.
async fn open() -> (World, Vec<Host>, Server, ManualClock) {
    let clock = ManualClock::at(beginning());
    let its_clock = clock.clone();
    let server = SERVICENOW.serve(move || its_clock.now()).await;
    let world = Fixture::m()
        .more(&SERVICENOW.tables(&server.url(), ""))
        .open_at(clock.clone())
        .await;
    let other = world::open(world.folder.path(), &clock)
        .await
        .expect("a second host opens");
    let hosts = vec![world.host.clone(), other];
    (world, hosts, server, clock)
}

fn creations(server: &Server) -> usize {
    let simulator = server.simulator();
    let record = simulator.record().iter();
    record.filter(|one| one.method == "POST").count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hosts_make_each_ticket_once() {
    let (world, hosts, server, clock) = open().await;
    for number in 0..COUNT {
        world.requests(identity(&format!("user{number}"))).await;
    }
    let worked = work(&hosts).await;
    assert_eq!(sum(&worked, |one| one.made.len()), COUNT, "{worked:#?}");
    assert_eq!(creations(&server), COUNT);
    let seen = server.simulator().product.tickets();
    let ids: std::collections::BTreeSet<_> = seen.iter().map(|one| &one.correlation_id).collect();
    assert_eq!((seen.len(), ids.len()), (COUNT, COUNT));
    // Each of them is closed there, and that is noticed once.
    for one in &seen {
        let note = "done".to_owned();
        server
            .act(&one.number, &Action::Resolve { note })
            .expect("it is there");
    }
    clock.advance(std::time::Duration::from_secs(600));
    let worked = work(&hosts).await;
    assert_eq!(sum(&worked, |one| one.changed.len()), COUNT, "{worked:#?}");
    for number in 0..COUNT {
        let name = format!("user{number}");
        assert!(world.account(&name).current_exists, "{name}");
        let completed = world.count(&name, provisor::model::EventKind::Completed);
        assert_eq!(completed, 1, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hosts_find_what_was_made_when_answers_are_lost() {
    let (world, hosts, server, clock) = open().await;
    for number in 0..COUNT {
        world.requests(identity(&format!("user{number}"))).await;
    }
    for (after, fault) in [
        (1, Fault::LoseAnswer),
        (3, Fault::LoseRequest),
        (2, Fault::Cut { after: 3 }),
        (4, Fault::Garbled),
    ] {
        let matching = Matching {
            after,
            ..Matching::once("POST", "/incident")
        };
        server.spoil(matching, fault);
    }
    let mut open = 0;
    for _ in 0..60 {
        work(&hosts).await;
        let tickets = world.host.tickets(&TicketFilter {
            limit: 1_000,
            ..TicketFilter::default()
        });
        let tickets = tickets.expect("listed");
        open = tickets
            .iter()
            .filter(|ticket| ticket.state == TicketState::Open)
            .count();
        if open == COUNT {
            break;
        }
        clock.advance(std::time::Duration::from_secs(60));
    }
    assert_eq!(open, COUNT);
    assert_eq!(server.simulator().faults().unused(), 0);
    let seen = server.simulator().product.tickets();
    let ids: std::collections::BTreeSet<_> = seen.iter().map(|one| &one.correlation_id).collect();
    assert_eq!((seen.len(), ids.len()), (COUNT, COUNT));
    // One request never arrived: only that ticket was asked for twice.
    assert_eq!(creations(&server), COUNT + 1);
}
