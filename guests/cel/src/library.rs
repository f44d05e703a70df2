//! The functions, under the names that expressions call them by.

use std::sync::Arc;

use cel::common::value::CowVal;
use cel::{Context, Env, ExecutionError, FunctionContext};

use crate::call::{Answer, Call, list, string};
use crate::notes::note;
use crate::tables::Tables;
use crate::{dates, lists, names, pattern, places, text};

type Implementation = for<'c, 'v> fn(&Call<'c, 'v>) -> Answer<'v>;

/// What stands behind a name.
pub(crate) struct Function {
    pub(crate) name: &'static str,
    /// The least and the most arguments it takes, the text before the dot included.
    pub(crate) arguments: (usize, usize),
    /// What an argument that is written out must be: its place, and what judges it.
    pub(crate) literal: Option<(usize, Judge)>,
    implementation: Option<Implementation>,
}

/// Says what is wrong with an argument that is written out.
pub(crate) type Judge = fn(&str) -> Option<String>;

macro_rules! functions {
    ($($name:literal $least:literal ..= $most:literal $(, $place:literal: $judge:path)? => $path:path;)*) => {
        &[$(Function {
            name: $name,
            arguments: ($least, $most),
            literal: functions!(@ $($place, $judge)?),
            implementation: Some($path),
        },)*
        Function { name: "lookup", arguments: (2, 2), literal: None, implementation: None },
        Function { name: "lookupOr", arguments: (3, 3), literal: None, implementation: None },
        Function { name: "lookupAll", arguments: (2, 2), literal: None, implementation: None }]
    };
    (@ $place:literal, $judge:path) => { Some(($place, $judge)) };
    (@) => { None };
}

/// Every function. The tables are not known here, so those that need them are added by hand.
pub(crate) const FUNCTIONS: &[Function] = functions! {
    "ascii" 1..=1 => text::ascii;
    "lower" 1..=1 => text::lower;
    "upper" 1..=1 => text::upper;
    "capitalize" 1..=1 => text::capitalize;
    "trim" 1..=1 => text::trim;
    "squeeze" 1..=1 => text::squeeze;
    "blank" 1..=1 => text::blank;
    "left" 2..=2 => text::left;
    "right" 2..=2 => text::right;
    "substring" 2..=3 => text::substring;
    "truncateBytes" 3..=3, 2: text::judge_encoding => text::truncate_bytes;
    "padLeft" 3..=3 => text::pad_left;
    "padRight" 3..=3 => text::pad_right;
    "replace" 3..=3 => text::replace;
    "html" 1..=1 => text::html;
    "withIteration" 3..=4 => text::with_iteration;
    "matches" 2..=2, 1: pattern::judge => pattern::matches;
    "keep" 2..=2, 1: pattern::judge => pattern::keep;
    "extract" 2..=3, 1: pattern::judge => pattern::extract;
    "replaceAll" 3..=3, 1: pattern::judge => pattern::replace_all;
    "coalesce" 1..=32 => lists::coalesce;
    "first" 1..=1 => lists::first;
    "join" 2..=2 => lists::join;
    "split" 2..=2 => lists::split;
    "joinEscaped" 2..=2 => lists::join_escaped;
    "splitEscaped" 2..=2 => lists::split_escaped;
    "sorted" 1..=1 => lists::sorted;
    "unique" 1..=1 => lists::unique;
    "uniqueIgnoreCase" 1..=1 => lists::unique_ignore_case;
    "prefix" 2..=2 => lists::prefix;
    "initial" 1..=1 => names::initial;
    "nameCase" 1..=1 => names::name_case;
    "fullName" 1..=5 => names::full_name;
    "orgDn" 1..=1 => names::org_dn;
    "dnValue" 1..=1 => names::dn_value;
    "date" 2..=2 => dates::date;
    "formatDate" 2..=2 => dates::format_date;
    "addDays" 2..=2 => dates::add_days;
    "localDate" 2..=2, 1: dates::judge_zone => dates::local_date;
    "localTime" 2..=2, 1: dates::judge_zone => dates::local_time;
    "weekday" 2..=2, 1: dates::judge_zone => dates::weekday;
    "moment" 2..=2, 1: dates::judge_zone => dates::moment;
    "nextTime" 3..=3, 2: dates::judge_zone => dates::next_time;
    "plus" 2..=2, 1: dates::judge_duration => dates::plus;
    "before" 2..=2 => dates::before;
    "countryCode" 1..=1 => places::country_code;
    "phone" 2..=2 => places::phone;
};

/// The functions together with the lookup tables of the settings.
#[derive(Debug, Clone, Default)]
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

    /// A context that has them. Making one is dear; each record gets an inner scope of it.
    ///
    /// # Errors
    /// When a function has the name of one that CEL has by itself, which a test rules out.
    pub fn context<'v>(&self) -> Result<Context<'static, 'v>, String> {
        let env = Env::default().with_optional_support(false).with_stdlib();
        let mut context = Context::with_env(Arc::new(env));
        for function in FUNCTIONS {
            let called: Box<Called> = match function.implementation {
                Some(implementation) => Box::new(move |it| answer(it, function, implementation)),
                None => {
                    let tables = self.tables.clone();
                    Box::new(move |it| answer(it, function, |call| lookup(&tables, function, call)))
                }
            };
            context
                .add_function(function.name, called)
                .map_err(|clash| clash.to_string())?;
        }
        Ok(context)
    }
}

type Called = dyn for<'c, 'v> Fn(&mut FunctionContext<'c, 'v>) -> Result<CowVal<'c, 'v>, ExecutionError>
    + Send
    + Sync;

fn answer<'c, 'v>(
    context: &mut FunctionContext<'c, 'v>,
    function: &Function,
    implementation: impl for<'a> Fn(&Call<'a, 'v>) -> Answer<'v>,
) -> Result<CowVal<'c, 'v>, ExecutionError> {
    let mut arguments = std::mem::take(&mut context.args);
    if let Some(target) = context.this.take() {
        arguments.insert(0, target);
    }
    let answer = match wrong_count(function, arguments.len()) {
        Some(problem) => Err(problem),
        None => implementation(&Call(&arguments)),
    };
    answer
        .map(CowVal::Owned)
        .map_err(|problem| ExecutionError::function_error(function.name, problem))
}

/// What is wrong with so many arguments.
pub(crate) fn wrong_count(function: &Function, given: usize) -> Option<String> {
    let (least, most) = function.arguments;
    let wanted = match (least, most) {
        _ if (least..=most).contains(&given) => return None,
        (1, 1) => "1 argument".to_owned(),
        (least, most) if least == most => format!("{least} arguments"),
        (least, most) => format!("{least} to {most} arguments"),
    };
    Some(format!("it takes {wanted}, not {given}"))
}

/// `lookup(table, key)`, with a third argument what to take instead, or as a list always.
fn lookup<'v>(tables: &Tables, function: &Function, call: &Call<'_, 'v>) -> Answer<'v> {
    let (name, key) = (call.text(0)?, call.text(1)?);
    let table = tables
        .get(name)
        .ok_or_else(|| format!("there is no table {}", quoted(name)))?;
    match table.get(key).map(Vec::as_slice) {
        found if function.name == "lookupAll" => {
            Ok(list(found.unwrap_or_default().iter().cloned()))
        }
        Some([value]) => Ok(string(value.as_str())),
        Some(values) => Ok(list(values.iter().cloned())),
        None if call.len() < 3 => Err(format!("table {name} has no {}", quoted(key))),
        None => {
            note(format!(
                "table {name} has no {}; the default is used",
                quoted(key)
            ));
            Ok(call.value(2).clone_as_boxed())
        }
    }
}

/// A value as messages show it: in quotes, without line breaks, and at most 60 characters of it.
pub fn quoted(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_function_has_the_name_of_one_of_cel() {
        Library::default().context().unwrap();
    }

    #[test]
    fn a_long_value_is_cut_in_messages() {
        assert_eq!(quoted("a\nb"), "\"a\\nb\"");
        assert_eq!(quoted(&"ž".repeat(61)), format!("\"{}\"…", "ž".repeat(60)));
    }
}
