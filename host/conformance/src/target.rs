//! What stands behind a ticketing component while it is on trial.

use std::sync::Arc;

use provisor_sandbox::egress::{Credential, Grant, Origin, Secret};
use provisor_simulated::{Markup, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::live::Live;
use crate::recorded::Recorded;
use crate::simulated::Simulated;

/// What stands in the place of credentials where none are needed.
const NO_CREDENTIAL: &str = "not-a-credential";

/// What stands behind a ticketing component while it is on trial.
#[derive(Debug, Clone)]
pub enum Target {
    /// A simulated product: it plays everything that can go wrong, and nothing is sent anywhere.
    Simulated(&'static Simulated),
    /// A system that is there: tickets are made in it. What goes wrong is played before it.
    Live(Arc<Live>),
    /// What one of the other two has answered before: nothing is sent anywhere.
    Recorded(Recorded),
}

/// At which target a component was judged, as a report says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct At {
    /// `simulated`, `live` or `recorded`.
    pub kind: Kind,
    /// The name of a simulated product, or the origin of a live one; of a recording, that of what
    /// was recorded.
    pub name: String,
    /// The identity of the recording: `sha256:` and the SHA-256 of its bytes in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub recording: Option<String>,
    /// Tickets that a live system was asked to make.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub made: Option<u32>,
    /// Those of them that nobody could withdraw afterwards: the correlation ids.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub left: Option<Vec<String>>,
}

/// A kind of target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A simulated product.
    Simulated,
    /// A system that is there.
    Live,
    /// What a system has answered before.
    Recorded,
}

impl std::fmt::Display for At {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.kind {
            Kind::Simulated => write!(f, "at the simulated {}", self.name),
            Kind::Live => write!(f, "live at {}", self.name),
            Kind::Recorded => write!(f, "at a recording of {}", self.name),
        }
    }
}

impl From<Live> for Target {
    fn from(live: Live) -> Self {
        Target::Live(Arc::new(live))
    }
}

impl Target {
    /// How a report calls it.
    pub fn at(&self) -> At {
        let (kind, name, recording) = match self {
            Target::Simulated(product) => (Kind::Simulated, product.name.to_owned(), None),
            Target::Live(live) => (Kind::Live, live.grant.origin.to_string(), None),
            Target::Recorded(recorded) => {
                let digest = Some(recorded.digest.clone());
                (Kind::Recorded, recorded.recording.target.clone(), digest)
            }
        };
        At {
            kind,
            name,
            recording,
            made: None,
            left: None,
        }
    }

    /// Whether tickets are dear, because people get to see them: as few are made as will do, and what
    /// is said of one is compared without what differs from one to another.
    pub fn is_scarce(&self) -> bool {
        match self {
            Target::Simulated(_) => false,
            Target::Live(_) => true,
            Target::Recorded(recorded) => recorded.recording.product.is_none(),
        }
    }

    /// Whether somebody does what people do.
    pub fn has_people(&self) -> bool {
        match self {
            Target::Simulated(_) => true,
            Target::Live(live) => live.people.is_some(),
            Target::Recorded(recorded) => recorded.recording.people,
        }
    }

    /// What stands in every correlation id of this run.
    pub fn mark(&self) -> &str {
        match self {
            Target::Simulated(_) => "",
            Target::Live(live) => &live.mark,
            Target::Recorded(recorded) => &recorded.recording.mark,
        }
    }

    /// What it takes in a description for more than text.
    pub fn markup(&self) -> Markup {
        match self {
            Target::Simulated(product) => product.product().markup(),
            Target::Live(live) => live.markup,
            Target::Recorded(recorded) => recorded.recording.markup,
        }
    }

    /// The simulated product that it is, or that was recorded.
    pub(crate) fn product(&self) -> Option<&'static Simulated> {
        match self {
            Target::Simulated(product) => Some(product),
            Target::Live(_) => None,
            Target::Recorded(recorded) => Simulated::by_name(recorded.recording.product.as_ref()?),
        }
    }

    /// How it says that something is wrong, with this status. Of a system that nobody knows, it is a
    /// message under the names that most of them use.
    pub(crate) fn error(&self, status: u16, what: &str) -> Response {
        match self.product() {
            Some(product) => product.product().error(status, what),
            None => {
                let told = json!({ "error": what, "message": what, "errorMessages": [what] });
                Response::json(status, &told)
            }
        }
    }

    /// The way to this origin; `None` where none leads there.
    pub(crate) fn grant(&self, origin: &Origin) -> Option<Grant> {
        match self {
            Target::Live(live) => (live.grant.origin == *origin).then(|| live.grant.clone()),
            Target::Simulated(_) | Target::Recorded(_) => Some(Grant {
                credential: self.credential(origin),
                ..Grant::new(origin.clone())
            }),
        }
    }

    /// What it is entered by, when it is at this origin.
    pub(crate) fn credential(&self, origin: &Origin) -> Option<Credential> {
        match self {
            Target::Live(live) => live.grant.credential.clone(),
            Target::Simulated(product) => Some(product.credential(origin)),
            // What carries credentials is the host's at a recording, too.
            Target::Recorded(recorded) => {
                let carrier = recorded.recording.carrier.as_ref();
                carrier.map(|name| Credential::Header {
                    name: name.clone(),
                    value: Secret::new(NO_CREDENTIAL),
                })
            }
        }
    }
}

/// Where credentials are exchanged for a token: what is sent there is no business of the component.
pub(crate) fn login(credential: &Credential) -> Option<&str> {
    match credential {
        Credential::Login { url, .. } => Some(url),
        Credential::ClientCredentials { token_url, .. } => Some(token_url),
        Credential::Basic { .. } | Credential::Bearer { .. } | Credential::Header { .. } => None,
    }
}

/// The header field that carries credentials.
pub(crate) fn carrier(credential: &Credential) -> &str {
    match credential {
        Credential::Header { name, .. } => name,
        Credential::Login { header, .. } => header,
        _ => "authorization",
    }
}
