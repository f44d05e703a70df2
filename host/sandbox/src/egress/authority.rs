//! Where a URL leads to: parsed once, by one parser, into the one spelling that everything else
//! compares.

use std::fmt;
use std::net::IpAddr;

use url::{Host as Parsed, Url};

use crate::limits::URL;

/// A scheme that requests are made by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// Without encryption.
    Http,
    /// With encryption.
    Https,
}

impl Scheme {
    /// As it stands in a URL.
    pub fn as_str(self) -> &'static str {
        match self {
            Scheme::Http => "http",
            Scheme::Https => "https",
        }
    }

    fn port(self) -> u16 {
        match self {
            Scheme::Http => 80,
            Scheme::Https => 443,
        }
    }
}

/// A host in its one spelling.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Host {
    /// A name in lower case, in ASCII, without a dot at its end.
    Name(String),
    /// An address; never an IPv4 one in the clothes of IPv6.
    Address(IpAddr),
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Name(name) => f.write_str(name),
            Host::Address(IpAddr::V4(address)) => write!(f, "{address}"),
            Host::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
        }
    }
}

/// Scheme, host and port: the whole of what decides who answers.
///
/// Whatever way it is spelled, it is equal to itself: letters of any case, names in Unicode, a dot
/// at the end, addresses as one number, in octal or in hexadecimal, the port of the scheme written
/// out or not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    scheme: Scheme,
    host: Host,
    port: u16,
}

impl Origin {
    /// Reads an origin such as `https://example.com` or `http://localhost:8080`.
    ///
    /// # Errors
    /// When it is no URL of `http` or `https`, or has more than an origin has.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let target = Target::parse(text)?;
        match (target.path.as_str(), &target.query) {
            ("/", None) => Ok(target.origin),
            _ => Err(UrlError(format!(
                "an origin ends after the host or the port: {}",
                target.origin
            ))),
        }
    }

    /// Its scheme.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn host(&self) -> &Host {
        &self.host
    }

    /// What the field `host` says.
    pub(crate) fn authority(&self) -> String {
        match self.port == self.scheme.port() {
            true => self.host.to_string(),
            false => format!("{}:{}", self.host, self.port),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.as_str(), self.authority())
    }
}

/// A text that is no URL that anything could be sent to. It repeats nothing of a query or a
/// password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UrlError(String);

/// A whole URL in its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub origin: Origin,
    /// Begins with `/` and has neither `.` nor `..` as a segment.
    pub path: String,
    pub query: Option<String>,
}

impl Target {
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let wrong = |what: String| Err(UrlError(what));
        if text.len() > URL {
            return wrong(format!("the URL has more than {URL} bytes"));
        }
        // The parser would drop or turn round what others take as it stands.
        if text
            .chars()
            .any(|c| c.is_control() || c.is_whitespace() || c == '\\')
        {
            return wrong(
                "the URL has a space, a control character or a backslash in it".to_owned(),
            );
        }
        let url = match Url::parse(text) {
            Ok(url) => url,
            Err(error) => {
                return wrong(format!(
                    "the URL is not one ({error}); write it as https://host/path"
                ));
            }
        };
        let scheme = match url.scheme() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            other => return wrong(format!("the scheme {other} is neither http nor https")),
        };
        // Others would find the authority elsewhere, or none.
        let authority = text.split_once(':').map_or("", |(_, rest)| rest);
        if !authority.starts_with("//") || authority.starts_with("///") {
            return wrong("the URL is not one; write it as https://host/path".to_owned());
        }
        if !url.username().is_empty() || url.password().is_some() || authority_has_user(authority) {
            return wrong("a user or password has no place in a URL".to_owned());
        }
        if url.fragment().is_some() {
            return wrong(
                "a fragment (#) has no place in a URL that something is sent to".to_owned(),
            );
        }
        let host = match url.host() {
            Some(Parsed::Domain(name)) => name_or_address(name)?,
            Some(Parsed::Ipv4(address)) => Host::Address(IpAddr::V4(address)),
            Some(Parsed::Ipv6(address)) => Host::Address(IpAddr::V6(address).to_canonical()),
            None => return wrong("the URL names no host".to_owned()),
        };
        let port = url.port().unwrap_or(scheme.port());
        if port == 0 {
            return wrong("nothing can be sent to port 0".to_owned());
        }
        Ok(Target {
            origin: Origin { scheme, host, port },
            path: url.path().to_owned(),
            query: url.query().map(str::to_owned),
        })
    }

    /// What stands in the request line.
    pub fn path_and_query(&self) -> String {
        match &self.query {
            Some(query) => format!("{}?{query}", self.path),
            None => self.path.clone(),
        }
    }
}

/// Whether there is an `@` in the authority, with or without a user before it.
fn authority_has_user(rest: &str) -> bool {
    let rest = rest.trim_start_matches('/');
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    rest[..end].contains('@')
}

fn name_or_address(name: &str) -> Result<Host, UrlError> {
    let plain = name.strip_suffix('.').unwrap_or(name);
    // A name that reads as an address once its dot is gone is that address.
    if let Ok(address) = plain.parse::<IpAddr>() {
        return Ok(Host::Address(address.to_canonical()));
    }
    let good = !plain.is_empty()
        && plain.len() <= 253
        && plain.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label
                    .bytes()
                    .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
        });
    match good {
        true => Ok(Host::Name(plain.to_owned())),
        false => Err(UrlError("the host is not the name of one".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_equal_to_itself_however_it_is_spelled() {
        let same = |one: &str, other: &str| {
            assert_eq!(
                Origin::parse(one),
                Origin::parse(other),
                "{one} and {other}"
            );
            assert!(Origin::parse(one).is_ok(), "{one}");
        };
        same("https://example.com", "HTTPS://EXAMPLE.com:443/");
        same("https://example.com", "https://example.com.");
        same("https://example.com", "https://ｅxample。com");
        same("https://bücher.example", "https://xn--bcher-kva.example");
        same("http://127.0.0.1", "http://0x7f.1");
        same("http://127.0.0.1", "http://2130706433");
        same("http://127.0.0.1", "http://127.1");
        same("http://127.0.0.1", "http://0177.0.0.01");
        same("http://127.0.0.1", "http://127.0.0.1.");
        same("http://127.0.0.1", "http://[::ffff:127.0.0.1]");
        same("http://127.0.0.1", "http://[::ffff:7f00:1]");
        same("http://127.0.0.1", "http://①②⑦.⓪.0.1");
        same("http://127.0.0.1", "http://%31%32%37.0.0.1");
        same("http://[::1]:8080", "http://[0:0:0:0:0:0:0:1]:8080");
    }

    #[test]
    fn scheme_host_and_port_each_make_another_origin() {
        let one = Origin::parse("https://example.com").unwrap();
        for other in [
            "http://example.com",
            "https://example.com:8443",
            "https://www.example.com",
            "http://example.com:443",
        ] {
            assert_ne!(Origin::parse(other).unwrap(), one);
        }
    }

    #[test]
    fn what_others_might_read_otherwise_is_no_url() {
        for text in [
            "",
            "example.com",
            "/path",
            "//example.com/",
            "ftp://example.com",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "https:example.com",
            "https:/example.com",
            "https:///example.com",
            "https://",
            "https://user@example.com",
            "https://user:secret@example.com",
            "https://@example.com",
            "https://granted.example\\@example.com",
            "https://example.com/a b",
            "https://exam\tple.com",
            "https://example.com/\r\nhost: other",
            "https://example.com/#part",
            "https://example.com:0",
            "https://example.com:99999",
            "https://exam_ple..com",
            "https://.example.com",
            "https://example.com..",
            "http://256.256.256.256",
            "http://[::1",
        ] {
            assert!(Target::parse(text).is_err(), "{text:?} was taken");
        }
    }

    #[test]
    fn an_error_repeats_neither_password_nor_query() {
        for text in [
            "https://user:hunter2@example.com",
            "https://example.com/?key=hunter2#x",
            "gopher://x/?hunter2",
        ] {
            let error = Target::parse(text).unwrap_err().to_string();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn a_path_has_its_dots_resolved() {
        let target = Target::parse("https://h/a/./b/../c/%2e%2e/d?x=1").unwrap();
        assert_eq!(target.path_and_query(), "/a/d?x=1");
    }
}
