//! What a component is and says of itself.

use std::collections::BTreeSet;

use provisor::configuration::settings_schema;
use provisor_sandbox::{World, inspect};
use serde_json::Value;

use crate::trial::{Objection, Trial, broken};
use crate::work::Conditions;

/// Characters of a summary: one sentence.
const SUMMARY: usize = 200;

/// Characters of a name.
const NAME: usize = 64;

/// What the last word of a setting is that holds a secret.
const SECRET: [&str; 9] = [
    "apikey",
    "credential",
    "credentials",
    "passphrase",
    "passwd",
    "password",
    "pwd",
    "secret",
    "token",
];

/// What the last two words of a setting are that holds a secret.
const SECRET_PAIRS: [(&str, &str); 3] = [("access", "key"), ("api", "key"), ("private", "key")];

/// Loads, and insists on nothing that is not offered.
pub(crate) async fn loads(trial: &mut Trial) -> Result<(), Objection> {
    let Some(work) = trial.bench.example() else {
        return Ok(());
    };
    let done = trial.work(&work, &Conditions::default()).await;
    match (done.refused.first(), done.breakdown()) {
        (Some(refused), _) => broken(format!("it insists on {refused}, which is not granted")),
        (None, Some("denied")) => broken(done.show()),
        _ => Ok(()),
    }
}

/// Says of itself what a person and the host need to know.
pub(crate) async fn describes(trial: &mut Trial) -> Result<(), Objection> {
    let about = trial.bench.component.about().clone();
    trial.note(
        "describe",
        &format!("{} {}: {}", about.name, about.version, about.summary),
    );
    if !is_name(&about.name) || about.name.chars().count() > NAME {
        return broken(format!(
            "the name {:?} is not made of words in lower case with hyphens between them",
            about.name
        ));
    }
    if let Err(error) = semver::Version::parse(&about.version) {
        return broken(format!(
            "{:?} is no semantic version: {error}",
            about.version
        ));
    }
    let summary = about.summary.trim();
    if summary.is_empty()
        || summary.chars().count() > SUMMARY
        || summary.chars().any(char::is_control)
    {
        return broken(format!(
            "the summary is not one sentence of at most {SUMMARY} characters"
        ));
    }
    let distinct: BTreeSet<&String> = about.capabilities.iter().collect();
    if distinct.len() != about.capabilities.len() {
        return broken("an ability is named twice");
    }
    if let Some(ability) = about.capabilities.iter().find(|ability| !is_name(ability)) {
        return broken(format!("the ability {ability:?} is no word in lower case"));
    }
    match about.origins.first() {
        Some(origin) if trial.bench.world() != World::Ticketing => broken(format!(
            "it wants to reach {origin}, and only a ticketing component can reach anything"
        )),
        _ => match about.origins.iter().find(|origin| !is_origin(origin)) {
            Some(origin) => broken(format!(
                "{origin:?} is no origin such as https://example.com"
            )),
            None => Ok(()),
        },
    }
}

/// Has a schema that can judge settings, finds the example good, and marks secrets.
pub(crate) async fn has_a_schema(trial: &mut Trial) -> Result<(), Objection> {
    let schema = trial.bench.component.about().settings_schema.clone();
    let settings = trial.bench.subject.settings.clone();
    trial.note(&settings, &schema.to_string());
    let settings: Value = match serde_json::from_str(&settings) {
        Ok(settings) => settings,
        Err(error) => return broken(format!("the example settings are no JSON: {error}")),
    };
    match settings_schema::validate(&schema, &settings) {
        Err(error) => return broken(error.to_string()),
        Ok(problems) => {
            if let Some((path, problem)) = problems.first() {
                return broken(format!(
                    "the example settings do not fit: {path}: {problem}"
                ));
            }
        }
    }
    let properties = schema.get("properties").and_then(Value::as_object);
    let unmarked = properties.into_iter().flatten().find(|(name, property)| {
        let text = property.get("type").is_none_or(|kind| kind == "string");
        text && is_secret(name) && property.get("writeOnly") != Some(&Value::Bool(true))
    });
    match unmarked {
        Some((name, _)) => broken(format!(
            "the setting {name} looks like a secret and is not marked with `\"writeOnly\": true`"
        )),
        None => Ok(()),
    }
}

/// Names one version of the contract, and does the same on a host that serves a newer patch of it.
pub(crate) async fn is_of_one_version(trial: &mut Trial) -> Result<(), Objection> {
    let bytes = trial.bench.subject.bytes.clone();
    let Ok(inspection) = inspect(&bytes) else {
        return Err(Objection::Inconclusive("it cannot be inspected".to_owned()));
    };
    let names = inspection.imports.iter().chain(&inspection.exports);
    let versions: BTreeSet<&str> = names
        .filter_map(|name| name.strip_prefix("provisor:connector/")?.split_once('@'))
        .map(|(_, version)| version)
        .collect();
    let versions: Vec<&str> = versions.into_iter().collect();
    trial.note(&inspection.imports.join(", "), &versions.join(", "));
    let [version] = versions[..] else {
        return broken(format!(
            "it is made from several versions of the contract: {}",
            versions.join(", ")
        ));
    };
    let Some(newer) = newer(version) else {
        return Err(Objection::Skipped(format!(
            "a newer patch of {version} does not fit into the same bytes"
        )));
    };
    let Some(work) = trial.bench.example() else {
        return Ok(());
    };
    let expected = trial.work(&work, &Conditions::default()).await.answer;
    let bytes = renamed(bytes, version, &newer);
    let loaded = trial.bench.sandbox.load(&bytes).await;
    let Ok(component) = loaded else {
        return broken(format!("with {newer} of the contract it does not load"));
    };
    let bench = trial.bench.with(component);
    let done = bench.work(&work, &Conditions::default()).await;
    trial.saw(&work, &done);
    match (done.answer, expected) {
        (Ok(found), Ok(expected)) if found != expected => broken(format!(
            "with {newer} of the contract it answers something else"
        )),
        (Err(error), Ok(_)) => broken(format!("with {newer} of the contract it fails: {error}")),
        _ => Ok(()),
    }
}

/// The last patch of the same minor version that is written with as many characters.
fn newer(version: &str) -> Option<String> {
    let (minor, patch) = version.rsplit_once('.')?;
    (patch.len() == 1 && patch != "9").then(|| format!("{minor}.9"))
}

fn renamed(mut bytes: Vec<u8>, version: &str, newer: &str) -> Vec<u8> {
    const PACKAGE: &[u8] = b"provisor:connector/";
    let mut at = 0;
    while let Some(place) = bytes[at..]
        .windows(PACKAGE.len())
        .position(|it| it == PACKAGE)
    {
        let mut end = at + place + PACKAGE.len();
        while bytes
            .get(end)
            .is_some_and(|byte| byte.is_ascii_lowercase() || *byte == b'-')
        {
            end += 1;
        }
        let found = end + 1..end + 1 + version.len();
        if bytes.get(end) == Some(&b'@') && bytes.get(found.clone()) == Some(version.as_bytes()) {
            bytes[found].copy_from_slice(newer.as_bytes());
        }
        at = end;
    }
    bytes
}

fn is_name(text: &str) -> bool {
    let word = |word: &str| {
        let rest = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        !word.is_empty() && word.chars().all(rest)
    };
    text.starts_with(|c: char| c.is_ascii_lowercase()) && text.split('-').all(word)
}

fn is_origin(text: &str) -> bool {
    let url = url::Url::parse(text);
    url.is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https") && url.origin().ascii_serialization() == text
    })
}

/// Whether a setting of this name holds a secret, by its last words.
fn is_secret(name: &str) -> bool {
    let mut spread = String::new();
    let mut before = ' ';
    for c in name.chars() {
        if before.is_lowercase() && c.is_uppercase() {
            spread.push('-');
        }
        spread.extend(c.to_lowercase());
        before = c;
    }
    let words: Vec<&str> = spread
        .split(['-', '_', '.'])
        .filter(|it| !it.is_empty())
        .collect();
    match words[..] {
        [.., before, last] => SECRET.contains(&last) || SECRET_PAIRS.contains(&(before, last)),
        [last] => SECRET.contains(&last),
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_their_last_words() {
        for name in [
            "password",
            "client-secret",
            "apiKey",
            "API_TOKEN",
            "private-key",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in ["token-url", "secret-name", "key", "passwords-allowed", ""] {
            assert!(!is_secret(name), "{name}");
        }
    }

    #[test]
    fn names_and_origins_are_told_from_others() {
        assert!(is_name("cel-mapping") && is_name("a2"));
        assert!(!is_name("Cel") && !is_name("a--b") && !is_name("2a") && !is_name(""));
        assert!(is_origin("https://example.com") && is_origin("http://x:8080"));
        assert!(!is_origin("https://example.com/") && !is_origin("example.com"));
        assert!(!is_origin("ftp://x"));
    }

    #[test]
    fn only_the_version_of_the_contract_is_renamed() {
        let bytes =
            b"provisor:connector/log@0.1.0 wasi:io/poll@0.1.0 provisor:connector/x".to_vec();
        let renamed = renamed(bytes, "0.1.0", "0.1.9");
        let told = String::from_utf8(renamed).unwrap();
        assert_eq!(
            told,
            "provisor:connector/log@0.1.9 wasi:io/poll@0.1.0 provisor:connector/x"
        );
    }
}
