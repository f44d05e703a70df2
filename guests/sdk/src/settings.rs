//! The settings of a component, typed, and what is wrong with them.

use std::cell::OnceCell;
use std::thread::LocalKey;

use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;

use crate::bindings::description::exports::provisor::connector::about;
use crate::bindings::description::provisor::connector::settings;
use crate::{Failure, log};

/// One thing that is wrong with the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where: a JSON pointer into the settings, such as `/columns/2/type`; empty for the whole.
    pub path: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl Problem {
    /// A problem at this JSON pointer.
    pub fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Problem {
            path: path.into(),
            message: message.into(),
        }
    }
}

/// The JSON pointer to the member `name` of what stands at `path`, such as `/fields/a~1b` for `a/b`
/// at `/fields`.
pub fn pointer(path: &str, name: &str) -> String {
    format!("{path}/{}", name.replace('~', "~0").replace('/', "~1"))
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Failure::configuration(match problem.path.as_str() {
            "" => problem.message,
            path => format!("setting {path}: {}", problem.message),
        })
    }
}

/// The secret of this name, where the grant lets this component read it. `None` also when it
/// exists but is not granted, and always outside the sandbox.
pub fn secret(name: &str) -> Option<String> {
    if cfg!(target_family = "wasm") {
        settings::secret(name)
    } else {
        None
    }
}

/// Where an instance keeps what was built from its settings.
#[doc(hidden)]
pub type Built<T> = LocalKey<OnceCell<Result<T, Failure>>>;

/// Runs `use_it` on what `build` made of the settings, which happens at the first call only.
pub(crate) fn with_built<S: DeserializeOwned, T: 'static, R>(
    built: &'static Built<T>,
    build: impl FnOnce(S) -> Result<T, Failure>,
    use_it: impl FnOnce(&T) -> Result<R, Failure>,
) -> Result<R, Failure> {
    log::catch_panics();
    built.with(|cell| {
        let made = cell.get_or_init(|| build(parse(&settings::read())?));
        match made {
            Ok(built) => use_it(built),
            Err(failure) => Err(failure.clone()),
        }
    })
}

/// The settings of this instance.
pub(crate) fn own<S: DeserializeOwned>() -> Result<S, Problem> {
    parse(&settings::read())
}

/// What `check-settings` answers.
pub(crate) fn judge<S: DeserializeOwned>(
    json: &str,
    check: impl FnOnce(&S) -> Vec<Problem>,
) -> Vec<Problem> {
    match parse(json) {
        Ok(settings) => check(&settings),
        Err(problem) => vec![problem],
    }
}

pub(crate) fn judge_own<S: DeserializeOwned>(
    check: impl FnOnce(&S) -> Vec<Problem>,
) -> Vec<about::Problem> {
    log::catch_panics();
    let problems = judge(&settings::read(), check).into_iter();
    problems
        .map(|Problem { path, message }| about::Problem { path, message })
        .collect()
}

/// Reads settings; the problem names the member that `serde` did not like.
pub(crate) fn parse<S: DeserializeOwned>(json: &str) -> Result<S, Problem> {
    let mut source = serde_json::Deserializer::from_str(json);
    let settings = serde_path_to_error::deserialize(&mut source).map_err(|error| {
        let mut path = String::new();
        for segment in error.path() {
            match segment {
                Segment::Seq { index } => path.push_str(&format!("/{index}")),
                Segment::Map { key } | Segment::Enum { variant: key } => {
                    path = pointer(&path, key);
                }
                Segment::Unknown => {}
            }
        }
        Problem::new(path, plain(error.into_inner()))
    })?;
    source
        .end()
        .map_err(|error| Problem::new("", plain(error)))?;
    Ok(settings)
}

/// The message without the line and column, which mean nothing to somebody who wrote the settings
/// in another notation.
fn plain(error: serde_json::Error) -> String {
    let message = error.to_string();
    match message.rfind(" at line ") {
        Some(end) if error.is_data() => message[..end].to_owned(),
        _ => message,
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize, Debug)]
    #[serde(deny_unknown_fields, rename_all = "kebab-case")]
    struct Settings {
        #[serde(default)]
        #[expect(dead_code, reason = "only its presence counts")]
        columns: Vec<Column>,
    }

    #[derive(Deserialize, Debug)]
    #[serde(deny_unknown_fields)]
    struct Column {
        #[expect(dead_code, reason = "only its presence counts")]
        width: u8,
    }

    fn problem(json: &str) -> Problem {
        parse::<Settings>(json).expect_err("these settings are wrong")
    }

    #[test]
    fn a_wrong_type_is_a_problem_at_its_place() {
        let found = problem(r#"{ "columns": [{ "width": 1 }, { "width": "two" }] }"#);
        assert_eq!(found.path, "/columns/1/width");
        assert_eq!(found.message, "invalid type: string \"two\", expected u8");
    }

    #[test]
    fn an_unknown_member_is_a_problem_at_its_place() {
        let found = problem(r#"{ "co~l/umns": [] }"#);
        assert_eq!(found.path, "/co~0l~1umns");
        assert!(found.message.contains("expected `columns`"), "{found:?}");
    }

    #[test]
    fn a_missing_member_is_a_problem_of_what_should_hold_it() {
        let found = problem(r#"{ "columns": [{}] }"#);
        assert_eq!(found.path, "/columns/0");
        assert_eq!(found.message, "missing field `width`");
    }

    #[test]
    fn text_behind_the_object_is_a_problem() {
        assert_eq!(problem("{} x").path, "");
        assert!(problem("{").message.contains("EOF"));
    }
}
