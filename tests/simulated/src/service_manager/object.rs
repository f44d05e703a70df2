//! What a site has published of its tables: collections, envelopes, captions, and the rules for them.

/// One kind of record as a site has published it. A caption with `/` in it stands inside a
/// structure: `header/ChangeID` is the member `ChangeID` of the member `header`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// The part of the URL.
    pub collection: &'static str,
    /// The member that holds a record.
    pub envelope: &'static str,
    /// What its numbers begin with.
    pub prefix: &'static str,
    /// The caption of the number.
    pub key: &'static str,
    /// The caption of the one line.
    pub title: &'static str,
    /// The caption of the text, an array of lines.
    pub description: &'static str,
    /// The caption of the status.
    pub status: &'static str,
    /// The caption of the closure code.
    pub closure_code: &'static str,
    /// The caption of what whoever closes it writes, an array of lines.
    pub solution: &'static str,
    /// The caption of the comments, an array of lines.
    pub journal: &'static str,
    /// The caption of who works on it.
    pub assignee: &'static str,
    /// The caption of when it was opened.
    pub opened: &'static str,
    /// The caption of when it changed last.
    pub updated: &'static str,
    /// The caption of when it was closed.
    pub closed: &'static str,
    /// The caption of the field that the site has added for the correlation id.
    pub correlation: &'static str,
    /// The caption of the field that the site has added for the number of the record that has taken
    /// this one's place.
    pub replaced_by: &'static str,
    /// Further captions that may be written.
    pub others: &'static [&'static str],
    /// Captions without which no record is made.
    pub mandatory: &'static [&'static str],
    /// The status of a new record.
    pub new_status: &'static str,
}

impl Object {
    /// Incidents as they are published out of the box, with a field for the correlation id.
    pub fn incidents() -> Self {
        Object {
            collection: "incidents",
            envelope: "Incident",
            prefix: "IM",
            key: "IncidentID",
            title: "Title",
            description: "Description",
            status: "Status",
            closure_code: "ClosureCode",
            solution: "Solution",
            journal: "JournalUpdates",
            assignee: "Assignee",
            opened: "OpenTime",
            updated: "UpdatedTime",
            closed: "ClosedTime",
            correlation: "CorrelationID",
            replaced_by: "ReplacedBy",
            others: &[
                "Category",
                "Area",
                "Subarea",
                "Service",
                "AffectedCI",
                "AssignmentGroup",
                "Contact",
                "Impact",
                "Urgency",
                "TargetDate",
                "RelatedRecord",
            ],
            mandatory: &[
                "Title",
                "Description",
                "Area",
                "Subarea",
                "Service",
                "AssignmentGroup",
                "Impact",
                "Urgency",
            ],
            new_status: "Categorize",
        }
    }

    /// Changes, whose fields stand in structures.
    pub fn changes() -> Self {
        Object {
            collection: "changes",
            envelope: "Change",
            prefix: "C",
            key: "header/ChangeID",
            title: "header/Title",
            description: "description.structure/Description",
            status: "header/Status",
            closure_code: "close/ClosureCode",
            solution: "close/ClosingComments",
            journal: "JournalUpdates",
            assignee: "header/AssignedTo",
            opened: "header/OpenTime",
            updated: "UpdatedTime",
            closed: "close/ClosedTime",
            correlation: "header/CorrelationID",
            replaced_by: "header/ReplacedBy",
            others: &[
                "header/Category",
                "header/AssignmentGroup",
                "header/PlannedEnd",
                "Service",
                "Impact",
                "Urgency",
            ],
            mandatory: &[
                "header/Title",
                "header/Category",
                "description.structure/Description",
            ],
            new_status: "Initial",
        }
    }

    /// Requests as a site might publish them.
    pub fn requests() -> Self {
        Object {
            collection: "requests",
            envelope: "Request",
            prefix: "R",
            key: "Number",
            title: "BriefDescription",
            assignee: "AssignedTo",
            closed: "CloseTime",
            others: &[
                "AssignedGroup",
                "AffectedService",
                "Model",
                "Subcategory",
                "RequestorName",
                "Impact",
                "Urgency",
                "Priority",
                "Reason",
            ],
            mandatory: &["BriefDescription", "AssignedGroup"],
            new_status: "Open",
            ..Object::incidents()
        }
    }

    /// Interactions of the service desk.
    pub fn interactions() -> Self {
        Object {
            collection: "interactions",
            envelope: "Interaction",
            prefix: "SD",
            key: "InteractionID",
            closed: "CloseTime",
            mandatory: &["Title", "Category"],
            new_status: "Open",
            ..Object::incidents()
        }
    }

    /// Captions that hold arrays of lines.
    pub(super) fn lines(&self) -> [&'static str; 3] {
        [self.description, self.solution, self.journal]
    }

    /// Captions that hold text and may be written.
    fn texts(&self) -> impl Iterator<Item = &'static str> {
        let own = [
            self.title,
            self.status,
            self.closure_code,
            self.assignee,
            self.correlation,
            self.replaced_by,
        ];
        own.into_iter().chain(self.others.iter().copied())
    }

    /// Captions that only the product writes.
    pub(super) fn read_only(&self) -> [&'static str; 4] {
        [self.key, self.opened, self.updated, self.closed]
    }

    /// All captions.
    pub(super) fn captions(&self) -> impl Iterator<Item = &'static str> {
        self.texts().chain(self.lines()).chain(self.read_only())
    }
}
