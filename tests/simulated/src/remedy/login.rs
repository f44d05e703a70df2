//! Tokens: who is logged in, and for how long.

use super::message::Message;
use crate::{Request, Response};

/// Who has access, and the tokens that were given out.
#[derive(Debug)]
pub(super) struct Logins {
    user: String,
    password: String,
    /// Tokens with the moment at which they end.
    tokens: Vec<(String, i64)>,
    given: u64,
}

impl Logins {
    pub(super) fn new(user: &str, password: &str) -> Self {
        Logins {
            user: user.to_owned(),
            password: password.to_owned(),
            tokens: Vec::new(),
            given: 0,
        }
    }

    /// Answers a login. With `hidden_refusal`, what is refused is answered with status 200, and
    /// only a header field says so.
    pub(super) fn log_in(
        &mut self,
        request: &Request,
        lifetime: i64,
        hidden_refusal: bool,
    ) -> Response {
        let form = request.form();
        let of = |name: &str| {
            let found = form.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.as_str())
        };
        let is_form = request
            .header("content-type")
            .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
        if !is_form {
            return Response::empty(415);
        }
        if of("username") != Some(&self.user) || of("password") != Some(&self.password) {
            let refusal = Message::authentication_failed();
            return match hidden_refusal {
                true => Response::text(200, "text/plain", "")
                    .with("X-AR-Messages", refusal.json().to_string()),
                false => refusal.response(),
            };
        }
        self.given += 1;
        let token = format!("eyJhbGciOiJIUzI1NiJ9.{:08}.simulated", self.given);
        self.tokens
            .push((token.clone(), request.now.saturating_add(lifetime)));
        Response::text(200, "text/plain", &token)
    }

    /// Gives the token of this request back.
    pub(super) fn log_out(&mut self, request: &Request) -> Response {
        let given = token(request).unwrap_or_default().to_owned();
        self.tokens.retain(|(known, _)| *known != given);
        Response::empty(204)
    }

    /// Whether the request carries a token that has not ended.
    pub(super) fn knows(&self, request: &Request) -> bool {
        token(request).is_some_and(|given| {
            let mut tokens = self.tokens.iter();
            tokens.any(|(known, until)| known == given && request.now < *until)
        })
    }

    /// All tokens end now.
    pub(super) fn end_all(&mut self) {
        self.tokens.clear();
    }
}

fn token(request: &Request) -> Option<&str> {
    request.header("authorization")?.strip_prefix("AR-JWT ")
}
