//! `provisor request`

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufReader, Read};
use std::process::ExitCode;

use anyhow::{Context, bail};
use provisor::model::IdentityId;
use provisor::{Host, HostError, Identity, Receipt, Request, Wanted};
use serde_json::{Map, Value};

use crate::arguments::RequestArguments;
use crate::output::{Output, Tone, counted, plain};

/// The longest line of a file of identities, in bytes.
const LONGEST_LINE: u64 = 2 * 1024 * 1024;

/// Requests that are made at once, so that progress can be shown.
const BATCH: usize = 500;

pub async fn run(
    host: &Host,
    arguments: &RequestArguments,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let resource = host.resource(&arguments.resource)?.name.clone();
    let identities = match (&arguments.file, &arguments.identity) {
        (Some(file), _) if file.as_os_str() == "-" => {
            read_identities(std::io::stdin().lock()).context("standard input")?
        }
        (Some(file), _) => {
            let open = std::fs::File::open(file)
                .with_context(|| format!("{} cannot be opened", file.display()))?;
            read_identities(open).with_context(|| file.display().to_string())?
        }
        (None, Some(id)) => {
            let mut identity = Identity::new(id.clone());
            for (name, value) in &arguments.attributes {
                let values = identity.attributes.entry(name.clone()).or_default();
                values.push(value.clone());
            }
            vec![identity]
        }
        (None, None) => bail!("name an identity, or a file of them with --file"),
    };
    let wanted = if arguments.remove {
        Wanted::NoAccount
    } else {
        Wanted::Account
    };
    let requests: Vec<Request> = identities
        .into_iter()
        .map(|identity| Request {
            resource: resource.clone(),
            identity,
            wanted,
            requester: arguments.requester.clone(),
            anew: arguments.anew,
            after: arguments.after,
        })
        .collect();
    let progress = (output.shows_progress() && requests.len() > BATCH)
        .then(|| indicatif::ProgressBar::new(requests.len() as u64));
    let mut results: Vec<(IdentityId, Result<Receipt, HostError>)> = Vec::new();
    for batch in requests.chunks(BATCH) {
        let receipts = host.request_all(batch.to_vec()).await?;
        results.extend(
            batch
                .iter()
                .map(|request| request.identity.id.clone())
                .zip(receipts),
        );
        if let Some(progress) = &progress {
            progress.inc(batch.len() as u64);
        }
    }
    if let Some(progress) = progress {
        progress.finish_and_clear();
    }
    if results.len() == 1
        && let Some((_, Err(error))) = results.pop_if(|(_, result)| result.is_err())
    {
        return Err(error.into());
    }
    show(&results, output)
}

fn show(
    results: &[(IdentityId, Result<Receipt, HostError>)],
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let failed = results.iter().filter(|(_, result)| result.is_err()).count();
    if output.is_json() {
        let values: Vec<Value> = results
            .iter()
            .map(|(identity, result)| match result {
                Ok(receipt) => serde_json::json!({"identity": identity, "receipt": receipt}),
                Err(error) => serde_json::json!({"identity": identity, "error": {
                    "code": error.code(), "message": error.to_string(),
                    "retryable": error.retryable(),
                }}),
            })
            .collect();
        output.json(&values)?;
        return Ok(ExitCode::from(u8::from(failed > 0)));
    }
    for (identity, result) in results {
        match result {
            Ok(receipt) => {
                for warning in &receipt.warnings {
                    output.line(format!(
                        "{} {identity}: {}",
                        output.paint(Tone::Warning, "warning:"),
                        plain(warning)
                    ))?;
                }
            }
            Err(error) => output.line(format!(
                "{} {identity}: {}",
                output.paint(Tone::Bad, "failed:"),
                plain(&error.to_string())
            ))?,
        }
    }
    if let [(identity, Ok(receipt))] = results {
        let account = receipt.identifier.as_deref().unwrap_or("no account");
        let operations: Vec<_> = receipt.operations.iter().map(ToString::to_string).collect();
        let adopted = if receipt.adopted {
            ", which was there already"
        } else {
            ""
        };
        let text = if operations.is_empty() {
            format!("{identity} has {account}{adopted}; nothing has to be done.")
        } else {
            format!(
                "{identity} has {account}{adopted}; under way: {}",
                operations.join(", ")
            )
        };
        output.line(plain(&text))?;
    } else {
        let good: Vec<&Receipt> = results
            .iter()
            .filter_map(|(_, result)| result.as_ref().ok())
            .collect();
        let adopted = good.iter().filter(|receipt| receipt.adopted).count();
        let planned: usize = good.iter().map(|receipt| receipt.operations.len()).sum();
        output.line(format!(
            "{}: {} there already, {} planned, {failed} failed",
            counted(results.len() as u64, "request", "requests"),
            counted(adopted as u64, "account was", "accounts were"),
            counted(planned as u64, "operation", "operations"),
        ))?;
    }
    Ok(ExitCode::from(u8::from(failed > 0)))
}

/// One JSON object in each line: `id`, which is there once, and attributes that are a text, a
/// number, a truth value or a list of them.
pub fn read_identities(input: impl Read) -> anyhow::Result<Vec<Identity>> {
    let mut input = BufReader::new(input);
    let mut identities = Vec::new();
    let mut lines = HashMap::new();
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        let length = input
            .by_ref()
            .take(LONGEST_LINE + 1)
            .read_until(b'\n', &mut line)
            .with_context(|| format!("line {number}"))?;
        if length == 0 {
            break;
        }
        if length as u64 > LONGEST_LINE {
            bail!("line {number} is longer than {LONGEST_LINE} bytes");
        }
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let identity = identity(&line).with_context(|| format!("line {number}"))?;
        if let Some(first) = lines.insert(identity.id.clone(), number) {
            bail!(
                "line {number}: {} was on line {first} already; say once how it should be",
                identity.id
            );
        }
        identities.push(identity);
    }
    Ok(identities)
}

fn identity(line: &[u8]) -> anyhow::Result<Identity> {
    let line = std::str::from_utf8(line).context("it is not UTF-8")?;
    let mut object: Map<String, Value> = serde_json::from_str(line).map_err(|error| {
        let problem = error.to_string();
        // The line is known better than to whoever saw only one.
        let problem = problem.split(" at line ").next().unwrap_or_default();
        anyhow::anyhow!("it is not a JSON object: {problem}")
    })?;
    let id = match object.remove("id") {
        Some(id) => text(&id).context("id")?,
        None => bail!("it has no \"id\""),
    };
    let mut attributes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in object {
        let values = match value {
            Value::Null => Vec::new(),
            Value::Array(values) => values
                .iter()
                .map(text)
                .collect::<anyhow::Result<_>>()
                .with_context(|| format!("attribute {name}"))?,
            value => vec![text(&value).with_context(|| format!("attribute {name}"))?],
        };
        attributes.insert(name, values);
    }
    Ok(Identity {
        id: IdentityId::new(id)?,
        attributes,
    })
}

fn text(value: &Value) -> anyhow::Result<String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(truth) => Ok(truth.to_string()),
        _ => bail!("it should be a text, a number, true, false or a list of them"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_are_read_line_by_line() {
        let input = "{\"id\": \"7\", \"given\": \"Ann\", \"groups\": [\"a\", 2], \"x\": null}\n\n{\"id\": 8}\n";
        let identities = read_identities(input.as_bytes()).unwrap();
        assert_eq!(identities.len(), 2);
        assert_eq!(identities[0].attributes["groups"], ["a", "2"]);
        assert!(identities[0].attributes["x"].is_empty());
    }

    #[test]
    fn a_mistake_is_named_with_its_line() {
        let message = |input: &str| format!("{:#}", read_identities(input.as_bytes()).unwrap_err());
        assert!(message("{\"id\": 1}\n{\"given\": 1}").starts_with("line 2: it has no \"id\""));
        assert!(message("{\"id\": 1, \"a\": {}}").contains("attribute a"));
        assert!(message("{\"id\": 1}\n\n{\"id\": \"1\"}").contains("line 3: 1 was on line 1"));
        assert!(message("nonsense").contains("not a JSON object"));
    }
}
