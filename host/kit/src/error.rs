//! Why something cannot be done, and what to do about it.

use std::path::{Path, PathBuf};

use provisor_sandbox::{LoadError, World};

use crate::language::Language;

/// Why a project cannot be made, read or built.
#[derive(Debug, thiserror::Error)]
pub enum KitError {
    /// No name for a component.
    #[error("{name:?} is no name for a component: {rule}")]
    Name {
        /// What was given.
        name: String,
        /// What it breaks.
        rule: &'static str,
    },
    /// There is no template for this language and world.
    #[error("there is no template for a {world} in {language}")]
    Template {
        /// The language.
        language: Language,
        /// The world.
        world: World,
    },
    /// The folder of a new project has something in it.
    #[error("{} is not empty; choose another name, or another folder with --in", .0.display())]
    FolderTaken(PathBuf),
    /// `component.toml` is not there.
    #[error(
        "{} is not there; type the command in the folder of a project, or name it, or make one \
         with `provisor component new`", .0.display()
    )]
    NoProject(PathBuf),
    /// `component.toml` has a mistake.
    #[error("{}: {message}", file.display())]
    ProjectFile {
        /// The file.
        file: PathBuf,
        /// What is wrong and what would be right.
        message: String,
    },
    /// A tool that the build needs is not there.
    #[error("{tool} is not there, and building needs it; {remedy}")]
    Tool {
        /// The tool.
        tool: &'static str,
        /// How to get it.
        remedy: &'static str,
    },
    /// The build command failed, as it has said itself.
    #[error("the build command `{command}` in {} failed ({how})", folder.display())]
    Build {
        /// The command.
        command: String,
        /// Where it ran.
        folder: PathBuf,
        /// Its exit code, or why it could not be started.
        how: String,
    },
    /// The build made no file where `component.toml` says.
    #[error(
        "the build made no {}; `file` in component.toml must say where the component comes out", .0.display()
    )]
    NoProduct(PathBuf),
    /// The component says another name or world than `component.toml`.
    #[error(
        "component.toml says that the {what} is {expected:?}, the component says {said:?}; both must \
         say the same"
    )]
    Contradiction {
        /// `name` or `world`.
        what: &'static str,
        /// By `component.toml`.
        expected: String,
        /// By the component.
        said: String,
    },
    /// The sandbox does not accept the component.
    #[error(transparent)]
    Refused(#[from] LoadError),
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
}

impl KitError {
    /// Stable code for machines.
    pub fn code(&self) -> &'static str {
        match self {
            KitError::Name { .. } => "component-name",
            KitError::Template { .. } => "no-template",
            KitError::FolderTaken(_) => "folder-taken",
            KitError::NoProject(_) => "no-project",
            KitError::ProjectFile { .. } => "project-file",
            KitError::Tool { .. } => "tool-missing",
            KitError::Build { .. } => "build-failed",
            KitError::NoProduct(_) => "build-without-component",
            KitError::Contradiction { .. } => "component-contradicts-project",
            KitError::Refused(error) => error.code(),
            KitError::File { .. } => "project-io",
        }
    }

    /// Whether the same may succeed later without anybody changing anything.
    pub fn retryable(&self) -> bool {
        matches!(self, KitError::Refused(error) if error.retryable())
    }

    /// What cannot be done with a file.
    pub(crate) fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| KitError::File { path, source }
    }
}
