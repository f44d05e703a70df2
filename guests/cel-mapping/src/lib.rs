//! The built-in mapping: each attribute is a CEL expression of the settings.
//!
//! Expressions are compiled once per instance. Each identity gets an inner scope with its values,
//! so that the functions, which are dear to set up, are shared.

mod settings;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use provisor_cel::{Context, Expression, Library, Value, notes, texts};
use provisor_sdk::{
    AccountBuilder, Failure, FailureKind, Identity, Mapping, Problem, export_mapping,
};

pub use settings::{OnError, Rule, Settings};

/// The variables that every expression has.
const VARIABLES: [&str; 4] = ["identity", "values", "iteration", "resource"];

/// The mapping at work.
pub struct CelMapping {
    context: Context<'static, 'static>,
    variables: Vec<(String, Expression)>,
    rules: Vec<Compiled>,
    attributes: Vec<String>,
    /// The names under which expressions speak of the identity's attributes.
    mentioned: BTreeSet<String>,
}

struct Compiled {
    attribute: String,
    value: Expression,
    when: Option<Expression>,
    default: Option<String>,
    on_error: OnError,
}

impl Mapping for CelMapping {
    type Settings = Settings;

    fn check(settings: &Settings) -> Vec<Problem> {
        let mut known: Vec<&str> = VARIABLES.to_vec();
        let functions = Library::names();
        let mut problems = Vec::new();
        let mut judge =
            |path: String, source: &str, known: &[&str]| match Expression::compile(source) {
                Err(problem) => problems.push(Problem::new(path, problem)),
                Ok(expression) => {
                    for unknown in expression.unknown(known, &functions) {
                        problems.push(Problem::new(path.clone(), unknown));
                    }
                }
            };
        for (index, variable) in settings.variables.iter().enumerate() {
            judge(format!("/variables/{index}/value"), &variable.value, &known);
            known.push(&variable.name);
        }
        for (attribute, rule) in &settings.attributes {
            let path = format!(
                "/attributes/{}",
                attribute.replace('~', "~0").replace('/', "~1")
            );
            match rule {
                Rule::Short(value) => judge(path, value, &known),
                Rule::Long { value, when, .. } => {
                    judge(format!("{path}/value"), value, &known);
                    if let Some(when) = when {
                        judge(format!("{path}/when"), when, &known);
                    }
                }
            }
        }
        problems
    }

    fn new(settings: Settings) -> Result<Self, Failure> {
        let broken = |message: String| Failure {
            kind: FailureKind::Configuration,
            message,
            position: None,
            retry_after: None,
        };
        let compile = |source: &str| Expression::compile(source).map_err(broken);
        let mut mentioned = BTreeSet::new();
        let mut variables = Vec::new();
        for variable in &settings.variables {
            mention(&variable.value, &mut mentioned);
            variables.push((variable.name.clone(), compile(&variable.value)?));
        }
        let mut rules = Vec::new();
        for (attribute, rule) in &settings.attributes {
            let (value, when, default, on_error) = rule.parts();
            mention(value, &mut mentioned);
            if let Some(when) = when {
                mention(when, &mut mentioned);
            }
            rules.push(Compiled {
                attribute: attribute.clone(),
                value: compile(value)?,
                when: when.map(compile).transpose()?,
                default: default.map(str::to_owned),
                on_error,
            });
        }
        Ok(Self {
            context: Library::new(settings.tables()).context().map_err(broken)?,
            variables,
            attributes: rules.iter().map(|rule| rule.attribute.clone()).collect(),
            rules,
            mentioned,
        })
    }

    fn attributes(&self) -> &[String] {
        &self.attributes
    }

    fn map(&self, identity: &Identity<'_>, account: &mut AccountBuilder<'_>) {
        let mut scope = self.context.new_inner_scope();
        let (single, several) = self.values(identity);
        scope.add_variable_from_value("identity", single);
        scope.add_variable_from_value("values", several);
        scope.add_variable_from_value("iteration", i64::from(identity.iteration()));
        scope.add_variable_from_value("resource", identity.resource().to_owned());
        // A variable that fails is not there; the expressions that use it say so.
        let mut failed: BTreeMap<&str, String> = BTreeMap::new();
        for (name, expression) in &self.variables {
            match expression.evaluate(&scope) {
                Ok(value) => scope.add_variable_from_value(name.as_str(), value),
                Err(problem) => {
                    failed.insert(name, problem);
                }
            }
        }
        for rule in &self.rules {
            notes::take();
            rule.apply(&scope, &failed, account);
            for note in notes::take() {
                account.warn(&rule.attribute, note);
            }
        }
    }
}

impl CelMapping {
    /// What `identity` and `values` are for one identity. Attributes that expressions speak of and
    /// the identity has not are empty.
    fn values(&self, identity: &Identity<'_>) -> (Value, Value) {
        let mut single: HashMap<String, Value> = HashMap::new();
        let mut several: HashMap<String, Value> = HashMap::new();
        for name in &self.mentioned {
            single.insert(name.clone(), Value::from(""));
            several.insert(name.clone(), Value::from(Vec::<Value>::new()));
        }
        for (name, cell) in identity.cells() {
            let values: Vec<Value> = cell.map(Value::from).collect();
            let one = match &values[..] {
                [] => Value::from(""),
                [one] => one.clone(),
                _ => Value::from(values.clone()),
            };
            if name.contains('-') {
                let alias = name.replace('-', "_");
                single.insert(alias.clone(), one.clone());
                several.insert(alias, Value::from(values.clone()));
            }
            single.insert(name.to_owned(), one);
            several.insert(name.to_owned(), Value::from(values));
        }
        (Value::Map(single.into()), Value::Map(several.into()))
    }
}

impl Compiled {
    fn apply(
        &self,
        scope: &Context<'_, '_>,
        failed: &BTreeMap<&str, String>,
        account: &mut AccountBuilder<'_>,
    ) {
        let name = &self.attribute;
        match self.when.as_ref().map(|when| when.holds(scope)) {
            Some(Ok(false)) => return account.left_alone(name),
            Some(Err(problem)) => return account.error(name, problem),
            Some(Ok(true)) | None => {}
        }
        let result = self
            .value
            .evaluate(scope)
            .and_then(|value| texts(&value))
            .map_err(|problem| match failed.iter().next() {
                Some((variable, why)) if problem.contains(variable) => {
                    format!("variable {variable}: {why}")
                }
                _ => problem,
            });
        match (result, &self.default, self.on_error) {
            (Ok(values), Some(default), _) if values.is_empty() => account.set(name, default),
            (Ok(values), _, _) => account.set_all(name, values),
            (Err(problem), Some(default), OnError::Default) => {
                account.set(name, default);
                account.warn(name, format!("{problem}; the default is used"));
            }
            (Err(_), _, OnError::LeftAlone) => account.left_alone(name),
            (Err(problem), _, _) => account.error(name, problem),
        }
    }
}

/// Notes which attributes of the identity an expression speaks of: `identity.NAME`,
/// `identity["NAME"]`, and the same with `values`.
fn mention(source: &str, mentioned: &mut BTreeSet<String>) {
    for root in ["identity", "values"] {
        for (at, _) in source.match_indices(root) {
            let rest = &source[at + root.len()..];
            let name: String = if let Some(rest) = rest.strip_prefix('.') {
                rest.chars()
                    .take_while(|sign| sign.is_alphanumeric() || *sign == '_')
                    .collect()
            } else if let Some(rest) = rest.strip_prefix("[\"").or(rest.strip_prefix("['")) {
                rest.chars()
                    .take_while(|sign| *sign != '"' && *sign != '\'')
                    .collect()
            } else {
                continue;
            };
            if !name.is_empty() {
                mentioned.insert(name);
            }
        }
    }
}

export_mapping!(CelMapping, {
    name: "cel-mapping",
    summary: "Computes the attributes of an account with CEL expressions.",
    settings_schema: include_str!("../settings.schema.json"),
});
