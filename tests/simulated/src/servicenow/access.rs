//! Who may use an instance.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

use super::ServiceNow;
use crate::{Request, Response};

/// For how many seconds a token is good.
pub(super) const TOKEN_LIFE: i64 = 1_800;

impl ServiceNow {
    /// Whether a request carries a credential that opens the instance.
    pub(super) fn admits(&self, request: &Request) -> bool {
        let key = self.key.as_deref();
        if key.is_some() && request.header("x-sn-apikey") == key {
            return true;
        }
        let Some(given) = request.header("authorization") else {
            return false;
        };
        let basic = BASE64_STANDARD.encode(format!("{}:{}", self.user, self.password));
        match given.split_once(' ') {
            Some(("Basic", given)) => given == basic,
            Some(("Bearer", given)) => self
                .tokens
                .get(given)
                .is_some_and(|until| request.now < *until),
            _ => false,
        }
    }

    /// Answers a client that asks for a token.
    pub(super) fn token(&mut self, request: &Request) -> Response {
        let form = request.form();
        let given = |name: &str| {
            let found = form.iter().find(|(known, _)| known == name);
            found.map_or("", |(_, value)| value.as_str())
        };
        let client = Some((
            given("client_id").to_owned(),
            given("client_secret").to_owned(),
        ));
        let person = given("username") == self.user && given("password") == self.password;
        let good = match given("grant_type") {
            "client_credentials" => true,
            "password" => person,
            _ => false,
        };
        if self.client.is_none() || client != self.client || !good {
            let error = json!({
                "error": "access_denied",
                "error_description": "access_denied",
            });
            return Response::json(401, &error);
        }
        let token = format!("token-{}", self.tokens.len() + 1);
        self.tokens.insert(token.clone(), request.now + TOKEN_LIFE);
        let answer = json!({
            "access_token": token,
            "expires_in": TOKEN_LIFE,
            "scope": "useraccount",
            "token_type": "Bearer",
        });
        Response::json(200, &answer)
    }
}
