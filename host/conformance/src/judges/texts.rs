//! What becomes of texts: values, log lines, secrets.

use provisor_sandbox::log::COVERED;
use serde_json::Value;

use crate::judges::settings::without_required;
use crate::system::NOBODY;
use crate::trial::{Objection, Trial, broken};
use crate::work::{Conditions, Done, Work};

/// Keeps letters as they are, or refuses them.
pub(crate) async fn are_not_mangled(trial: &mut Trial) -> Result<(), Objection> {
    let bench = trial.bench.clone();
    if bench
        .subject
        .target
        .as_ref()
        .is_some_and(|it| !it.has_people())
    {
        return Err(Objection::Skipped(NOBODY.to_owned()));
    }
    for (work, done) in &bench.stress().await.works {
        trial.saw(work, done);
        let Ok(answer) = &done.answer else {
            continue;
        };
        let mut said = Vec::new();
        strings(answer, &mut said);
        let given = work.texts();
        if let Some(mangled) = said.iter().find_map(|said| mangled(said, &given)) {
            return broken(mangled);
        }
    }
    Ok(())
}

/// How a text that a component said is one that it was given and has mangled.
fn mangled<T: AsRef<str>>(said: &str, given: &[T]) -> Option<String> {
    let replaced = |text: &str| text.contains('\u{fffd}');
    if replaced(said) && !given.iter().any(|given| replaced(given.as_ref())) {
        return Some(format!("{said:?} has characters that could not be read"));
    }
    given
        .iter()
        .map(AsRef::as_ref)
        .filter(|given| !given.is_ascii())
        .find_map(|given| {
            let marks: String = given
                .chars()
                .map(|c| if c.is_ascii() { c } else { '?' })
                .collect();
            // Each byte taken for a character, as in ISO 8859-1.
            let bytes: String = given.bytes().map(char::from).collect();
            // Two letters at least, for a mark alone may stand anywhere.
            let telling = marks.chars().filter(char::is_ascii_alphanumeric).count() > 1;
            let is = telling && said.contains(&marks) || said.contains(&bytes);
            is.then(|| format!("{given:?} became {said:?}"))
        })
}

fn strings<'a>(value: &'a Value, all: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => all.push(text),
        Value::Array(list) => list.iter().for_each(|value| strings(value, all)),
        Value::Object(object) => object.values().for_each(|value| strings(value, all)),
        _ => {}
    }
}

/// Writes log lines that are lines.
pub(crate) async fn log_lines_are_clean(trial: &mut Trial) -> Result<(), Objection> {
    let bench = trial.bench.clone();
    for (work, done) in &bench.stress().await.works {
        trial.saw(work, done);
        // Languages print the message of a panic by themselves; that it panics is judged elsewhere.
        if done.report.log_lines_cleaned > 0 && done.breakdown().is_none() {
            let line = done.log.iter().find(|line| line.text.contains('\\'));
            let line = line.map_or("", |line| line.text.as_str());
            return broken(format!("a log line has control characters: {line}"));
        }
    }
    Ok(())
}

/// Lets no secret out: not in answers, not in failures, not in log lines.
pub(crate) async fn secrets_stay_secret(trial: &mut Trial) -> Result<(), Objection> {
    let bench = trial.bench.clone();
    if bench.canaries.is_empty() {
        return Err(Objection::NotApplicable("it has no secrets".to_owned()));
    }
    let mut dones: Vec<(Work, Done)> = Vec::new();
    if let Some(work) = bench.example() {
        let mut conditions = vec![Conditions::default()];
        for mutant in without_required(&bench)? {
            conditions.push(Conditions {
                settings: Some(mutant.settings.to_string()),
                ..Conditions::default()
            });
        }
        for conditions in conditions {
            let done = trial.work(&work, &conditions).await;
            dones.push((work.clone(), done));
        }
    }
    for (work, done) in dones.iter().chain(&bench.stress().await.works) {
        let told = done
            .failure()
            .map_or("", |failure| failure.message.as_str());
        if done.report.log_lines_covered > 0 || told.contains(COVERED) {
            trial.saw(work, done);
            return broken(
                "a log line or a failure has a secret in it, which the host had to cover",
            );
        }
        let everything = done.everything().to_lowercase();
        for (name, canary) in &bench.canaries {
            if everything.contains(canary) {
                trial.saw(work, done);
                return broken(format!("the secret {name} can be read in what it says"));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_lost_letters_is_noticed() {
        assert!(mangled("Zo?", &["Zo\u{e9}"]).is_some());
        assert!(mangled("Zo\u{c3}\u{a9}", &["Zo\u{e9}"]).is_some());
        assert!(mangled("Zo\u{fffd}", &["Zo\u{e9}"]).is_some());
    }

    #[test]
    fn a_text_that_was_changed_on_purpose_is_none_of_our_business() {
        assert!(mangled("zoe", &["Zo\u{e9}"]).is_none());
        assert!(mangled("ZO\u{c9}", &["Zo\u{e9}"]).is_none());
        assert!(mangled("why?", &["why?", "Zo\u{e9}"]).is_none());
        assert!(mangled("\u{fffd}", &["a\u{fffd}"]).is_none());
    }
}
