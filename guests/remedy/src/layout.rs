//! The forms and fields of this site: those of the preset, unless the settings name others.

use provisor_sdk::{Priority, Problem};
use serde_json::{Map, Value};

use crate::preset::{COMMENT_FIELDS, Preset, object};
use crate::reference::is_name;
use crate::settings::{Kind, Settings};

/// The names that hold, and what is written besides.
#[derive(Debug, Clone)]
pub struct Layout {
    /// The kind of ticket.
    pub kind: Kind,
    /// The form where tickets are made.
    pub create_form: String,
    /// The form where they are read and changed.
    pub form: String,
    /// The form where comments are.
    pub comment_form: String,
    /// The one line, on the form where tickets are made.
    pub title: String,
    /// The text, on the form where tickets are made.
    pub description: String,
    /// The number, on the form where tickets are made.
    pub create_number: String,
    /// The number.
    pub number: String,
    /// The correlation id, on the form where tickets are made.
    pub create_correlation: String,
    /// The correlation id.
    pub correlation: String,
    /// The status.
    pub status: String,
    /// Why it has this status.
    pub reason: Option<String>,
    /// What whoever closed it wrote.
    pub note: Option<String>,
    /// When it changed last.
    pub updated: Option<String>,
    /// When it was closed.
    pub closed: Option<String>,
    /// Who works on it.
    pub assignee: Option<String>,
    /// By when it should be done, on the form where tickets are made.
    pub due: Option<String>,
    /// The number of the ticket that took its place.
    pub replaced_by: Option<String>,
    /// The number of the ticket, on the form where comments are.
    pub comment_number: String,
    /// The text of a comment.
    pub comment_text: String,
    /// When a comment was made.
    pub comment_time: String,
    /// What is written into each comment.
    pub comment_fields: Map<String, Value>,
    /// What is written to take a ticket back.
    pub withdrawal: Map<String, Value>,
}

impl Layout {
    /// What these settings amount to.
    pub fn new(settings: &Settings) -> Self {
        let preset = Preset::of(settings.preset);

        let name =
            |own: &Option<String>, preset: &str| own.clone().unwrap_or_else(|| preset.to_owned());
        let field = |own: &Option<String>, preset: &str| {
            Some(name(own, preset)).filter(|name| !name.is_empty())
        };
        let number = name(&settings.number_field, preset.number_field);
        // Who renames the one most likely means both.
        let create_number = match (&settings.create_number_field, &settings.number_field) {
            (Some(own), _) => own.clone(),
            (None, Some(own)) => own.clone(),
            (None, None) => preset.create_number_field.to_owned(),
        };
        let correlation = name(&settings.correlation_field, preset.correlation_field);
        let status = name(&settings.status_field, preset.status_field);
        let mut comment_fields = object(&COMMENT_FIELDS);
        lay_over(&mut comment_fields, settings.comment_fields.clone());
        Layout {
            kind: settings.preset,
            create_form: name(&settings.create_form, preset.create_form),
            form: name(&settings.form, preset.form),
            comment_form: name(&settings.comment_form, preset.comment_form),
            title: name(&settings.title_field, preset.title_field),
            description: name(&settings.description_field, preset.description_field),
            create_number,
            create_correlation: name(&settings.create_correlation_field, &correlation),
            correlation,
            reason: field(&settings.reason_field, preset.reason_field),
            note: field(&settings.note_field, preset.note_field),
            updated: field(&settings.updated_field, preset.updated_field),
            closed: field(&settings.closed_field, preset.closed_field),
            assignee: field(&settings.assignee_field, preset.assignee_field),
            due: field(&settings.due_field, preset.due_field),
            replaced_by: field(&settings.replaced_by_field, ""),
            comment_number: name(&settings.comment_number_field, preset.number_field),
            comment_text: name(&settings.comment_text_field, "Detailed Description"),
            comment_time: name(&settings.comment_time_field, "Submit Date"),
            comment_fields,
            withdrawal: settings
                .withdrawal
                .clone()
                .unwrap_or_else(|| object(&[(&status, "Cancelled")])),
            number,
            status,
        }
    }

    /// The fields of a ticket that the site chooses, as templates.
    pub fn templates(settings: &Settings, priority: Priority) -> Map<String, Value> {
        let preset = Preset::of(settings.preset);
        let mut all = object(preset.fields);
        let own = settings.priorities.of(priority).clone();
        let by_priority = own.unwrap_or_else(|| object(preset.priorities.of(priority)));
        lay_over(&mut all, by_priority);
        lay_over(&mut all, settings.fields.clone());
        all
    }

    /// The fields that are written from the draft itself.
    pub fn own_fields(&self) -> Vec<&str> {
        let mut fields = vec![
            self.title.as_str(),
            &self.description,
            &self.create_correlation,
        ];
        fields.extend(self.due.as_deref());
        fields
    }

    /// The fields that say where a ticket stands.
    pub fn status_fields(&self) -> Vec<&str> {
        let optional = [
            &self.reason,
            &self.note,
            &self.updated,
            &self.closed,
            &self.assignee,
            &self.replaced_by,
        ];
        let mut fields = vec![self.number.as_str(), &self.status];
        fields.extend(optional.into_iter().filter_map(Option::as_deref));
        fields
    }

    /// Names that cannot be used.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let needed = [
            ("/create-form", &self.create_form),
            ("/form", &self.form),
            ("/comment-form", &self.comment_form),
            ("/title-field", &self.title),
            ("/description-field", &self.description),
            ("/create-number-field", &self.create_number),
            ("/number-field", &self.number),
            ("/create-correlation-field", &self.create_correlation),
            ("/correlation-field", &self.correlation),
            ("/status-field", &self.status),
            ("/comment-number-field", &self.comment_number),
            ("/comment-text-field", &self.comment_text),
            ("/comment-time-field", &self.comment_time),
        ];
        let optional = [
            ("/reason-field", &self.reason),
            ("/note-field", &self.note),
            ("/updated-field", &self.updated),
            ("/closed-field", &self.closed),
            ("/assignee-field", &self.assignee),
            ("/due-field", &self.due),
            ("/replaced-by-field", &self.replaced_by),
        ];
        if self.correlation.trim().is_empty() {
            problems.push(Problem::new(
                "/correlation-field",
                "name the field that keeps the correlation id; this preset has none",
            ));
        }
        let optional = optional
            .into_iter()
            .filter_map(|(path, name)| name.as_ref().map(|name| (path, name)));
        for (path, name) in needed.into_iter().chain(optional) {
            let is_correlation = path.ends_with("correlation-field");
            if name.trim().is_empty() && !is_correlation {
                problems.push(Problem::new(path, "this name must not be empty"));
            } else if name.contains([',', '(', ')']) || !(name.is_empty() || is_name(name)) {
                problems.push(Problem::new(
                    path,
                    "a name is at most 150 bytes long, and the REST interface cannot ask for one \
                     with a comma or a bracket",
                ));
            }
        }
        problems
    }
}

/// Lays fields over others; nothing, which not every notation can write, or an empty text takes one
/// away.
fn lay_over(fields: &mut Map<String, Value>, over: Map<String, Value>) {
    for (name, value) in over {
        let takes_away = value.is_null() || value.as_str() == Some("");
        match takes_away {
            true => fields.remove(&name),
            false => fields.insert(name, value),
        };
    }
}
