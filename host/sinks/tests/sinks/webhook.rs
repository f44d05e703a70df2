//! HTTP requests, with a server that is as friendly or hostile as the test wants.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use provisor_sinks::webhook::WebhookUrl;
use provisor_sinks::{Sink, SinkError, WebhookSink};
use sha2::{Digest, Sha256};

use crate::messages::{monday, opened};

const KEY: &[u8] = b"thirty-two bytes of a shared key";

/// Long enough for a friendly server on a busy machine.
const PATIENT: Duration = Duration::from_secs(60);

/// A request as the server sees it.
struct Request {
    line: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Request {
    fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value)
    }
}

fn read_request(stream: &TcpStream) -> Request {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let mut headers = Vec::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).unwrap();
        let Some((name, value)) = header.trim_end().split_once(": ") else {
            break;
        };
        headers.push((name.to_lowercase(), value.to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let mut body = vec![0; length.map_or(0, |(_, value)| value.parse().unwrap())];
    reader.read_exact(&mut body).unwrap();
    Request {
        line: line.trim_end().to_owned(),
        headers,
        body: String::from_utf8(body).unwrap(),
    }
}

/// A server that takes one connection, and a sink that leads there.
fn server<R: Send + 'static>(
    timeout: Duration,
    serve: impl FnOnce(TcpStream) -> R + Send + 'static,
) -> (Sink, JoinHandle<R>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let thread = std::thread::spawn(move || serve(listener.accept().unwrap().0));
    (
        sink(&format!("http://127.0.0.1:{port}/hook/token-4711"), timeout),
        thread,
    )
}

fn sink(url: &str, timeout: Duration) -> Sink {
    let url: WebhookUrl = url.parse().unwrap();
    let secret = format!("whsec_{}", BASE64_STANDARD.encode(KEY));
    Sink::Webhook(WebhookSink::new(&url, &secret, timeout).unwrap())
}

fn answering(answer: &'static str) -> (Sink, JoinHandle<Request>) {
    server(PATIENT, move |mut stream| {
        let request = read_request(&stream);
        stream.write_all(answer.as_bytes()).unwrap();
        request
    })
}

/// HMAC-SHA256 as RFC 2104 defines it, without the code under test.
fn hmac(key: &[u8], text: &str) -> String {
    let pad = |with: u8| -> Vec<u8> {
        let mut block = key.to_vec();
        block.resize(64, 0);
        block.iter().map(|byte| byte ^ with).collect()
    };
    let inner = Sha256::digest([pad(0x36), text.as_bytes().to_vec()].concat());
    BASE64_STANDARD.encode(Sha256::digest([pad(0x5c), inner.to_vec()].concat()))
}

#[test]
fn a_request_is_signed_so_that_the_other_side_can_check_it() {
    let (sink, server) = answering("HTTP/1.1 204 No Content\r\n\r\n");
    sink.send(&opened(), None, monday()).unwrap();
    let request = server.join().unwrap();
    assert_eq!(request.line, "POST /hook/token-4711 HTTP/1.1");
    assert_eq!(request.header("content-type"), "application/json");
    assert_eq!(request.header("webhook-id"), "a1b2c3-17");
    assert_eq!(request.header("webhook-timestamp"), "1772438400");
    let signed = format!("a1b2c3-17.1772438400.{}", request.body);
    assert_eq!(
        request.header("webhook-signature"),
        format!("v1,{}", hmac(KEY, &signed))
    );
    let body: serde_json::Value = serde_json::from_str(&request.body).unwrap();
    assert_eq!(body["type"], "case-opened");
    assert_eq!(body["timestamp"], "2026-03-02T08:00:00Z");
    assert_eq!(
        body["data"]["text"],
        "New case-7: create the account ann on Payroll"
    );
}

#[test]
fn the_check_itself_agrees_with_the_published_example() {
    // From the specification of Standard Webhooks.
    let key = BASE64_STANDARD
        .decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        .unwrap();
    let signed = "msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{\"test\": 2432232314}";
    assert_eq!(
        hmac(&key, signed),
        "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    );
}

#[test]
fn a_redirect_is_not_followed() {
    let (sink, server) = answering(
        "HTTP/1.1 307 Temporary Redirect\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
    );
    let error = sink.send(&opened(), None, monday()).unwrap_err();
    server.join().unwrap();
    assert!(matches!(error, SinkError::Unusable(_)));
    assert!(error.to_string().contains("redirects are not followed"));
}

#[test]
fn an_error_of_the_server_is_repeated_in_short_and_without_what_is_secret() {
    let (sink, server) = answering(
        "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 14\r\n\r\nno\x1b[31m\r\nroom!",
    );
    let error = sink.send(&opened(), None, monday()).unwrap_err();
    server.join().unwrap();
    let text = error.to_string();
    assert!(
        text.contains("answers 500 Internal Server Error: no [31m"),
        "{text}"
    );
    assert!(
        !text.contains("token-4711") && !text.contains(char::is_control),
        "{text}"
    );
    assert!(!format!("{sink:?}").contains("token-4711"), "{sink:?}");
}

#[test]
fn whoever_is_gone_for_good_is_not_asked_again() {
    let (sink, server) = answering("HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n");
    let error = sink.send(&opened(), None, monday()).unwrap_err();
    server.join().unwrap();
    assert!(matches!(error, SinkError::Refused(_)));
}

#[test]
fn an_endless_answer_is_read_only_in_part() {
    let (sink, server) = server(PATIENT, |mut stream| {
        read_request(&stream);
        stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .unwrap();
        // Ends when the other side has hung up.
        while stream.write_all(&[b'x'; 4096]).is_ok() {}
    });
    let error = sink.send(&opened(), None, monday()).unwrap_err();
    server.join().unwrap();
    assert!(matches!(error, SinkError::NotTaken(_)));
    assert!(error.to_string().len() < 1000);
}

#[test]
fn endless_headers_are_not_read_to_their_end() {
    let (sink, server) = server(PATIENT, |mut stream| {
        read_request(&stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\n").unwrap();
        while stream
            .write_all(b"x-more: and more and more and more\r\n")
            .is_ok()
        {}
    });
    let error = sink.send(&opened(), None, monday()).unwrap_err();
    server.join().unwrap();
    assert!(matches!(error, SinkError::Unusable(_)), "{error}");
}

#[test]
fn a_server_that_never_answers_is_left() {
    let (sink, server) = server(Duration::from_millis(50), |mut stream| {
        // Until the other side hangs up.
        let _reset = std::io::copy(&mut stream, &mut std::io::sink());
    });
    let error = sink.send(&opened(), None, monday()).unwrap_err();
    server.join().unwrap();
    assert!(matches!(error, SinkError::Unusable(_)));
}

#[test]
fn an_answer_that_is_no_http_is_an_error() {
    for answer in [
        "",
        "\0\0\0\0",
        "220 mail.example.org ESMTP\r\n",
        "HTTP/1.1 999999 \r\n\r\n",
    ] {
        let (sink, server) = answering(answer);
        let error = sink.send(&opened(), None, monday()).unwrap_err();
        server.join().unwrap();
        assert!(
            matches!(error, SinkError::Unusable(_)),
            "{answer:?}: {error}"
        );
    }
}

#[test]
fn a_port_without_a_server_is_an_error() {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let error = sink(&format!("https://localhost:{port}/"), PATIENT)
        .send(&opened(), None, monday())
        .unwrap_err();
    assert!(matches!(error, SinkError::Unusable(_)));
}

#[test]
fn secrets_have_the_form_that_the_other_side_expects() {
    let url: WebhookUrl = "https://example.org/hook".parse().unwrap();
    for wrong in [
        "",
        "hunter2",
        "whsec_",
        "whsec_c2hvcnQ=",
        "whsec_!!!!",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    ] {
        let problem = WebhookSink::new(&url, wrong, PATIENT).unwrap_err();
        assert!(problem.contains("whsec_"), "{problem}");
    }
    assert!(WebhookSink::new(&url, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n", PATIENT).is_ok());
}

#[test]
fn addresses_say_whether_they_are_encrypted_and_on_this_machine() {
    let read = |text: &str| {
        text.parse::<WebhookUrl>()
            .map(|url| (url.encrypted, url.loopback))
    };
    assert_eq!(read("https://example.org/hook"), Ok((true, false)));
    assert_eq!(read("http://127.0.0.2:80/"), Ok((false, true)));
    assert_eq!(read("http://[::1]/x"), Ok((false, true)));
    assert_eq!(read("http://LocalHost/x"), Ok((false, true)));
    assert_eq!(read("http://localhost.example.org/"), Ok((false, false)));
    for wrong in [
        "",
        "example.org",
        "ftp://example.org/",
        "https://me:pw@example.org/",
        "https:///x",
    ] {
        assert!(read(wrong).is_err(), "{wrong}");
    }
}
