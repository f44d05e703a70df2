//! How a component takes settings that are wrong.

use provisor::configuration::settings_schema;
use provisor_sandbox::FailureKind;
use serde_json::{Map, Value, json};

use crate::bench::Bench;
use crate::trial::{Objection, Trial, broken};
use crate::work::Conditions;

/// A setting that no component has.
const UNKNOWN: &str = "nobody-knows-this-setting";

/// Settings that are wrong in one way.
pub(crate) struct Mutant {
    /// What is wrong, in words.
    pub wrong: String,
    /// The setting that it is about.
    pub name: String,
    /// The settings.
    pub settings: Value,
}

/// The example settings as an object.
fn example(bench: &Bench) -> Result<Map<String, Value>, Objection> {
    serde_json::from_str(&bench.subject.settings)
        .map_err(|_| Objection::Inconclusive("the example settings are no JSON object".to_owned()))
}

/// The example without one of the settings that have to be there, each in turn.
pub(crate) fn without_required(bench: &Bench) -> Result<Vec<Mutant>, Objection> {
    let example = example(bench)?;
    let schema = &bench.component.about().settings_schema;
    let marked = |name: &str| schema["properties"][name]["writeOnly"] == true;
    let required = schema["required"].as_array().into_iter().flatten();
    Ok(required
        .filter_map(Value::as_str)
        .filter(|name| !marked(name) && example.contains_key(*name))
        .map(|name| {
            let mut settings = example.clone();
            settings.remove(name);
            Mutant {
                wrong: format!("without {name}"),
                name: name.to_owned(),
                settings: settings.into(),
            }
        })
        .collect())
}

/// The example with a value of each type of JSON in one setting.
fn of_every_type(example: &Map<String, Value>, name: &str) -> Vec<Mutant> {
    let values = [
        json!(null),
        json!(true),
        json!(-1.5),
        json!("\u{0}"),
        json!([[]]),
        json!({"\u{0}": []}),
    ];
    let mutant = |value: Value| {
        let mut settings = example.clone();
        let wrong = format!("with {name} = {value}");
        settings.insert(name.to_owned(), value);
        Mutant {
            wrong,
            name: name.to_owned(),
            settings: settings.into(),
        }
    };
    values.into_iter().map(mutant).collect()
}

/// Refuses settings that miss something, have a wrong type, or are not known; and says where.
pub(crate) async fn are_judged(trial: &mut Trial) -> Result<(), Objection> {
    let bench = trial.bench.clone();
    let example = example(&bench)?;
    trial.note(&bench.subject.settings, "good");
    let schema = &bench.component.about().settings_schema;
    if settings_schema::validate(schema, &example.clone().into()) != Ok(Vec::new()) {
        return Err(Objection::Inconclusive(
            "the schema does not accept the example, see G3".to_owned(),
        ));
    }
    match bench.problems(&example.clone().into()).await {
        Err(error) => return broken(error),
        Ok(problems) => {
            if let Some((path, problem)) = problems.first() {
                return broken(format!(
                    "it refuses the example settings: {path}: {problem}"
                ));
            }
        }
    }
    let mut unknown = example.clone();
    unknown.insert(UNKNOWN.to_owned(), json!("x"));
    let mut mutants = without_required(&bench)?;
    mutants.push(Mutant {
        wrong: format!("with {UNKNOWN}"),
        name: UNKNOWN.to_owned(),
        settings: unknown.into(),
    });
    for mutant in &mutants {
        refused(trial, mutant).await?;
    }
    for name in example.keys() {
        let mut accepted = true;
        for mutant in of_every_type(&example, name) {
            let problems = bench.problems(&mutant.settings).await;
            accepted &= problems.is_ok_and(|problems| problems.is_empty());
        }
        if accepted {
            trial.note(&format!("{name} with every type of JSON"), "good");
            return broken(format!("any type of JSON is accepted as {name}"));
        }
    }
    Ok(())
}

async fn refused(trial: &mut Trial, mutant: &Mutant) -> Result<(), Objection> {
    let problems = trial.bench.problems(&mutant.settings).await;
    trial.note(&mutant.settings.to_string(), &format!("{problems:?}"));
    match problems {
        Err(error) => broken(format!("{}: {error}", mutant.wrong)),
        Ok(problems) => match problems.first() {
            None => broken(format!("settings {} are accepted", mutant.wrong)),
            Some((path, _)) if !path.is_empty() && !path.starts_with('/') => broken(format!(
                "the place of a problem is no JSON pointer: {path:?}"
            )),
            Some((path, problem)) if path.is_empty() && !problem.contains(&mutant.name) => broken(
                format!("settings {} are refused without a place", mutant.wrong),
            ),
            Some(_) => Ok(()),
        },
    }
}

/// Fails with the kinds that say what happened: `configuration` for settings, and none that blames
/// another system where there is no other system.
pub(crate) async fn failures_are_typed(trial: &mut Trial) -> Result<(), Objection> {
    let bench = trial.bench.clone();
    let Some(work) = bench.example() else {
        return Err(Objection::Inconclusive("there is no example".to_owned()));
    };
    let broken_texts = ["", "{", "[]", "null", "\u{0}"];
    let mutants = without_required(&bench)?;
    let mutants = mutants.iter().map(|mutant| mutant.settings.to_string());
    for settings in broken_texts.into_iter().map(str::to_owned).chain(mutants) {
        let conditions = Conditions {
            settings: Some(settings.clone()),
            ..Conditions::default()
        };
        let done = trial.work(&work, &conditions).await;
        match done.failure() {
            Some(failure) if failure.kind != FailureKind::Configuration => {
                return broken(format!(
                    "with the settings {settings:?} it fails as {:?}, not as configuration",
                    failure.kind
                ));
            }
            Some(failure) if failure.message.trim().is_empty() => {
                return broken("a failure has no message");
            }
            _ => {}
        }
    }
    for (work, done) in &bench.stress().await.works {
        let Some(failure) = done.failure() else {
            continue;
        };
        let outside = matches!(
            failure.kind,
            FailureKind::Unauthorized
                | FailureKind::Unavailable
                | FailureKind::RateLimited
                | FailureKind::Ambiguous
        );
        if outside && work.is_alone() {
            trial.saw(work, done);
            return broken(format!(
                "it fails as {:?} and has no other system to blame",
                failure.kind
            ));
        }
    }
    Ok(())
}
