//! The systems that the rows are tried with.

use provisor_tests::ticket_system::{self, TicketSystem};

/// One product as the rows need it.
pub struct System {
    pub kept: &'static TicketSystem,
    /// The method and the end of the path of the requests that ask for the status of many.
    pub status: (&'static str, &'static str),
    /// A status that the component does not know.
    pub odd_status: &'static str,
    /// How many calls it takes at most to ask about 300 tickets.
    pub calls_for_300: usize,
    /// How many minutes pass until what was made is found for certain.
    pub shown_after: u64,
    /// Whether a ticket becomes part of another one, rather than moves to another place.
    pub merges: bool,
    /// Whether a ticket has a page of its own.
    pub links: bool,
}

/// Jira Cloud, whose search lags behind.
pub static JIRA_CLOUD: System = System {
    kept: &ticket_system::JIRA_CLOUD,
    status: ("POST", "/rest/api/3/issue/bulkfetch"),
    odd_status: "Parked",
    calls_for_300: 3,
    shown_after: 5,
    merges: false,
    links: true,
};

/// Jira Data Center.
pub static JIRA_DATA_CENTER: System = System {
    kept: &ticket_system::JIRA_DATA_CENTER,
    status: ("POST", "/rest/api/2/search"),
    odd_status: "Parked",
    calls_for_300: 6,
    shown_after: 3,
    merges: false,
    links: true,
};

/// Service Manager.
pub static SERVICE_MANAGER: System = System {
    kept: &ticket_system::SERVICE_MANAGER,
    status: ("GET", "/SM/9/rest/incidents"),
    odd_status: "Parked",
    calls_for_300: 10,
    shown_after: 1,
    merges: true,
    links: false,
};

/// Remedy.
pub static REMEDY: System = System {
    kept: &ticket_system::REMEDY,
    status: ("GET", "IncidentInterface"),
    odd_status: "Parked",
    calls_for_300: 10,
    shown_after: 1,
    merges: true,
    links: false,
};

/// ServiceNow.
pub static SERVICENOW: System = System {
    kept: &ticket_system::SERVICENOW,
    status: ("GET", "/api/now/v2/table/incident"),
    odd_status: "42",
    calls_for_300: 4,
    shown_after: 1,
    merges: false,
    links: true,
};

/// ServiceNow with what a site has made of it.
pub static SERVICENOW_OF_A_SITE: System = System {
    kept: &ticket_system::SERVICENOW_OF_A_SITE,
    status: SERVICENOW.status,
    odd_status: SERVICENOW.odd_status,
    calls_for_300: SERVICENOW.calls_for_300,
    shown_after: SERVICENOW.shown_after,
    merges: SERVICENOW.merges,
    links: SERVICENOW.links,
};

/// Request Tracker.
pub static REQUEST_TRACKER: System = System {
    kept: &ticket_system::REQUEST_TRACKER,
    status: ("GET", "/REST/2.0/tickets"),
    odd_status: "parked",
    calls_for_300: 4,
    shown_after: 1,
    merges: false,
    links: true,
};
