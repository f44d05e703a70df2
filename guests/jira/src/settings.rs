//! What the configuration says about a Jira and the tickets in it.

use provisor_sdk::{ByPriority, Priority, Problem, document, pointer, template};
use serde::Deserialize;
use serde_json::{Map, Value};

/// The settings of this component. Their documentation for people is `settings.schema.json`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// Where the REST API begins, without `/rest`.
    pub url: String,
    /// Where people look at tickets, when that is not `url`.
    #[serde(default)]
    pub browse_url: Option<String>,
    /// Which Jira it is.
    pub deployment: Deployment,
    /// The key or id of the project in which tickets are made.
    pub project: String,
    /// The name or id of the type that tickets have.
    #[serde(default = "task")]
    pub issue_type: String,
    /// The priorities of Jira; a priority that is not named here is not sent. The usual names stand in
    /// only where nothing is said at all: with `{}` no priority is sent.
    #[serde(default = "priorities")]
    pub priorities: ByPriority<Option<String>>,
    /// The field that takes the day by which a ticket should be done; empty for none.
    #[serde(default = "due_date")]
    pub due_field: String,
    /// Labels that every ticket gets beside that with its correlation id.
    #[serde(default)]
    pub labels: Vec<String>,
    /// What stands before the correlation id in its label.
    #[serde(default = "label_prefix")]
    pub correlation_label_prefix: String,
    /// A text field that takes the correlation id as well.
    #[serde(default)]
    pub correlation_field: Option<String>,
    /// Templates of fields that only this site has.
    #[serde(default)]
    pub fields: Map<String, Value>,
    /// The type of the link to the ticket before; empty for none. `Relates` when it is not said.
    #[serde(default)]
    pub follow_up_link: Option<String>,
    /// The statuses that mean that a ticket was taken back, the preferred one first. When it is not
    /// said, the usual ones.
    #[serde(default)]
    pub withdraw_to: Option<Vec<String>>,
    /// The resolutions for a ticket that is taken back, the preferred one first.
    #[serde(default = "withdraw_resolutions")]
    pub withdraw_resolutions: Vec<String>,
    /// The label of tickets that should have been taken back and could not be.
    #[serde(default = "withdrawn_label")]
    pub withdrawn_label: String,
    /// The only resolutions with which a closed ticket counts as done; empty for all that do not
    /// say otherwise.
    #[serde(default)]
    pub done_resolutions: Vec<String>,
    /// How long a description or comment may be.
    #[serde(default = "text_limit")]
    pub text_limit: usize,
    /// For how many seconds the search may not find a new ticket.
    #[serde(default)]
    pub search_lag: Option<u64>,
}

/// Which Jira it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Deployment {
    /// Jira Cloud: version 3 of the API, documents in ADF.
    Cloud,
    /// Jira Data Center or Server: version 2 of the API, wiki markup.
    DataCenter,
}

impl Deployment {
    /// The version of the API that is spoken.
    pub fn version(self) -> &'static str {
        match self {
            Deployment::Cloud => "3",
            Deployment::DataCenter => "2",
        }
    }

    /// What `serverInfo` calls it.
    pub fn native(self) -> &'static str {
        match self {
            Deployment::Cloud => "Cloud",
            Deployment::DataCenter => "Server",
        }
    }

    /// For how many seconds the search may not find a new ticket, when the settings do not say so:
    /// Cloud promises nothing, and each node of a Data Center has an index of its own.
    pub fn search_lag(self) -> u64 {
        match self {
            Deployment::Cloud => 120,
            Deployment::DataCenter => 30,
        }
    }
}

fn priorities() -> ByPriority<Option<String>> {
    let usual = ByPriority {
        low: "Low",
        normal: "Medium",
        high: "High",
        urgent: "Highest",
    };
    usual.map(|name| Some(name.to_owned()))
}

fn task() -> String {
    "Task".to_owned()
}

fn due_date() -> String {
    "duedate".to_owned()
}

fn label_prefix() -> String {
    "provisor-".to_owned()
}

fn withdrawn_label() -> String {
    "provisor-withdrawn".to_owned()
}

fn withdraw_resolutions() -> Vec<String> {
    ["Won't Do", "Cancelled", "Canceled", "Declined", "Won't Fix"]
        .map(str::to_owned)
        .to_vec()
}

fn text_limit() -> usize {
    32_767
}

/// The statuses to which a ticket is taken back when the settings name none.
const WITHDRAW_TO: [&str; 4] = ["Cancelled", "Canceled", "Withdrawn", "Declined"];

/// The fields that the component itself fills.
const OWN: [&str; 6] = [
    "summary",
    "description",
    "project",
    "issuetype",
    "labels",
    "issuelinks",
];

/// How long a label may be.
const LABEL: usize = 255;

/// How long a correlation id may be.
const CORRELATION_ID: usize = 64;

/// The shortest text in which something of a description is left.
const SHORTEST_TEXT: usize = 1_000;

impl Settings {
    /// What Jira calls this priority; nothing when it is not sent.
    pub fn priority_name(&self, priority: Priority) -> Option<&str> {
        let name = self.priorities.of(priority).as_deref();
        name.filter(|name| !name.is_empty())
    }

    /// All priorities of Jira that are sent.
    pub fn priority_names(&self) -> impl Iterator<Item = &str> {
        let names = self
            .priorities
            .iter()
            .filter_map(|(_, name)| name.as_deref());
        names.filter(|name| !name.is_empty())
    }

    /// The label that carries this correlation id.
    pub fn label(&self, correlation_id: &str) -> String {
        format!("{}{correlation_id}", self.correlation_label_prefix)
    }

    /// Where a person looks at a ticket.
    pub fn browse(&self, number: &str) -> String {
        let base = self.browse_url.as_deref().unwrap_or(&self.url);
        format!("{}/browse/{number}", base.trim_end_matches('/'))
    }

    /// The statuses that mean that a ticket was taken back, the preferred one first.
    pub fn withdraw_to(&self) -> Vec<&str> {
        match &self.withdraw_to {
            Some(names) => names.iter().map(String::as_str).collect(),
            None => WITHDRAW_TO.to_vec(),
        }
    }

    /// The type of the link to the ticket before, if links are made.
    pub fn follow_up_link(&self) -> Option<&str> {
        let name = self.follow_up_link.as_deref().unwrap_or("Relates");
        (!name.is_empty()).then_some(name)
    }

    /// The field for the due day, if it is filled.
    pub fn due_field(&self) -> Option<&str> {
        (!self.due_field.is_empty()).then_some(self.due_field.as_str())
    }

    /// All that is wrong beyond what the schema can say.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        problems.extend(url_problem("/url", &self.url));
        if let Some(url) = &self.browse_url {
            problems.extend(url_problem("/browse-url", url));
        }
        for (path, name) in [
            ("/project", &self.project),
            ("/issue-type", &self.issue_type),
        ] {
            if name.trim().is_empty() {
                problems.push(Problem::new(path, "must not be empty"));
            }
        }
        problems.extend(self.label_problems());
        if let Some(field) = &self.correlation_field
            && custom_number(field).is_none()
        {
            let message = "write the id of a custom field, such as `customfield_10050`; \
                           `GET /rest/api/2/field` lists them";
            problems.push(Problem::new("/correlation-field", message));
        }
        if self.text_limit < SHORTEST_TEXT {
            let message = format!("allow at least {SHORTEST_TEXT} characters");
            problems.push(Problem::new("/text-limit", message));
        }
        problems.extend(self.field_problems());
        problems
    }

    fn label_problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let prefix = &self.correlation_label_prefix;
        if !is_label(prefix) || prefix.chars().count() > LABEL - CORRELATION_ID {
            let message = "a label has no spaces, quotes, backslashes or control characters, and \
                           with the correlation id at most 255 characters";
            problems.push(Problem::new("/correlation-label-prefix", message));
        }
        let own = std::iter::once(("/withdrawn-label".to_owned(), &self.withdrawn_label));
        let further = self.labels.iter().enumerate();
        let further = further.map(|(at, label)| (format!("/labels/{at}"), label));
        for (path, label) in own.chain(further) {
            if label.is_empty() || !is_label(label) || label.chars().count() > LABEL {
                let message = "a label has 1 to 255 characters and among them no spaces, quotes, \
                               backslashes or control characters";
                problems.push(Problem::new(path, message));
            }
        }
        problems
    }

    fn field_problems(&self) -> Vec<Problem> {
        let mut problems = template::check(&self.fields, "/fields");
        for name in self.fields.keys() {
            let elsewhere = match name.as_str() {
                "labels" => Some("`labels`"),
                "priority" if self.priority_names().next().is_some() => Some("`priorities`"),
                name if Some(name) == self.due_field() => Some("`due-field`"),
                name if Some(name) == self.correlation_field.as_deref() => {
                    Some("`correlation-field`")
                }
                name if OWN.contains(&name) => Some("the component itself"),
                _ => None,
            };
            if let Some(elsewhere) = elsewhere {
                let path = pointer("/fields", name);
                let message = format!("this field is filled by {elsewhere}; take it out here");
                problems.push(Problem::new(path, message));
            }
        }
        problems
    }
}

/// The number in the id of a custom field.
pub fn custom_number(field: &str) -> Option<&str> {
    let number = field.strip_prefix("customfield_")?;
    is_number(number).then_some(number)
}

/// Whether a text is made of digits only.
pub fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|one| one.is_ascii_digit())
}

fn is_label(text: &str) -> bool {
    let fits = |one: char| !one.is_whitespace() && !one.is_control() && !"\"'\\".contains(one);
    text.chars().all(fits)
}

fn url_problem(path: &str, url: &str) -> Option<Problem> {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or("");
    let plain = |one: char| one.is_ascii_graphic() && !"?#".contains(one);
    let good = document::is_web(url)
        && !authority.is_empty()
        && !authority.contains('@')
        && url.chars().all(plain);
    (!good).then(|| {
        let message = "write an absolute URL such as `https://example.atlassian.net`, with its path \
                       if it has one, without user, query and fragment";
        Problem::new(path, message)
    })
}
