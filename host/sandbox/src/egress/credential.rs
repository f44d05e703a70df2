//! What the host adds to requests so that the system lets them in.

use std::time::Duration;

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
