//! `provisor resource`

use std::process::ExitCode;

use provisor::{Host, ResourceView};

use crate::arguments::ResourceCommand;
use crate::output::{Output, Tone, plain};
use crate::table::Rows;

pub fn run(host: &Host, command: &ResourceCommand, output: &Output) -> anyhow::Result<ExitCode> {
    match command {
        ResourceCommand::List => list(host, output)?,
        ResourceCommand::Show { resource } => show(host, resource, output)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn list(host: &Host, output: &Output) -> anyhow::Result<()> {
    let views = host
        .configuration()
        .resources
        .keys()
        .map(|name| host.resource_view(name.as_str()))
        .collect::<Result<Vec<_>, _>>()?;
    if output.is_json() {
        return output.json(&views);
    }
    let cells = views
        .iter()
        .map(|view| {
            vec![
                view.name.clone(),
                plain(&view.title),
                view.accounts.to_string(),
                under_way(view),
                view.drifted.to_string(),
                last_export(view),
            ]
        })
        .collect();
    let attention = views.iter().map(|view| match view.attention.as_slice() {
        [] => String::new(),
        sentences => output.paint(Tone::Warning, plain(&sentences.join("; "))),
    });
    let rows = Rows {
        headings: &[
            "resource",
            "title",
            "accounts",
            "under way",
            "drifted",
            "last export",
        ],
        cells,
        remarks: Some(("attention", attention.collect())),
    };
    output.rows(&rows, "The configuration has no resource.")
}

fn show(host: &Host, name: &str, output: &Output) -> anyhow::Result<()> {
    let view = host.resource_view(name)?;
    if output.is_json() {
        return output.json(&view);
    }
    let resource = host.resource(name)?;
    output.line(format!(
        "{} ({})",
        output.paint(Tone::Strong, plain(&view.title)),
        view.name
    ))?;
    let component = |used: Option<&provisor::configuration::ComponentUse>| {
        used.map_or("none".to_owned(), |used| used.component.to_string())
    };
    let tickets = resource.tickets.as_ref().map_or("none".to_owned(), |used| {
        format!("{}, in {}", used.component.component, used.system)
    });
    let operators: Vec<_> = resource.operators.iter().map(ToString::to_string).collect();
    for (label, text) in [
        ("operators", operators.join(", ")),
        ("mapping", component(resource.mapping.as_ref())),
        ("policy", component(resource.policy.as_ref())),
        (
            "reader",
            component(resource.reader.as_ref().map(|reader| &reader.component)),
        ),
        ("tickets", tickets),
        ("accounts", view.accounts.to_string()),
        ("under way", under_way(&view)),
        ("drifted", view.drifted.to_string()),
        ("unexpected", view.unexpected.to_string()),
        ("last export", last_export(&view)),
    ] {
        output.line(format!("  {label:<12} {}", plain(&text)))?;
    }
    output.line("")?;
    let schema = &resource.rules.schema;
    let rows = schema
        .attributes()
        .map(|(name, attribute)| {
            let mut traits = Vec::new();
            for (has, text) in [
                (name == schema.identifier(), "identifier"),
                (schema.status() == Some(name), "status"),
                (attribute.is_required(), "required"),
                (attribute.is_multi_valued(), "several values"),
                (attribute.ignores_case(), "case does not matter"),
                (attribute.is_secret(), "secret: never stored"),
            ] {
                if has {
                    traits.push(text);
                }
            }
            vec![
                name.to_string(),
                attribute.kind().example().to_owned(),
                traits.join(", "),
            ]
        })
        .collect();
    output.table(&["attribute", "values", ""], rows, "")?;
    for attention in &view.attention {
        output.line("")?;
        output.sentence(0, Tone::Warning, "attention:", attention)?;
    }
    Ok(())
}

fn under_way(view: &ResourceView) -> String {
    let parts: Vec<_> = view
        .under_way
        .iter()
        .map(|(state, count)| format!("{count} {state}"))
        .collect();
    if parts.is_empty() {
        "nothing".to_owned()
    } else {
        parts.join(", ")
    }
}

fn last_export(view: &ResourceView) -> String {
    match &view.last_export {
        _ if !view.verifies => "people are believed".to_owned(),
        None => "none yet".to_owned(),
        Some(export) => format!("{} of {}", export.id, export.exported_at),
    }
}
