//! One rule compiled, and what is wrong with it.

use provisor_cel::{Context, Expression, Vocabulary, dates};
use provisor_sdk::Problem;

use crate::combination::{Combination, Obligations};
use crate::settings::{RuleSettings, RuleVerdict};
use crate::template::Template;

/// A rule compiled.
#[derive(Debug, Clone)]
pub struct Rule {
    settings: RuleSettings,
    when: Expression,
    delay_until: Option<Expression>,
    reason: Option<Template>,
    warning: Option<Template>,
}

/// The code of a rule that could not be evaluated.
const FAILED: &str = "rule-failed";

impl Rule {
    /// Compiles a rule; what is wrong with it is added to the problems, below `path`.
    pub fn compile(
        settings: RuleSettings,
        path: &str,
        vocabulary: &Vocabulary<'_>,
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        if settings.name.trim().is_empty() {
            problems.push(Problem::new(format!("{path}/name"), "the name is empty"));
        }
        let odd = |code: &String| code.is_empty() || code.contains(char::is_whitespace);
        if settings.code.as_ref().is_some_and(odd) {
            let problem = "a code is a short word without spaces, such as protected-account";
            problems.push(Problem::new(format!("{path}/code"), problem));
        }
        let blank = |text: &String| text.trim().is_empty();
        let stops = matches!(settings.verdict, RuleVerdict::Deny | RuleVerdict::Hold);
        if stops && settings.reason.as_ref().is_none_or(blank) {
            let problem = "a rule that denies or holds needs a `reason` that a person can read";
            problems.push(Problem::new(path, problem));
        }
        if settings.route.as_ref().is_some_and(blank) {
            let problem = "the route is empty";
            problems.push(Problem::new(format!("{path}/route"), problem));
        }
        for (place, attribute) in settings.redact.iter().enumerate() {
            if blank(attribute) {
                let problem = "the name of the attribute is empty";
                problems.push(Problem::new(format!("{path}/redact/{place}"), problem));
            }
        }

        let mut judge = |member: &str, source: &str| {
            let compiled = Expression::compile(source);
            add(problems, path, member, compiled, |it| {
                it.problems(vocabulary)
            })
        };
        let when = judge("when", &settings.when);
        let delay_until = settings.delay_until.as_deref();
        let delay_until = delay_until.map(|source| judge("delay-until", source));
        let mut judge = |member: &str, source: &str| {
            let compiled = Template::compile(source);
            add(problems, path, member, compiled, |it| {
                it.expressions()
                    .flat_map(|it| it.problems(vocabulary))
                    .collect()
            })
        };
        let reason = settings.reason.as_deref().map(|it| judge("reason", it));
        let warning = settings.warning.as_deref().map(|it| judge("warning", it));
        Some(Self {
            when: when?,
            delay_until: delay_until.flatten(),
            reason: reason.flatten(),
            warning: warning.flatten(),
            settings,
        })
    }

    /// Asks the rule, and adds what it says.
    pub fn apply(&self, context: &Context<'_, '_>, combination: &mut Combination) {
        let RuleSettings { name, verdict, .. } = &self.settings;
        let asked = self.when.holds(context).map_err(String::from);
        let asked = asked.and_then(|holds| match holds {
            true => self.obligations(context).map(Some),
            false => Ok(None),
        });
        match asked {
            Ok(None) => {}
            Ok(Some(obligations)) => {
                let fill = |template: &Template| template.fill(context);
                let code = self.settings.code.as_ref().unwrap_or(name);
                let reason = self.reason.as_ref().map(fill);
                combination.verdict(*verdict, code, reason.unwrap_or_default());
                combination.obligations(obligations);
                if let Some(warning) = &self.warning {
                    combination.warning(fill(warning));
                }
            }
            Err(problem) => combination.verdict(
                RuleVerdict::Hold,
                FAILED,
                format!("the rule {name} cannot be evaluated: {problem}"),
            ),
        }
    }

    fn obligations(&self, context: &Context<'_, '_>) -> Result<Obligations, String> {
        let settings = &self.settings;
        let moments = match &self.delay_until {
            Some(expression) => expression.texts(context)?,
            None => Vec::new(),
        };
        let delay_until = match &moments[..] {
            [] => None,
            [moment] if dates::is_moment(moment) => Some(moment.clone()),
            _ => {
                return Err(
                    "delay-until should be one moment such as 2026-03-31T08:00:00Z".to_owned(),
                );
            }
        };
        Ok(Obligations {
            priority: settings.priority,
            due_in: settings.due_in.map(|length| length.0),
            route: settings.route.clone(),
            delay_until,
            disable_instead_of_delete: settings.disable_instead_of_delete,
            redact: settings.redact.clone(),
            require_note: settings.require_note,
            require_evidence: settings.require_evidence,
            by_another: settings.by_another,
            group: settings.group.clone(),
        })
    }
}

/// Adds what is wrong with one member of the rule.
fn add<T>(
    problems: &mut Vec<Problem>,
    path: &str,
    member: &str,
    compiled: Result<T, String>,
    judge: impl FnOnce(&T) -> Vec<String>,
) -> Option<T> {
    let place = format!("{path}/{member}");
    let found = match &compiled {
        Ok(compiled) => judge(compiled),
        Err(problem) => vec![problem.clone()],
    };
    let found = found.into_iter();
    problems.extend(found.map(|problem| Problem::new(place.as_str(), problem)));
    compiled.ok()
}
