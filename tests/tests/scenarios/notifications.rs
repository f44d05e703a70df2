//! Notifications: who is told of what, at least once, and never by two at a time.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{OnceLock, mpsc};
use std::time::Duration;

use provisor::model::{Delivery, DeliveryState, NotificationId};
use provisor::store::NotificationFilter;
use provisor_tests::world::{CANARY, Fixture, WILL, World, identity, open, person, will};

const LOG: &str = "[notify.all]\nkind = \"log\"\nfile = \"told.jsonl\"\n";

/// All notifications, the oldest first.
fn outbox(world: &World) -> Vec<Delivery> {
    let filter = NotificationFilter {
        limit: 1000,
        ..NotificationFilter::default()
    };
    let mut all = world.host.notifications(&filter).expect("listed");
    all.reverse();
    all
}

/// What stands in the log, after everything that is due was delivered.
async fn told(world: &World) -> Vec<String> {
    world.host.deliver().await.expect("delivered");
    let text = std::fs::read_to_string(world.folder.path().join("told.jsonl")).unwrap_or_default();
    assert!(!text.contains(CANARY));
    text.lines()
        .map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
            format!(
                "{}: {}",
                line["type"].as_str().expect("a type"),
                line["data"]["text"].as_str().expect("a text")
            )
        })
        .collect()
}

/// A server of many requests; tells the id of each, and answers as told.
fn server(answer: &'static str) -> (u16, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let (tell, ids) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            if tell.send(id_of(&stream)).is_err() {
                return;
            }
            let _other_side_is_gone = (&stream).write_all(answer.as_bytes());
        }
    });
    (port, ids)
}

/// Reads a request to its end; the id of its notification.
fn id_of(stream: &TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a header");
        match line.trim_end().split_once(": ") {
            Some((name, value)) => headers.insert(name.to_lowercase(), value.to_owned()),
            None if line.trim_end().is_empty() => break,
            None => None,
        };
    }
    let length = headers["content-length"].parse().expect("a length");
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body");
    headers["webhook-id"].clone()
}

const NO_CONTENT: &str = "HTTP/1.1 204 No Content\r\n\r\n";

/// A world that calls a server of this machine.
async fn calling(port: u16) -> World {
    // It is read again whenever a host is opened.
    static SECRET: OnceLock<tempfile::NamedTempFile> = OnceLock::new();
    let secret = SECRET.get_or_init(|| {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(&file, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n").expect("written");
        file
    });
    Fixture::m()
        .more(&format!(
            "[notify.hook]\nkind = \"webhook\"\nattempts = 2\nurl = \"http://127.0.0.1:{port}/\"\n\
             secret = {{ file = {:?} }}\n",
            secret.path()
        ))
        .open()
        .await
}

#[tokio::test]
async fn the_life_of_a_case_is_told() {
    let world = Fixture::m().more(LOG).open().await;
    world.requests(will()).await;
    let case = world.case().case.id;
    world.host.claim(case, &person("eva")).await.expect("free");
    let jan = person("jan");
    let passed = world.host.pass_on(case, &person("eva"), &jan).await;
    passed.expect("jan may");
    let report = provisor::Report::done();
    world
        .host
        .close_case(case, &jan, report)
        .await
        .expect("his");
    // Nothing of it is decided by an export, since there is no reader.
    let told = told(&world).await;
    assert_eq!(
        told,
        [
            "case-opened: New case-1: create the account will on Application",
            "case-claimed: eva has case-1: create the account will on Application",
            "case-claimed: jan has case-1: create the account will on Application",
        ]
    );
}

#[tokio::test]
async fn what_is_reopened_is_told() {
    let world = Fixture::s().more(LOG).open().await;
    world.requests(will()).await;
    let case = world.case().case.id;
    world.completes(case).await;
    let why = "it was the wrong person";
    let reopened = world.host.reopen_case(case, &person("eva"), why).await;
    reopened.expect("not verified yet");
    let told = told(&world).await;
    assert_eq!(
        told.last().map(String::as_str),
        Some("case-reopened: eva reopened case-1: create the account will on Application")
    );
}

#[tokio::test]
async fn what_is_late_is_told_once_each() {
    let world = Fixture::m()
        .more(
            "[resource.app.cases]\ndue-in = \"2h\"\n\
             escalation = [{ after = \"1h\", to = \"head\" }]\n",
        )
        .more(LOG)
        .open()
        .await;
    world.requests(will()).await;
    for _ in 0..10 {
        world.minutes(30);
        world.host.run().await.expect("run");
    }
    assert_eq!(
        told(&world).await[1..],
        [
            "case-due: Due 2026-03-02T10:00:00Z, case-1: create the account will on Application",
            "case-escalated: Still not done, case-1 (level 1): create the account will on Application",
        ]
    );
}

#[tokio::test]
async fn what_a_policy_holds_is_told() {
    let world = Fixture::m()
        .policy("[[resource.app.policy.settings.rules]]\nname = \"look-first\"\nwhen = 'true'\nverdict = \"hold\"\nreason = \"ask first\"\n")
        .more(LOG)
        .open()
        .await;
    world.requests(will()).await;
    world.host.dispatch(None).await.expect("nothing goes out");
    assert_eq!(
        told(&world).await,
        ["operation-held: op-1 waits for a release: create the account will on Application"]
    );
}

#[tokio::test]
async fn of_many_that_are_held_for_one_reason_one_notification_tells() {
    let world = Fixture::m()
        .more("[resource.app.outgoing]\ndeletes = { most = 1, within = \"1h\" }\n")
        .more(LOG)
        .open()
        .await;
    for id in ["ann", "bob", "cid", "dan"] {
        world.requests(identity(id)).await;
        world.completes(world.case().case.id).await;
    }
    let before = told(&world).await.len();
    for id in ["ann", "bob", "cid", "dan"] {
        world.unassigns(id).await;
    }
    assert_eq!(
        told(&world).await[before..],
        [
            "case-opened: New case-5: delete the account ann on Application",
            "outgoing-held: 2 times delete on Application: more of it waits for a release",
        ]
    );
}

#[tokio::test]
async fn what_exports_show_is_told_in_one_digest_each() {
    let world = Fixture::s().more(LOG).open().await;
    for id in ["will", "ann"] {
        world.requests(identity(id)).await;
        world.completes(world.case().case.id).await;
    }
    let ann = WILL.replace("will", "ann");
    world.export(&format!("{WILL}{ann}"));
    world.reads().await;
    let before = told(&world).await.len();
    world.export(&format!("{WILL}{ann}").replace("Turner", "Sparrow"));
    world.reads().await;
    world.export(&format!("{WILL}{ann}eve,Eve,,,false,\n").replace("Turner", "Sparrow"));
    world.reads().await;
    world.reads().await;
    assert_eq!(
        told(&world).await[before..],
        [
            "drift-found: export-2 of Application: 2 accounts are not as asked for",
            "drift-found: export-3 of Application: 1 account that nobody asked for",
        ]
    );
}

#[tokio::test]
async fn exports_that_are_held_or_refused_are_told_once() {
    let world = Fixture::s()
        .more("[resource.app.reader.gates]\nzero-rows = { action = \"hold\", from-rows = 1 }\n")
        .more(LOG)
        .open()
        .await;
    world.export(WILL);
    world.reads().await;
    let before = told(&world).await.len();
    world.export("");
    world.take("accounts.csv").await.expect("held");
    world.take("accounts.csv").await.expect("held again");
    world.export(&format!("{WILL}{WILL}"));
    world.take("accounts.csv").await.expect("refused");
    world.take("accounts.csv").await.expect("refused again");
    assert_eq!(
        told(&world).await[before..],
        [
            "export-held: export-2 of Application waits for a decision: accounts.csv",
            "export-refused: export-3 of Application was refused: accounts.csv",
        ]
    );
}

#[tokio::test]
async fn work_that_waits_for_an_export_in_vain_is_told_once_for_each_export() {
    let world = Fixture::s()
        .with("exported-at = \"read\"", "exported-at = \"mtime\"")
        .more(LOG)
        .open()
        .await;
    world.written_at("accounts.csv", world.host.now());
    world.requests(will()).await;
    world.completes(world.case().case.id).await;
    let before = told(&world).await.len();
    for _ in 0..3 {
        world.minutes(31);
        world.host.run().await.expect("run");
    }
    assert_eq!(
        told(&world).await[before..],
        ["export-stale: Application needs a new export: 1 operation waits for one"]
    );
}

#[tokio::test]
async fn what_is_not_asked_for_again_is_told() {
    let world = Fixture::s()
        .rule("reraise-limit = 0")
        .more(LOG)
        .open()
        .await;
    world.requests(will()).await;
    world.completes(world.case().case.id).await;
    world.minutes(16);
    world.reads().await;
    assert_eq!(
        told(&world).await.last().map(String::as_str),
        Some("gave-up: Not asked for again after op-1: create the account will on Application")
    );
}

#[tokio::test]
async fn a_sink_gets_only_the_kinds_and_resources_that_it_asks_for() {
    let world = Fixture::m()
        .more(&format!(
            "{LOG}kinds = [\"case-claimed\"]\nresources = [\"app\"]\n"
        ))
        .open()
        .await;
    world.requests(will()).await;
    let case = world.case().case.id;
    world.host.claim(case, &person("eva")).await.expect("free");
    let told = told(&world).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("case-claimed"), "{told:?}");
}

#[tokio::test]
async fn a_preview_tells_nobody() {
    let world = Fixture::s()
        .more("[resource.app.reader.gates]\nshrank = { action = \"hold\", above = \"1%\", from-rows = 1 }\n")
        .more(LOG)
        .open()
        .await;
    world.export(&format!("{WILL}ann,Ann,,,false,\n"));
    world.reads().await;
    world.requests(will()).await;
    world.export("ann,Ann,,,false,\n");
    let held = world.take("accounts.csv").await.expect("held");
    let before = outbox(&world);
    world
        .host
        .preview_export(held.export.id)
        .await
        .expect("shown");
    assert_eq!(outbox(&world), before);
}

/// The addresses to which a mail server was asked to deliver, until it is asked no more.
fn mail_server(listener: &TcpListener) -> Vec<String> {
    let mut recipients = Vec::new();
    for stream in listener.incoming().map_while(Result::ok) {
        let say = |text: &str| (&stream).write_all(text.as_bytes()).expect("said");
        say("220 mail ESMTP\r\n");
        let mut in_mail = false;
        for line in BufReader::new(&stream).lines().map_while(Result::ok) {
            if in_mail {
                in_mail = line != ".";
                if !in_mail {
                    say("250 taken\r\n");
                }
                continue;
            }
            match line.as_str() {
                "STOP" => return recipients,
                "DATA" => {
                    in_mail = true;
                    say("354 go on\r\n");
                }
                "QUIT" => {
                    say("221 goodbye\r\n");
                    break;
                }
                line => {
                    let recipient = line.strip_prefix("RCPT TO:");
                    recipients.extend(recipient.map(str::to_owned));
                    say("250 fine\r\n");
                }
            }
        }
    }
    recipients
}

#[tokio::test]
async fn mail_goes_to_the_operators_but_not_to_whoever_did_it_himself() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let server = std::thread::spawn(move || mail_server(&listener));
    let world = Fixture::m()
        .more(&format!(
            "[notify.mail]\nkind = \"smtp\"\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none\"\n\
             from = \"provisor@example.org\"\nto = [\"desk@example.org\"]\n\
             addresses = {{ eva = \"eva@example.org\", jan = \"Jan <jan@example.org>\", iam = \"iam@example.org\" }}\n",
            address.port()
        ))
        .open()
        .await;
    world.requests(will()).await;
    let case = world.case().case.id;
    world.host.claim(case, &person("eva")).await.expect("free");
    let delivered = world.host.deliver().await.expect("delivered");
    assert_eq!(delivered.delivered, 5, "{delivered:?}");
    let mut stop = TcpStream::connect(address).expect("there");
    stop.write_all(b"STOP\r\n").expect("said");
    assert_eq!(
        server.join().expect("ended"),
        [
            "<desk@example.org>",
            "<eva@example.org>",
            "<jan@example.org>",
            "<desk@example.org>",
            "<jan@example.org>",
        ]
    );
}

#[tokio::test]
async fn whoever_was_killed_between_sending_and_saying_so_sends_again_with_the_same_id() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let mut world = calling(listener.local_addr().expect("an address").port()).await;
    world.requests(will()).await;
    let host = world.host.clone();
    let sending = tokio::spawn(async move { host.deliver().await });
    let (stream, first) = tokio::task::spawn_blocking(move || {
        let stream = listener.accept().expect("somebody").0;
        let id = id_of(&stream);
        ((stream, listener), id)
    })
    .await
    .expect("read");
    sending.abort();
    sending.await.expect_err("killed");
    let (mut stream, listener) = stream;
    stream.write_all(NO_CONTENT.as_bytes()).expect("answered");
    world.restart().await;

    assert_eq!(outbox(&world)[0].state, DeliveryState::Waiting);
    let none = world.host.deliver().await.expect("nothing is due");
    assert_eq!(none, provisor::Delivered::default());
    world.minutes(5);
    let again = std::thread::spawn(move || {
        let stream = listener.accept().expect("somebody").0;
        let id = id_of(&stream);
        (&stream)
            .write_all(NO_CONTENT.as_bytes())
            .expect("answered");
        id
    });
    assert_eq!(world.host.deliver().await.expect("delivered").delivered, 1);
    assert_eq!(again.join().expect("ended"), first);
    let delivery = &outbox(&world)[0];
    assert_eq!(
        (delivery.state, delivery.attempts),
        (DeliveryState::Delivered, 2)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_processes_that_deliver_at_the_same_time_send_each_once() {
    let (port, ids) = server(NO_CONTENT);
    let world = calling(port).await;
    for number in 0..20 {
        world.requests(identity(&format!("user{number}"))).await;
    }
    let other = open(world.folder.path(), &world.clock)
        .await
        .expect("opens");
    let (one, two) = tokio::join!(world.host.deliver(), other.deliver());
    let (one, two) = (one.expect("delivered"), two.expect("delivered"));
    assert_eq!(one.delivered + two.delivered, 20);
    let mut sent: Vec<String> = ids.try_iter().collect();
    sent.sort();
    sent.dedup();
    assert_eq!(sent.len(), 20);
}

#[tokio::test]
async fn what_cannot_be_sent_is_given_up_seen_and_sent_after_all() {
    let port = TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a port")
        .port();
    let world = calling(port).await;
    world.requests(will()).await;
    let id = NotificationId(1);

    let first = world.host.run().await.expect("run").notifications;
    assert_eq!(first.postponed, [id]);
    assert_eq!(first.unusable.len(), 1);
    let again = world.host.run().await.expect("run").notifications;
    assert_eq!(again, provisor::Delivered::default());
    world.minutes(2);
    let last = world.host.run().await.expect("run").notifications;
    assert_eq!(last.given_up, [id]);
    let delivery = world.host.notification(id).expect("known");
    assert_eq!(delivery.state, DeliveryState::GivenUp);
    assert!(delivery.problem.is_some());
    world.minutes(600);
    assert!(world.host.run().await.expect("run").is_empty());

    let listener = TcpListener::bind(("127.0.0.1", port)).expect("the same port");
    let server = std::thread::spawn(move || {
        let stream = listener.accept().expect("somebody").0;
        let id = id_of(&stream);
        (&stream)
            .write_all(NO_CONTENT.as_bytes())
            .expect("answered");
        id
    });
    world.host.retry_notification(id).await.expect("given up");
    assert_eq!(world.host.deliver().await.expect("delivered").delivered, 1);
    assert!(server.join().expect("ended").ends_with("-1"));
    let refused = world.host.retry_notification(id).await;
    assert_eq!(
        refused.expect_err("delivered").code(),
        "notification-delivered"
    );
}

#[tokio::test]
async fn what_a_person_discards_is_not_sent() {
    let (port, ids) = server(NO_CONTENT);
    let world = calling(port).await;
    world.requests(will()).await;
    let id = outbox(&world)[0].id;
    let eva = person("eva");
    world
        .host
        .discard_notification(id, &eva)
        .await
        .expect("waits");
    world.minutes(60);
    assert!(world.host.run().await.expect("run").is_empty());
    assert!(ids.try_recv().is_err());
    let twice = world.host.discard_notification(id, &eva).await;
    assert_eq!(twice.expect_err("once").code(), "notification-discarded");
    world.host.retry_notification(id).await.expect("after all");
    assert_eq!(world.host.deliver().await.expect("delivered").delivered, 1);
    let sent = ids.recv_timeout(Duration::from_secs(60));
    assert!(sent.expect("sent").ends_with("-1"));
}

#[tokio::test]
async fn without_sinks_nothing_is_written() {
    let world = Fixture::m().open().await;
    world.requests(will()).await;
    world.host.run().await.expect("run");
    assert_eq!(outbox(&world), []);
}
