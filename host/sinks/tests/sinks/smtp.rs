//! Conversations with a mail server that is as friendly or hostile as the test wants.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;
use std::time::Duration;

use provisor_sinks::{Secret, Sink, SinkError, SmtpSink, SmtpTls};

use crate::messages::{monday, opened, opened_for};

/// Long enough for a friendly server on a busy machine.
const PATIENT: Duration = Duration::from_secs(60);

const PASSWORD: &str = "correct horse";

/// A sink that leads to a server of one conversation.
fn sink(port: u16) -> SmtpSink {
    SmtpSink {
        host: "127.0.0.1".to_owned(),
        port,
        tls: SmtpTls::None,
        credentials: None,
        from: "Provisor <provisor@example.org>".parse().unwrap(),
        to: Vec::new(),
        addresses: [("eva".to_owned(), "eva@example.org".parse().unwrap())].into(),
        timeout: PATIENT,
    }
}

fn server<R: Send + 'static>(
    serve: impl FnOnce(TcpStream) -> R + Send + 'static,
) -> (SmtpSink, JoinHandle<R>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let thread = std::thread::spawn(move || serve(listener.accept().unwrap().0));
    (sink(port), thread)
}

/// Talks as RFC 5321 says; answers each command whose beginning is named as told, and hangs up
/// after an answer that ends in nothing. Gives back everything that was said to it.
fn converse(stream: &TcpStream, special: &[(&str, &str)]) -> Vec<String> {
    let mut said = Vec::new();
    let say = |text: &str| {
        let mut stream = stream;
        let _other_side_is_gone = stream.write_all(text.as_bytes());
    };
    say("220 mail.example.org ESMTP\r\n");
    let mut in_mail = false;
    for line in BufReader::new(stream).lines() {
        let Ok(line) = line else { break };
        said.push(line.clone());
        if in_mail {
            if line == "." {
                in_mail = false;
                say("250 taken\r\n");
            }
            continue;
        }
        let answer = special.iter().find(|(begin, _)| line.starts_with(begin));
        if let Some((_, answer)) = answer {
            say(answer);
            continue;
        }
        match line.split(' ').next().unwrap() {
            "EHLO" => say("250-mail.example.org\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN\r\n"),
            "AUTH" => say("235 welcome\r\n"),
            "DATA" => {
                in_mail = true;
                say("354 go on\r\n");
            }
            "QUIT" => {
                say("221 goodbye\r\n");
                break;
            }
            _ => say("250 fine\r\n"),
        }
    }
    said
}

fn answering(
    special: &'static [(&'static str, &'static str)],
) -> (SmtpSink, JoinHandle<Vec<String>>) {
    server(move |stream| converse(&stream, special))
}

fn send(sink: SmtpSink) -> Result<(), SinkError> {
    Sink::Smtp(sink).send(&opened(), Some("eva"), monday())
}

#[test]
fn an_operator_gets_a_mail() {
    let (sink, server) = answering(&[]);
    send(sink).unwrap();
    let said = server.join().unwrap();
    assert!(
        said.contains(&"MAIL FROM:<provisor@example.org>".to_owned()),
        "{said:#?}"
    );
    assert!(
        said.contains(&"RCPT TO:<eva@example.org>".to_owned()),
        "{said:#?}"
    );
    for header in [
        "From: Provisor <provisor@example.org>",
        "To: eva@example.org",
        "Date: Mon, 02 Mar 2026 08:00:00 +0000",
        "Message-ID: <provisor-a1b2c3-17@example.org>",
        "Subject: New case-7: create the account ann on Payroll",
        "Auto-Submitted: auto-generated",
        "Show it: provisor case show case-7",
    ] {
        assert!(said.contains(&header.to_owned()), "{header}: {said:#?}");
    }
    assert_eq!(said.last().unwrap(), "QUIT");
}

#[test]
fn a_mail_that_is_sent_again_has_the_same_id() {
    let id_of = || {
        let (sink, server) = answering(&[]);
        send(sink).unwrap();
        let said = server.join().unwrap();
        said.into_iter()
            .find(|line| line.starts_with("Message-ID"))
            .unwrap()
    };
    assert_eq!(id_of(), id_of());
}

#[test]
fn what_an_account_is_called_adds_no_header_and_no_command() {
    let (sink, server) = answering(&[]);
    let message =
        opened_for("ann\r\nBcc: all@example.org\r\n\r\n.\r\nMAIL FROM:<x@example.org>\r\n");
    Sink::Smtp(sink)
        .send(&message, Some("eva"), monday())
        .unwrap();
    let said = server.join().unwrap();
    assert!(
        !said.iter().any(|line| line.starts_with("Bcc")),
        "{said:#?}"
    );
    assert_eq!(
        said.iter().filter(|line| line.starts_with("MAIL")).count(),
        1
    );
}

#[test]
fn names_of_all_scripts_arrive() {
    let (sink, server) = answering(&[]);
    let message = opened_for("zoë.行");
    Sink::Smtp(sink)
        .send(&message, Some("eva"), monday())
        .unwrap();
    let said = server.join().unwrap();
    assert!(said.iter().all(|line| line.is_ascii()), "{said:#?}");
    assert!(
        said.iter()
            .any(|line| line.starts_with("Subject: =?utf-8?") || line.contains("=?utf-8?")),
        "{said:#?}"
    );
}

#[test]
fn the_user_signs_in_before_the_mail() {
    let (mut sink, server) = answering(&[]);
    sink.credentials = Some(("provisor".to_owned(), Secret::new(PASSWORD.to_owned())));
    send(sink).unwrap();
    let said = server.join().unwrap();
    // AUTH PLAIN of RFC 4616: NUL, user, NUL, password.
    let expected = "AUTH PLAIN AHByb3Zpc29yAGNvcnJlY3QgaG9yc2U=";
    assert_eq!(said[1], expected);
    assert!(said[2].starts_with("MAIL"));
}

#[test]
fn a_password_that_the_server_repeats_is_in_no_message() {
    let (mut sink, server) = answering(&[("AUTH", "535 wrong password: correct horse\r\n")]);
    sink.credentials = Some(("provisor".to_owned(), Secret::new(PASSWORD.to_owned())));
    assert!(!format!("{sink:?}").contains(PASSWORD));
    let error = send(sink).unwrap_err();
    server.join().unwrap();
    assert!(matches!(error, SinkError::Unusable(_)));
    assert!(!error.to_string().contains(PASSWORD), "{error}");
    assert!(error.to_string().contains("535"), "{error}");
}

#[test]
fn without_starttls_nothing_is_said_that_matters() {
    let (mut sink, server) = answering(&[]);
    sink.tls = SmtpTls::StartTls;
    sink.credentials = Some(("provisor".to_owned(), Secret::new(PASSWORD.to_owned())));
    let error = send(sink).unwrap_err();
    assert!(matches!(error, SinkError::Unusable(_)));
    assert!(error.to_string().contains("STARTTLS"), "{error}");
    let said = server.join().unwrap();
    assert!(
        said.iter()
            .all(|line| line.starts_with("EHLO") || line == "QUIT"),
        "{said:#?}"
    );
}

#[test]
fn a_server_that_promises_tls_and_talks_on_in_clear_gets_nothing() {
    let (mut sink, server) = server(|stream| {
        let mut writing = &stream;
        let mut lines = BufReader::new(&stream).lines();
        writing.write_all(b"220 mail ESMTP\r\n").unwrap();
        let mut said = vec![lines.next().unwrap().unwrap()];
        writing.write_all(b"250-mail\r\n250 STARTTLS\r\n").unwrap();
        said.push(lines.next().unwrap().unwrap());
        writing.write_all(b"220 go on\r\n").unwrap();
        drop(lines);
        let mut rest = vec![0; 64];
        std::io::Read::read_exact(&mut writing, &mut rest).unwrap();
        let _other_side_is_gone = writing.write_all(b"250 fine\r\n250 fine\r\n250 fine\r\n");
        let _reset = std::io::Read::read_to_end(&mut writing, &mut rest);
        (said, rest)
    });
    sink.tls = SmtpTls::StartTls;
    let error = send(sink).unwrap_err();
    let (said, rest) = server.join().unwrap();
    assert!(matches!(error, SinkError::Unusable(_)), "{error}");
    assert_eq!(said, ["EHLO example.org", "STARTTLS"]);
    let rest = String::from_utf8_lossy(&rest).into_owned();
    assert!(
        !rest.contains("MAIL FROM") && !rest.contains("case-7"),
        "{rest:?}"
    );
}

#[test]
fn an_unknown_recipient_is_refused_for_good_and_a_full_box_is_not() {
    for (answer, refused) in [
        ("550 5.1.1 no such person\r\n", true),
        ("452 4.2.2 the box is full\r\n", false),
    ] {
        let (sink, server) = server(move |stream| converse(&stream, &[("RCPT", answer)]));
        let error = send(sink).unwrap_err();
        server.join().unwrap();
        assert_eq!(matches!(error, SinkError::Refused(_)), refused, "{error}");
        assert_eq!(matches!(error, SinkError::NotTaken(_)), !refused, "{error}");
        assert!(
            error.to_string().contains(answer.trim_end()[10..].trim()),
            "{error}"
        );
    }
}

#[test]
fn a_mail_that_was_taken_counts_even_if_the_server_hangs_up_without_a_word() {
    let (sink, server) = answering(&[("QUIT", "")]);
    send(sink).unwrap();
    server.join().unwrap();
}

#[test]
fn greetings_that_are_no_greetings_are_errors() {
    for greeting in [
        "",
        "HTTP/1.1 400 Bad Request\r\n\r\n",
        "554 go away\r\n",
        "\0\u{1}\u{2}\r\n",
        "220-and\r\n220-so\r\n",
    ] {
        let (sink, server) = server(move |mut stream| {
            let _other_side_is_gone = stream.write_all(greeting.as_bytes());
        });
        let error = send(sink).unwrap_err();
        server.join().unwrap();
        assert!(
            matches!(error, SinkError::Unusable(_)),
            "{greeting:?}: {error}"
        );
        assert!(!error.to_string().contains(char::is_control), "{error:?}");
    }
}

#[test]
fn a_greeting_that_never_ends_is_not_read_to_its_end() {
    let (sink, server) = server(|mut stream| {
        let mut sent = 0_u64;
        while stream.write_all(&[b'x'; 4096]).is_ok() {
            sent += 4096;
        }
        sent
    });
    let error = send(sink).unwrap_err();
    // What is on the way in buffers comes on top.
    assert!(server.join().unwrap() < 64 * 1024 * 1024);
    assert!(matches!(error, SinkError::Unusable(_)), "{error}");
    assert!(
        error.to_string().contains("does not stop talking"),
        "{error}"
    );
}

#[test]
fn a_server_that_never_answers_is_left() {
    let (mut sink, server) = server(|mut stream| {
        // Until the other side hangs up.
        let _reset = std::io::copy(&mut stream, &mut std::io::sink());
    });
    sink.timeout = Duration::from_millis(50);
    let error = send(sink).unwrap_err();
    server.join().unwrap();
    assert!(error.to_string().contains("too slowly"), "{error}");
}

#[test]
fn somebody_without_an_address_is_named() {
    let error = Sink::Smtp(sink(1))
        .send(&opened(), Some("jan"), monday())
        .unwrap_err();
    assert!(matches!(error, SinkError::Refused(_)));
    assert!(error.to_string().contains("jan"), "{error}");
}
