//! The mapping: one account from one identity.

use provisor_cel::expression::Failed;
use provisor_cel::{Context, Expression, Library, Scope, notes, texts};
use provisor_sdk::{AccountBuilder, Failure, Identity, Mapping, Problem};

use crate::expressions::{Expressions, Rule};
use crate::settings::{OnError, Settings};

/// The mapping, built once per instance.
pub struct Attributes {
    context: Context<'static, 'static>,
    expressions: Expressions,
    names: Vec<String>,
}

impl Mapping for Attributes {
    type Settings = Settings;

    fn check(settings: &Settings) -> Vec<Problem> {
        Expressions::compile(settings).err().unwrap_or_default()
    }

    fn new(settings: Settings) -> Result<Self, Failure> {
        let compiled = Expressions::compile(&settings);
        let mut expressions = compiled.map_err(|problems| match problems.into_iter().next() {
            Some(problem) => problem.into(),
            None => Failure::configuration("the settings are wrong"),
        })?;
        let library = Library::new(std::mem::take(&mut expressions.tables));
        let attributes = expressions.attributes.iter();
        Ok(Self {
            context: library.context().map_err(Failure::configuration)?,
            names: attributes.map(|rule| rule.name.clone()).collect(),
            expressions,
        })
    }

    fn attributes(&self) -> &[String] {
        &self.names
    }

    fn map(&self, identity: &Identity<'_>, account: &mut AccountBuilder<'_>) {
        let scope = Scope::new()
            .attributes("identity", **identity, "")
            .lists("values", **identity, "")
            .number("iteration", identity.iteration().into())
            .text("resource", identity.resource())
            .text("zone", &self.expressions.zone);
        let mut context = self.context.new_inner_scope();
        context.set_variable_resolver(&scope);

        let variables = self.variables(&mut context);
        for rule in &self.expressions.attributes {
            let name = rule.name.as_str();
            let outcome = outcome(rule, &context, &variables);
            let told = notes::take();
            match outcome {
                Outcome::Values(values) => account.set_all(name, values),
                Outcome::Default(values, problem) => {
                    account.set_all(name, values);
                    account.warn(name, format!("the default is used: {problem}"));
                }
                Outcome::LeftAlone => {
                    account.left_alone(name);
                    continue;
                }
                Outcome::Error(problem) => {
                    account.error(name, problem);
                    continue;
                }
            }
            let earlier = rule.uses.iter().flat_map(|place| &variables[*place].notes);
            for note in earlier.cloned().chain(told) {
                account.warn(name, note);
            }
        }
    }
}

/// What became of one variable.
struct Evaluated<'a> {
    name: &'a str,
    failed: Option<String>,
    notes: Vec<String>,
}

enum Outcome {
    Values(Vec<String>),
    Default(Vec<String>, String),
    LeftAlone,
    Error(String),
}

impl Attributes {
    /// Evaluates the variables into the context; one that failed is not in it.
    fn variables(&self, context: &mut Context<'_, '_>) -> Vec<Evaluated<'_>> {
        let mut evaluated: Vec<Evaluated<'_>> = Vec::new();
        for variable in &self.expressions.variables {
            let value = variable
                .value
                .evaluate(context)
                .map_err(|failed| explained(failed, &evaluated))
                .and_then(|value| match texts(value.as_ref()) {
                    Ok(_) => Ok(value.into_owned()),
                    Err(problem) => Err(format!("{problem}, in {}", variable.value.short())),
                });
            let failed = match value {
                Ok(value) => {
                    context.add_variable_as_val(&*variable.name, value);
                    None
                }
                Err(problem) => Some(problem),
            };
            evaluated.push(Evaluated {
                name: &variable.name,
                failed,
                notes: notes::take(),
            });
        }
        evaluated
    }
}

fn outcome(rule: &Rule, context: &Context<'_, '_>, variables: &[Evaluated<'_>]) -> Outcome {
    let holds = match &rule.when {
        Some(when) => when.holds(context),
        None => Ok(true),
    };
    let value = match holds {
        Ok(false) => return Outcome::LeftAlone,
        Ok(true) => rule.value.texts(context),
        Err(failed) => Err(failed),
    };
    let default = |default: &Expression| {
        let values = default.texts(context);
        values.map_err(|failed| format!("the default: {}", explained(failed, variables)))
    };
    match (value, &rule.default, rule.on_error) {
        (Ok(values), Some(instead), _) if values.is_empty() => match default(instead) {
            Ok(values) => Outcome::Values(values),
            Err(problem) => Outcome::Error(problem),
        },
        (Ok(values), ..) => Outcome::Values(values),
        (Err(failed), Some(instead), OnError::Default) => match default(instead) {
            Ok(values) => Outcome::Default(values, explained(failed, variables)),
            Err(problem) => Outcome::Error(problem),
        },
        (Err(_), _, OnError::LeftAlone) => Outcome::LeftAlone,
        (Err(failed), ..) => Outcome::Error(explained(failed, variables)),
    }
}

/// A failure in words; where a variable is missing because it failed itself, the reason is its.
fn explained(failed: Failed, variables: &[Evaluated<'_>]) -> String {
    let undeclared = failed.undeclared.as_deref();
    let mut spoilt = variables.iter().filter(|it| Some(it.name) == undeclared);
    match spoilt
        .next()
        .and_then(|it| Some((it.name, it.failed.as_ref()?)))
    {
        Some((name, reason)) => format!("the variable {name}: {reason}"),
        None => failed.message,
    }
}
