//! Presets: the forms of ITSM as they come, before a site changes them.

use serde_json::{Map, Value};

use provisor_sdk::ByPriority;

use crate::settings::Kind;

/// The names of forms and fields of one kind of ticket, and what is written into them.
///
/// An empty name is a field that is not used.
pub struct Preset {
    /// Where tickets are made.
    pub create_form: &'static str,
    /// Where they are read and changed.
    pub form: &'static str,
    /// Where comments are.
    pub comment_form: &'static str,
    /// The one line.
    pub title_field: &'static str,
    /// The text.
    pub description_field: &'static str,
    /// The number, when the ticket has just been made.
    pub create_number_field: &'static str,
    /// The number.
    pub number_field: &'static str,
    /// The correlation id; where it is empty the site has to name a field.
    pub correlation_field: &'static str,
    /// The status.
    pub status_field: &'static str,
    /// Why it has this status.
    pub reason_field: &'static str,
    /// What whoever closed it wrote.
    pub note_field: &'static str,
    /// When it changed last.
    pub updated_field: &'static str,
    /// When it was closed.
    pub closed_field: &'static str,
    /// Who works on it.
    pub assignee_field: &'static str,
    /// By when it should be done, on the form where it is made.
    pub due_field: &'static str,
    /// What is written into each ticket.
    pub fields: &'static [(&'static str, &'static str)],
    /// What is written for each priority.
    pub priorities: ByPriority<&'static [(&'static str, &'static str)]>,
}

impl Preset {
    /// The preset of this kind.
    pub fn of(kind: Kind) -> &'static Self {
        match kind {
            Kind::Incident => &INCIDENT,
            Kind::WorkOrder => &WORK_ORDER,
            Kind::Change => &CHANGE,
        }
    }
}

/// Pairs of names and texts as JSON.
pub fn object(pairs: &[(&str, &str)]) -> Map<String, Value> {
    let pairs = pairs.iter();
    pairs
        .map(|(name, value)| ((*name).to_owned(), Value::from(*value)))
        .collect()
}

/// What is written into each comment.
pub const COMMENT_FIELDS: [(&str, &str); 3] = [
    ("Work Log Type", "General Information"),
    ("View Access", "Internal"),
    ("Secure Work Log", "No"),
];

const BY_IMPACT: ByPriority<&[(&str, &str)]> = ByPriority {
    low: &[("Impact", "4-Minor/Localized"), ("Urgency", "4-Low")],
    normal: &[("Impact", "4-Minor/Localized"), ("Urgency", "3-Medium")],
    high: &[("Impact", "3-Moderate/Limited"), ("Urgency", "2-High")],
    urgent: &[("Impact", "2-Significant/Large"), ("Urgency", "1-Critical")],
};

const INCIDENT: Preset = Preset {
    create_form: "HPD:IncidentInterface_Create",
    form: "HPD:IncidentInterface",
    comment_form: "HPD:WorkLog",
    title_field: "Description",
    // The product spells it so.
    description_field: "Detailed_Decription",
    create_number_field: "Incident Number",
    number_field: "Incident Number",
    correlation_field: "Vendor Ticket Number",
    status_field: "Status",
    reason_field: "Status_Reason",
    note_field: "Resolution",
    updated_field: "Last Modified Date",
    closed_field: "Last Resolved Date",
    assignee_field: "Assignee",
    due_field: "",
    fields: &[
        ("Status", "New"),
        ("Reported Source", "Direct Input"),
        ("Service_Type", "User Service Request"),
        ("z1D_Action", "CREATE"),
    ],
    priorities: BY_IMPACT,
};

const WORK_ORDER: Preset = Preset {
    create_form: "WOI:WorkOrderInterface_Create",
    form: "WOI:WorkOrderInterface",
    comment_form: "WOI:WorkInfo",
    title_field: "Summary",
    description_field: "Detailed Description",
    create_number_field: "WorkOrder_ID",
    number_field: "Work Order ID",
    correlation_field: "",
    status_field: "Status",
    reason_field: "Status Reason",
    note_field: "",
    updated_field: "Last Modified Date",
    closed_field: "Completed Date",
    assignee_field: "Request Assignee",
    due_field: "Scheduled End Date",
    fields: &[("Status", "Assigned"), ("z1D_Action", "CREATE")],
    priorities: ByPriority {
        low: &[("Priority", "Low")],
        normal: &[("Priority", "Medium")],
        high: &[("Priority", "High")],
        urgent: &[("Priority", "Critical")],
    },
};

const CHANGE: Preset = Preset {
    create_form: "CHG:ChangeInterface_Create",
    form: "CHG:ChangeInterface",
    comment_form: "CHG:WorkLog",
    title_field: "Description",
    description_field: "Detailed Description",
    create_number_field: "Infrastructure Change Id",
    number_field: "Infrastructure Change ID",
    correlation_field: "",
    status_field: "Change Request Status",
    reason_field: "Status Reason",
    note_field: "",
    updated_field: "Last Modified Date",
    closed_field: "Completed Date",
    assignee_field: "ASCHG",
    due_field: "Scheduled End Date",
    fields: &[("Status", "Draft"), ("z1D_Action", "CREATE")],
    priorities: BY_IMPACT,
};
