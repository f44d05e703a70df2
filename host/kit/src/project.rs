//! An author's folder, as its `component.toml` describes it.

use std::collections::BTreeSet;
use std::path::{Component as Part, Path, PathBuf};
use std::process::{Command, Stdio};

use provisor_sandbox::World;
use serde::Deserialize;

use crate::error::KitError;
use crate::language::{Language, is_own};
use crate::name::Name;

/// The file that describes a project.
pub const FILE: &str = "component.toml";

/// The longest `component.toml` that is read, in bytes.
const LONGEST: u64 = 256 * 1024;

/// The shortest reason for a bypass, in characters: long enough to say something.
const SHORTEST_REASON: usize = 20;

/// A folder in which a component is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Where it is.
    pub folder: PathBuf,
    /// How the component calls itself.
    pub name: Name,
    /// What it does.
    pub world: World,
    /// In which language it is written.
    pub language: Language,
    /// The command that builds it, run in the folder; at least the program.
    pub build: Vec<String>,
    /// The component that the build makes.
    pub file: PathBuf,
    /// How the component is tried.
    pub conformance: Conformance,
}

/// How a component is tried: the section `[conformance]`. Everything in it may be left out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Conformance {
    /// A file with settings that are valid, as JSON.
    pub settings: Option<PathBuf>,
    /// A file with input: for a reader an export, for a mapping identities, for a policy proposals
    /// (JSON lines, each an object whose members are a text or a list of texts).
    pub input: Option<PathBuf>,
    /// The names of the secrets that it reads.
    pub secrets: Vec<String>,
    /// What has to hold. Default `must`.
    pub level: Level,
    /// The simulated product that a ticketing component speaks to, such as `slips`.
    pub product: Option<String>,
    /// A file with what a system has answered before, which a ticketing component speaks to.
    pub recording: Option<PathBuf>,
    /// Whether there is a section `[conformance.target]` with a system that is there.
    pub is_live: bool,
    /// Properties that are not asked for.
    pub bypasses: Vec<Bypass>,
}

/// How strictly a component is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Everything that a component must do.
    #[default]
    Must,
    /// And what it should do.
    Should,
    /// And what it may do.
    May,
}

/// A property that is not asked for, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bypass {
    /// Its id, such as `M68`.
    pub property: String,
    /// Why, in at least 20 characters.
    pub reason: String,
}

impl Project {
    /// Reads the `component.toml` of a folder.
    ///
    /// # Errors
    /// `no-project` when there is none, `project-file` when it has a mistake.
    pub fn open(folder: &Path) -> Result<Self, KitError> {
        use std::io::Read;
        let file = folder.join(FILE);
        let opened = match std::fs::File::open(&file) {
            Ok(opened) => opened,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(KitError::NoProject(file));
            }
            Err(error) => return Err(KitError::file(&file)(error)),
        };
        let mut text = String::new();
        opened
            .take(LONGEST)
            .read_to_string(&mut text)
            .map_err(KitError::file(&file))?;
        Self::read(folder, &text).map_err(|message| KitError::ProjectFile { file, message })
    }

    /// Reads the text of a `component.toml`; the error says what is wrong with it.
    fn read(folder: &Path, text: &str) -> Result<Self, String> {
        let raw: Raw = toml::from_str(text).map_err(|error| error.to_string().trim().to_owned())?;
        let Raw {
            component,
            conformance,
        } = raw;
        let inside = |key: &str, path: String| inside(folder, key, &path);
        let world = World::ALL
            .into_iter()
            .find(|world| world.as_str() == component.world)
            .ok_or_else(|| {
                let worlds = World::ALL.map(World::as_str).join(", ");
                format!(
                    "component.world is {:?}; it must be one of {worlds}",
                    component.world
                )
            })?;
        let name = component
            .name
            .parse()
            .map_err(|error| format!("component.name: {error}"))?;
        if component.build.first().is_none_or(String::is_empty) {
            return Err("component.build must have at least the program that builds".to_owned());
        }
        Ok(Self {
            folder: folder.to_owned(),
            name,
            world,
            language: component.language,
            build: component.build,
            file: inside("component.file", component.file)?,
            conformance: conformance.judged(world, &inside)?,
        })
    }

    /// Looks for the tools, and runs the build command in the folder. What it says goes to standard
    /// error.
    ///
    /// # Errors
    /// `tool-missing` with how to get the tool, `build-failed`, `build-without-component` when there
    /// is no file afterwards where `component.toml` says.
    pub fn make(&self) -> Result<(), KitError> {
        let failed = |how: String| KitError::Build {
            command: self.build.join(" "),
            folder: self.folder.clone(),
            how,
        };
        let (program, arguments) = self
            .build
            .split_first()
            .ok_or_else(|| failed("it is empty".to_owned()))?;
        self.language.ensure_tools(&self.folder, program)?;
        let program = match is_own(program) {
            true => std::path::absolute(self.folder.join(program))
                .map_err(|error| failed(error.to_string()))?,
            false => PathBuf::from(program),
        };
        let status = Command::new(program)
            .args(arguments)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            // Standard output is for the answer.
            .stdout(std::io::stderr())
            .status()
            .map_err(|error| failed(error.to_string()))?;
        if !status.success() {
            return Err(failed(status.to_string()));
        }
        match self.file.is_file() {
            true => Ok(()),
            false => Err(KitError::NoProduct(self.file.clone())),
        }
    }
}

/// A path of `component.toml` as one of the file system; it stays inside the project.
fn inside(folder: &Path, key: &str, path: &str) -> Result<PathBuf, String> {
    let path = Path::new(path);
    let is_inside = path
        .components()
        .all(|part| matches!(part, Part::Normal(_) | Part::CurDir));
    match is_inside && path.file_name().is_some() {
        // What is in this folder needs no dot before it.
        true if folder == Path::new(".") => Ok(path.to_owned()),
        true => Ok(folder.join(path)),
        false => Err(format!(
            "{key} is {:?}; it must be a file inside the project, such as examples/settings.json",
            path.display().to_string()
        )),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    component: RawComponent,
    #[serde(default)]
    conformance: RawConformance,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawComponent {
    name: String,
    world: String,
    language: Language,
    build: Vec<String>,
    file: String,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct RawConformance {
    settings: Option<String>,
    input: Option<String>,
    secrets: Vec<String>,
    level: Level,
    product: Option<String>,
    recording: Option<String>,
    /// Read where it is wanted, by what knows the keys: secrets are not fetched before.
    target: Option<toml::Table>,
    bypass: Vec<RawBypass>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBypass {
    property: String,
    reason: String,
}

impl RawConformance {
    fn judged(
        self,
        world: World,
        inside: &impl Fn(&str, String) -> Result<PathBuf, String>,
    ) -> Result<Conformance, String> {
        let path = |key, path: Option<String>| path.map(|path| inside(key, path)).transpose();
        for (key, is_there) in [
            ("product", self.product.is_some()),
            ("recording", self.recording.is_some()),
            ("target", self.target.is_some()),
        ] {
            if is_there && world != World::Ticketing {
                return Err(format!(
                    "conformance.{key} is for ticketing components; a {world} speaks to nobody"
                ));
            }
        }
        let mut properties = BTreeSet::new();
        for bypass in &self.bypass {
            if bypass.reason.trim().chars().count() < SHORTEST_REASON {
                return Err(format!(
                    "conformance.bypass of {}: the reason must have at least {SHORTEST_REASON} \
                     characters, for it is all that others see",
                    bypass.property
                ));
            }
            if !properties.insert(bypass.property.clone()) {
                return Err(format!(
                    "conformance.bypass of {} is there twice",
                    bypass.property
                ));
            }
        }
        Ok(Conformance {
            settings: path("conformance.settings", self.settings)?,
            input: path("conformance.input", self.input)?,
            secrets: self.secrets,
            level: self.level,
            product: self.product,
            recording: path("conformance.recording", self.recording)?,
            is_live: self.target.is_some(),
            bypasses: self
                .bypass
                .into_iter()
                .map(|RawBypass { property, reason }| Bypass { property, reason })
                .collect(),
        })
    }
}
