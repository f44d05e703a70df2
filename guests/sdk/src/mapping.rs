//! World `mapping`: which attributes an account should have.

use std::marker::PhantomData;
use std::ops::Deref;

use serde::de::DeserializeOwned;

use crate::bindings::description::exports::provisor::connector::about;
use crate::bindings::evaluation::exports::provisor::connector::evaluation::{self, Accounts};
use crate::name::same;
use crate::settings::{Built, judge_own, with_built};
use crate::{About, Failure, PageBuilder, Problem, Remark, RemarkKind, Row, Table};

/// Computes the attributes that an account should have. It must be pure: the same identity gives
/// the same account, whenever and in whatever company. Exported with
/// [`export_mapping!`](crate::export_mapping).
pub trait Mapping: Sized + 'static {
    /// What the resource's configuration says about this component.
    type Settings: DeserializeOwned;

    /// What is wrong with the settings beyond what their schema and type can say. Asked when a
    /// configuration is loaded. The default finds nothing.
    fn check(settings: &Self::Settings) -> Vec<Problem> {
        let _ = settings;
        Vec::new()
    }

    /// Builds the mapping, once per instance.
    ///
    /// # Errors
    /// `configuration` when it cannot work with these settings.
    fn new(settings: Self::Settings) -> Result<Self, Failure>;

    /// The names of the attributes that it manages, each once, the same at every call.
    fn attributes(&self) -> &[String];

    /// Maps one identity. An attribute that is not mentioned has no value.
    fn map(&self, identity: &Identity<'_>, account: &mut AccountBuilder<'_>);
}

/// What is known of a person or thing: a [`Row`] with a column for each attribute.
#[derive(Debug, Clone, Copy)]
pub struct Identity<'a> {
    row: Row<'a>,
}

impl<'a> Identity<'a> {
    /// 0 at first; one more each time that the identifier which came out belonged to another
    /// account. Another identifier should come out each time.
    pub fn iteration(&self) -> u32 {
        let text = self.row.first("$iteration");
        text.and_then(|text| text.parse().ok()).unwrap_or(0)
    }

    /// The name of the resource that the account is for; empty if the host does not say.
    pub fn resource(&self) -> &'a str {
        self.row.first("$resource").unwrap_or("")
    }
}

impl<'a> Deref for Identity<'a> {
    type Target = Row<'a>;

    fn deref(&self) -> &Row<'a> {
        &self.row
    }
}

/// Takes the attributes of one account, in any order.
#[derive(Debug)]
pub struct AccountBuilder<'a> {
    row: u32,
    attributes: &'a [String],
    staged: &'a mut Staged,
    remarks: &'a mut Vec<Remark>,
}

/// The values of one account in the order in which they were set.
#[derive(Debug, Default)]
struct Staged {
    text: String,
    /// Where each value ends in `text`.
    ends: Vec<usize>,
    /// For each attribute the values that are its: from, to.
    cells: Vec<(usize, usize)>,
}

impl Staged {
    fn clear(&mut self, attributes: usize) {
        self.text.clear();
        self.ends.clear();
        self.cells.clear();
        self.cells.resize(attributes, (0, 0));
    }

    fn pack(&self, page: &mut PageBuilder) {
        for &(from, to) in &self.cells {
            let mut start = match from {
                0 => 0,
                _ => self.ends[from - 1],
            };
            for &end in &self.ends[from..to] {
                page.value(&self.text[start..end]);
                start = end;
            }
            page.end_cell();
        }
    }
}

impl AccountBuilder<'_> {
    /// The attribute has this one value. Replaces what was set before.
    pub fn set(&mut self, attribute: &str, value: impl AsRef<str>) {
        self.set_all(attribute, [value]);
    }

    /// The attribute has these values, or none. Replaces what was set before.
    pub fn set_all(&mut self, attribute: &str, values: impl IntoIterator<Item = impl AsRef<str>>) {
        let Some(place) = self.place(attribute) else {
            return;
        };
        let from = self.staged.ends.len();
        for value in values {
            self.staged.text.push_str(value.as_ref());
            self.staged.ends.push(self.staged.text.len());
        }
        self.staged.cells[place] = (from, self.staged.ends.len());
    }

    /// The mapping does not manage this attribute for this identity: the account keeps whatever
    /// value it has. Removes what was set before.
    pub fn left_alone(&mut self, attribute: &str) {
        self.without_value(attribute, RemarkKind::LeftAlone, String::new());
    }

    /// The value is good to use, and a person should know this about it.
    pub fn warn(&mut self, attribute: &str, message: impl Into<String>) {
        if self.place(attribute).is_some() {
            self.remark(Some(attribute), RemarkKind::Warning, message.into());
        }
    }

    /// There is no usable value for this attribute; the others are still good. Removes what was
    /// set before.
    pub fn error(&mut self, attribute: &str, message: impl Into<String>) {
        self.without_value(attribute, RemarkKind::Error, message.into());
    }

    /// The account is good to use, and a person should know this about it.
    pub fn warn_all(&mut self, message: impl Into<String>) {
        self.remark(None, RemarkKind::Warning, message.into());
    }

    /// Nothing about this account is usable.
    pub fn fail(&mut self, message: impl Into<String>) {
        self.remark(None, RemarkKind::Error, message.into());
    }

    fn without_value(&mut self, attribute: &str, kind: RemarkKind, message: String) {
        if let Some(place) = self.place(attribute) {
            self.staged.cells[place] = (0, 0);
            self.remark(Some(attribute), kind, message);
        }
    }

    /// Where the attribute stands. One that the mapping did not list is a fault of the component
    /// that must not pass in silence, so it spoils the account.
    fn place(&mut self, attribute: &str) -> Option<usize> {
        let place = self
            .attributes
            .iter()
            .position(|name| same(name, attribute));
        if place.is_none() {
            self.fail(format!(
                "the mapping says something about `{attribute}`, which it does not manage"
            ));
        }
        place
    }

    fn remark(&mut self, attribute: Option<&str>, kind: RemarkKind, message: String) {
        self.remarks.push(Remark {
            row: self.row,
            attribute: attribute.map(str::to_owned),
            kind,
            message,
        });
    }
}

/// Maps all rows: what `evaluate` does once the mapping has been built.
pub(crate) fn evaluate<M: Mapping>(mapping: &M, identities: &Table) -> Result<Accounts, Failure> {
    let rows = identities.view()?;
    let attributes = mapping.attributes();
    let cells = rows.len() * attributes.len();
    // Values that come out are about as long as those that go in; the text grows if not.
    let mut page = PageBuilder::with_capacity(cells, identities.rows.text.len());
    let mut staged = Staged::default();
    let mut remarks = Vec::new();
    for row in rows.iter() {
        staged.clear(attributes.len());
        let mut account = AccountBuilder {
            row: row.index() as u32,
            attributes,
            staged: &mut staged,
            remarks: &mut remarks,
        };
        mapping.map(&Identity { row }, &mut account);
        staged.pack(&mut page);
    }
    Ok(Accounts {
        rows: Table {
            columns: attributes.to_vec(),
            rows: page.finish(),
        },
        remarks,
    })
}

/// What [`export_mapping!`](crate::export_mapping) adds to a mapping.
#[doc(hidden)]
pub trait ExportMapping: Mapping {
    /// What it says of itself.
    const ABOUT: About;

    /// Where the instance keeps it.
    fn built() -> &'static Built<Self>;
}

/// The component that a mapping becomes.
#[doc(hidden)]
pub struct MappingComponent<M>(PhantomData<M>);

impl<M: ExportMapping> about::Guest for MappingComponent<M> {
    fn describe() -> about::Description {
        M::ABOUT.describe()
    }

    fn check_settings() -> Vec<about::Problem> {
        judge_own(M::check)
    }
}

impl<M: ExportMapping> evaluation::Guest for MappingComponent<M> {
    fn evaluate(identities: Table) -> Result<Accounts, Failure> {
        with_built(M::built(), M::new, |mapping| evaluate(mapping, &identities))
    }
}
