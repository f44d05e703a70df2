//! What stands behind a ticketing component: what was typed, or else what its project says.

use std::fs::File;
use std::io::{BufRead, IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use provisor::configuration::read_grant;
use provisor_conformance::live::TICKETS;
use provisor_conformance::recording::LARGEST;
use provisor_conformance::simulated::PRODUCTS;
use provisor_conformance::{Live, People, PeopleCommand, Recorded, Simulated, Target};
use provisor_kit::Project;
use provisor_kit::project::FILE;
use provisor_simulated::Markup;
use serde::Deserialize;

use crate::arguments::ConformArguments;
use crate::commands::component::content;
use crate::output::counted;

/// Bytes of a file that says what a system is.
const LONGEST: u64 = 256 * 1024;

/// Tickets that anybody may let a run make.
const MOST_TICKETS: u32 = 100_000;

/// The keys of `[conformance.target]` that are not those of a reach.
const OWN: [&str; 3] = ["people", "markup", "tickets"];

/// The keys of `[conformance.target]` that are not those of a reach; the others are left to it.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Own {
    people: Vec<String>,
    markup: Markup,
    tickets: Option<u32>,
}

/// What was typed, or else what the project says: a product, a recording, a system that is there.
pub fn of(
    arguments: &ConformArguments,
    project: Option<&Project>,
) -> anyhow::Result<Option<Target>> {
    if let Some(name) = &arguments.product {
        return simulated(name).map(Some);
    }
    if let Some(file) = &arguments.recording {
        return recorded(file).map(Some);
    }
    if let Some(file) = &arguments.target {
        let folder = file.parent().unwrap_or(Path::new(""));
        let name = file.display().to_string();
        return live(&text(file)?, folder, &name, &[]).map(Some);
    }
    if let Some(origin) = &arguments.url {
        return live(
            &typed(origin, arguments),
            Path::new(""),
            "what was typed",
            &[],
        )
        .map(Some);
    }
    let Some(project) = project else {
        return match arguments.live {
            true => bail!("--live is for a project; name the system with --target or --url"),
            false => Ok(None),
        };
    };
    let declared = &project.conformance;
    if !arguments.live {
        if let Some(name) = &declared.product {
            return simulated(name).map(Some);
        }
        if let Some(file) = &declared.recording {
            return recorded(file).map(Some);
        }
    }
    match (declared.is_live, arguments.live) {
        (true, _) => {
            let file = project.folder.join(FILE);
            let name = file.display().to_string();
            let steps = ["conformance", "target"];
            live(&text(&file)?, &project.folder, &name, &steps).map(Some)
        }
        (false, true) => bail!("{FILE} has no section [conformance.target], which --live is about"),
        (false, false) => Ok(None),
    }
}

/// Says how many tickets are made, and asks whoever sits there whether they may be.
pub fn ask(live: &Live, is_agreed: bool) -> anyhow::Result<()> {
    let what = format!(
        "this makes up to {} at {} and withdraws what it can afterwards",
        counted(live.tickets, "ticket", "tickets"),
        live.grant.origin
    );
    let mut errors = std::io::stderr().lock();
    if is_agreed {
        writeln!(errors, "{what}")?;
        return Ok(());
    }
    if !std::io::stdin().is_terminal() {
        bail!("{what}; type --yes if that is meant");
    }
    write!(errors, "{what}. Go on? [y/N] ")?;
    errors.flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    match answer.trim().to_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => bail!("nothing was tried"),
    }
}

fn simulated(name: &str) -> anyhow::Result<Target> {
    match Simulated::by_name(name) {
        Some(product) => Ok(Target::Simulated(product)),
        None => {
            let known: Vec<&str> = PRODUCTS.iter().map(|product| product.name).collect();
            bail!(
                "{name:?} is no simulated product; there are {}",
                known.join(", ")
            )
        }
    }
}

fn recorded(file: &Path) -> anyhow::Result<Target> {
    let bytes = read(file, LARGEST)?;
    let recorded = Recorded::from_bytes(&bytes).with_context(|| file.display().to_string())?;
    Ok(Target::Recorded(recorded))
}

/// A system that is there, as a table in this text says.
fn live(
    text: &str,
    folder: &Path,
    file_name: &str,
    steps: &[&'static str],
) -> anyhow::Result<Target> {
    let grant = read_grant(text, folder, file_name, steps, &OWN)?;
    let own = own(text, steps).with_context(|| file_name.to_owned())?;
    let tickets = own.tickets.unwrap_or(TICKETS);
    if !(1..=MOST_TICKETS).contains(&tickets) {
        bail!("{file_name}: tickets is {tickets}; it must be 1 to {MOST_TICKETS}");
    }
    let people = PeopleCommand::new(&own.people, folder);
    let mut live = Live::new(grant);
    live.people = people.map(|people| Arc::new(people) as Arc<dyn People>);
    live.markup = own.markup;
    live.tickets = tickets;
    Ok(live.into())
}

fn own(text: &str, steps: &[&str]) -> anyhow::Result<Own> {
    let mut table: toml::Value = toml::from_str::<toml::Table>(text)?.into();
    for step in steps {
        let inner = table.get(step).cloned();
        table = inner.with_context(|| format!("there is no {}", steps.join(".")))?;
    }
    Ok(table.try_into()?)
}

/// What was typed, as a file would say it.
fn typed(origin: &str, arguments: &ConformArguments) -> String {
    let networks: Vec<String> = arguments
        .allow_private
        .iter()
        .map(|it| it.to_string())
        .collect();
    let mut text = format!("origin = {origin:?}\nallow-private = {networks:?}\n");
    if let Some(credential) = &arguments.credential {
        text.push_str(&format!("credential = {credential}\n"));
    }
    text
}

fn text(file: &Path) -> anyhow::Result<String> {
    String::from_utf8(read(file, LONGEST)?)
        .with_context(|| format!("{} is not UTF-8", file.display()))
}

/// The bytes of a file that has no more than so many.
fn read(file: &Path, most: u64) -> anyhow::Result<Vec<u8>> {
    let name = file.display();
    let opened = File::open(file).with_context(|| format!("{name} cannot be read"))?;
    content(opened, name, most)
}
