//! What a component is, found out without running or compiling anything.

use provisor_model::Digest;
pub use provisor_model::World;
use sha2::Digest as _;

use crate::config::LoadLimits;
use crate::error::LoadError;
use crate::limits::ABOUT;
use crate::outline::{Needs, Outline};
use crate::sandbox::features;

/// The custom section in which a component says what it is.
pub const SECTION: &str = "provisor:about";

/// The package of the contract, and the version of it that is served.
const CONTRACT: &str = "provisor:connector";
const SERVED: (u64, u64, u64) = (0, 1, 0);

/// Packages of WASI that language runtimes drag in. They may be imported, and do nothing.
const CARRIED: [&str; 6] = [
    "wasi:cli",
    "wasi:clocks",
    "wasi:filesystem",
    "wasi:io",
    "wasi:random",
    "wasi:sockets",
];

/// What the contract says of a world.
pub(crate) trait Contract {
    /// The interface that a component of this world exports beside `about`.
    fn interface(self) -> &'static str;

    /// The interfaces of the contract that a component of this world may use.
    fn offers(self) -> &'static [&'static str];
}

impl Contract for World {
    fn interface(self) -> &'static str {
        match self {
            World::Reader => "reading",
            World::Mapping => "evaluation",
            World::Policy => "decisions",
            World::Ticketing => "tickets",
        }
    }

    fn offers(self) -> &'static [&'static str] {
        match self {
            World::Reader => &["types", "settings", "log", "input"],
            World::Mapping | World::Policy => &["types", "settings", "log"],
            World::Ticketing => &["types", "settings", "log", "http"],
        }
    }
}

/// What a component says of itself.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct About {
    /// Short name in lower case with hyphens.
    pub name: String,
    /// Semantic version of the component.
    pub version: String,
    /// One sentence for the person who chooses it.
    pub summary: String,
    /// Optional abilities, by name.
    pub capabilities: Vec<String>,
    /// The settings it takes: a JSON Schema (draft 2020-12) of one object.
    pub settings_schema: serde_json::Value,
    /// The origins it wants to reach. A wish, not a grant.
    pub origins: Vec<String>,
}

impl About {
    /// The content of the section [`SECTION`] of a component of this world.
    pub fn section(&self, world: World) -> Vec<u8> {
        let section = serde_json::json!({
            "world": world.as_str(),
            "name": self.name,
            "version": self.version,
            "summary": self.summary,
            "capabilities": self.capabilities,
            "settings-schema": self.settings_schema,
            "origins": self.origins,
        });
        section.to_string().into_bytes()
    }
}

/// What can be known of a component without running it. What it imports is known to be offered;
/// whether its code is valid is found out when it is compiled.
#[derive(Debug, Clone, PartialEq)]
pub struct Inspection {
    /// Its identity: the SHA-256 of its bytes.
    pub digest: Digest,
    /// Its bytes.
    pub size: usize,
    /// What it does.
    pub world: World,
    /// What it says of itself.
    pub about: About,
    /// Everything it imports, by full name.
    pub imports: Vec<String>,
    /// Everything it exports, by full name.
    pub exports: Vec<String>,
}

/// What can be found out about bytes that may be a component: all that is against them, not only what
/// is met first.
#[derive(Debug, Clone, PartialEq)]
pub struct Examination {
    /// The SHA-256 of the bytes.
    pub digest: Digest,
    /// How many there are.
    pub size: usize,
    /// What it does, as far as that can be told.
    pub world: Option<World>,
    /// What it says of itself, as far as that can be read.
    pub about: Option<About>,
    /// Everything it imports, by full name.
    pub imports: Vec<String>,
    /// Everything it exports, by full name.
    pub exports: Vec<String>,
    /// What an instance takes.
    pub needs: Needs,
    /// Why it is not accepted; empty if it is, as far as that is known without compiling and running
    /// it.
    pub refusals: Vec<LoadError>,
}

/// Looks at a component. Takes time and memory in proportion to its size only.
///
/// # Errors
/// When it is no component, is of no world, imports what its world does not offer, takes more than an
/// instance may have, or does not say what it is.
pub fn inspect(bytes: &[u8]) -> Result<Inspection, LoadError> {
    let (mut inspection, section) = inspect_unstamped(bytes)?;
    inspection.about = about(section, inspection.world)?;
    Ok(inspection)
}

/// Looks at a component that may not say what it is yet: what it says of itself is left empty, and
/// its section comes beside it.
pub(crate) fn inspect_unstamped(bytes: &[u8]) -> Result<(Inspection, Option<&[u8]>), LoadError> {
    let outline = outline(bytes)?;
    let world = world(&outline.exports)?;
    if let Some(refusal) = refusals(&outline, world).into_iter().next() {
        return Err(refusal);
    }
    let inspection = Inspection {
        digest: digest(bytes),
        size: bytes.len(),
        world,
        about: About::default(),
        imports: outline.imports,
        exports: outline.exports,
    };
    Ok((inspection, outline.about))
}

/// Looks for everything that is against a component, its code included; nothing is compiled or run.
/// Takes time and memory in proportion to its size.
pub fn examine(bytes: &[u8], limits: &LoadLimits) -> Examination {
    let mut examination = Examination {
        digest: digest(bytes),
        size: bytes.len(),
        world: None,
        about: None,
        imports: Vec::new(),
        exports: Vec::new(),
        needs: Needs::default(),
        refusals: Vec::new(),
    };
    let refusals = &mut examination.refusals;
    if bytes.len() > limits.size {
        let (size, limit) = (bytes.len(), limits.size);
        refusals.push(LoadError::TooLarge { size, limit });
    }
    let outline = match outline(bytes) {
        Ok(outline) => outline,
        Err(refusal) => {
            refusals.push(refusal);
            return examination;
        }
    };
    match world(&outline.exports) {
        Ok(world) => {
            examination.world = Some(world);
            refusals.extend(self::refusals(&outline, world));
            match about(outline.about, world) {
                Ok(about) => examination.about = Some(about),
                Err(refusal) => refusals.push(refusal),
            }
        }
        Err(refusal) => refusals.push(refusal),
    }
    if let Err(refusal) = validate(bytes) {
        refusals.push(refusal);
    }
    examination.needs = outline.needs;
    examination.imports = outline.imports;
    examination.exports = outline.exports;
    examination
}

/// Whether the code is valid and made of what components may be made of.
pub(crate) fn validate(bytes: &[u8]) -> Result<(), LoadError> {
    wasmparser::Validator::new_with_features(features())
        .validate_all(bytes)
        .map(drop)
        .map_err(|error| LoadError::Invalid(error.to_string()))
}

fn outline(bytes: &[u8]) -> Result<Outline<'_>, LoadError> {
    if wasmtime::Engine::detect_precompiled(bytes).is_some() || bytes.starts_with(b"\x7fELF") {
        return Err(LoadError::Precompiled);
    }
    if !bytes.starts_with(b"\0asm") {
        return Err(LoadError::Invalid(
            "it does not begin as WebAssembly does, with the bytes 00 61 73 6d".to_owned(),
        ));
    }
    Outline::read(bytes)
}

/// What is against a component of this world, but for what it says of itself.
fn refusals(outline: &Outline<'_>, world: World) -> Vec<LoadError> {
    let imports = outline.imports.iter();
    imports
        .filter_map(|import| check_import(world, import).err())
        .chain(outline.needs.refusals())
        .collect()
}

pub(crate) fn digest(bytes: &[u8]) -> Digest {
    Digest::from_bytes(sha2::Sha256::digest(bytes).into())
}

/// A name such as `wasi:io/streams@0.2.3` in its parts: package, interface, version.
fn split(name: &str) -> Option<(&str, &str, (u64, u64, u64))> {
    let (path, version) = name.split_once('@')?;
    let (package, interface) = path.split_once('/')?;
    let mut numbers = version.split('.').map(str::parse::<u64>);
    let version = (
        numbers.next()?.ok()?,
        numbers.next()?.ok()?,
        numbers.next()?.ok()?,
    );
    numbers
        .next()
        .is_none()
        .then_some((package, interface, version))
}

/// Whether the version of the contract that is served can take the place of this one.
fn is_served(version: (u64, u64, u64)) -> bool {
    (version.0, version.1) == (SERVED.0, SERVED.1)
}

/// Whether a component may import this (a name such as `wasi:io/streams@0.2.6`) and gets stand-ins that do
/// nothing: runtimes of languages bring it, whatever the component does.
pub fn is_carried(name: &str) -> bool {
    split(name).is_some_and(|(package, _, version)| {
        CARRIED.contains(&package) && (version.0, version.1) == (0, 2)
    })
}

fn check_import(world: World, name: &str) -> Result<(), LoadError> {
    let offered = split(name).is_some_and(|(package, interface, version)| {
        package == CONTRACT && world.offers().contains(&interface) && is_served(version)
    });
    if offered || is_carried(name) {
        return Ok(());
    }
    let (major, minor, patch) = SERVED;
    let offers: Vec<String> = world
        .offers()
        .iter()
        .map(|interface| format!("{CONTRACT}/{interface}@{major}.{minor}.{patch}"))
        .collect();
    Err(LoadError::Import {
        import: name.to_owned(),
        world,
        offered: format!(
            "{}; {} of WASI 0.2 may be imported and do nothing",
            offers.join(", "),
            CARRIED.join(", ")
        ),
    })
}

fn world(exports: &[String]) -> Result<World, LoadError> {
    let exports_it = |wanted: &str| {
        exports.iter().any(|name| {
            split(name).is_some_and(|(package, interface, version)| {
                package == CONTRACT && interface == wanted && is_served(version)
            })
        })
    };
    let worlds: Vec<World> = World::ALL
        .into_iter()
        .filter(|world| exports_it(world.interface()))
        .collect();
    match worlds[..] {
        [world] if exports_it("about") => Ok(world),
        _ => Err(LoadError::NoWorld {
            exports: match exports.len() {
                0 => "nothing".to_owned(),
                _ => exports.join(", "),
            },
        }),
    }
}

pub(crate) fn about(section: Option<&[u8]>, world: World) -> Result<About, LoadError> {
    let wrong = |what: String| LoadError::About(what);
    let section = section.ok_or_else(|| wrong("is not there".to_owned()))?;
    if section.len() > ABOUT {
        return Err(wrong(format!("is longer than {ABOUT} bytes")));
    }
    let mut value: serde_json::Value =
        serde_json::from_slice(section).map_err(|error| wrong(format!("is not JSON: {error}")))?;
    let text = |name: &str| match value.get(name) {
        Some(serde_json::Value::String(text)) => Ok(text.clone()),
        _ => Err(wrong(format!("has no text `{name}`"))),
    };
    let texts = |name: &str| {
        let list = value.get(name).and_then(serde_json::Value::as_array);
        let list = list.map(|list| list.iter().map(|text| text.as_str().map(str::to_owned)));
        list.and_then(Iterator::collect::<Option<Vec<_>>>)
            .ok_or_else(|| wrong(format!("has no list of texts `{name}`")))
    };
    if text("world")? != world.as_str() {
        return Err(wrong(format!(
            "names a world other than {world}, which it exports"
        )));
    }
    let mut about = About {
        name: text("name")?,
        version: text("version")?,
        summary: text("summary")?,
        capabilities: texts("capabilities")?,
        settings_schema: serde_json::Value::Null,
        origins: texts("origins")?,
    };
    about.settings_schema = match value
        .get_mut("settings-schema")
        .map(serde_json::Value::take)
    {
        Some(schema) if schema.is_object() => schema,
        _ => return Err(wrong("has no object `settings-schema`".to_owned())),
    };
    Ok(about)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_patch_of_the_contract_is_served_and_another_minor_is_not() {
        let import = |name: &str| check_import(World::Mapping, name).is_ok();
        assert!(import("provisor:connector/settings@0.1.0"));
        assert!(import("provisor:connector/settings@0.1.7"));
        assert!(!import("provisor:connector/settings@0.2.0"));
        assert!(!import("provisor:connector/settings"));
        assert!(!import("provisor:connector/input@0.1.0"));
        assert!(import("wasi:io/streams@0.2.6"));
        assert!(!import("wasi:io/streams@0.3.0"));
        assert!(!import("wasi:http/outgoing-handler@0.2.0"));
        assert!(!import("wasi:io/streams@0.2.0-rc-1"));
    }

    #[test]
    fn a_refused_import_is_named_together_with_what_is_offered() {
        let error = check_import(World::Policy, "wasi:http/types@0.2.0")
            .unwrap_err()
            .to_string();
        assert!(error.contains("imports wasi:http/types@0.2.0"), "{error}");
        assert!(error.contains("provisor:connector/log@0.1.0"), "{error}");
    }

    /// The contract is written down in `wit/world.wit`; what is offered must be just that.
    #[test]
    fn every_world_is_offered_what_the_contract_says() {
        let contract = include_str!("../../../wit/world.wit");
        for world in World::ALL {
            let (_, body) = contract.split_once(&format!("world {world} {{")).unwrap();
            let (body, _) = body.split_once('}').unwrap();
            let named = |keyword: &str| {
                let lines = body
                    .lines()
                    .filter_map(|line| line.trim().strip_prefix(keyword));
                lines
                    .map(|name| name.trim_end_matches(';').to_owned())
                    .collect::<Vec<_>>()
            };
            let offered: Vec<_> = world.offers()[1..]
                .iter()
                .map(|&it| it.to_owned())
                .collect();
            assert_eq!(named("import "), offered);
            assert_eq!(named("export "), ["about", world.interface()]);
        }
    }

    #[test]
    fn what_is_no_component_is_told_apart() {
        assert_eq!(inspect(b"\0asm\x01\0\0\0"), Err(LoadError::CoreModule));
        assert_eq!(inspect(b"\x7fELF"), Err(LoadError::Precompiled));
        assert!(matches!(inspect(b""), Err(LoadError::Invalid(_))));
        assert!(matches!(
            inspect(b"(component)"),
            Err(LoadError::Invalid(_))
        ));
        assert!(matches!(
            inspect(b"\0asm\x0d\0\x01\0"),
            Err(LoadError::NoWorld { .. })
        ));
    }
}
