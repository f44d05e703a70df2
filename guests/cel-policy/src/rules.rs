//! The policy: one decision from one proposal.

use std::collections::BTreeSet;

use provisor_cel::{Context, Library, Scope, Vocabulary, dates, notes};
use provisor_sdk::{Decision, Failure, Policy, Problem, Proposal};

use crate::combination::Combination;
use crate::rule::Rule;
use crate::settings::{Default, Settings};

/// The policy, built once per instance.
pub struct Rules {
    context: Context<'static, 'static>,
    rules: Vec<Rule>,
    default: Default,
    zone: String,
}

impl Policy for Rules {
    type Settings = Settings;

    fn check(settings: &Settings) -> Vec<Problem> {
        compile(settings).1
    }

    fn new(settings: Settings) -> Result<Self, Failure> {
        let (rules, problems) = compile(&settings);
        if let Some(problem) = problems.into_iter().next() {
            return Err(problem.into());
        }
        let context = Library::new(settings.tables).context();
        Ok(Self {
            context: context.map_err(Failure::configuration)?,
            rules,
            default: settings.default,
            zone: settings.time_zone,
        })
    }

    fn decide(&self, proposal: &Proposal<'_>) -> Decision {
        let row = *proposal.row();
        let scope = Scope::new()
            .text("operation", proposal.operation().as_str())
            .text("resource", proposal.resource())
            .text("account", proposal.account())
            .text("now", proposal.now())
            .text("requester", proposal.requester().unwrap_or(""))
            .text("zone", &self.zone)
            .list("changed", proposal.changed())
            .lists("identity", row, "identity.")
            .lists("current", row, "current.")
            .lists("wanted", row, "wanted.")
            .numbers("count", row, "count.");
        let mut context = self.context.new_inner_scope();
        context.set_variable_resolver(&scope);

        let mut combination = Combination::new();
        for rule in &self.rules {
            rule.apply(&context, &mut combination);
        }
        for note in notes::take() {
            combination.warning(note);
        }
        combination.decision(self.default)
    }
}

fn compile(settings: &Settings) -> (Vec<Rule>, Vec<Problem>) {
    let mut problems = Vec::new();
    if let Some(problem) = dates::judge_zone(&settings.time_zone) {
        problems.push(Problem::new("/time-zone", problem));
    }
    let vocabulary = Vocabulary {
        scalars: vec![
            "operation",
            "resource",
            "account",
            "now",
            "requester",
            "zone",
        ],
        lists: vec!["changed"],
        defined: Vec::new(),
        families: vec!["count"],
        list_families: vec!["identity", "current", "wanted"],
        tables: &settings.tables,
    };
    let mut names = BTreeSet::new();
    let mut rules = Vec::new();
    for (place, rule) in settings.rules.iter().enumerate() {
        let path = format!("/rules/{place}");
        if !names.insert(&rule.name) {
            let problem = format!("there is another rule {}", rule.name);
            problems.push(Problem::new(format!("{path}/name"), problem));
        }
        rules.extend(Rule::compile(
            rule.clone(),
            &path,
            &vocabulary,
            &mut problems,
        ));
    }
    (rules, problems)
}
