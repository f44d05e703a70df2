//! Who is told of what happens: `[notify.NAME]`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use provisor_model::{NotificationKind, PersonName, ResourceName, SinkName};
use provisor_sinks::smtp::Mailbox;
use provisor_sinks::webhook::{WebhookUrl, is_loopback};
use provisor_sinks::{LogSink, Secret, Sink, SmtpSink, SmtpTls, WebhookSink};

use super::secret;
use super::section::{Entry, Section, quote};

/// Who is told of what happens on all resources.
#[derive(Debug, Clone, Default)]
pub struct Sinks {
    /// By name.
    pub sinks: BTreeMap<SinkName, SinkUse>,
    /// Groups of operators, as [`Configuration::operators`](super::Configuration::operators).
    pub groups: BTreeMap<PersonName, Vec<PersonName>>,
}

/// One sink with what goes there.
#[derive(Debug, Clone)]
pub struct SinkUse {
    /// Where it leads.
    pub sink: Sink,
    /// What goes there. Default: everything.
    pub kinds: BTreeSet<NotificationKind>,
    /// Of which resources. `None` for all.
    pub resources: Option<BTreeSet<ResourceName>>,
    /// After so many attempts a notification is given up. Default 20, which takes three days.
    pub attempts: u32,
}

/// The default of `attempts`: with the pauses between them, over a long weekend.
const ATTEMPTS: u32 = 20;

/// With the longest pause between them, more would take most of a year.
const MOST_ATTEMPTS: u32 = 1000;

const TIMEOUT: Duration = Duration::from_secs(30);

/// Less than the lease of an attempt, so that nobody else tries meanwhile.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(120);

/// Where mail servers take mail from programs, and where they take it from each other.
const SUBMISSION: u16 = 587;
const RELAY: u16 = 25;

const KINDS: [(&str, Kind); 3] = [
    ("log", Kind::Log),
    ("smtp", Kind::Smtp),
    ("webhook", Kind::Webhook),
];

const TLS: [(&str, SmtpTls); 2] = [("starttls", SmtpTls::StartTls), ("none", SmtpTls::None)];

#[derive(Debug, Clone, Copy)]
enum Kind {
    Log,
    Smtp,
    Webhook,
}

/// Reads all sinks; `resources` are the names that there are.
pub(super) fn read_all(
    section: &Section<'_, '_>,
    resources: &[&str],
) -> BTreeMap<SinkName, SinkUse> {
    let mut sinks = BTreeMap::new();
    for (name, entry) in section.all_entries() {
        let name = match SinkName::new(name) {
            Ok(name) => name,
            Err(error) => {
                entry.key_mistake(error.to_string());
                continue;
            }
        };
        if let Some(section) = entry.section()
            && let Some(sink) = read(&section, resources)
        {
            sinks.insert(name, sink);
        }
    }
    sinks
}

fn read(section: &Section<'_, '_>, resources: &[&str]) -> Option<SinkUse> {
    let kind = section
        .required("kind", "kind = \"smtp\"")
        .and_then(|entry| entry.choice(&KINDS));
    let kinds = section.entry("kinds").map(|entry| read_kinds(&entry));
    let resources = section
        .entry("resources")
        .map(|entry| read_resources(&entry, resources));
    let attempts = section
        .entry("attempts")
        .and_then(|entry| entry.number(1..=MOST_ATTEMPTS));
    let sink = match kind? {
        Kind::Log => Some(Sink::Log(LogSink {
            file: section.entry("file").and_then(|entry| entry.path()),
        })),
        Kind::Smtp => read_smtp(section).map(Sink::Smtp),
        Kind::Webhook => read_webhook(section).map(Sink::Webhook),
    };
    section.refuse_unknown();
    Some(SinkUse {
        sink: sink?,
        kinds: kinds.unwrap_or_else(|| NotificationKind::ALL.into()),
        resources,
        attempts: attempts.unwrap_or(ATTEMPTS),
    })
}

fn read_kinds(entry: &Entry<'_, '_>) -> BTreeSet<NotificationKind> {
    let choices = NotificationKind::ALL.map(|kind| (kind.as_str(), kind));
    let elements = entry.elements("a list such as [\"case-opened\", \"export-held\"]");
    not_empty(entry, &elements);
    elements
        .iter()
        .filter_map(|element| element.choice(&choices))
        .collect()
}

fn read_resources(entry: &Entry<'_, '_>, known: &[&str]) -> BTreeSet<ResourceName> {
    let elements = entry.elements("a list such as [\"payroll\"]");
    not_empty(entry, &elements);
    let mut names = BTreeSet::new();
    for element in elements {
        let Some(text) = element.text("the name of a resource such as \"payroll\"") else {
            continue;
        };
        if !known.contains(&text) {
            let problem = format!("there is no resource {}", quote(text));
            element.mistake_with(problem, text, known.iter().copied());
        } else if let Ok(name) = ResourceName::new(text) {
            names.insert(name);
        }
    }
    names
}

/// An empty list would silence the sink, which leaving it out says better.
fn not_empty(entry: &Entry<'_, '_>, elements: &[Entry<'_, '_>]) {
    if matches!(entry.value().get_ref(), toml::de::DeValue::Array(list) if list.is_empty())
        && elements.is_empty()
    {
        entry.mistake("names nothing, so that nothing would be sent; leave the key out for all");
    }
}

fn read_timeout(section: &Section<'_, '_>) -> Duration {
    section
        .entry("timeout")
        .and_then(|entry| entry.duration(Duration::from_secs(1)..=LONGEST_TIMEOUT))
        .unwrap_or(TIMEOUT)
}

fn read_smtp(section: &Section<'_, '_>) -> Option<SmtpSink> {
    let host = section
        .required("host", "host = \"mail.example.org\"")
        .and_then(|entry| read_host(&entry));
    let tls = match section.entry("tls") {
        Some(entry) => entry.choice(&TLS),
        None => Some(SmtpTls::StartTls),
    };
    let port = section
        .entry("port")
        .and_then(|entry| entry.number(1..=u32::from(u16::MAX)))
        .and_then(|port| u16::try_from(port).ok());
    let user = section.entry("user");
    let password = section.entry("password");
    let credentials = match (user, password) {
        (None, None) => None,
        (Some(user), Some(password)) => {
            let in_clear = tls == Some(SmtpTls::None)
                && host.as_deref().is_some_and(|host| !is_loopback(host));
            if in_clear {
                password.key_mistake("would go over the network in clear, since tls is \"none\"");
            }
            let user = user.line("the user at the mail server").map(str::to_owned);
            let password = secret::fetch(&password.into_secret());
            user.zip(password)
                .map(|(user, password)| (user, Secret::new(password)))
        }
        (Some(user), None) => {
            user.key_mistake("needs a password beside it: password = { env = \"NAME\" }");
            None
        }
        (None, Some(password)) => {
            password.key_mistake("needs a user beside it: user = \"provisor\"");
            None
        }
    };
    let from = section
        .required("from", "from = \"Provisor <provisor@example.org>\"")
        .and_then(|entry| read_mailbox(&entry));
    let to: Option<Vec<Mailbox>> = section.entry("to").map(|entry| {
        let elements = entry.elements("a list of addresses such as [\"desk@example.org\"]");
        elements.iter().filter_map(read_mailbox).collect()
    });
    let addresses = section.section("addresses");
    if addresses.is_none() && to.as_ref().is_none_or(Vec::is_empty) {
        section.mistake(
            "reaches nobody: write to = [\"desk@example.org\"], or give operators addresses: \
             addresses.eva = \"eva@example.org\"",
        );
    }
    let timeout = read_timeout(section);
    Some(SmtpSink {
        host: host?,
        port: port.unwrap_or(match tls? {
            SmtpTls::StartTls => SUBMISSION,
            SmtpTls::None => RELAY,
        }),
        tls: tls?,
        credentials,
        from: from?,
        to: to.unwrap_or_default(),
        addresses: addresses
            .map(|section| read_addresses(&section))
            .unwrap_or_default(),
        timeout,
    })
}

fn read_addresses(section: &Section<'_, '_>) -> BTreeMap<String, Mailbox> {
    let mut addresses = BTreeMap::new();
    for (name, entry) in section.all_entries() {
        if let Err(error) = PersonName::new(name) {
            entry.key_mistake(error.to_string());
        }
        if let Some(mailbox) = read_mailbox(&entry) {
            addresses.insert(name.to_owned(), mailbox);
        }
    }
    addresses
}

fn read_mailbox(entry: &Entry<'_, '_>) -> Option<Mailbox> {
    const EXAMPLE: &str = "an address such as \"eva@example.org\" or \"Eva <eva@example.org>\"";
    let mailbox = entry.line(EXAMPLE)?.parse().ok();
    if mailbox.is_none() {
        entry.refuse(EXAMPLE);
    }
    mailbox
}

fn read_host(entry: &Entry<'_, '_>) -> Option<String> {
    const EXAMPLE: &str = "the name of a mail server such as \"mail.example.org\"";
    let text = entry.line(EXAMPLE)?;
    let plain = text
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':'));
    let address = text.parse::<std::net::IpAddr>().is_ok();
    if !plain || (text.contains(':') && !address) {
        entry.refuse(EXAMPLE);
        return None;
    }
    Some(text.to_owned())
}

fn read_webhook(section: &Section<'_, '_>) -> Option<WebhookSink> {
    let in_clear = section.entry("tls");
    let url = section.required("url", "url = \"https://example.org/hooks/provisor\"");
    let url = url.and_then(|entry| {
        // Some services put what must not be known into the path.
        let entry = entry.into_secret();
        let text = entry.text("an address such as \"https://example.org/hooks/provisor\"")?;
        let url = match text.parse::<WebhookUrl>() {
            Ok(url) => url,
            Err(problem) => {
                entry.mistake(format!("the address {problem}"));
                return None;
            }
        };
        match &in_clear {
            None if !url.encrypted && !url.loopback => {
                entry.mistake(
                    "would be called in clear; write https://, or say tls = \"none\" beside it",
                );
                return None;
            }
            Some(tls) if url.encrypted => {
                tls.key_mistake("has no effect: the address begins with https://");
            }
            Some(tls) => {
                tls.choice(&[("none", ())])?;
            }
            None => {}
        }
        Some(url)
    });
    let secret = section
        .required("secret", "secret = { env = \"PROVISOR_WEBHOOK_SECRET\" }")
        .map(Entry::into_secret);
    let timeout = read_timeout(section);
    let (url, entry) = (url?, secret?);
    let text = secret::fetch(&entry)?;
    match WebhookSink::new(&url, &text, timeout) {
        Ok(sink) => Some(sink),
        Err(problem) => {
            entry.mistake(format!("the secret {problem}"));
            None
        }
    }
}

impl SinkUse {
    /// Whether this kind of notification about this resource goes there.
    pub fn takes(&self, kind: NotificationKind, resource: &ResourceName) -> bool {
        self.kinds.contains(&kind)
            && self
                .resources
                .as_ref()
                .is_none_or(|resources| resources.contains(resource))
    }
}
