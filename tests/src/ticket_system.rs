//! Simulated ticket systems for the work of a world, and what its configuration says about them.

use std::sync::Arc;

use provisor::model::Timestamp;
use provisor_simulated::jira::{Kind as JiraKind, Setup};
use provisor_simulated::remedy::Kind as RemedyKind;
use provisor_simulated::service_manager::Object;
use provisor_simulated::{
    JiraCloud, JiraDataCenter, Product, Remedy, RequestTracker, Server, ServiceManager, ServiceNow,
};

/// A product, and how the host is connected with it. Of the files that a world has beside its
/// configuration, `password` and `token` have what lets in.
pub struct TicketSystem {
    /// A system in its first state.
    pub product: fn() -> Box<dyn Product>,
    /// The component that speaks with it.
    pub component: &'static str,
    /// The settings of the component; `{url}` stands for where the system answers.
    pub settings: &'static str,
    /// What is added to requests, as an inline table; `{url}` as above.
    pub credential: &'static str,
    /// The method and a part of the path of the request that makes a ticket.
    pub create: (&'static str, &'static str),
}

impl TicketSystem {
    /// Serves it in its first state, by this clock.
    pub async fn serve(&self, now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Server {
        let seconds = Arc::new(move || now().millis() / 1000);
        Server::start_at((self.product)(), 0, seconds)
            .await
            .expect("it can be served")
    }

    /// The tables of a configuration with which the resource `app` has its tickets in the system that
    /// answers at `url`, with these keys of `[resource.app.tickets]`.
    pub fn tables(&self, url: &str, keys: &str) -> String {
        let Self {
            component,
            settings,
            credential,
            ..
        } = self;
        let system = format!(
            r#"
[ticket-system.desk]
component = "{component}"

[ticket-system.desk.settings]{settings}
[[ticket-system.desk.reach]]
origin = "{{url}}"
allow-private = ["127.0.0.0/8"]
credential = {credential}

"#
        );
        let system = system.replace("{url}", url);
        format!("{system}[resource.app.tickets]\nsystem = \"desk\"\n{keys}\n")
    }
}

/// Jira Cloud, whose search shows what was made a minute and a half later.
pub static JIRA_CLOUD: TicketSystem = TicketSystem {
    product: || {
        let setup = Setup {
            search_lag: 90,
            ..Setup::of(JiraKind::Cloud)
        };
        Box::new(JiraCloud::set_up("bot@example.com", "secret", setup))
    },
    component: "jira",
    settings: r#"
url = "{url}"
deployment = "cloud"
project = "PROV"
"#,
    credential: r#"{ kind = "basic", user = "bot@example.com", password = { file = "password" } }"#,
    create: ("POST", "/rest/api/3/issue"),
};

/// Jira Data Center.
pub static JIRA_DATA_CENTER: TicketSystem = TicketSystem {
    product: || Box::new(JiraDataCenter::new("bot", "secret")),
    component: "jira",
    settings: r#"
url = "{url}"
deployment = "data-center"
project = "PROV"
"#,
    credential: r#"{ kind = "bearer", token = { file = "password" } }"#,
    create: ("POST", "/rest/api/2/issue"),
};

/// Service Manager.
pub static SERVICE_MANAGER: TicketSystem = TicketSystem {
    product: || Box::new(ServiceManager::new(Object::incidents(), "bot", "secret")),
    component: "service-manager",
    settings: r#"
url = "{url}/SM/9/rest"
preset = "incidents"
captions = { correlation-id = "CorrelationID", replaced-by = "ReplacedBy" }
fields = { Service = "Applications", AssignmentGroup = "Accounts", Area = "access", Subarea = "authorization error" }
"#,
    credential: BASIC,
    create: ("POST", "/SM/9/rest/incidents"),
};

/// Remedy.
pub static REMEDY: TicketSystem = TicketSystem {
    product: || Box::new(Remedy::new(RemedyKind::incident(), "bot", "secret")),
    component: "remedy",
    settings: r#"
url = "{url}"
preset = "incident"
replaced-by-field = "Original Incident Number"
fields = { "First_Name" = "Provisor", "Last_Name" = "Bot" }
"#,
    credential: r#"{ kind = "login", url = "{url}/api/jwt/login", user = "bot", password = { file = "password" }, prefix = "AR-JWT " }"#,
    create: ("POST", "IncidentInterface_Create"),
};

/// ServiceNow.
pub static SERVICENOW: TicketSystem = TicketSystem {
    product: || Box::new(ServiceNow::new("bot", "secret")),
    component: "servicenow",
    settings: INCIDENTS,
    credential: BASIC,
    create: INCIDENT,
};

/// ServiceNow with what a site has made of it: another group, and a field of its own.
pub static SERVICENOW_OF_A_SITE: TicketSystem = TicketSystem {
    product: || {
        let instance = ServiceNow::new("bot", "secret");
        Box::new(instance.with_group("payroll-desk").with_field("u_site"))
    },
    component: "servicenow",
    settings: INCIDENTS,
    credential: BASIC,
    create: INCIDENT,
};

/// Request Tracker.
pub static REQUEST_TRACKER: TicketSystem = TicketSystem {
    product: || Box::new(RequestTracker::new("secret")),
    component: "request-tracker",
    settings: r#"
url = "{url}"
queue = "Provisioning"
"#,
    credential: r#"{ kind = "header", name = "authorization", value = { file = "token" } }"#,
    create: ("POST", "/REST/2.0/ticket"),
};

const BASIC: &str = r#"{ kind = "basic", user = "bot", password = { file = "password" } }"#;

const INCIDENTS: &str = r#"
url = "{url}"
table = "incident"
"#;

const INCIDENT: (&str, &str) = ("POST", "/api/now/v2/table/incident");
