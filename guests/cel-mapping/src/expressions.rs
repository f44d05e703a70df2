//! The settings compiled, and what is wrong with them.

use std::collections::BTreeSet;

use provisor_cel::{Expression, Tables, Vocabulary, dates};
use provisor_sdk::{Problem, pointer};

use crate::settings::{Attribute, OnError, Settings};

/// The settings compiled.
#[derive(Debug, Clone)]
pub struct Expressions {
    /// The values with a name, in their order.
    pub variables: Vec<Variable>,
    /// The attributes, by name.
    pub attributes: Vec<Rule>,
    /// The lookup tables.
    pub tables: Tables,
    /// The time zone that expressions know as `zone`.
    pub zone: String,
}

/// A value with a name.
#[derive(Debug, Clone)]
pub struct Variable {
    /// What expressions call it.
    pub name: String,
    /// How it is computed.
    pub value: Expression,
}

/// How one attribute is computed.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The name of the attribute.
    pub name: String,
    /// Its value.
    pub value: Expression,
    /// The attribute is left alone unless this is true.
    pub when: Option<Expression>,
    /// What stands in for an empty value.
    pub default: Option<Expression>,
    /// What happens when the value or the condition fails.
    pub on_error: OnError,
    /// The variables it depends on, directly or through others, as places in the list of them.
    pub uses: Vec<usize>,
}

/// Words of the language that cannot be names.
#[rustfmt::skip]
const RESERVED: [&str; 34] = [
    "as", "bool", "break", "bytes", "const", "continue", "double", "dyn", "else", "false", "for",
    "function", "if", "import", "in", "int", "let", "list", "loop", "map", "namespace", "null",
    "null_type", "optional_type", "package", "return", "string", "timestamp", "true", "type",
    "uint", "var", "void", "while",
];

impl Expressions {
    /// Compiles all expressions.
    ///
    /// # Errors
    /// Everything that is wrong, each with its place.
    pub fn compile(settings: &Settings) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        if settings.attributes.is_empty() {
            problems.push(Problem::new("/attributes", "there should be an attribute"));
        }
        if let Some(problem) = dates::judge_zone(&settings.time_zone) {
            problems.push(Problem::new("/time-zone", problem));
        }
        let mut compiler = Compiler {
            vocabulary: Vocabulary {
                scalars: vec!["iteration", "resource", "zone"],
                lists: Vec::new(),
                defined: Vec::new(),
                families: vec!["identity"],
                list_families: vec!["values"],
                tables: &settings.tables,
            },
            problems,
        };
        let variables = compiler.variables(settings);
        let mut attributes = Vec::new();
        for (name, attribute) in &settings.attributes {
            attributes.extend(compiler.attribute(name, attribute, &variables));
        }
        match compiler.problems {
            problems if problems.is_empty() => Ok(Self {
                variables: variables.into_iter().flatten().collect(),
                attributes,
                tables: settings.tables.clone(),
                zone: settings.time_zone.clone(),
            }),
            problems => Err(problems),
        }
    }
}

struct Compiler<'a> {
    vocabulary: Vocabulary<'a>,
    problems: Vec<Problem>,
}

impl<'a> Compiler<'a> {
    /// A variable that cannot be compiled keeps its place, so that what uses it is not blamed.
    fn variables(&mut self, settings: &'a Settings) -> Vec<Option<Variable>> {
        let mut variables = Vec::new();
        for (place, variable) in settings.variables.iter().enumerate() {
            let name = variable.name.as_str();
            let path = format!("/variables/{place}");
            let value = self.expression(&format!("{path}/value"), &variable.value);
            if let Some(problem) = self.misnamed(name) {
                self.problems.push(Problem::new(path + "/name", problem));
            }
            self.vocabulary.defined.push(name);
            variables.push(value.map(|value| Variable {
                name: name.to_owned(),
                value,
            }));
        }
        variables
    }

    fn attribute(
        &mut self,
        name: &str,
        attribute: &Attribute,
        variables: &[Option<Variable>],
    ) -> Option<Rule> {
        let path = pointer("/attributes", name);
        if name.trim().is_empty() {
            let problem = "the name of the attribute is empty";
            self.problems.push(Problem::new(&path, problem));
        }
        if attribute.on_error == OnError::Default && attribute.default.is_none() {
            self.problems.push(Problem::new(
                format!("{path}/on-error"),
                "there is no `default` that could stand in",
            ));
        }
        let of = |member: &str| match attribute.in_full {
            true => format!("{path}/{member}"),
            false => path.clone(),
        };
        let value = self.expression(&of("value"), &attribute.value);
        let when = attribute.when.as_deref();
        let when = when.map(|source| self.expression(&of("when"), source));
        let default = attribute.default.as_deref();
        let default = default.map(|source| self.expression(&of("default"), source));
        let mut rule = Rule {
            name: name.to_owned(),
            value: value?,
            when: when.flatten(),
            default: default.flatten(),
            on_error: attribute.on_error,
            uses: Vec::new(),
        };
        rule.uses = uses(&rule, variables);
        Some(rule)
    }

    fn expression(&mut self, path: &str, source: &str) -> Option<Expression> {
        match Expression::compile(source) {
            Err(problem) => {
                self.problems.push(Problem::new(path, problem));
                None
            }
            Ok(expression) => {
                let found = expression.problems(&self.vocabulary);
                let found = found.into_iter().map(|problem| Problem::new(path, problem));
                self.problems.extend(found);
                Some(expression)
            }
        }
    }

    fn misnamed(&self, name: &str) -> Option<String> {
        let mut letters = name.chars();
        let start = letters.next();
        let letter = |it: char| it.is_ascii_alphanumeric() || it == '_';
        if !start.is_some_and(|it| letter(it) && !it.is_ascii_digit()) || !letters.all(letter) {
            return Some("a name is made of letters, digits and _, and no digit first".to_owned());
        }
        if RESERVED.contains(&name) || self.vocabulary.names().any(|taken| taken == name) {
            return Some(format!("there is another {name} already"));
        }
        None
    }
}

fn uses(rule: &Rule, variables: &[Option<Variable>]) -> Vec<usize> {
    let expressions = [Some(&rule.value), rule.when.as_ref(), rule.default.as_ref()];
    let mut wanted: BTreeSet<String> = BTreeSet::new();
    for expression in expressions.into_iter().flatten() {
        wanted.extend(expression.variables());
    }
    // From the last to the first, because one may only use those before it.
    let mut used = Vec::new();
    for (place, variable) in variables.iter().enumerate().rev() {
        if let Some(variable) = variable
            && wanted.contains(&variable.name)
        {
            used.push(place);
            wanted.extend(variable.value.variables());
        }
    }
    used.reverse();
    used
}
