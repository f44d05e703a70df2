//! The tables that an instance has, with their fields and states.

/// One table.
#[derive(Debug)]
pub(super) struct Table {
    /// Its name, such as `incident`.
    pub name: &'static str,
    /// What its numbers begin with; empty where there are none.
    pub prefix: &'static str,
    /// Fields beside those that its kind has.
    pub fields: &'static [&'static str],
    /// Whether people work on its records: it then has the fields of `task`.
    pub is_task: bool,
    /// The states by value, each with its label and whether it ends the work.
    pub states: &'static [(&'static str, &'static str, bool)],
    /// The field by which people know a record.
    pub display: &'static str,
    /// The fields that must have values, by the state from which on they must.
    pub mandatory: &'static [(&'static str, &'static [&'static str])],
}

/// Fields that every table has.
const SYSTEM: [&str; 6] = [
    "sys_id",
    "sys_created_by",
    "sys_created_on",
    "sys_mod_count",
    "sys_updated_by",
    "sys_updated_on",
];

/// Fields of everything that people work on.
const TASK: [&str; 27] = [
    "active",
    "approval",
    "assigned_to",
    "assignment_group",
    "close_notes",
    "closed_at",
    "closed_by",
    "cmdb_ci",
    "comments",
    "comments_and_work_notes",
    "contact_type",
    "correlation_display",
    "correlation_id",
    "description",
    "due_date",
    "impact",
    "number",
    "opened_at",
    "opened_by",
    "parent",
    "priority",
    "short_description",
    "state",
    "sys_class_name",
    "sys_domain",
    "urgency",
    "work_notes",
];

/// Fields that hold what people write one below the other, and read as empty.
pub(super) const JOURNALS: [&str; 2] = ["comments", "work_notes"];

/// Fields that refer to a record of another table.
const REFERENCES: [(&str, &str); 10] = [
    ("assigned_to", "sys_user"),
    ("assignment_group", "sys_user_group"),
    ("caller_id", "sys_user"),
    ("closed_by", "sys_user"),
    ("opened_by", "sys_user"),
    ("parent", "task"),
    ("parent_incident", "incident"),
    ("requested_by", "sys_user"),
    ("requested_for", "sys_user"),
    ("resolved_by", "sys_user"),
];

/// How long the texts of these fields may be; what is longer is cut without a word.
const LENGTHS: [(&str, usize); 5] = [
    ("close_notes", 4000),
    ("correlation_display", 100),
    ("correlation_id", 100),
    ("description", 4000),
    ("short_description", 160),
];

/// All tables.
pub(super) const TABLES: [Table; 6] = [
    Table {
        name: "incident",
        prefix: "INC",
        fields: &[
            "caller_id",
            "category",
            "close_code",
            "hold_reason",
            "incident_state",
            "parent_incident",
            "reopen_count",
            "resolved_at",
            "resolved_by",
            "subcategory",
        ],
        is_task: true,
        states: &[
            ("1", "New", false),
            ("2", "In Progress", false),
            ("3", "On Hold", false),
            ("6", "Resolved", false),
            ("7", "Closed", true),
            ("8", "Canceled", true),
        ],
        display: "number",
        mandatory: &[
            ("6", &["close_code", "close_notes"]),
            ("7", &["close_code", "close_notes"]),
        ],
    },
    Table {
        name: "sc_task",
        prefix: "SCTASK",
        fields: &["request", "request_item"],
        is_task: true,
        states: &[
            ("-5", "Pending", false),
            ("1", "Open", false),
            ("2", "Work in Progress", false),
            ("3", "Closed Complete", true),
            ("4", "Closed Incomplete", true),
            ("7", "Closed Skipped", true),
        ],
        display: "number",
        mandatory: &[],
    },
    Table {
        name: "change_request",
        prefix: "CHG",
        fields: &[
            "category",
            "close_code",
            "end_date",
            "requested_by",
            "risk",
            "start_date",
            "type",
        ],
        is_task: true,
        states: &[
            ("-5", "New", false),
            ("-4", "Assess", false),
            ("-3", "Authorize", false),
            ("-2", "Scheduled", false),
            ("-1", "Implement", false),
            ("0", "Review", false),
            ("3", "Closed", true),
            ("4", "Canceled", true),
        ],
        display: "number",
        mandatory: &[("3", &["close_code", "close_notes"])],
    },
    Table {
        name: "sys_user",
        prefix: "",
        fields: &["active", "email", "name", "user_name"],
        is_task: false,
        states: &[],
        display: "name",
        mandatory: &[],
    },
    Table {
        name: "sys_user_group",
        prefix: "",
        fields: &["active", "description", "name"],
        is_task: false,
        states: &[],
        display: "name",
        mandatory: &[],
    },
    Table {
        name: "sys_choice",
        prefix: "",
        fields: &["element", "inactive", "label", "language", "name", "value"],
        is_task: false,
        states: &[],
        display: "label",
        mandatory: &[],
    },
];

/// The table of this name.
pub(super) fn by_name(name: &str) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.name == name)
}

impl Table {
    /// Its fields.
    pub fn all_fields(&self) -> impl Iterator<Item = &'static str> + use<> {
        let task = if self.is_task { TASK.as_slice() } else { &[] };
        SYSTEM.iter().chain(task).chain(self.fields).copied()
    }

    /// Whether this state ends the work; states that nobody knows do not.
    pub fn is_closed(&self, state: &str) -> bool {
        self.states
            .iter()
            .any(|(value, _, closed)| *value == state && *closed)
    }

    /// How people call a value of a field.
    pub fn label(&self, field: &str, value: &str) -> Option<&'static str> {
        let found = self.states.iter().find(|(known, _, _)| *known == value);
        found
            .filter(|_| matches!(field, "state" | "incident_state"))
            .map(|(_, label, _)| *label)
    }
}

/// The table that a field refers to.
pub(super) fn refers_to(field: &str) -> Option<&'static str> {
    let found = REFERENCES.iter().find(|(known, _)| *known == field);
    found.map(|(_, table)| *table)
}

/// Whether a field holds a time.
pub(super) fn is_time(field: &str) -> bool {
    field.ends_with("_at") || field.ends_with("_date") || field.ends_with("_on")
}

/// As much of a value as its field takes.
pub(super) fn fitted(field: &str, value: &str) -> String {
    match LENGTHS.iter().find(|(known, _)| *known == field) {
        Some((_, most)) => value.chars().take(*most).collect(),
        None => value.to_owned(),
    }
}
