//! The variables of one record, read from its row when they are asked for.

use cel::ExecutionError;
use cel::common::traits::{Container, Indexer};
use cel::common::types::{CelInt, CelList, CelString, Type};
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use provisor_sdk::{Row, Values};

/// The variables of one record. Nothing is copied from the row before an expression asks for it.
#[derive(Debug, Clone, Default)]
pub struct Scope<'a> {
    variables: Vec<(&'static str, Variable<'a>)>,
}

#[derive(Debug, Clone)]
enum Variable<'a> {
    Text(&'a str),
    Number(i64),
    List(Values<'a>),
    Attributes(Attributes<'a>),
}

/// Columns of a row under one name, such as `identity`.
#[derive(Debug, Clone, Copy)]
struct Attributes<'a> {
    name: &'static str,
    row: Row<'a>,
    /// What stands before the name of each of its columns, such as `current.`.
    prefix: &'static str,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    /// One text, empty where there is no value; an error where there are several.
    Single,
    /// A list always.
    Several,
    /// A whole number; an error where there is none.
    Number,
}

impl<'a> Scope<'a> {
    /// Without any variable.
    pub fn new() -> Self {
        Self::default()
    }

    /// A variable that is one text.
    #[must_use]
    pub fn text(self, name: &'static str, text: &'a str) -> Self {
        self.with(name, Variable::Text(text))
    }

    /// A variable that is a whole number.
    #[must_use]
    pub fn number(self, name: &'static str, number: i64) -> Self {
        self.with(name, Variable::Number(number))
    }

    /// A variable that is a list of texts.
    #[must_use]
    pub fn list(self, name: &'static str, values: Values<'a>) -> Self {
        self.with(name, Variable::List(values))
    }

    /// `NAME.x` is the one text in column `PREFIXx`: empty when there is none, an error when there
    /// are several. A hyphen in the name of a column may be written as `_`, and any name as
    /// `NAME["x"]`.
    #[must_use]
    pub fn attributes(self, name: &'static str, row: Row<'a>, prefix: &'static str) -> Self {
        self.columns(name, row, prefix, Kind::Single)
    }

    /// `NAME.x` is the list of the texts in column `PREFIXx`.
    #[must_use]
    pub fn lists(self, name: &'static str, row: Row<'a>, prefix: &'static str) -> Self {
        self.columns(name, row, prefix, Kind::Several)
    }

    /// `NAME.x` is the whole number in column `PREFIXx`, and an error when there is none.
    #[must_use]
    pub fn numbers(self, name: &'static str, row: Row<'a>, prefix: &'static str) -> Self {
        self.columns(name, row, prefix, Kind::Number)
    }

    fn columns(self, name: &'static str, row: Row<'a>, prefix: &'static str, kind: Kind) -> Self {
        let attributes = Attributes {
            name,
            row,
            prefix,
            kind,
        };
        self.with(name, Variable::Attributes(attributes))
    }

    fn with(mut self, name: &'static str, variable: Variable<'a>) -> Self {
        self.variables.push((name, variable));
        self
    }
}

impl VariableResolver for Scope<'_> {
    /// CEL asks for `identity.name` before it asks for `identity`, so that the usual case makes
    /// no value for the whole family.
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        let (name, member) = match variable.split_once('.') {
            Some((name, member)) => (name, Some(member)),
            None => (variable, None),
        };
        let (_, found) = self.variables.iter().find(|(known, _)| *known == name)?;
        match (found, member) {
            (Variable::Text(text), None) => Some(CowVal::owned(CelString::from(*text))),
            (Variable::Number(number), None) => Some(CowVal::owned(CelInt::from(*number))),
            (Variable::List(values), None) => Some(CowVal::Owned(texts(values.clone()))),
            (Variable::Attributes(attributes), None) => Some(CowVal::Owned(Box::new(*attributes))),
            (Variable::Attributes(attributes), Some(member)) => {
                // `identity.a.b` is a selection on `identity.a`; an attribute with a dot in its name
                // is asked for with brackets.
                if member.contains('.') {
                    return None;
                }
                attributes.value(member).ok().map(CowVal::Owned)
            }
            (_, Some(_)) => None,
        }
    }
}

impl<'a> Attributes<'a> {
    /// The column with a value for this member. Whether there are columns without any must not
    /// matter, because that depends on the rows beside this one.
    fn column(&self, member: &str) -> Option<usize> {
        let members = || {
            let columns = self.row.columns().iter().enumerate();
            let members = columns.filter_map(|(at, it)| Some((at, it.strip_prefix(self.prefix)?)));
            members.filter(|(at, _)| !self.row.cell(*at).is_empty())
        };
        let alike = |name: &str| {
            let mut pairs = name.bytes().zip(member.bytes());
            name.len() == member.len()
                && pairs.all(|(has, asked)| has == asked || (has == b'-' && asked == b'_'))
        };
        let exact = members().find(|(_, name)| *name == member);
        let found = exact.or_else(|| members().find(|(_, name)| alike(name)));
        found.map(|(at, _)| at)
    }

    fn value<'v>(&self, member: &str) -> Result<Box<dyn Val + 'v>, ExecutionError>
    where
        'a: 'v,
    {
        let mut values = self.row.cell(self.column(member).unwrap_or(usize::MAX));
        let problem = |problem: String| {
            ExecutionError::function_error(&format!("{}.{member}", self.name), problem)
        };
        if self.kind == Kind::Several {
            return Ok(texts(values));
        }
        let text = match values.len() {
            0 => "",
            1 => values.next().unwrap_or(""),
            several => {
                return Err(problem(format!(
                    "it has {several} values; values.{member} has them as a list"
                )));
            }
        };
        if self.kind == Kind::Single {
            return Ok(Box::new(CelString::from(text)));
        }
        match text.parse::<i64>() {
            Ok(number) => Ok(Box::new(CelInt::from(number))),
            Err(_) => Err(problem("the host does not give this number".to_owned())),
        }
    }

    /// The name between the brackets of `identity["first-name"]`.
    fn member(&self, index: &dyn Val) -> Result<String, ExecutionError> {
        match index.downcast_ref::<CelString>() {
            Some(name) => Ok(name.inner().to_owned()),
            None => Err(ExecutionError::function_error(
                self.name,
                "an attribute is named by a text, such as [\"first-name\"]",
            )),
        }
    }
}

fn texts<'v>(values: Values<'v>) -> Box<dyn Val + 'v> {
    let texts: Vec<Box<dyn Val + 'v>> = values
        .map(|text| Box::new(CelString::from(text)) as Box<dyn Val + 'v>)
        .collect();
    Box::new(CelList::from(texts))
}

static ATTRIBUTES: Type = Type::new_unspecified_type("attributes");

impl Val for Attributes<'_> {
    fn get_type(&self) -> &Type {
        &ATTRIBUTES
    }

    fn cel_type() -> &'static Type {
        &ATTRIBUTES
    }

    fn as_indexer<'b, 'v>(&'b self) -> Option<&'b (dyn Indexer + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }

    fn as_container(&self) -> Option<&dyn Container> {
        Some(self)
    }

    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v>
    where
        Self: 'v,
    {
        Box::new(*self)
    }
}

impl Indexer for Attributes<'_> {
    fn get<'b, 'v>(&'b self, index: &dyn Val) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        Ok(CowVal::Owned(self.value(&self.member(index)?)?))
    }

    fn steal<'v>(self: Box<Self>, index: &dyn Val) -> Result<Box<dyn Val + 'v>, ExecutionError>
    where
        Self: 'v,
    {
        self.value(&self.member(index)?)
    }
}

impl Container for Attributes<'_> {
    /// `"x" in identity`: whether the attribute has a value.
    fn contains(&self, value: &dyn Val) -> Result<bool, ExecutionError> {
        let member = self.member(value)?;
        Ok(self.column(&member).is_some())
    }
}
