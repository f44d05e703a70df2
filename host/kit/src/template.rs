//! The files of a new project.
//!
//! What an author changes is in `templates/LANGUAGE/WORLD`, over `templates/LANGUAGE/shared`: a file of the
//! first takes the place of one with the same name in the other. These files are those of a project named
//! `my-component`, in paths and contents, in the three forms that a [`Name`] has.
//!
//! The glue is what no author changes, and what a newer program brings anew: the contract, the SDK, and
//! `templates/LANGUAGE/glue`, of which a world has `shared`, the folder of its name, and some of
//! [`PARTS`].

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};
use provisor_sandbox::World;

use crate::error::KitError;
use crate::language::Language;
use crate::name::Name;

static TEMPLATES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");
static CONTRACT: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../wit");
static SDK: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../guests/sdk/src");
const SDK_BUILD: &[u8] = include_bytes!("../../../guests/sdk/build.rs");
const SDK_README: &[u8] = include_bytes!("../../../guests/sdk/README.md");
const LICENSE: &[u8] = include_bytes!("../../../LICENSE");

/// The name of the project that the templates are, in its three forms.
const PLACEHOLDERS: [&str; 3] = ["my-component", "my_component", "MyComponent"];

/// What some of the worlds share, where a language has no SDK that does it: rows in and out of pages,
/// and bytes as text.
const PARTS: [(&str, &[World]); 2] = [
    ("rows", &[World::Reader, World::Mapping, World::Policy]),
    ("bytes", &[World::Reader, World::Ticketing]),
];

/// The files of a new project, by their place in its folder.
pub struct Template {
    files: BTreeMap<String, File>,
}

struct File {
    content: &'static [u8],
    /// Whether the name of the project stands in it.
    is_named: bool,
}

impl Template {
    /// The template for a component of this world in this language.
    ///
    /// # Errors
    /// `no-template` when there is none.
    pub fn find(language: Language, world: World) -> Result<Self, KitError> {
        let folder = |name: &str| TEMPLATES.get_dir(format!("{language}/{name}"));
        let Some(own) = folder(world.as_str()) else {
            return Err(KitError::Template { language, world });
        };
        let mut template = Self::glue(language, world);
        for folder in folder("shared").into_iter().chain([own]) {
            template.add("", folder, true);
        }
        Ok(template)
    }

    /// The files that are the same in every project of this language and world: the contract, the SDK,
    /// and what connects the author's code with the host.
    pub fn glue(language: Language, world: World) -> Self {
        let mut template = Self {
            files: BTreeMap::new(),
        };
        template.add("wit/", &CONTRACT, false);
        if language == Language::Rust {
            template.add("vendor/provisor-sdk/src/", &SDK, false);
            for (name, content) in [
                ("build.rs", SDK_BUILD),
                ("README.md", SDK_README),
                ("LICENSE", LICENSE),
            ] {
                template.put(format!("vendor/provisor-sdk/{name}"), content, false);
            }
        }
        let parts = PARTS.iter().filter(|(_, worlds)| worlds.contains(&world));
        let parts = parts
            .map(|(part, _)| *part)
            .chain(["shared", world.as_str()]);
        for folder in parts.filter_map(|part| TEMPLATES.get_dir(format!("{language}/glue/{part}")))
        {
            template.add("", folder, false);
        }
        template
    }

    /// The worlds for which there are templates in this language.
    pub fn worlds(language: Language) -> Vec<World> {
        let has = |world: &World| TEMPLATES.contains(format!("{language}/{world}"));
        World::ALL.into_iter().filter(has).collect()
    }

    /// The places of the files, as they are before a name is filled in.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// Writes a project of this name into a folder below `parent` that is called like it, and says
    /// where that is. The folder may be there if it is empty.
    ///
    /// # Errors
    /// `folder-taken` when something is in the folder already; `project-io` when it cannot be
    /// written.
    pub fn write(&self, name: &Name, parent: &Path) -> Result<PathBuf, KitError> {
        // What is in this folder needs no dot before it.
        let folder = match parent == Path::new(".") {
            true => PathBuf::from(name.as_str()),
            false => parent.join(name.as_str()),
        };
        match std::fs::read_dir(&folder) {
            Ok(mut entries) => {
                if entries.next().is_some() {
                    return Err(KitError::FolderTaken(folder));
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => {
                return Err(KitError::FolderTaken(folder));
            }
            Err(error) => return Err(KitError::file(&folder)(error)),
        }
        self.fill(name, &folder)?;
        Ok(folder)
    }

    /// Writes the files of a project of this name into a folder that may have some of them, and says
    /// which ones were missing or otherwise before, by their place in the folder.
    ///
    /// # Errors
    /// `project-io` when one cannot be written.
    pub fn fill(&self, name: &Name, folder: &Path) -> Result<Vec<String>, KitError> {
        let mut written = Vec::new();
        for (path, file) in &self.files {
            let place = filled(path, name);
            let path = folder.join(&place);
            let content = file.filled(&path, name);
            // A file that is not touched is not built anew.
            if std::fs::read(&path).is_ok_and(|found| found == content) {
                continue;
            }
            if let Some(above) = path.parent() {
                std::fs::create_dir_all(above).map_err(KitError::file(above))?;
            }
            std::fs::write(&path, content).map_err(KitError::file(&path))?;
            written.push(place);
        }
        Ok(written)
    }

    fn put(&mut self, path: String, content: &'static [u8], is_named: bool) {
        self.files.insert(path, File { content, is_named });
    }

    /// Adds what is in a folder, below this path.
    fn add(&mut self, below: &str, root: &'static Dir<'static>, is_named: bool) {
        let mut folders = vec![root];
        while let Some(folder) = folders.pop() {
            folders.extend(folder.dirs());
            for file in folder.files() {
                let path = file.path().strip_prefix(root.path()).unwrap_or(file.path());
                let names: Vec<_> = path.iter().map(|name| name.to_string_lossy()).collect();
                self.put(
                    format!("{below}{}", names.join("/")),
                    file.contents(),
                    is_named,
                );
            }
        }
    }
}

impl File {
    /// The content for a project of this name.
    fn filled(&self, path: &Path, name: &Name) -> Vec<u8> {
        match std::str::from_utf8(self.content) {
            _ if !self.is_named => self.content.to_owned(),
            Ok(text) if path.ends_with("Cargo.lock") => sorted(&filled(text, name)).into_bytes(),
            Ok(text) => filled(text, name).into_bytes(),
            Err(_) => self.content.to_owned(),
        }
    }
}

fn filled(text: &str, name: &Name) -> String {
    let names = [name.to_string(), name.snake(), name.pascal()];
    let pairs = PLACEHOLDERS.iter().zip(names);
    pairs.fold(text.to_owned(), |text, (from, to)| text.replace(from, &to))
}

/// A `Cargo.lock` with its packages in the order that cargo would give them.
fn sorted(text: &str) -> String {
    const BETWEEN: &str = "\n[[package]]\n";
    let mut parts = text.trim_end().split(BETWEEN);
    let head = parts.next().unwrap_or_default().to_owned();
    let mut packages: Vec<&str> = parts.map(str::trim_end).collect();
    packages.sort_unstable_by_key(|package| package.lines().take(2).collect::<Vec<_>>());
    let packages = packages
        .into_iter()
        .map(|package| format!("{BETWEEN}{package}\n"));
    std::iter::once(head).chain(packages).collect()
}
