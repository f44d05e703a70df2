//! The built-in policy: rules with CEL conditions.
//!
//! Every rule whose condition holds counts. Of their verdicts the strongest stands: deny before
//! hold before allow. Their obligations come together; the host lets the stricter of two of a kind
//! stand. A rule that cannot be evaluated holds the operation: it is never let pass by mistake.

mod settings;

use std::collections::HashMap;

use provisor_cel::{Context, Expression, Library, Value, texts};
use provisor_sdk::{
    Decision, Failure, FailureKind, Obligation, Policy, Problem, Proposal, Verdict, export_policy,
};

pub use settings::{Rule, RuleVerdict, Settings};

/// The variables that every condition has.
const VARIABLES: [&str; 10] = [
    "operation",
    "resource",
    "account",
    "changed",
    "now",
    "requester",
    "identity",
    "current",
    "wanted",
    "count",
];

/// The policy at work.
pub struct CelPolicy {
    context: Context<'static, 'static>,
    rules: Vec<Compiled>,
}

struct Compiled {
    rule: Rule,
    when: Expression,
    delay_until: Option<Expression>,
}

impl Policy for CelPolicy {
    type Settings = Settings;

    fn check(settings: &Settings) -> Vec<Problem> {
        let functions = Library::names();
        let mut problems = Vec::new();
        for (index, rule) in settings.rules.iter().enumerate() {
            let sources = [
                ("when", Some(&rule.when)),
                ("delay-until", rule.delay_until.as_ref()),
            ];
            for (key, source) in sources {
                let path = format!("/rules/{index}/{key}");
                match source.map(|source| Expression::compile(source)) {
                    None => {}
                    Some(Err(problem)) => problems.push(Problem::new(path, problem)),
                    Some(Ok(expression)) => {
                        for unknown in expression.unknown(&VARIABLES, &functions) {
                            problems.push(Problem::new(path.clone(), unknown));
                        }
                    }
                }
            }
            let stops = matches!(rule.verdict, RuleVerdict::Deny | RuleVerdict::Hold);
            if stops
                && rule
                    .reason
                    .as_ref()
                    .is_none_or(|reason| reason.trim().is_empty())
            {
                problems.push(Problem::new(
                    format!("/rules/{index}"),
                    "a rule that denies or holds needs a reason that a person can read",
                ));
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
        let mut rules = Vec::new();
        for rule in settings.rules {
            rules.push(Compiled {
                when: Expression::compile(&rule.when).map_err(broken)?,
                delay_until: rule
                    .delay_until
                    .as_deref()
                    .map(Expression::compile)
                    .transpose()
                    .map_err(broken)?,
                rule,
            });
        }
        Ok(Self {
            context: Library::new(Default::default()).context().map_err(broken)?,
            rules,
        })
    }

    fn decide(&self, proposal: &Proposal<'_>) -> Decision {
        let mut scope = self.context.new_inner_scope();
        scope.add_variable_from_value("operation", proposal.operation().as_str());
        scope.add_variable_from_value("resource", proposal.resource());
        scope.add_variable_from_value("account", proposal.account());
        scope.add_variable_from_value("now", proposal.now());
        scope.add_variable_from_value("requester", proposal.requester().unwrap_or(""));
        let changed: Vec<Value> = proposal.changed().map(Value::from).collect();
        scope.add_variable_from_value("changed", changed);
        for root in ["identity", "current", "wanted"] {
            scope.add_variable_from_value(root, members(proposal, root));
        }
        scope.add_variable_from_value("count", counts(proposal));

        let mut decision = Decision::not_applicable();
        let mut strength = 0;
        for compiled in &self.rules {
            let held = |problem: String| {
                Decision::hold(
                    "rule-failed",
                    format!("rule {} cannot be evaluated: {problem}", compiled.rule.name),
                )
            };
            match compiled.when.holds(&scope) {
                Err(problem) => return held(problem),
                Ok(false) => continue,
                Ok(true) => {}
            }
            match compiled.obligations(&scope) {
                Ok(obligations) => decision.obligations.extend(obligations),
                Err(problem) => return held(problem),
            }
            let rule = &compiled.rule;
            let (stronger, verdict) = match rule.verdict {
                RuleVerdict::None if !decision.obligations.is_empty() => (1, Verdict::Allow),
                RuleVerdict::None => continue,
                RuleVerdict::Allow => (1, Verdict::Allow),
                RuleVerdict::Hold => (2, Verdict::Hold),
                RuleVerdict::Deny => (3, Verdict::Deny),
            };
            if stronger > strength {
                strength = stronger;
                decision.verdict = verdict;
                decision.code = rule.code.clone().unwrap_or_else(|| rule.name.clone());
                decision.reason = rule.reason.clone().unwrap_or_default();
            }
        }
        decision
    }
}

impl Compiled {
    fn obligations(&self, scope: &Context<'_, '_>) -> Result<Vec<Obligation>, String> {
        let rule = &self.rule;
        let mut obligations = Vec::new();
        obligations.extend(
            rule.priority
                .map(|priority| Obligation::Priority(priority.into())),
        );
        obligations.extend(rule.due_in.map(Obligation::DueIn));
        obligations.extend(rule.route.clone().map(Obligation::Route));
        if let Some(delay_until) = &self.delay_until {
            let value = texts(&delay_until.evaluate(scope)?)?;
            match &value[..] {
                [moment] => obligations.push(Obligation::DelayUntil(moment.clone())),
                _ => return Err("delay-until is no single moment".to_owned()),
            }
        }
        if rule.disable_instead_of_delete {
            obligations.push(Obligation::DisableInsteadOfDelete);
        }
        obligations.extend(rule.redact.iter().cloned().map(Obligation::Redact));
        if rule.require_note {
            obligations.push(Obligation::RequireNote);
        }
        Ok(obligations)
    }
}

/// The members of `identity`, `current` or `wanted`: lists by name, also with underscores for
/// hyphens.
fn members(proposal: &Proposal<'_>, root: &str) -> Value {
    let mut members: HashMap<String, Value> = HashMap::new();
    for (column, cell) in proposal.cells() {
        let Some(name) = column
            .strip_prefix(root)
            .and_then(|rest| rest.strip_prefix('.'))
        else {
            continue;
        };
        let values: Vec<Value> = cell.map(Value::from).collect();
        if name.contains('-') {
            members.insert(name.replace('-', "_"), Value::from(values.clone()));
        }
        members.insert(name.to_owned(), Value::from(values));
    }
    Value::Map(members.into())
}

fn counts(proposal: &Proposal<'_>) -> Value {
    let mut counts: HashMap<String, Value> = HashMap::new();
    for (column, mut cell) in proposal.cells() {
        if let (Some(name), Some(number)) = (
            column.strip_prefix("count."),
            cell.next().and_then(|text| text.parse::<i64>().ok()),
        ) {
            counts.insert(name.replace('-', "_"), Value::Int(number));
        }
    }
    Value::Map(counts.into())
}

export_policy!(CelPolicy, {
    name: "cel-policy",
    summary: "Decides by rules with CEL conditions.",
    settings_schema: include_str!("../settings.schema.json"),
});
