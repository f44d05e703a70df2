//! What a component may reach.

use ipnet::IpNet;

use super::authority::{Origin, Target};
use super::credential::Credential;
use super::proxy::Proxy;
use super::secret::Secret;

/// How often a path may be encoded: some systems want names encoded twice.
const DECODED: usize = 4;

/// One origin that a component may reach, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The origin.
    pub origin: Origin,
    /// Only paths at or below this one, such as `/rest`; `/` for all.
    pub path: String,
    /// Private addresses that the name may stand for. Public ones need no mention.
    pub allow_private: Vec<IpNet>,
    /// Who may sign the certificate of the system, as PEM; without, those that the machine trusts.
    pub authorities: Option<String>,
    /// The certificate that is shown to the system.
    pub client_certificate: Option<ClientCertificate>,
    /// What is added to every request.
    pub credential: Option<Credential>,
    /// The proxy on the way.
    pub proxy: Option<Proxy>,
}

/// A certificate that is shown to a system, and its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    /// The certificate and those that link it to its authority, as PEM.
    pub chain: String,
    /// The private key, as PEM.
    pub key: Secret,
}

impl Grant {
    /// Lets everything of an origin be reached at public addresses, with nothing added.
    pub fn new(origin: Origin) -> Self {
        Grant {
            origin,
            path: "/".to_owned(),
            allow_private: Vec::new(),
            authorities: None,
            client_certificate: None,
            credential: None,
            proxy: None,
        }
    }

    /// Whether its path is one that requests can be below.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn check_path(&self) -> Result<(), String> {
        let written = Target::parse(&format!("{}{}", self.origin, self.path));
        let good = self.path.starts_with('/')
            && written.is_ok_and(|target| target.path == self.path && target.query.is_none())
            && !climbs(&self.path);
        match good {
            true => Ok(()),
            false => Err(format!(
                "should be one as it stands in a URL, such as /rest; {:?} is not",
                self.path
            )),
        }
    }

    /// Whether a request to this target is within it.
    pub(crate) fn covers(&self, target: &Target) -> bool {
        self.origin == target.origin && is_below(&target.path, &self.path)
    }
}

/// Whether a path stays at or below another one, however the server decodes it.
fn is_below(path: &str, base: &str) -> bool {
    let base = base.trim_end_matches('/');
    if base.is_empty() {
        return true;
    }
    let below = path
        .strip_prefix(base)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    below && !climbs(path)
}

/// Whether a segment becomes `..` when it is decoded once or more, split at encoded slashes or
/// backslashes, or freed of parameters behind a semicolon: servers differ in what they do.
fn climbs(path: &str) -> bool {
    let mut text = path.as_bytes().to_vec();
    for _ in 0..DECODED {
        let climbing = text
            .split(|&byte| matches!(byte, b'/' | b'\\'))
            .any(|part| {
                let name = part.split(|&byte| byte == b';').next();
                name == Some(b"..")
            });
        if climbing {
            return true;
        }
        let decoded: Vec<u8> = percent_encoding::percent_decode(&text).collect();
        // A round that changes something makes it shorter.
        if decoded.len() == text.len() {
            return false;
        }
        text = decoded;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(path: &str, url: &str) -> bool {
        let mut grant = Grant::new(Origin::parse("https://example.com").unwrap());
        grant.path = path.to_owned();
        grant.covers(&Target::parse(url).unwrap())
    }

    #[test]
    fn a_grant_covers_its_origin_and_what_is_below_its_path() {
        assert!(covers("/", "https://example.com/anything?x"));
        assert!(covers("/rest", "https://example.com:443/rest"));
        assert!(covers("/rest/", "https://EXAMPLE.com./rest/a%2Fb"));
        assert!(!covers("/rest", "https://example.com/restful"));
        assert!(!covers("/rest", "https://example.com/"));
        assert!(!covers("/", "http://example.com/"));
        assert!(!covers("/", "https://example.com:444/"));
        assert!(!covers("/", "https://example.com.evil.example/"));
    }

    #[test]
    fn no_way_of_writing_two_dots_leaves_the_path() {
        for path in [
            "/rest/../admin",
            "/rest/%2e%2e/admin",
            "/rest/..%2fadmin",
            "/rest/%2e%2e%2fadmin",
            "/rest/..%5cadmin",
            "/rest/%252e%252e/admin",
            "/rest/a%2f..%2f..%2fadmin",
            "/rest/..;/admin",
            "/rest/..;x=1/admin",
        ] {
            let url = format!("https://example.com{path}");
            assert!(!covers("/rest", &url), "{path}");
        }
        assert!(covers("/rest", "https://example.com/rest/a..b/..c"));
    }
}
