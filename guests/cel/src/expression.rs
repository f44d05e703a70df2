//! A text that was compiled.

use cel::{Context, Program, Value};

/// The longest expression, in bytes.
const LONGEST: usize = 8 * 1024;

/// How deep brackets may be nested, and how many operators there may be: the interpreter calls
/// itself for each.
const DEEPEST: usize = 32;
const OPERATORS: usize = 400;

/// A compiled expression.
pub struct Expression {
    program: Program,
    source: String,
}

impl Expression {
    /// Compiles a text. The error says what is wrong with it.
    pub fn compile(source: &str) -> Result<Self, String> {
        limit(source)?;
        let program = Program::compile(source).map_err(|errors| {
            let first = errors.to_string();
            let first = first.lines().next().unwrap_or("it cannot be read");
            first.trim().to_owned()
        })?;
        Ok(Self {
            program,
            source: source.to_owned(),
        })
    }

    /// The text.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// What it refers to and nobody knows: a sentence for each variable and function.
    pub fn unknown(&self, variables: &[&str], functions: &[&str]) -> Vec<String> {
        let references = self.program.references();
        let mut unknown = Vec::new();
        for name in references.variables() {
            // Variables of macros begin with an at sign.
            if !name.starts_with('@') && !variables.contains(&name) && !is_bound(&self.source, name)
            {
                unknown.push(format!(
                    "there is no variable {name}; there are {}",
                    variables.join(", ")
                ));
            }
        }
        for name in references.functions() {
            let operator = name.starts_with(['_', '@', '!', '-']);
            if !operator && !functions.contains(&name) && !BUILT_IN.contains(&name) {
                unknown.push(format!("there is no function {name}"));
            }
        }
        unknown
    }

    /// Evaluates it. The error says which expression failed, and why.
    pub fn evaluate(&self, context: &Context<'_, '_>) -> Result<Value, String> {
        self.program
            .execute(context)
            .map_err(|error| format!("{} in {}", error, short(&self.source)))
    }

    /// Evaluates a condition.
    pub fn holds(&self, context: &Context<'_, '_>) -> Result<bool, String> {
        match self.evaluate(context)? {
            Value::Bool(holds) => Ok(holds),
            _ => Err(format!("{} is not true or false", short(&self.source))),
        }
    }
}

/// The functions that CEL has by itself.
const BUILT_IN: [&str; 20] = [
    "size",
    "contains",
    "startsWith",
    "endsWith",
    "string",
    "int",
    "uint",
    "double",
    "bool",
    "bytes",
    "type",
    "dyn",
    "has",
    "all",
    "exists",
    "exists_one",
    "filter",
    "map",
    "max",
    "min",
];

/// The values of a result: a text is one, a list several, null and the empty text none.
pub fn texts(value: &Value) -> Result<Vec<String>, String> {
    Ok(match value {
        Value::Null => Vec::new(),
        Value::String(text) if text.is_empty() => Vec::new(),
        Value::List(values) => {
            let mut all = Vec::new();
            for value in values.iter() {
                if matches!(value, Value::List(_)) {
                    return Err("a list of lists is no value".to_owned());
                }
                all.extend(texts(value)?);
            }
            all
        }
        other => vec![scalar(other)?],
    })
}

fn scalar(value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.to_string()),
        Value::Int(number) => Ok(number.to_string()),
        Value::UInt(number) => Ok(number.to_string()),
        Value::Float(number) => Ok(number.to_string()),
        Value::Bool(truth) => Ok(truth.to_string()),
        other => Err(format!(
            "the result should be a text, a number, true, false, or a list of them, not {:?}",
            other.type_of()
        )),
    }
}

fn limit(source: &str) -> Result<(), String> {
    if source.trim().is_empty() {
        return Err("it is empty".to_owned());
    }
    if source.len() > LONGEST {
        return Err(format!("it is longer than {LONGEST} bytes"));
    }
    let (mut depth, mut operators) = (0_usize, 0_usize);
    for sign in source.bytes() {
        match sign {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b'+' | b'-' | b'*' | b'/' | b'%' | b'&' | b'|' | b'!' | b'<' | b'>' | b'=' | b'?'
            | b':' | b'.' | b',' => operators += 1,
            _ => {}
        }
        if depth > DEEPEST {
            return Err(format!("its brackets are nested more than {DEEPEST} deep"));
        }
        if operators > OPERATORS {
            return Err(format!("it has more than {OPERATORS} operators"));
        }
    }
    Ok(())
}

/// Whether a macro such as `list.map(name, …)` binds the name.
fn is_bound(source: &str, name: &str) -> bool {
    ["map", "filter", "all", "exists", "exists_one"]
        .iter()
        .any(|call| {
            let bound = format!("{call}({name},");
            source.replace(' ', "").contains(&bound)
        })
}

fn short(source: &str) -> String {
    let line: String = source.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() > 80 {
        format!("`{}…`", line.chars().take(80).collect::<String>())
    } else {
        format!("`{line}`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_that_could_exhaust_the_stack_is_refused() {
        assert!(Expression::compile(&"(".repeat(5_000)).is_err());
        assert!(Expression::compile(&format!("1{}", "+1".repeat(3_000))).is_err());
        assert!(Expression::compile(&format!("{}1{}", "[".repeat(31), "]".repeat(31))).is_ok());
    }

    #[test]
    fn the_largest_allowed_sum_can_be_evaluated() {
        let sum = Expression::compile(&format!("1{}", "+1".repeat(OPERATORS))).unwrap();
        let value = sum.evaluate(&Context::default()).unwrap();
        assert_eq!(value, Value::Int(OPERATORS as i64 + 1));
    }

    #[test]
    fn what_nobody_knows_is_named() {
        let expression = Expression::compile("lower(nane) + shout(name)").unwrap();
        let unknown = expression.unknown(&["name"], &["lower"]);
        assert_eq!(
            unknown,
            [
                "there is no variable nane; there are name",
                "there is no function shout"
            ]
        );
        let bound = Expression::compile("values.map(v, lower(v))").unwrap();
        assert!(bound.unknown(&["values"], &["lower"]).is_empty());
    }
}
