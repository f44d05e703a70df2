//! The file that a project makes.

use std::io::{Read, Write};
use std::path::Path;

use provisor_sandbox::{About, Inspection, SECTION, Sandbox, World, inspect};
use wasm_encoder::{ComponentSection, CustomSection};

use crate::error::KitError;
use crate::project::Project;

/// The largest component that is read, in bytes. The sandbox takes less.
const LARGEST: u64 = 64 * 1024 * 1024;

/// A component that the sandbox accepts and that says of itself what its project says.
#[derive(Debug, Clone, PartialEq)]
pub struct Product {
    /// What it is.
    pub inspection: Inspection,
    /// Whether it has got its section now.
    pub is_stamped: bool,
}

impl Product {
    /// Has the sandbox judge the file of a project that was built. A file without the section in
    /// which a component says what it is gets it.
    ///
    /// # Errors
    /// What the sandbox has against it; `component-contradicts-project` when name or world are not
    /// those of `component.toml`.
    pub async fn of(project: &Project, sandbox: &Sandbox) -> Result<Self, KitError> {
        let mut bytes = read(&project.file)?;
        let mut inspection = sandbox.describe(&bytes).await?;
        for (what, expected, said) in [
            (
                "name",
                project.name.as_str(),
                inspection.about.name.as_str(),
            ),
            ("world", project.world.as_str(), inspection.world.as_str()),
        ] {
            if expected != said {
                return Err(KitError::Contradiction {
                    what,
                    expected: expected.to_owned(),
                    said: said.to_owned(),
                });
            }
        }
        let is_stamped = inspect(&bytes).is_err();
        if is_stamped {
            stamp(&mut bytes, &inspection.about, inspection.world);
            inspection = inspect(&bytes)?;
            replace(&project.file, &bytes)?;
        }
        Ok(Self {
            inspection,
            is_stamped,
        })
    }
}

/// Adds the section in which a component says what it is.
pub fn stamp(component: &mut Vec<u8>, about: &About, world: World) {
    let section = CustomSection {
        name: SECTION.into(),
        data: about.section(world).into(),
    };
    section.append_to_component(component);
}

/// The bytes of a component in a file.
///
/// # Errors
/// `project-io` when it cannot be read.
pub fn read(file: &Path) -> Result<Vec<u8>, KitError> {
    let mut bytes = Vec::new();
    std::fs::File::open(file)
        .and_then(|opened| opened.take(LARGEST).read_to_end(&mut bytes))
        .map_err(KitError::file(file))?;
    Ok(bytes)
}

/// Puts bytes in the place of a file, whole or not at all. What else is linked to the file, such as
/// the copy that cargo keeps, stays as it was.
fn replace(file: &Path, bytes: &[u8]) -> Result<(), KitError> {
    let folder = file.parent().unwrap_or(Path::new("."));
    let written = tempfile::NamedTempFile::new_in(folder).and_then(|mut new| {
        new.write_all(bytes)?;
        // Whoever could read the file can read it still.
        let as_before = std::fs::metadata(file)?.permissions();
        new.as_file().set_permissions(as_before)?;
        Ok(new.persist(file)?)
    });
    written.map(drop).map_err(KitError::file(file))
}
