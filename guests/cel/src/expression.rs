//! A text that was compiled.

use cel::common::types::{CelBool, CelDouble, CelInt, CelList, CelNull, CelString, CelUInt};
use cel::common::value::{CowVal, Val};
use cel::parser::PrattParser;
use cel::{Context, ExecutionError, IdedExpr, Value};

use crate::call::kind;
use crate::library::quoted;
use crate::vocabulary::{Vocabulary, deeper_than};

/// The longest expression, in bytes.
pub const LONGEST: usize = 8 * 1024;

/// How deep brackets and signs before a value may be nested in the text: the parser calls itself
/// for each level.
pub const DEEPEST_TEXT: usize = 32;

/// How many levels the tree of an expression may have: the interpreter calls itself for each, and
/// takes 2 kB of the 512 kB of stack that a component has. `a + b + c` has three.
pub const DEEPEST_TREE: usize = 64;

/// The largest result, in bytes of text: what several steps make of one another cannot grow
/// without end.
pub const LARGEST_RESULT: usize = 256 * 1024;

/// A compiled expression.
#[derive(Debug, Clone)]
pub struct Expression {
    tree: IdedExpr,
    source: String,
}

impl Expression {
    /// Compiles a text.
    ///
    /// # Errors
    /// What is wrong with it: it cannot be read, is longer than [`LONGEST`] or nested too deeply.
    pub fn compile(source: &str) -> Result<Self, String> {
        limit(source)?;
        let tree =
            PrattParser::new()
                .parse(source)
                .map_err(|errors| match errors.errors.first() {
                    None => "it cannot be read".to_owned(),
                    Some(error) if error.pos.0 > 0 => {
                        let (line, column) = error.pos;
                        format!("line {line}, column {column}: {}", error.msg)
                    }
                    Some(error) => error.msg.clone(),
                })?;
        if deeper_than(&tree, DEEPEST_TREE) {
            return Err(format!(
                "it has more than {DEEPEST_TREE} steps one behind the other; variables can hold a part"
            ));
        }
        Ok(Self {
            tree,
            source: source.to_owned(),
        })
    }

    /// The text.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// What it names and nobody knows, or uses in a way that can only fail.
    pub fn problems(&self, vocabulary: &Vocabulary<'_>) -> Vec<String> {
        vocabulary.judge(&self.tree)
    }

    /// The variables that it names, those of its macros among them.
    pub fn variables(&self) -> Vec<String> {
        let references = self.tree.references();
        let names = references.variables().into_iter();
        names.map(str::to_owned).collect()
    }

    /// Evaluates it.
    ///
    /// # Errors
    /// The reason, in words, and the expression.
    pub fn evaluate<'e, 'v>(
        &'e self,
        context: &'e Context<'_, 'v>,
    ) -> Result<CowVal<'e, 'v>, Failed> {
        Value::resolve_val(&self.tree, context).map_err(|error| self.failed(error))
    }

    /// Evaluates a condition.
    ///
    /// # Errors
    /// As [`evaluate`](Self::evaluate); also when the result is neither true nor false.
    pub fn holds(&self, context: &Context<'_, '_>) -> Result<bool, Failed> {
        let value = self.evaluate(context)?;
        match value.downcast_ref::<CelBool>() {
            Some(truth) => Ok(*truth.inner()),
            None => Err(Failed {
                undeclared: None,
                message: format!(
                    "the result should be true or false, not {}, in {}",
                    kind(value.as_ref()),
                    self.short()
                ),
            }),
        }
    }

    /// Evaluates it to texts, as [`texts`] makes them.
    ///
    /// # Errors
    /// As [`evaluate`](Self::evaluate) and [`texts`].
    pub fn texts(&self, context: &Context<'_, '_>) -> Result<Vec<String>, Failed> {
        let value = self.evaluate(context)?;
        texts(value.as_ref()).map_err(|problem| Failed {
            undeclared: None,
            message: format!("{problem}, in {}", self.short()),
        })
    }

    /// The expression on one line, cut to 80 characters.
    pub fn short(&self) -> String {
        let line: String = self.source.split_whitespace().collect::<Vec<_>>().join(" ");
        match line.char_indices().nth(80) {
            Some((end, _)) => format!("`{}…`", &line[..end]),
            None => format!("`{line}`"),
        }
    }

    fn failed(&self, error: ExecutionError) -> Failed {
        let undeclared = match &error {
            ExecutionError::UndeclaredReference(name) => Some(name.to_string()),
            _ => None,
        };
        Failed {
            undeclared,
            message: format!("{}, in {}", reason(error), self.short()),
        }
    }
}

/// Why an expression has no result.
#[derive(Debug, Clone, PartialEq)]
pub struct Failed {
    /// The name that it asked for and that has no value.
    pub undeclared: Option<String>,
    /// The reason and the expression, for a person.
    pub message: String,
}

impl From<Failed> for String {
    fn from(failed: Failed) -> Self {
        failed.message
    }
}

/// The reason in words, without the values that the interpreter would show in full.
fn reason(error: ExecutionError) -> String {
    match error {
        ExecutionError::FunctionError { function, message } => format!("{function}: {message}"),
        ExecutionError::UndeclaredReference(name) => format!("there is no {name}"),
        ExecutionError::NoSuchKey(key) => format!("there is no {} in it", quoted(&key)),
        ExecutionError::IndexOutOfBounds(_) => "the list has fewer values than that".to_owned(),
        ExecutionError::UnsupportedBinaryOperator(operator, left, right) => format!(
            "{operator} does not take {} and {} (string(…) makes a text)",
            kind_of(&left),
            kind_of(&right)
        ),
        ExecutionError::ValuesNotComparable(left, right) => {
            format!(
                "{} and {} cannot be compared",
                kind_of(&left),
                kind_of(&right)
            )
        }
        ExecutionError::Overflow(..) => "the number grows too large".to_owned(),
        ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) => {
            "a division by zero".to_owned()
        }
        ExecutionError::UnsupportedIndex(..) => "it cannot be indexed like this".to_owned(),
        ExecutionError::UnsupportedKeyType(_) | ExecutionError::DuplicateKey(_) => {
            "a table has a key twice or one that cannot be a key".to_owned()
        }
        ExecutionError::UnsupportedTargetType { .. }
        | ExecutionError::NotSupportedAsMethod { .. } => {
            "a function does not take this kind of value".to_owned()
        }
        ExecutionError::UnexpectedType { .. } => "a value has another type than needed".to_owned(),
        ExecutionError::NoSuchOverload(overload) => format!(
            "{} does not take {}",
            overload.function().trim_matches(['_', '@']),
            overload.argument_types().join(", ")
        ),
        other => quoted(&other.to_string()),
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "a text",
        Value::Int(_) | Value::UInt(_) => "a whole number",
        Value::Float(_) => "a number",
        Value::Bool(_) => "true or false",
        Value::Null => "null",
        Value::List(_) => "a list",
        Value::Map(_) => "a table",
        _ => "such a value",
    }
}

/// The texts of a result: a text is one, a list several, null and the empty text none; numbers
/// and truth values in their usual form.
///
/// # Errors
/// When it is something else, a list of lists, or larger than [`LARGEST_RESULT`].
pub fn texts(value: &dyn Val) -> Result<Vec<String>, String> {
    let mut all = Vec::new();
    match value.downcast_ref::<CelList>() {
        Some(values) => {
            for value in values.inner() {
                if value.downcast_ref::<CelList>().is_some() {
                    return Err("the result is a list of lists, which is no value".to_owned());
                }
                all.extend(text(value.as_ref())?);
            }
        }
        None => all.extend(text(value)?),
    }
    if all.iter().map(String::len).sum::<usize>() > LARGEST_RESULT {
        return Err(format!("the result is larger than {LARGEST_RESULT} bytes"));
    }
    Ok(all)
}

fn text(value: &dyn Val) -> Result<Option<String>, String> {
    let text = if let Some(text) = value.downcast_ref::<CelString>() {
        text.inner().to_owned()
    } else if value.downcast_ref::<CelNull>().is_some() {
        String::new()
    } else if let Some(truth) = value.downcast_ref::<CelBool>() {
        truth.inner().to_string()
    } else if let Some(number) = value.downcast_ref::<CelInt>() {
        number.inner().to_string()
    } else if let Some(number) = value.downcast_ref::<CelUInt>() {
        number.inner().to_string()
    } else if let Some(number) = value.downcast_ref::<CelDouble>() {
        number.inner().to_string()
    } else {
        return Err(format!(
            "the result should be a text, a number, true, false or a list of them, not {}",
            kind(value)
        ));
    };
    Ok(Some(text).filter(|text| !text.is_empty()))
}

/// Refuses what the parser should not even see. It does not know where texts begin and end, so
/// it counts what stands in them as well.
fn limit(source: &str) -> Result<(), String> {
    if source.trim().is_empty() {
        return Err("it is empty".to_owned());
    }
    if source.len() > LONGEST {
        return Err(format!("it is longer than {LONGEST} bytes"));
    }
    let (mut brackets, mut signs, mut choices) = (0_usize, 0_usize, 0_usize);
    for sign in source.bytes() {
        match sign {
            b'(' | b'[' | b'{' => brackets += 1,
            b')' | b']' | b'}' => brackets = brackets.saturating_sub(1),
            b'?' => choices += 1,
            _ => {}
        }
        match sign {
            b'!' | b'-' => signs += 1,
            sign if sign.is_ascii_whitespace() => {}
            _ => signs = 0,
        }
        if brackets > DEEPEST_TEXT || signs > DEEPEST_TEXT || choices > DEEPEST_TEXT {
            return Err(format!(
                "it has more than {DEEPEST_TEXT} brackets, signs or choices inside one another"
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Library;

    fn result(source: &str) -> Result<Vec<String>, String> {
        let context = Library::default().context()?;
        Ok(Expression::compile(source)?.texts(&context)?)
    }

    #[test]
    fn an_expression_that_could_exhaust_the_stack_is_refused() {
        for source in [
            "(".repeat(5_000),
            format!("{}1{}", "(".repeat(33), ")".repeat(33)),
            "!".repeat(5_000),
            "- ".repeat(2_000),
            "a?b:".repeat(2_000),
            format!("1{}", "+1".repeat(3_000)),
            format!("a{}", ".b".repeat(3_000)),
            format!("a{}", ".f()".repeat(1_500)),
            format!("a{}", "[0]".repeat(2_000)),
            "x".repeat(9_000),
        ] {
            assert!(Expression::compile(&source).is_err(), "{}", &source[..20]);
        }
    }

    /// Unoptimised, the interpreter takes 64 kB for each level; optimised it takes 2 kB.
    fn with_room<R: Send + 'static>(act: impl FnOnce() -> R + Send + 'static) -> R {
        let thread = std::thread::Builder::new().stack_size(16 << 20);
        thread.spawn(act).unwrap().join().unwrap()
    }

    #[test]
    fn the_deepest_allowed_expressions_are_evaluated() {
        with_room(|| {
            let sum = format!("1{}", "+1".repeat(DEEPEST_TREE - 1));
            assert_eq!(result(&sum).unwrap(), [DEEPEST_TREE.to_string()]);
            let nested = format!("{}1{}", "(".repeat(32), ")".repeat(32));
            assert_eq!(result(&nested).unwrap(), ["1"]);
            let upper = format!("'a'{}", ".upper().lower()".repeat(DEEPEST_TREE / 2 - 1));
            assert_eq!(result(&upper).unwrap(), ["a"]);
        });
    }

    #[test]
    fn results_become_texts() {
        assert_eq!(result("['b', 'a', '', null]").unwrap(), ["b", "a"]);
        assert_eq!(result("''").unwrap(), [""; 0]);
        assert_eq!(result("null").unwrap(), [""; 0]);
        assert_eq!(result("1 + 2").unwrap(), ["3"]);
        assert_eq!(result("1.5").unwrap(), ["1.5"]);
        assert_eq!(result("1 < 2").unwrap(), ["true"]);
        assert!(result("[['a']]").unwrap_err().contains("list of lists"));
        assert!(result("{'a': 1}").unwrap_err().contains("not a table"));
    }

    #[test]
    fn a_failure_names_the_reason_and_the_expression_and_no_long_value() {
        assert_eq!(
            result("'a' + 1").unwrap_err(),
            "add does not take a text and a whole number (string(…) makes a text), in `'a' + 1`"
        );
        assert_eq!(
            result("left(['a', 'b'], 1)").unwrap_err(),
            "left: argument 1 has 2 values and should have one; take one of them, such as [0], \
             or join them, in `left(['a', 'b'], 1)`"
        );
        let long = format!("date('{}', '%Y')", "x".repeat(500));
        assert!(result(&long).unwrap_err().len() < 300);
    }

    #[test]
    fn a_text_that_cannot_be_read_is_refused_with_its_place() {
        let problem = Expression::compile("lower(identity.name").unwrap_err();
        assert!(problem.starts_with("line 1, column "), "{problem}");
        assert!(Expression::compile("  ").is_err());
    }
}
