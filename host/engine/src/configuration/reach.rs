//! What a component may reach: `[[ticket-system.NAME.reach]]`, and the same table in other files.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use provisor_sandbox::egress::{ClientCertificate, Credential, Grant, Origin, Proxy, Secret};

use super::findings::Findings;
use super::section::{Entry, Section};
use super::source::{self, Source};
use super::{
    ConfigurationError, LARGEST_FILE, Location, Mistake, duration, secret, text_file, too_large,
};

/// A chain of certificates takes some ten thousand bytes, all authorities of a system 250,000.
const LONGEST_PEM: u64 = 1024 * 1024;

const KINDS: [(&str, Kind); 5] = [
    ("basic", Kind::Basic),
    ("bearer", Kind::Bearer),
    ("header", Kind::Header),
    ("oauth2", Kind::OAuth2),
    ("login", Kind::Login),
];

#[derive(Debug, Clone, Copy)]
enum Kind {
    Basic,
    Bearer,
    Header,
    OAuth2,
    Login,
}

/// Reads all grants of a list.
pub(super) fn read_all(entry: &Entry<'_, '_>) -> Vec<Grant> {
    let mut grants: Vec<Grant> = Vec::new();
    for element in entry.elements("a list such as [{ origin = \"https://tickets.example.org\" }]") {
        let Some(section) = element.section() else {
            continue;
        };
        if let Some(grant) = read(&section) {
            let twice = grants
                .iter()
                .any(|known| known.origin == grant.origin && known.path == grant.path);
            if twice {
                section.mistake("grants the same origin and path as one above");
            }
            grants.push(grant);
        }
    }
    grants
}

/// Reads one grant from the table to which `steps` lead in the text of another file, by the rules of
/// `[[ticket-system.NAME.reach]]`. The keys `others` of the table are somebody else's. Relative paths
/// start at `base`; `file_name` is what messages call the file.
///
/// # Errors
/// All mistakes, as in a configuration; also when the table is not there.
pub fn read_grant(
    text: &str,
    base: &Path,
    file_name: &str,
    steps: &[&'static str],
    others: &[&'static str],
) -> Result<Grant, ConfigurationError> {
    if text.len() as u64 > LARGEST_FILE {
        return Err(too_large(file_name));
    }
    let source = Arc::new(Source::new(file_name, text));
    let findings = Findings::new(Arc::clone(&source), base);
    let tree = source::parse(&source)?;
    let mut section = Some(Section::root(&tree, &findings));
    for step in steps {
        let example = "origin = \"https://tickets.example.org\" below it";
        section = section
            .and_then(|section| section.required(step, example))
            .and_then(|entry| entry.section());
    }
    let grant = section.and_then(|section| {
        for key in others {
            section.entry(key);
        }
        read(&section)
    });
    findings.into_result(grant)?.ok_or_else(|| {
        let message = "there is no origin to reach".to_owned();
        Mistake::new(Location::file(file_name), steps.join("."), message).into()
    })
}

fn read(section: &Section<'_, '_>) -> Option<Grant> {
    let origin = section
        .required("origin", "origin = \"https://tickets.example.org\"")
        .and_then(read_origin);
    let path = section.entry("path").and_then(|entry| {
        let text = entry.line("a path such as \"/rest\"")?;
        if !text.starts_with('/') || text.contains(['?', '#']) {
            entry.mistake("a path begins with \"/\" and has no \"?\" or \"#\"");
            return None;
        }
        Some(text.to_owned())
    });
    let mut allow_private = Vec::new();
    if let Some(entry) = section.entry("allow-private") {
        for element in entry.elements("a list of networks such as [\"10.0.0.0/8\"]") {
            let Some(text) = element.line("a network such as \"10.0.0.0/8\"") else {
                continue;
            };
            match text.parse() {
                Ok(network) => allow_private.push(network),
                Err(_) => element.mistake(
                    "is no network; write an address and the length of its prefix, such as \
                     \"10.1.2.3/32\" for a single one",
                ),
            }
        }
    }
    let authorities = section
        .entry("authorities")
        .and_then(|entry| read_pem(&entry, "CERTIFICATE"));
    let client_certificate = section
        .section("client-certificate")
        .and_then(|section| read_certificate(&section));
    let credential = table_that_may_be_a_secret(section, "credential")
        .and_then(|section| read_credential(&section));
    let proxy =
        table_that_may_be_a_secret(section, "proxy").and_then(|section| read_proxy(&section));
    section.refuse_unknown();
    let mut grant = Grant::new(origin?);
    if let Some(path) = path {
        grant.path = path;
    }
    grant.allow_private = allow_private;
    grant.authorities = authorities;
    grant.client_certificate = client_certificate;
    grant.credential = credential;
    grant.proxy = proxy;
    Some(grant)
}

/// A table. Where something else stands, that may be a secret, which no message shows.
fn table_that_may_be_a_secret<'e, 'a>(
    section: &Section<'e, 'a>,
    key: &'static str,
) -> Option<Section<'e, 'a>> {
    let entry = section.entry(key)?;
    match entry.value().get_ref().is_table() {
        true => entry.section(),
        false => entry.into_secret().section(),
    }
}

fn read_origin(entry: Entry<'_, '_>) -> Option<Origin> {
    let text = entry.line("an origin such as \"https://tickets.example.org\"")?;
    match Origin::parse(text) {
        Ok(origin) => Some(origin),
        Err(error) => {
            // What stands before the @ may be a password.
            let entry = match text.contains('@') {
                true => entry.into_secret(),
                false => entry,
            };
            entry.mistake(error.to_string());
            None
        }
    }
}

/// The text of a file in PEM format that holds at least one block of this kind.
fn read_pem(entry: &Entry<'_, '_>, kind: &str) -> Option<String> {
    let path = entry.path()?;
    match text_file::read_bytes(&path, LONGEST_PEM) {
        Err(problem) => {
            entry.mistake(format!("the file {} {problem}", path.display()));
            None
        }
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) if text.contains(&format!("-----BEGIN {kind}-----")) => Some(text),
            _ => {
                entry.mistake(format!(
                    "the file {} has no block that begins with \"-----BEGIN {kind}-----\": it \
                     must be in PEM format",
                    path.display()
                ));
                None
            }
        },
    }
}

fn read_certificate(section: &Section<'_, '_>) -> Option<ClientCertificate> {
    let chain = section
        .required("chain", "chain = \"client.pem\"")
        .and_then(|entry| read_pem(&entry, "CERTIFICATE"));
    let key = fetch(section, "key", "key = { file = \"client.key\" }");
    section.refuse_unknown();
    Some(ClientCertificate {
        chain: chain?,
        key: key?,
    })
}

fn fetch(section: &Section<'_, '_>, key: &'static str, example: &str) -> Option<Secret> {
    let entry = section.required(key, example)?;
    secret::fetch(&entry.into_secret()).map(Secret::new)
}

fn line(section: &Section<'_, '_>, key: &'static str, example: &str) -> Option<String> {
    let entry = section.required(key, example)?;
    entry.line(example).map(str::to_owned)
}

fn read_credential(section: &Section<'_, '_>) -> Option<Credential> {
    let kind = section
        .required("kind", "kind = \"basic\"")
        .and_then(|entry| entry.choice(&KINDS));
    let password = || {
        fetch(
            section,
            "password",
            "password = { env = \"TICKETS_PASSWORD\" }",
        )
    };
    let user = || line(section, "user", "user = \"provisor\"");
    let credential = match kind? {
        Kind::Basic => {
            let (username, password) = (user(), password());
            Some(Credential::Basic {
                username: username?,
                password: password?,
            })
        }
        Kind::Bearer => fetch(section, "token", "token = { env = \"TICKETS_TOKEN\" }")
            .map(|token| Credential::Bearer { token }),
        Kind::Header => {
            let name = line(section, "name", "name = \"x-api-key\"");
            let value = fetch(section, "value", "value = { env = \"TICKETS_KEY\" }");
            Some(Credential::Header {
                name: name?,
                value: value?,
            })
        }
        Kind::OAuth2 => {
            let token_url = line(
                section,
                "token-url",
                "token-url = \"https://tickets.example.org/oauth_token.do\"",
            );
            let client_id = line(section, "client-id", "client-id = \"provisor\"");
            let client_secret = fetch(
                section,
                "client-secret",
                "client-secret = { env = \"TICKETS_SECRET\" }",
            );
            let scope = section
                .entry("scope")
                .and_then(|entry| entry.line("scope = \"tickets\"").map(str::to_owned));
            let in_form = section.entry("in-form").and_then(|entry| entry.boolean());
            Some(Credential::ClientCredentials {
                token_url: token_url?,
                client_id: client_id?,
                client_secret: client_secret?,
                scope,
                in_form: in_form.unwrap_or(false),
            })
        }
        Kind::Login => {
            let url = line(
                section,
                "url",
                "url = \"https://remedy.example.org/api/jwt/login\"",
            );
            let (username, password) = (user(), password());
            let optional = |key, example: &str, default: &str| {
                let found = section.entry(key);
                let found = found.and_then(|entry| entry.text(example).map(str::to_owned));
                found.unwrap_or_else(|| default.to_owned())
            };
            let lifetime = section
                .entry("lifetime")
                .and_then(|entry| entry.duration(Duration::from_secs(60)..=duration::LONGEST));
            Some(Credential::Login {
                url: url?,
                username: username?,
                password: password?,
                header: optional("header", "header = \"authorization\"", "authorization"),
                prefix: optional("prefix", "prefix = \"AR-JWT \"", "Bearer "),
                lifetime,
            })
        }
    };
    section.refuse_unknown();
    credential
}

fn read_proxy(section: &Section<'_, '_>) -> Option<Proxy> {
    let url = line(section, "url", "url = \"http://proxy.example.org:3128\"");
    let username = section
        .entry("user")
        .and_then(|entry| entry.line("user = \"provisor\"").map(str::to_owned));
    let password = section
        .entry("password")
        .and_then(|entry| secret::fetch(&entry.into_secret()))
        .map(Secret::new);
    section.refuse_unknown();
    Some(Proxy {
        url: url?,
        username,
        password,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEPS: [&str; 2] = ["conformance", "target"];

    fn grant(text: &str) -> Result<Grant, ConfigurationError> {
        read_grant(text, "".as_ref(), "component.toml", &STEPS, &["people"])
    }

    #[test]
    fn a_grant_in_another_file_has_the_same_keys_and_those_of_somebody_else() {
        let text = "[conformance.target]\n\
             origin = \"https://tickets.example.org\"\n\
             allow-private = [\"10.0.0.0/8\"]\n\
             people = [\"python3\"]\n";
        let grant = grant(text).unwrap();
        assert_eq!(grant.origin.to_string(), "https://tickets.example.org");
        assert_eq!(grant.allow_private.len(), 1);
        assert_eq!(grant.credential, None);
    }

    #[test]
    fn mistakes_are_told_with_their_place_and_no_secret() {
        let text = "[conformance.target]\n\
             origin = \"https://tickets.example.org\"\n\
             credential = { kind = \"bearer\", token = \"hunter2\" }\n\
             poeple = []\n";
        let error = grant(text).unwrap_err();
        assert_eq!(error.mistakes.len(), 2);
        assert_eq!(error.mistakes[0].location.line, 3);
        assert_eq!(error.mistakes[1].path, "conformance.target.poeple");
        assert!(!error.to_string().contains("hunter2"), "{error}");
        let error = grant("[conformance]\n").unwrap_err();
        assert_eq!(error.mistakes[0].path, "conformance.target");
    }
}
