//! How two versions of a component compare, as the command line shows it.

use provisor::model::{Comparison, Departed, Departure, Shown};
use provisor::replay::VersionFacts;

use crate::output::{Output, Tone, counted, plain};

/// A version in a sentence.
pub fn named(version: &VersionFacts) -> String {
    plain(&format!(
        "{} {} ({})",
        version.name,
        version.version,
        version.digest.short()
    ))
}

/// How much was compared and how much of it departs.
pub fn summary(comparison: &Comparison, output: &Output) -> String {
    let said_otherwise = comparison.departed() - comparison.failed;
    let mut parts = vec![format!("{} the same", comparison.same)];
    if said_otherwise > 0 {
        parts.push(output.paint(Tone::Warning, format!("{said_otherwise} otherwise")));
    }
    if comparison.failed > 0 {
        let failed = format!("{} without an answer", comparison.failed);
        parts.push(output.paint(Tone::Bad, failed));
    }
    parts.join(", ")
}

/// In which ways they depart, the loudest first, with the examples that there are.
pub fn departures(comparison: &Comparison, output: &Output) -> anyhow::Result<()> {
    let mut cells = Vec::new();
    for Departed {
        departure,
        count,
        examples,
    } in &comparison.departures
    {
        for (index, example) in examples.iter().enumerate() {
            let (often, what) = match index {
                0 => (count.to_string(), label(departure, output)),
                _ => (String::new(), "\"".to_owned()),
            };
            let [before, after] = sides(departure, &example.before, &example.after);
            cells.push(vec![often, what, plain(&example.subject), before, after]);
        }
        if examples.is_empty() {
            cells.push(vec![count.to_string(), label(departure, output)]);
        }
    }
    if cells.is_empty() {
        return Ok(());
    }
    output.line("")?;
    let headings = ["times", "what", "of", "active", "candidate"];
    let columns = cells.iter().map(Vec::len).max().unwrap_or_default();
    output.table(&headings[..columns], cells, "")
}

/// What a difference is called.
pub fn label(departure: &Departure, output: &Output) -> String {
    let tone = match departure {
        Departure::Failed | Departure::Renamed | Departure::Unusable => Tone::Bad,
        Departure::Verdict { .. } | Departure::Attribute { .. } | Departure::LeftAlone { .. } => {
            Tone::Warning
        }
        _ => return plain(&departure.to_string()),
    };
    let text = match departure {
        Departure::Renamed => "RENAMED".to_owned(),
        Departure::Failed => "FAILED".to_owned(),
        other => other.to_string(),
    };
    output.paint(tone, plain(&text))
}

/// What both say, in cells.
pub fn sides(departure: &Departure, before: &Shown, after: &Shown) -> [String; 2] {
    let cell = |shown: &Shown| plain(&shown.to_string()).replace('\n', " ");
    match departure {
        // The active version's answer counted, and is not the point.
        Departure::Failed => ["-".to_owned(), cell(after)],
        Departure::LeftAlone { .. } => [cell(before), "-".to_owned()],
        Departure::Managed { .. } => ["-".to_owned(), cell(after)],
        _ => [cell(before), cell(after)],
    }
}

/// So many of what the world is asked about.
pub fn inputs(world: &str, count: u64) -> String {
    match world {
        "policy" => counted(count, "recorded proposal", "recorded proposals"),
        _ => counted(count, "identity", "identities"),
    }
}
