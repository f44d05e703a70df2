//! Forms and their fields: what can be made, read and changed, and the rules for it.

use serde_json::{Map, Value};

use super::message::Message;

/// What a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Text of so many bytes at most; 0 is any number of them.
    Text(usize),
    /// One of these.
    Choice(&'static [&'static str]),
    /// A moment.
    Time,
    /// Nothing: the system sets it.
    Nothing,
}

/// One form.
#[derive(Debug, Clone)]
pub struct Form {
    /// Its name.
    pub name: &'static str,
    /// Its fields.
    pub fields: Vec<(String, Takes)>,
    /// Fields without which nothing is made.
    pub required: &'static [&'static str],
}

impl Form {
    pub(super) fn new(
        name: &'static str,
        fields: &[(&str, Takes)],
        required: &'static [&'static str],
    ) -> Self {
        let fields = fields.iter();
        Form {
            name,
            fields: fields
                .map(|(name, takes)| ((*name).to_owned(), *takes))
                .collect(),
            required,
        }
    }

    /// Whether it has this field.
    pub fn has(&self, field: &str) -> bool {
        self.fields.iter().any(|(name, _)| name == field)
    }

    /// Whether these values can be written.
    pub(super) fn accept(&self, values: &Map<String, Value>) -> Result<(), Message> {
        for (name, value) in values {
            let found = self.fields.iter().find(|(known, _)| known == name);
            let takes = match found {
                Some((_, takes)) => *takes,
                None => return Err(Message::no_field(name, self.name)),
            };
            let text = match value {
                Value::Null => continue,
                Value::String(text) => text,
                _ => return Err(Message::wrong_value(name)),
            };
            let fits = match takes {
                Takes::Text(0) => true,
                Takes::Text(most) => text.len() <= most,
                Takes::Choice(choices) => choices.contains(&text.as_str()),
                Takes::Time => text.parse::<jiff::Timestamp>().is_ok(),
                Takes::Nothing => return Err(Message::no_write_access(name)),
            };
            if !fits {
                return Err(Message::wrong_value(name));
            }
        }
        Ok(())
    }

    /// Whether these values are enough to make an entry.
    pub(super) fn complete(&self, values: &Map<String, Value>) -> Result<(), Message> {
        let given = |name: &str| values.get(name).is_some_and(|value| !value.is_null());
        match self.required.iter().find(|name| !given(name)) {
            Some(name) => Err(Message::missing(name)),
            None => Ok(()),
        }
    }
}

const IMPACT: Takes = Takes::Choice(&[
    "1-Extensive/Widespread",
    "2-Significant/Large",
    "3-Moderate/Limited",
    "4-Minor/Localized",
]);
const URGENCY: Takes = Takes::Choice(&["1-Critical", "2-High", "3-Medium", "4-Low"]);
const PRIORITY: Takes = Takes::Choice(&["Critical", "High", "Medium", "Low"]);
const ACTION: Takes = Takes::Choice(&["CREATE", "MODIFY"]);
const SOURCE: Takes = Takes::Choice(&["Direct Input", "Email", "Phone", "Web"]);
const SERVICE: Takes = Takes::Choice(&["User Service Restoration", "User Service Request"]);
const REASON: Takes = Takes::Text(254);

/// What one kind of ticket looks like: its three forms, and how its people work.
#[derive(Debug, Clone)]
pub struct Kind {
    /// Where tickets are made.
    pub create: Form,
    /// Where they are read and changed.
    pub read: Form,
    /// Where comments are.
    pub comments: Form,
    /// Names on the form for making that are others on the form for reading.
    pub(super) renamed: &'static [(&'static str, &'static str)],
    pub(super) prefix: &'static str,
    pub(super) joined: bool,
    pub(super) number: &'static str,
    pub(super) title: &'static str,
    pub(super) description: &'static str,
    pub(super) status: &'static str,
    pub(super) reason: &'static str,
    pub(super) note: Option<&'static str>,
    pub(super) closed: &'static str,
    pub(super) assignee: &'static str,
    pub(super) correlation: String,
    /// What people set: begun, done and its reason, refused and its reason, opened again.
    pub(super) begun: &'static str,
    pub(super) done: (&'static str, &'static str),
    pub(super) refused: (&'static str, &'static str),
    pub(super) reopened: &'static str,
    /// Statuses that cannot be left.
    pub(super) last: &'static [&'static str],
}

impl Kind {
    /// Incidents.
    pub fn incident() -> Self {
        const STATUS: Takes = Takes::Choice(&[
            "New",
            "Assigned",
            "In Progress",
            "Pending",
            "Resolved",
            "Closed",
            "Cancelled",
        ]);
        let create: &[(&str, Takes)] = &[
            ("Incident Number", Takes::Nothing),
            ("First_Name", Takes::Text(30)),
            ("Last_Name", Takes::Text(30)),
            ("Company", Takes::Text(254)),
            ("Description", Takes::Text(100)),
            ("Detailed_Decription", Takes::Text(0)),
            ("Impact", IMPACT),
            ("Urgency", URGENCY),
            ("Status", STATUS),
            ("Status_Reason", REASON),
            ("Resolution", Takes::Text(0)),
            ("Reported Source", SOURCE),
            ("Service_Type", SERVICE),
            ("Assigned Support Company", Takes::Text(254)),
            ("Assigned Support Organization", Takes::Text(60)),
            ("Assigned Group", Takes::Text(60)),
            ("Assignee", Takes::Text(69)),
            ("Vendor Ticket Number", Takes::Text(100)),
            ("z1D_Action", ACTION),
        ];
        let read: &[(&str, Takes)] = &[
            ("Request ID", Takes::Nothing),
            ("Incident Number", Takes::Nothing),
            ("First Name", Takes::Text(30)),
            ("Last Name", Takes::Text(30)),
            ("Company", Takes::Text(254)),
            ("Description", Takes::Text(100)),
            ("Detailed Decription", Takes::Text(0)),
            ("Impact", IMPACT),
            ("Urgency", URGENCY),
            ("Status", STATUS),
            ("Status_Reason", REASON),
            ("Resolution", Takes::Text(0)),
            ("Reported Source", SOURCE),
            ("Service Type", SERVICE),
            ("Assigned Support Company", Takes::Text(254)),
            ("Assigned Support Organization", Takes::Text(60)),
            ("Assigned Group", Takes::Text(60)),
            ("Assignee", Takes::Text(69)),
            ("Vendor Ticket Number", Takes::Text(100)),
            ("Estimated Resolution Date", Takes::Time),
            ("Original Incident Number", Takes::Text(15)),
            ("Submit Date", Takes::Nothing),
            ("Last Modified Date", Takes::Nothing),
            ("Last Resolved Date", Takes::Nothing),
        ];
        Kind {
            create: Form::new(
                "HPD:IncidentInterface_Create",
                create,
                &[
                    "First_Name",
                    "Last_Name",
                    "Description",
                    "Impact",
                    "Urgency",
                    "Status",
                    "Reported Source",
                    "Service_Type",
                    "z1D_Action",
                ],
            ),
            read: Form::new("HPD:IncidentInterface", read, &[]),
            comments: comment_form("HPD:WorkLog", "Incident Number"),
            renamed: &[
                ("First_Name", "First Name"),
                ("Last_Name", "Last Name"),
                ("Detailed_Decription", "Detailed Decription"),
                ("Service_Type", "Service Type"),
            ],
            prefix: "INC",
            joined: true,
            number: "Incident Number",
            title: "Description",
            description: "Detailed Decription",
            status: "Status",
            reason: "Status_Reason",
            note: Some("Resolution"),
            closed: "Last Resolved Date",
            assignee: "Assignee",
            correlation: "Vendor Ticket Number".to_owned(),
            begun: "In Progress",
            done: ("Resolved", "No Further Action Required"),
            refused: ("Closed", "Rejected"),
            reopened: "Assigned",
            last: &["Closed", "Cancelled"],
        }
    }

    /// Work orders.
    pub fn work_order() -> Self {
        const STATUS: Takes = Takes::Choice(&[
            "Assigned",
            "Pending",
            "Waiting Approval",
            "Planning",
            "In Progress",
            "Completed",
            "Rejected",
            "Cancelled",
            "Closed",
        ]);
        let fields: &[(&str, Takes)] = &[
            ("Location Company", Takes::Text(254)),
            ("Summary", Takes::Text(100)),
            ("Detailed Description", Takes::Text(0)),
            ("Priority", PRIORITY),
            ("Status", STATUS),
            ("Status Reason", REASON),
            ("Support Group Name", Takes::Text(60)),
            ("Scheduled End Date", Takes::Time),
        ];
        Kind {
            create: Form::new(
                "WOI:WorkOrderInterface_Create",
                &[
                    fields,
                    &[("WorkOrder_ID", Takes::Nothing), ("z1D_Action", ACTION)],
                ]
                .concat(),
                &["Location Company", "Summary", "Status", "z1D_Action"],
            ),
            read: Form::new(
                "WOI:WorkOrderInterface",
                &[
                    fields,
                    &[
                        ("Request ID", Takes::Nothing),
                        ("Work Order ID", Takes::Nothing),
                        ("Request Assignee", Takes::Text(69)),
                        ("Completed Date", Takes::Nothing),
                        ("Submit Date", Takes::Nothing),
                        ("Last Modified Date", Takes::Nothing),
                    ],
                ]
                .concat(),
                &[],
            ),
            comments: comment_form("WOI:WorkInfo", "Work Order ID"),
            renamed: &[("WorkOrder_ID", "Work Order ID")],
            prefix: "WO0",
            joined: false,
            number: "Work Order ID",
            title: "Summary",
            description: "Detailed Description",
            status: "Status",
            reason: "Status Reason",
            note: None,
            closed: "Completed Date",
            assignee: "Request Assignee",
            correlation: String::new(),
            begun: "In Progress",
            done: ("Completed", "Successful"),
            refused: ("Rejected", ""),
            reopened: "In Progress",
            last: &["Closed", "Cancelled", "Rejected"],
        }
    }

    /// Changes.
    pub fn change() -> Self {
        const STATUS: Takes = Takes::Choice(&[
            "Draft",
            "Request For Authorization",
            "Request For Change",
            "Planning In Progress",
            "Scheduled For Review",
            "Scheduled For Approval",
            "Scheduled",
            "Implementation In Progress",
            "Pending",
            "Rejected",
            "Completed",
            "Closed",
            "Cancelled",
        ]);
        let fields: &[(&str, Takes)] = &[
            ("Location Company", Takes::Text(254)),
            ("Description", Takes::Text(100)),
            ("Detailed Description", Takes::Text(0)),
            ("Impact", IMPACT),
            ("Urgency", URGENCY),
            ("Status Reason", REASON),
            ("Scheduled End Date", Takes::Time),
        ];
        Kind {
            create: Form::new(
                "CHG:ChangeInterface_Create",
                &[
                    fields,
                    &[
                        ("Infrastructure Change Id", Takes::Nothing),
                        ("Status", STATUS),
                        ("z1D_Action", ACTION),
                    ],
                ]
                .concat(),
                &[
                    "Location Company",
                    "Description",
                    "Impact",
                    "Urgency",
                    "z1D_Action",
                ],
            ),
            read: Form::new(
                "CHG:ChangeInterface",
                &[
                    fields,
                    &[
                        ("Request ID", Takes::Nothing),
                        ("Infrastructure Change ID", Takes::Nothing),
                        ("Change Request Status", STATUS),
                        ("ASCHG", Takes::Text(69)),
                        ("Completed Date", Takes::Nothing),
                        ("Submit Date", Takes::Nothing),
                        ("Last Modified Date", Takes::Nothing),
                    ],
                ]
                .concat(),
                &[],
            ),
            comments: comment_form("CHG:WorkLog", "Infrastructure Change ID"),
            renamed: &[
                ("Infrastructure Change Id", "Infrastructure Change ID"),
                ("Status", "Change Request Status"),
            ],
            prefix: "CRQ",
            joined: false,
            number: "Infrastructure Change ID",
            title: "Description",
            description: "Detailed Description",
            status: "Change Request Status",
            reason: "Status Reason",
            note: None,
            closed: "Completed Date",
            assignee: "ASCHG",
            correlation: String::new(),
            begun: "Implementation In Progress",
            done: ("Completed", "Final Review Complete"),
            refused: ("Rejected", ""),
            reopened: "Implementation In Progress",
            last: &["Closed", "Cancelled", "Rejected"],
        }
    }

    /// How a field of the form for making is called on the form for reading.
    pub(super) fn name_when_read<'a>(&self, name: &'a str) -> &'a str {
        let found = self.renamed.iter().find(|(made, _)| *made == name);
        found.map_or(name, |(_, read)| read)
    }

    /// The rules for the status of incidents: from `before` to what `after` says.
    pub(super) fn allow(
        &self,
        before: Option<&str>,
        after: &Map<String, Value>,
    ) -> Result<(), Message> {
        let of = |name: &str| after.get(name).and_then(Value::as_str).unwrap_or("");
        let status = of(self.status);
        if let Some(before) = before
            && before != status
            && self.last.contains(&before)
        {
            return Err(Message::workflow(format!(
                "The status cannot be changed from {before} to {status}."
            )));
        }
        if self.prefix != "INC" {
            return Ok(());
        }
        let needed: &[&str] = match status {
            "In Progress" => &["Assignee"],
            "Pending" => &["Assignee", "Status_Reason"],
            "Resolved" => &["Assignee", "Status_Reason", "Resolution"],
            _ => &[],
        };
        match needed.iter().find(|name| of(name).is_empty()) {
            Some(name) => Err(Message::workflow(format!(
                "The field '{name}' is needed for the status {status}."
            ))),
            None => Ok(()),
        }
    }
}

fn comment_form(name: &'static str, number: &'static str) -> Form {
    Form::new(
        name,
        &[
            (number, Takes::Text(15)),
            ("Description", Takes::Text(100)),
            ("Detailed Description", Takes::Text(0)),
            (
                "Work Log Type",
                Takes::Choice(&["General Information", "Customer Communication"]),
            ),
            ("View Access", Takes::Choice(&["Internal", "Public"])),
            ("Secure Work Log", Takes::Choice(&["Yes", "No"])),
            ("Submit Date", Takes::Nothing),
        ],
        match number {
            "Incident Number" => &["Incident Number", "Work Log Type"],
            "Work Order ID" => &["Work Order ID", "Work Log Type"],
            _ => &["Infrastructure Change ID", "Work Log Type"],
        },
    )
}
