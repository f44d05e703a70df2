//! A component together with what the resource says about it.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use provisor_model::ComponentName;
use serde_json::Value;

use super::section::{Entry, Section, quote};
use super::settings::Places;
use super::source::Source;
use super::{LimitOverrides, Location, Mistake, Secrets, limits, secret, settings};

/// Which component is meant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ComponentReference {
    /// One that is part of this program.
    Builtin(String),
    /// A file.
    File(PathBuf),
    /// The version that is active of one that was uploaded.
    Uploaded(ComponentName),
}

/// What stands before the name of an uploaded component.
const UPLOADED: &str = "uploaded:";

impl fmt::Display for ComponentReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ComponentReference::Builtin(name) => f.pad(name),
            ComponentReference::File(path) => f.pad(&path.display().to_string()),
            ComponentReference::Uploaded(name) => f.pad(&format!("{UPLOADED}{name}")),
        }
    }
}

/// One use of a component by a resource.
#[derive(Clone)]
pub struct ComponentUse {
    /// Which component.
    pub component: ComponentReference,
    /// Its settings, a JSON object; empty when there are none. The component's own schema
    /// judges them.
    pub settings: Value,
    /// Its secrets.
    pub secrets: Secrets,
    /// What it may use beyond or below the defaults of the sandbox.
    pub limits: LimitOverrides,
    source: Arc<Source>,
    component_offset: usize,
    places: Places,
    /// Settings that were laid over those of another place in the file.
    over: Option<Places>,
}

impl ComponentUse {
    /// The same component with more settings laid over its own: what both have is replaced, tables
    /// are laid over tables.
    pub(super) fn overlaid(&self, settings: &Value, places: Places) -> Self {
        let mut all = self.clone();
        lay_over(&mut all.settings, settings);
        all.over = Some(places);
        all
    }

    /// Where a JSON pointer into the settings, such as `/columns/2/type`, stands in the file. A
    /// pointer that leads nowhere stands where the nearest thing above it does.
    pub fn locate(&self, pointer: &str) -> Location {
        let over = self.over.as_ref().filter(|_| self.is_laid_over(pointer));
        self.source
            .location(over.unwrap_or(&self.places).offset(pointer))
    }

    /// Whether what a JSON pointer leads to was said by whoever uses the component, over the settings
    /// that all users share.
    pub(crate) fn is_laid_over(&self, pointer: &str) -> bool {
        self.over.as_ref().is_some_and(|over| {
            let depth = over.depth(pointer);
            depth > 0 && depth >= self.places.depth(pointer)
        })
    }

    /// A mistake in the settings that the component or its schema found at a JSON pointer. A
    /// `path` that ends in `component` speaks of the reference to the component itself.
    pub fn mistake(&self, pointer: &str, path: &str, message: impl Into<String>) -> Mistake {
        let location = if pointer.is_empty() && path.ends_with(".component") {
            self.source.location(self.component_offset)
        } else {
            self.locate(pointer)
        };
        Mistake::new(location, path, message)
    }
}

impl fmt::Debug for ComponentUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ComponentUse")
            .field("component", &self.component)
            .field("settings", &self.settings)
            .field("secrets", &self.secrets)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// Reads the keys that every use of a component has. The caller asks for its own keys first and
/// refuses unknown ones afterwards; `example` is how the reference could look.
pub(super) fn read(section: &Section<'_, '_>, example: &str) -> Option<ComponentUse> {
    let reference = section.required("component", example);
    let settings = section.entry("settings");
    let secrets = section.entry("secrets");
    let limits = section.section("limits");
    let component = reference.as_ref().and_then(read_reference);
    let (settings, places) = match &settings {
        Some(entry) => settings::read(entry)?,
        None => (
            Value::Object(serde_json::Map::new()),
            Places::at(reference.as_ref().map_or(0, Entry::offset)),
        ),
    };
    let secrets = secrets
        .and_then(|entry| entry.into_secret().section())
        .map(|section| secret::read(&section))
        .unwrap_or_default();
    let limits = limits
        .map(|section| limits::read(&section))
        .unwrap_or_default();
    let reference = reference?;
    Some(ComponentUse {
        component: component?,
        settings,
        secrets,
        limits,
        source: reference.findings().source().clone(),
        component_offset: reference.offset(),
        places,
        over: None,
    })
}

fn lay_over(under: &mut Value, over: &Value) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            for (name, value) in over {
                match under.get_mut(name) {
                    Some(known) => lay_over(known, value),
                    None => {
                        under.insert(name.clone(), value.clone());
                    }
                }
            }
        }
        (under, over) => *under = over.clone(),
    }
}

fn read_reference(entry: &Entry<'_, '_>) -> Option<ComponentReference> {
    let text = entry
        .text("the name of a built-in component, uploaded:NAME, or the path of a .wasm file")?;
    if let Some(name) = text.strip_prefix(UPLOADED) {
        return match ComponentName::new(name) {
            Ok(name) => Some(ComponentReference::Uploaded(name)),
            Err(error) => {
                entry.mistake(error.to_string());
                None
            }
        };
    }
    let is_path = text.starts_with("./")
        || text.starts_with("../")
        || text.starts_with('/')
        || text.ends_with(".wasm");
    if is_path {
        return entry.path().map(ComponentReference::File);
    }
    let names = provisor_builtin::names();
    if names.contains(&text) {
        return Some(ComponentReference::Builtin(text.to_owned()));
    }
    entry.mistake_with(
        format!(
            "there is no built-in component {}; there are {}. The path of a file begins with \
             ./ or ends in .wasm; one that was uploaded is written uploaded:NAME",
            quote(text),
            names.join(", ")
        ),
        text,
        names.iter().copied(),
    );
    None
}
