//! What the host adds to requests so that the system lets them in.

use std::time::Duration;

use url::form_urlencoded;
use zeroize::Zeroizing;

use super::proxy::basic;
use super::secret::Secret;

/// What the host adds to requests so that the system lets them in. Components never see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// HTTP Basic.
    Basic {
        /// The user; without a colon.
        username: String,
        /// The password.
        password: Secret,
    },
    /// `authorization: Bearer TOKEN`.
    Bearer {
        /// The token.
        token: Secret,
    },
    /// A header field of its own, such as `x-api-key`.
    Header {
        /// The name of the field.
        name: String,
        /// Its value.
        value: Secret,
    },
    /// OAuth 2 client credentials (RFC 6749, section 4.4). The token is kept until shortly before
    /// it expires.
    ClientCredentials {
        /// Where tokens are had: an absolute URL.
        token_url: String,
        /// The id of the client.
        client_id: String,
        /// The secret of the client.
        client_secret: Secret,
        /// What the token is asked for, if the system wants to know.
        scope: Option<String>,
        /// Whether id and secret stand in the form rather than in HTTP Basic.
        in_form: bool,
    },
    /// A login by a form with `username` and `password`, which answers a token as plain text. A
    /// request that is answered with 401 is followed by one more login and repeated once.
    Login {
        /// Where the form is sent: an absolute URL.
        url: String,
        /// The user.
        username: String,
        /// The password.
        password: Secret,
        /// The field that carries the token; such as `authorization`.
        header: String,
        /// What stands before the token in the field, such as `AR-JWT `, its space included.
        prefix: String,
        /// After this time a token is not used any more; without, it is used until it is refused.
        lifetime: Option<Duration>,
    },
}

impl Credential {
    /// Whether one of its secrets stands in a text: as it is, as JSON or a URL has it, or as it goes
    /// out in a header field.
    pub fn is_in(&self, text: &str) -> bool {
        let found = |secret: &str| {
            let json = Zeroizing::new(serde_json::Value::from(secret).to_string());
            let encoded: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
            let ways = [secret, json.trim_matches('"'), encoded.as_str()];
            ways.iter().any(|way| !way.is_empty() && text.contains(way))
        };
        let word = |value: &str| {
            let word = value.rsplit(' ').next();
            word.is_some_and(found)
        };
        match self {
            Credential::Basic { username, password } => {
                let sent = basic(username, password.reveal());
                let sent = sent.as_ref().ok().and_then(|value| value.to_str().ok());
                found(password.reveal()) || sent.is_some_and(word)
            }
            Credential::Header { value, .. } => found(value.reveal()) || word(value.reveal()),
            Credential::Bearer { token: secret }
            | Credential::Login {
                password: secret, ..
            }
            | Credential::ClientCredentials {
                client_secret: secret,
                ..
            } => found(secret.reveal()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_wherever_and_however_it_stands() {
        let password = Secret::new("pass\"w\u{f6}rd /1");
        let basic = Credential::Basic {
            username: "bot".to_owned(),
            password: password.clone(),
        };
        for text in [
            "so pass\"w\u{f6}rd /1 it is",
            "{\"echo\": \"pass\\\"w\u{f6}rd /1\"}",
            "https://system.example/?x=pass%22w%C3%B6rd+%2F1",
        ] {
            assert!(basic.is_in(text), "{text}");
        }
        assert!(!basic.is_in("another word, of bot"));
        let basic = Credential::Basic {
            username: "user".to_owned(),
            password: Secret::new("pass"),
        };
        assert!(basic.is_in("authorization: Basic dXNlcjpwYXNz"));
        let header = Credential::Header {
            name: "authorization".to_owned(),
            value: Secret::new("token 1-23-abc"),
        };
        assert!(header.is_in("you sent 1-23-abc") && !header.is_in("a token"));
    }
}
