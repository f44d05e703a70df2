//! Settings of a component: from TOML to JSON, with the place of every value.

use serde_json::{Map, Number, Value};
use std::collections::BTreeMap;
use toml::Spanned;
use toml::de::{DeInteger, DeValue};

use super::section::Entry;

/// How deep settings may be nested. Components parse them with a limit of their own, which is
/// 128 in most languages.
const DEEPEST: usize = 64;

/// Where a value and everything in it stands in the file, in bytes.
#[derive(Clone)]
pub(super) struct Places {
    offset: usize,
    inner: Inner,
}

#[derive(Clone)]
enum Inner {
    Plain,
    Table(BTreeMap<String, Places>),
    List(Vec<Places>),
}

impl Places {
    /// A place with nothing in it.
    pub fn at(offset: usize) -> Self {
        Self {
            offset,
            inner: Inner::Plain,
        }
    }

    /// How many steps of a JSON pointer lead somewhere.
    pub fn depth(&self, pointer: &str) -> usize {
        self.follow(pointer).1
    }

    /// Follows a JSON pointer as far as it leads somewhere.
    pub fn offset(&self, pointer: &str) -> usize {
        self.follow(pointer).0
    }

    fn follow(&self, pointer: &str) -> (usize, usize) {
        let (mut place, mut depth) = (self, 0);
        for step in pointer.split('/').skip(1) {
            let next = match &place.inner {
                Inner::Plain => None,
                Inner::Table(entries) => entries.get(&step.replace("~1", "/").replace("~0", "~")),
                Inner::List(elements) => step
                    .parse::<usize>()
                    .ok()
                    .and_then(|index| elements.get(index)),
            };
            match next {
                Some(next) => (place, depth) = (next, depth + 1),
                None => break,
            }
        }
        (place.offset, depth)
    }
}

/// The settings as JSON. Moments become text, since JSON has none.
pub(super) fn read(entry: &Entry<'_, '_>) -> Option<(Value, Places)> {
    if !entry.value().get_ref().is_table() {
        entry.refuse("a table");
        return None;
    }
    let mut path = Vec::new();
    match convert(entry.value(), entry.offset(), &mut path) {
        Ok(read) => Some(read),
        Err(problem) => {
            entry.mistake_inside(problem.offset, &problem.path, problem.message);
            None
        }
    }
}

struct Problem {
    offset: usize,
    path: Vec<String>,
    message: String,
}

fn convert(
    value: &Spanned<DeValue<'_>>,
    offset: usize,
    path: &mut Vec<String>,
) -> Result<(Value, Places), Problem> {
    let problem = |path: &[String], message: String| Problem {
        offset,
        path: path.to_vec(),
        message,
    };
    if path.len() > DEEPEST {
        let message = format!("is nested more than {DEEPEST} levels deep");
        return Err(problem(path, message));
    }
    let (value, inner) = match value.get_ref() {
        DeValue::String(text) => (Value::from(text.as_ref()), Inner::Plain),
        DeValue::Boolean(value) => (Value::from(*value), Inner::Plain),
        DeValue::Datetime(moment) => (Value::from(moment.to_string()), Inner::Plain),
        DeValue::Integer(number) => match integer(number) {
            Some(number) => (Value::Number(number), Inner::Plain),
            None => {
                let message = "this number is too large; write it as a text".to_owned();
                return Err(problem(path, message));
            }
        },
        DeValue::Float(number) => {
            // Separators were taken out by the parser.
            let number = number.as_str().parse().ok().and_then(Number::from_f64);
            match number {
                Some(number) => (Value::Number(number), Inner::Plain),
                None => {
                    let message = "should be a finite number; write others as a text".to_owned();
                    return Err(problem(path, message));
                }
            }
        }
        DeValue::Array(elements) => {
            let mut values = Vec::with_capacity(elements.len());
            let mut places = Vec::with_capacity(elements.len());
            for (index, element) in elements.iter().enumerate() {
                path.push(index.to_string());
                let (value, place) = convert(element, element.span().start, path)?;
                path.pop();
                values.push(value);
                places.push(place);
            }
            (Value::Array(values), Inner::List(places))
        }
        DeValue::Table(table) => {
            let mut values = Map::new();
            let mut places = BTreeMap::new();
            for (name, element) in table.iter() {
                let key = name.get_ref().to_string();
                path.push(key.clone());
                let (value, place) = convert(element, name.span().start, path)?;
                path.pop();
                values.insert(key.clone(), value);
                places.insert(key, place);
            }
            (Value::Object(values), Inner::Table(places))
        }
    };
    Ok((value, Places { offset, inner }))
}

fn integer(number: &DeInteger<'_>) -> Option<Number> {
    let signed = i64::from_str_radix(number.as_str(), number.radix());
    let unsigned = u64::from_str_radix(number.as_str(), number.radix());
    signed
        .map(Number::from)
        .or_else(|_| unsigned.map(Number::from))
        .ok()
}
