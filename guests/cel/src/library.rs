//! The functions, under the names that expressions call them by.

use std::collections::BTreeMap;
use std::sync::Arc;

use cel::extractors::Arguments;
use cel::{Context, ExecutionError, Value};

use crate::notes::note;
use crate::{dates, lists, names, places, text};

/// The arguments of a call, with errors in words.
pub(crate) struct Call<'a>(&'a [Value]);

/// What a function answers: a value, or what is wrong with its arguments.
pub(crate) type Answer = Result<Value, String>;

/// Lookup tables by name.
pub type Tables = BTreeMap<String, BTreeMap<String, Vec<String>>>;

type Function = fn(&Call<'_>) -> Answer;

/// Every function, with the least and the most arguments it takes.
const FUNCTIONS: &[(&str, usize, usize, Function)] = &[
    ("ascii", 1, 1, text::ascii),
    ("lower", 1, 1, text::lower),
    ("upper", 1, 1, text::upper),
    ("trim", 1, 1, text::trim),
    ("squeeze", 1, 1, text::squeeze),
    ("left", 2, 2, text::left),
    ("right", 2, 2, text::right),
    ("truncateBytes", 3, 3, text::truncate_bytes),
    ("padLeft", 3, 3, text::pad_left),
    ("padRight", 3, 3, text::pad_right),
    ("replace", 3, 3, text::replace),
    ("keep", 2, 2, text::keep),
    ("matches", 2, 2, text::matches),
    ("extract", 2, 3, text::extract),
    ("replaceAll", 3, 3, text::replace_all),
    ("html", 1, 1, text::html),
    ("withIteration", 3, 3, text::with_iteration),
    ("coalesce", 1, 32, lists::coalesce),
    ("join", 2, 2, lists::join),
    ("split", 2, 2, lists::split),
    ("joinEscaped", 2, 2, lists::join_escaped),
    ("splitEscaped", 2, 2, lists::split_escaped),
    ("sorted", 1, 1, lists::sorted),
    ("unique", 1, 1, lists::unique),
    ("uniqueIgnoreCase", 1, 1, lists::unique_ignore_case),
    ("prefix", 2, 2, lists::prefix),
    ("initial", 1, 1, names::initial),
    ("nameCase", 1, 1, names::name_case),
    ("fullName", 1, 3, names::full_name),
    ("orgDn", 1, 1, names::org_dn),
    ("dnValue", 1, 1, names::dn_value),
    ("date", 2, 2, dates::date),
    ("formatDate", 2, 2, dates::format_date),
    ("addDays", 2, 2, dates::add_days),
    ("localDate", 2, 2, dates::local_date),
    ("localTime", 2, 2, dates::local_time),
    ("weekday", 2, 2, dates::weekday),
    ("before", 2, 2, dates::before),
    ("countryCode", 1, 1, places::country_code),
    ("phone", 2, 2, places::phone),
];

/// Functions that need the lookup tables.
const TABLE_FUNCTIONS: [&str; 2] = ["lookup", "lookupOr"];

/// The functions together with the lookup tables of the settings.
pub struct Library {
    tables: Arc<Tables>,
}

impl Library {
    /// The functions with these tables.
    pub fn new(tables: Tables) -> Self {
        Self {
            tables: Arc::new(tables),
        }
    }

    /// The names of all functions.
    pub fn names() -> Vec<&'static str> {
        FUNCTIONS
            .iter()
            .map(|(name, ..)| *name)
            .chain(TABLE_FUNCTIONS)
            .collect()
    }

    /// A context that has them. Making one is dear; each record gets an inner scope of it.
    pub fn context(&self) -> Result<Context<'static, 'static>, String> {
        let mut context = Context::default();
        let clash = |error: cel::DeclarationError| error.to_string();
        for (name, least, most, function) in FUNCTIONS {
            context
                .add_function(name, move |Arguments(arguments): Arguments| {
                    answer(name, *least, *most, &arguments, function)
                })
                .map_err(clash)?;
        }
        let tables = self.tables.clone();
        context
            .add_function("lookup", move |Arguments(arguments): Arguments| {
                answer("lookup", 2, 2, &arguments, |call| {
                    let (table, key) = (call.text(0)?, call.text(1)?);
                    find(&tables, table, key)?
                        .ok_or_else(|| format!("table {table} has no {key:?}"))
                })
            })
            .map_err(clash)?;
        let tables = self.tables.clone();
        context
            .add_function("lookupOr", move |Arguments(arguments): Arguments| {
                answer("lookupOr", 3, 3, &arguments, |call| {
                    let (table, key) = (call.text(0)?, call.text(1)?);
                    Ok(find(&tables, table, key)?.unwrap_or_else(|| {
                        note(format!("table {table} has no {key:?}; the default is used"));
                        call.0[2].clone()
                    }))
                })
            })
            .map_err(clash)?;
        Ok(context)
    }
}

fn find(tables: &Tables, table: &str, key: &str) -> Result<Option<Value>, String> {
    let table = tables
        .get(table)
        .ok_or_else(|| format!("there is no table {table}"))?;
    Ok(table.get(key).map(|values| match &values[..] {
        [value] => Value::from(value.as_str()),
        values => list(values.iter().cloned()),
    }))
}

fn answer(
    name: &str,
    least: usize,
    most: usize,
    arguments: &[Value],
    function: impl Fn(&Call<'_>) -> Answer,
) -> Result<Value, ExecutionError> {
    if arguments.len() < least || arguments.len() > most {
        return Err(ExecutionError::InvalidArgumentCount {
            expected: least,
            actual: arguments.len(),
        });
    }
    function(&Call(arguments)).map_err(|problem| ExecutionError::function_error(name, problem))
}

impl Call<'_> {
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// A text; null is the empty one.
    pub fn text(&self, index: usize) -> Result<&str, String> {
        match &self.0[index] {
            Value::String(text) => Ok(text),
            Value::Null => Ok(""),
            Value::List(_) => Err(format!(
                "argument {} is a list and should be a text (values.NAME has all values)",
                index + 1
            )),
            other => Err(format!(
                "argument {} should be a text, not {:?}",
                index + 1,
                other.type_of()
            )),
        }
    }

    /// A whole number.
    pub fn number(&self, index: usize) -> Result<i64, String> {
        match &self.0[index] {
            Value::Int(number) => Ok(*number),
            Value::UInt(number) => i64::try_from(*number).map_err(|error| error.to_string()),
            Value::String(text) => text
                .trim()
                .parse()
                .map_err(|_| format!("argument {} ({text:?}) is no whole number", index + 1)),
            other => Err(format!(
                "argument {} should be a whole number, not {:?}",
                index + 1,
                other.type_of()
            )),
        }
    }

    /// A length: a whole number from 0 to 10,000.
    pub fn length(&self, index: usize) -> Result<usize, String> {
        let number = self.number(index)?;
        usize::try_from(number)
            .ok()
            .filter(|length| *length <= 10_000)
            .ok_or_else(|| {
                format!(
                    "argument {} should be from 0 to 10000, not {number}",
                    index + 1
                )
            })
    }

    /// A list of texts; a text alone is a list of one, or of none if it is empty.
    pub fn list(&self, index: usize) -> Result<Vec<String>, String> {
        crate::texts(&self.0[index]).map_err(|problem| format!("argument {}: {problem}", index + 1))
    }

    /// The argument as it is.
    pub fn value(&self, index: usize) -> &Value {
        &self.0[index]
    }
}

/// A text as a value.
pub(crate) fn string(text: impl Into<String>) -> Value {
    Value::String(Arc::new(text.into()))
}

/// A list of texts as a value.
pub(crate) fn list(texts: impl IntoIterator<Item = String>) -> Value {
    Value::List(Arc::new(texts.into_iter().map(string).collect()))
}
