//! A component at its author's desk: a file, or what a project has made.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use provisor_kit::Project;

/// A component and, if it was named by its folder, its project.
pub struct Found {
    /// Where it is.
    pub file: PathBuf,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The project that made it.
    pub project: Option<Project>,
}

impl Found {
    /// The component in a file, or that of the project in a folder, which must have been built.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let project = match path.is_dir() {
            true => Some(Project::open(path)?),
            false => None,
        };
        let file = match &project {
            Some(project) => project.file.clone(),
            None => path.to_owned(),
        };
        if !file.is_file() {
            match project {
                Some(_) => bail!(
                    "{} is not there; type `provisor component build` first",
                    file.display()
                ),
                None => bail!(
                    "{} is neither a component nor the folder of a project",
                    file.display()
                ),
            }
        }
        let bytes = provisor_kit::product::read(&file).context("the component")?;
        Ok(Self {
            file,
            bytes,
            project,
        })
    }
}
