//! The systems that the rows are tried with.

use provisor_simulated::jira::{Kind as JiraKind, Setup};
use provisor_simulated::remedy::Kind as RemedyKind;
use provisor_simulated::service_manager::Object;
use provisor_simulated::{
    JiraCloud, JiraDataCenter, Remedy, RequestTracker, ServiceManager, ServiceNow,
};

use super::desk::System;

/// Jira Cloud, whose search lags behind.
pub static JIRA_CLOUD: System = System {
    product: || {
        let setup = Setup {
            search_lag: 90,
            ..Setup::of(JiraKind::Cloud)
        };
        Box::new(JiraCloud::set_up("bot@example.com", "secret", setup))
    },
    configuration: r#"
[ticket-system.desk]
component = "jira"

[ticket-system.desk.settings]
url = "{url}"
deployment = "cloud"
project = "PROV"

[[ticket-system.desk.reach]]
origin = "{url}"
allow-private = ["127.0.0.0/8"]
credential = { kind = "basic", user = "bot@example.com", password = { file = "password" } }
"#,
    create: ("POST", "/rest/api/3/issue"),
    status: ("POST", "/rest/api/3/issue/bulkfetch"),
    odd_status: "Parked",
    calls_for_300: 3,
    shown_after: 5,
    merges: false,
    links: true,
};

/// Jira Data Center.
pub static JIRA_DATA_CENTER: System = System {
    product: || Box::new(JiraDataCenter::new("bot", "secret")),
    configuration: r#"
[ticket-system.desk]
component = "jira"

[ticket-system.desk.settings]
url = "{url}"
deployment = "data-center"
project = "PROV"

[[ticket-system.desk.reach]]
origin = "{url}"
allow-private = ["127.0.0.0/8"]
credential = { kind = "bearer", token = { file = "password" } }
"#,
    create: ("POST", "/rest/api/2/issue"),
    status: ("POST", "/rest/api/2/search"),
    odd_status: "Parked",
    calls_for_300: 6,
    shown_after: 3,
    merges: false,
    links: true,
};

/// Service Manager.
pub static SERVICE_MANAGER: System = System {
    product: || Box::new(ServiceManager::new(Object::incidents(), "bot", "secret")),
    configuration: r#"
[ticket-system.desk]
component = "service-manager"

[ticket-system.desk.settings]
url = "{url}/SM/9/rest"
preset = "incidents"
captions = { correlation-id = "CorrelationID", replaced-by = "ReplacedBy" }
fields = { Service = "Applications", AssignmentGroup = "Accounts", Area = "access", Subarea = "authorization error" }

[[ticket-system.desk.reach]]
origin = "{url}"
allow-private = ["127.0.0.0/8"]
credential = { kind = "basic", user = "bot", password = { file = "password" } }
"#,
    create: ("POST", "/SM/9/rest/incidents"),
    status: ("GET", "/SM/9/rest/incidents"),
    odd_status: "Parked",
    calls_for_300: 10,
    shown_after: 1,
    merges: true,
    links: false,
};

/// Remedy.
pub static REMEDY: System = System {
    product: || Box::new(Remedy::new(RemedyKind::incident(), "bot", "secret")),
    configuration: r#"
[ticket-system.desk]
component = "remedy"

[ticket-system.desk.settings]
url = "{url}"
preset = "incident"
replaced-by-field = "Original Incident Number"
fields = { "First_Name" = "Provisor", "Last_Name" = "Bot" }

[[ticket-system.desk.reach]]
origin = "{url}"
allow-private = ["127.0.0.0/8"]

[ticket-system.desk.reach.credential]
kind = "login"
url = "{url}/api/jwt/login"
user = "bot"
password = { file = "password" }
prefix = "AR-JWT "
"#,
    create: ("POST", "IncidentInterface_Create"),
    status: ("GET", "IncidentInterface"),
    odd_status: "Parked",
    calls_for_300: 10,
    shown_after: 1,
    merges: true,
    links: false,
};

/// ServiceNow.
pub static SERVICENOW: System = System {
    product: || Box::new(ServiceNow::new("bot", "secret")),
    configuration: r#"
[ticket-system.desk]
component = "servicenow"

[ticket-system.desk.settings]
url = "{url}"
table = "incident"

[[ticket-system.desk.reach]]
origin = "{url}"
allow-private = ["127.0.0.0/8"]
credential = { kind = "basic", user = "bot", password = { file = "password" } }
"#,
    create: ("POST", "/api/now/v2/table/incident"),
    status: ("GET", "/api/now/v2/table/incident"),
    odd_status: "42",
    calls_for_300: 4,
    shown_after: 1,
    merges: false,
    links: true,
};

/// ServiceNow with what a site has made of it: another group, and a field of its own.
pub static SERVICENOW_OF_A_SITE: System = System {
    product: || {
        let instance = ServiceNow::new("bot", "secret");
        Box::new(instance.with_group("payroll-desk").with_field("u_site"))
    },
    configuration: SERVICENOW.configuration,
    create: SERVICENOW.create,
    status: SERVICENOW.status,
    odd_status: SERVICENOW.odd_status,
    calls_for_300: SERVICENOW.calls_for_300,
    shown_after: SERVICENOW.shown_after,
    merges: SERVICENOW.merges,
    links: SERVICENOW.links,
};

/// Request Tracker.
pub static REQUEST_TRACKER: System = System {
    product: || Box::new(RequestTracker::new("secret")),
    configuration: r#"
[ticket-system.desk]
component = "request-tracker"

[ticket-system.desk.settings]
url = "{url}"
queue = "Provisioning"

[[ticket-system.desk.reach]]
origin = "{url}"
allow-private = ["127.0.0.0/8"]
credential = { kind = "header", name = "authorization", value = { file = "token" } }
"#,
    create: ("POST", "/REST/2.0/ticket"),
    status: ("GET", "/REST/2.0/tickets"),
    odd_status: "parked",
    calls_for_300: 4,
    shown_after: 1,
    merges: false,
    links: true,
};
