//! The worked examples: for each world the same component in every language, in projects that
//! `component.toml` describes truly and that stand on what the templates stand on. (That they build, agree
//! and conform is tried by `tests/peers/languages`.)

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use provisor_kit::{Language, Level, Name, Project, Template};
use provisor_sandbox::World;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The folders of the examples that are there in more than one language.
fn examples() -> Vec<PathBuf> {
    let all = fs::read_dir(root().join("examples/components")).expect("examples");
    all.map(|entry| entry.expect("a folder").path())
        .filter(|folder| folder.join("rust").is_dir())
        .collect()
}

fn projects() -> impl Iterator<Item = Project> {
    examples().into_iter().flat_map(|folder| {
        Language::ALL
            .map(|language| Project::open(&folder.join(language.as_str())).expect("a project"))
    })
}

/// What is in the files of a folder, by their names.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(folder).expect("a folder");
    files
        .map(|file| {
            let file = file.expect("a file");
            let content = fs::read(file.path()).expect("a file");
            (file.file_name().to_string_lossy().into_owned(), content)
        })
        .collect()
}

#[test]
fn every_world_has_an_example_in_every_language() {
    let found: BTreeSet<(&str, Language)> = projects()
        .map(|it| (it.world.as_str(), it.language))
        .collect();
    for world in World::ALL {
        for language in Language::ALL {
            let is_there = found.contains(&(world.as_str(), language));
            assert!(is_there, "{world} in {language}");
        }
    }
}

#[test]
fn an_example_is_named_like_its_folder_and_must_conform_at_should() {
    for project in projects() {
        assert!(
            project
                .folder
                .ends_with(format!("{}/{}", project.name, project.language))
        );
        assert_eq!(project.conformance.level, Level::Should, "{}", project.name);
    }
}

#[test]
fn all_languages_get_the_same_settings_and_the_same_input() {
    for folder in examples() {
        let [rust, others @ ..] = Language::ALL
            .map(|language| contents(&folder.join(language.as_str()).join("examples")));
        assert!(rust.len() > 1, "{}", folder.display());
        for other in others {
            assert!(other == rust, "{}", folder.display());
        }
    }
}

#[test]
fn an_example_is_built_by_the_tools_that_the_templates_pin() {
    for project in projects() {
        let parent = tempfile::tempdir().unwrap();
        let name: Name = project.name.as_str().parse().unwrap();
        let template = Template::find(project.language, project.world).unwrap();
        let made = template.write(&name, parent.path()).unwrap();
        for file in ["package.json", "package-lock.json", "requirements.txt"] {
            let pinned = fs::read(made.join(file)).ok();
            let found = fs::read(project.folder.join(file)).ok();
            assert!(found == pinned, "{file} of {}", project.folder.display());
        }
    }
}

#[test]
fn an_example_in_rust_is_locked_to_what_the_components_of_this_repository_are_locked_to() {
    let locked = |file: PathBuf| -> BTreeSet<(String, String)> {
        let text = fs::read_to_string(file).expect("a lock");
        let lock: toml::Table = text.parse().expect("TOML");
        let packages = lock["package"].as_array().expect("packages").iter();
        packages
            .filter(|package| package.get("source").is_some())
            .map(|package| {
                let text = |name: &str| package[name].as_str().expect("a text").to_owned();
                (text("name"), text("version"))
            })
            .collect()
    };
    let guests = locked(root().join("guests/Cargo.lock"));
    for project in projects().filter(|it| it.language == Language::Rust) {
        let packages = locked(project.folder.join("Cargo.lock"));
        let missing: Vec<_> = packages.difference(&guests).collect();
        assert!(missing.is_empty(), "{}: {missing:?}", project.name);
    }
}
