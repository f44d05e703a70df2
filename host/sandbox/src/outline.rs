//! What stands on the outside of a component, and what it is made of.

use wasmparser::{
    ComponentAlias, ComponentExternalKind, ComponentInstance, ComponentOuterAliasKind,
    ComponentTypeRef, Encoding, Instance, Parser, Payload,
};

use crate::error::LoadError;
use crate::inspection::SECTION;
use crate::limits::{CORE_INSTANCES, MEMORIES, NAMES, NESTING, TABLES};

/// What a component takes when an instance of it is made. Modules and components that it gets from
/// elsewhere are not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Needs {
    /// Instances of core modules; at most 50 are made.
    pub core_instances: u64,
    /// Memories of all of them; at most 8.
    pub memories: u64,
    /// Bytes that all memories have at the beginning together.
    pub memory_bytes: u64,
    /// Tables of all of them; at most 20.
    pub tables: u64,
}

impl Needs {
    fn add(&mut self, other: Needs) {
        let sum = |a: &mut u64, b: u64| *a = a.saturating_add(b);
        sum(&mut self.core_instances, other.core_instances);
        sum(&mut self.memories, other.memories);
        sum(&mut self.memory_bytes, other.memory_bytes);
        sum(&mut self.tables, other.tables);
    }

    /// What is more than an instance may have.
    pub(crate) fn refusals(&self) -> Vec<LoadError> {
        let limits = [
            ("core instances", self.core_instances, CORE_INSTANCES),
            ("memories", self.memories, MEMORIES),
            ("tables", self.tables, TABLES),
        ];
        limits
            .into_iter()
            .map(|(what, is, limit)| (what, is, limit as u64))
            .filter(|(_, is, limit)| is > limit)
            .map(|(what, is, limit)| LoadError::Needs { what, is, limit })
            .collect()
    }
}

/// What stands on the outside of a component, and what it is made of.
#[derive(Default)]
pub(crate) struct Outline<'a> {
    pub imports: Vec<String>,
    pub exports: Vec<String>,
    pub about: Option<&'a [u8]>,
    pub needs: Needs,
}

/// A module or component that is being read.
#[derive(Default)]
struct Part {
    is_module: bool,
    /// What an instance of it takes.
    needs: Needs,
    /// The same of the modules and components that it can make instances of, by their index.
    modules: Vec<Needs>,
    components: Vec<Needs>,
}

impl<'a> Outline<'a> {
    /// Reads the sections. Takes time and memory in proportion to the bytes.
    pub fn read(bytes: &'a [u8]) -> Result<Self, LoadError> {
        let mut outline = Outline::default();
        let mut parts: Vec<Part> = Vec::new();
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload.map_err(invalid)?;
            match payload {
                Payload::Version { encoding, .. } => {
                    let is_module = encoding == Encoding::Module;
                    if is_module && parts.is_empty() {
                        return Err(LoadError::CoreModule);
                    }
                    if parts.len() > NESTING {
                        return Err(LoadError::Invalid(format!(
                            "components are nested more than {NESTING} deep"
                        )));
                    }
                    parts.push(Part {
                        is_module,
                        ..Part::default()
                    });
                }
                Payload::End(_) => {
                    if let Some(part) = parts.pop() {
                        match parts.last_mut() {
                            Some(around) if part.is_module => around.modules.push(part.needs),
                            Some(around) => around.components.push(part.needs),
                            None => outline.needs = part.needs,
                        }
                    }
                }
                Payload::ComponentImportSection(imports) if parts.len() == 1 => {
                    for import in imports.clone() {
                        let name = import.map_err(invalid)?.name.name.to_owned();
                        outline.imports.push(name);
                        within(outline.imports.len(), "imports")?;
                    }
                    count(&mut parts, Payload::ComponentImportSection(imports))?;
                }
                Payload::ComponentExportSection(exports) if parts.len() == 1 => {
                    for export in exports.clone() {
                        let export = export.map_err(invalid)?;
                        let mut name = export.name.name.to_owned();
                        if export.kind != ComponentExternalKind::Instance {
                            name.push_str(" (not an interface)");
                        }
                        outline.exports.push(name);
                        within(outline.exports.len(), "exports")?;
                    }
                    count(&mut parts, Payload::ComponentExportSection(exports))?;
                }
                // Tool chains leave the section in the core module that they wrap.
                Payload::CustomSection(section) if section.name() == SECTION => {
                    match outline.about {
                        Some(other) if other != section.data() => {
                            return Err(LoadError::About(
                                "is there twice, with different contents".to_owned(),
                            ));
                        }
                        _ => outline.about = Some(section.data()),
                    }
                }
                payload => count(&mut parts, payload)?,
            }
        }
        Ok(outline)
    }
}

/// Adds what a section says about instances to the innermost part.
fn count(parts: &mut [Part], payload: Payload<'_>) -> Result<(), LoadError> {
    let Some((part, around)) = parts.split_last_mut() else {
        return Ok(());
    };
    // What comes from elsewhere counts as nothing.
    let at = |list: &[Needs], index: u32| list.get(index as usize).copied().unwrap_or_default();
    match payload {
        Payload::MemorySection(memories) => {
            for memory in memories {
                let memory = memory.map_err(invalid)?;
                let page = 1_u64 << memory.page_size_log2.unwrap_or(16).min(16);
                part.needs.add(Needs {
                    memories: 1,
                    memory_bytes: memory.initial.saturating_mul(page),
                    ..Needs::default()
                });
            }
        }
        Payload::TableSection(tables) => part.needs.add(Needs {
            tables: tables.count().into(),
            ..Needs::default()
        }),
        Payload::InstanceSection(instances) => {
            for instance in instances {
                if let Instance::Instantiate { module_index, .. } = instance.map_err(invalid)? {
                    let mut needs = at(&part.modules, module_index);
                    needs.core_instances = 1;
                    part.needs.add(needs);
                }
            }
        }
        Payload::ComponentInstanceSection(instances) => {
            for instance in instances {
                let instance = instance.map_err(invalid)?;
                if let ComponentInstance::Instantiate {
                    component_index, ..
                } = instance
                {
                    let needs = at(&part.components, component_index);
                    part.needs.add(needs);
                }
            }
        }
        Payload::ComponentImportSection(imports) => {
            for import in imports {
                match import.map_err(invalid)?.ty {
                    ComponentTypeRef::Module(_) => part.modules.push(Needs::default()),
                    ComponentTypeRef::Component(_) => part.components.push(Needs::default()),
                    _ => {}
                }
            }
        }
        // What is exported has an index of its own from there on.
        Payload::ComponentExportSection(exports) => {
            for export in exports {
                let export = export.map_err(invalid)?;
                match export.kind {
                    ComponentExternalKind::Module => {
                        part.modules.push(at(&part.modules, export.index));
                    }
                    ComponentExternalKind::Component => {
                        part.components.push(at(&part.components, export.index));
                    }
                    _ => {}
                }
            }
        }
        Payload::ComponentAliasSection(aliases) => {
            for alias in aliases {
                match alias.map_err(invalid)? {
                    ComponentAlias::InstanceExport { kind, .. } => match kind {
                        ComponentExternalKind::Module => part.modules.push(Needs::default()),
                        ComponentExternalKind::Component => part.components.push(Needs::default()),
                        _ => {}
                    },
                    ComponentAlias::Outer { kind, count, index } => {
                        let outer = match count {
                            0 => Some(&*part),
                            _ => around.iter().rev().nth(count as usize - 1),
                        };
                        let needs = |list: fn(&Part) -> &[Needs]| {
                            outer
                                .map(|outer| at(list(outer), index))
                                .unwrap_or_default()
                        };
                        match kind {
                            ComponentOuterAliasKind::CoreModule => {
                                let needs = needs(|outer| &outer.modules);
                                part.modules.push(needs);
                            }
                            ComponentOuterAliasKind::Component => {
                                let needs = needs(|outer| &outer.components);
                                part.components.push(needs);
                            }
                            _ => {}
                        }
                    }
                    ComponentAlias::CoreInstanceExport { .. } => {}
                }
            }
        }
        _ => {}
    }
    Ok(())
}

fn invalid(error: wasmparser::BinaryReaderError) -> LoadError {
    LoadError::Invalid(error.to_string())
}

fn within(number: usize, what: &str) -> Result<(), LoadError> {
    match number <= NAMES {
        true => Ok(()),
        false => Err(LoadError::Invalid(format!(
            "it has more than {NAMES} {what}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(text: &str) -> Needs {
        let bytes = wat::parse_str(text).unwrap();
        Outline::read(&bytes).unwrap().needs
    }

    #[test]
    fn what_an_instance_takes_is_counted_for_each_time_that_it_is_made() {
        let module = "(core module $m (memory 2) (table 1 funcref) (table 1 funcref))";
        let twice = "(core instance (instantiate $m)) (core instance (instantiate $m))";
        let found = needs(&format!("(component {module} {twice})"));
        let expected = Needs {
            core_instances: 2,
            memories: 2,
            memory_bytes: 4 * 65_536,
            tables: 4,
        };
        assert_eq!(found, expected);
        assert_eq!(needs(&format!("(component {module})")), Needs::default());
    }

    #[test]
    fn a_component_that_doubles_itself_is_counted_without_being_made() {
        let mut text =
            "(component $c0 (core module $m) (core instance (instantiate $m)))".to_owned();
        for level in 1..=70 {
            let below = level - 1;
            text.push_str(&format!(
                "(component $c{level}
                    (alias outer $root $c{below} (component $below))
                    (instance (instantiate $below)) (instance (instantiate $below)))"
            ));
        }
        let found = needs(&format!(
            "(component $root {text} (instance (instantiate $c70)))"
        ));
        assert_eq!(found.core_instances, u64::MAX);
        assert_eq!(found.refusals()[0].code(), "component-needs");
    }
}
