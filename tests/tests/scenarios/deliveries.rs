//! How notifications get to people: at least once, and never by two at a time.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{OnceLock, mpsc};
use std::time::Duration;

use provisor::model::{DeliveryState, NotificationId};
use provisor_tests::world::{Fixture, World, identity, open, person, will};

use super::notifications::outbox;

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
