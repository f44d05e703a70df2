//! Header fields: which a component may set, and which it is shown.

use hyper::HeaderMap;
use hyper::header::{
    CONNECTION, CONTENT_LENGTH, EXPECT, HOST, HeaderName, HeaderValue, PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION, SET_COOKIE, TE, TRAILER, TRANSFER_ENCODING, UPGRADE, USER_AGENT,
};

use super::limits::EgressLimits;
use super::refusal::Refusal;
use super::secret::Secret;

/// What stands where a secret stood.
const REMOVED: &str = "[removed]";

/// Secrets shorter than this are not looked for in header fields: what so few characters are found
/// in is a coincidence.
const SOUGHT: usize = 4;

/// Secrets shorter than this are not looked for in the content: it must not become another one
/// because a word of it is somebody's password.
const SOUGHT_IN_CONTENT: usize = 16;

/// Fields that decide where a message ends, who is meant, or what becomes of the connection.
const OWN: [HeaderName; 13] = [
    CONNECTION,
    CONTENT_LENGTH,
    EXPECT,
    HOST,
    HeaderName::from_static("http2-settings"),
    HeaderName::from_static("keep-alive"),
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    HeaderName::from_static("proxy-connection"),
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// Whether a field is the host's own.
pub(crate) fn is_own(name: &HeaderName) -> bool {
    OWN.contains(name)
}

/// The fields of a request, after every rule and limit was checked; `carrier` is the one that
/// carries the credentials.
///
/// # Errors
/// When one is the host's own or cannot be sent, or they go over a limit. The message repeats no
/// value.
pub(crate) fn outgoing(
    fields: &[(String, String)],
    carrier: Option<&HeaderName>,
    limits: &EgressLimits,
) -> Result<HeaderMap, Refusal> {
    if fields.len() > limits.fields() {
        return Err(Refusal::Limit("header fields"));
    }
    let bytes: usize = fields.iter().map(|(name, value)| size(name, value)).sum();
    if bytes > limits.header_bytes {
        return Err(Refusal::Limit("header bytes"));
    }
    let mut headers = HeaderMap::with_capacity(fields.len() + 4);
    for (name, value) in fields {
        let Ok(known) = HeaderName::from_bytes(name.as_bytes()) else {
            return Err(Refusal::configuration(format!(
                "{:?} is no name of a header field",
                name.chars().take(64).collect::<String>()
            )));
        };
        if is_own(&known) || carrier == Some(&known) {
            return Err(Refusal::configuration(format!(
                "the header field {known} is set by the host; leave it out"
            )));
        }
        let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) else {
            return Err(Refusal::configuration(format!(
                "the header field {known} has a line break or another control character in it"
            )));
        };
        headers.append(known, value);
    }
    if !headers.contains_key(USER_AGENT) {
        headers.insert(
            USER_AGENT,
            HeaderValue::from_static(concat!("provisor/", env!("CARGO_PKG_VERSION"))),
        );
    }
    Ok(headers)
}

/// Whether the fields of an answer are within the limits.
///
/// # Errors
/// The name of the limit that they go over.
pub(crate) fn check_incoming(
    headers: &HeaderMap,
    limits: &EgressLimits,
) -> Result<(), &'static str> {
    let bytes: usize = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + 4)
        .sum();
    match (headers.len() > limits.fields(), bytes > limits.header_bytes) {
        (true, _) => Err("header fields"),
        (_, true) => Err("header bytes"),
        _ => Ok(()),
    }
}

fn size(name: &str, value: &str) -> usize {
    name.len() + value.len() + 4
}

/// The fields of an answer that a component is shown: without those that are about the connection,
/// without cookies (which let in whoever has them), and without the secrets of the grant.
pub(crate) fn incoming(headers: &HeaderMap, secrets: &[Secret]) -> Vec<(String, String)> {
    let named: Vec<String> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .collect();
    headers
        .iter()
        .filter(|(name, _)| {
            !(is_own(name) && *name != CONTENT_LENGTH)
                && *name != SET_COOKIE
                && name.as_str() != "set-cookie2"
                && !named.iter().any(|it| it == name.as_str())
        })
        .map(|(name, value)| {
            let mut text = String::from_utf8_lossy(value.as_bytes()).into_owned();
            for secret in secrets {
                let secret = secret.reveal();
                if secret.len() >= SOUGHT && text.contains(secret) {
                    text = text.replace(secret, REMOVED);
                }
            }
            (name.as_str().to_owned(), text)
        })
        .collect()
}

/// Puts stars where a long secret stands in the content of an answer.
pub(crate) fn cover(content: &mut [u8], secrets: &[Secret]) {
    for secret in secrets {
        let secret = secret.reveal().as_bytes();
        if secret.len() < SOUGHT_IN_CONTENT {
            continue;
        }
        let mut from = 0;
        while let Some(rest) = content.get_mut(from..)
            && let Some(at) = rest.windows(secret.len()).position(|part| part == secret)
        {
            rest[at..at + secret.len()].fill(b'*');
            from += at + secret.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(name: &str, value: &str) -> Refusal {
        let fields = [(name.to_owned(), value.to_owned())];
        let carrier = HeaderName::from_static("x-api-key");
        outgoing(&fields, Some(&carrier), &EgressLimits::default()).unwrap_err()
    }

    #[test]
    fn what_frames_a_message_or_carries_credentials_is_the_hosts() {
        for name in [
            "host",
            "Content-Length",
            "TRANSFER-ENCODING",
            "connection",
            "keep-alive",
            "te",
            "trailer",
            "upgrade",
            "expect",
            "proxy-authorization",
            "proxy-connection",
            "X-Api-Key",
        ] {
            assert!(
                matches!(refused(name, "x"), Refusal::Failure { message, .. }
                    if message.contains("is set by the host")),
                "{name}"
            );
        }
    }

    #[test]
    fn no_line_break_gets_through_and_no_value_is_repeated() {
        for (name, value) in [
            ("x-a", "hunter2\r\nhost: other"),
            ("x-a", "hunter2\nx"),
            ("x-a", "hunter2\0"),
            ("x a", "hunter2"),
            ("x-a\r\nhost", "hunter2"),
            ("x-a:", "hunter2"),
            ("", "hunter2"),
        ] {
            let refusal = format!("{:?}", refused(name, value));
            assert!(refusal.contains("Configuration"), "{refusal}");
            assert!(!refusal.contains("hunter2"), "{refusal}");
        }
    }

    #[test]
    fn the_same_field_twice_stays_twice() {
        let fields = [("accept", "a"), ("accept", "b")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let headers = outgoing(&fields, None, &EgressLimits::default()).unwrap();
        assert_eq!(headers.get_all("accept").iter().count(), 2);
    }

    #[test]
    fn a_component_is_shown_neither_the_connection_nor_cookies_nor_secrets() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "close, X-Hop"),
            ("x-hop", "1"),
            ("keep-alive", "timeout=5"),
            ("set-cookie", "session=1"),
            ("content-length", "5"),
            ("x-echo", "you sent Bearer hunter2-hunter2!"),
        ] {
            headers.append(name, HeaderValue::from_static(value));
        }
        let shown = incoming(&headers, &[Secret::new("hunter2-hunter2")]);
        let shown: Vec<_> = shown
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(
            shown,
            [
                ("content-length", "5"),
                ("x-echo", "you sent Bearer [removed]!")
            ]
        );
    }

    #[test]
    fn a_long_secret_in_the_content_is_covered_and_a_short_word_stands() {
        let mut content = b"a hunter2-hunter2-hunter2 hunter2-hunter2-hunter2 hunter2".to_vec();
        cover(
            &mut content,
            &[
                Secret::new("hunter2-hunter2-hunter2"),
                Secret::new("hunter2"),
            ],
        );
        let stars = "*".repeat(23);
        assert_eq!(
            String::from_utf8(content).unwrap(),
            format!("a {stars} {stars} hunter2")
        );
    }
}
