//! The templates are whole: what they pin is what the components of this repository stand on, and
//! each makes a project that `component.toml` describes truly. (That it builds and runs is tried
//! with the whole program.)

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use provisor_kit::{Language, Name, Project, Template};
use provisor_sandbox::World;

fn all() -> Vec<(Language, World)> {
    let worlds = |language| {
        Template::worlds(language)
            .into_iter()
            .map(move |it| (language, it))
    };
    Language::ALL.into_iter().flat_map(worlds).collect()
}

fn written(language: Language, world: World, parent: &Path) -> PathBuf {
    let name: Name = "help-desk".parse().expect("it is there");
    Template::find(language, world)
        .expect("it is there")
        .write(&name, parent)
        .expect("it is there")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("it is there") {
        let path = entry.expect("it is there").path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found
}

#[test]
fn every_language_has_a_template_for_every_world() {
    for language in Language::ALL {
        assert_eq!(Template::worlds(language), World::ALL, "{language}");
    }
}

#[test]
fn a_new_project_is_described_truly_and_carries_the_name_everywhere() {
    for (language, world) in all() {
        let parent = tempfile::tempdir().unwrap();
        let folder = written(language, world, parent.path());
        let project = Project::open(&folder).unwrap();
        assert_eq!((project.language, project.world), (language, world));
        assert_eq!(project.name.as_str(), "help-desk");
        let conformance = &project.conformance;
        for example in conformance.settings.iter().chain(&conformance.input) {
            assert!(example.is_file(), "{}", example.display());
        }
        for file in files(&folder) {
            let Ok(text) = std::fs::read_to_string(&file) else {
                continue;
            };
            for placeholder in ["my-component", "my_component", "MyComponent"] {
                let shown = file.display();
                assert!(!text.contains(placeholder), "{shown} has {placeholder}");
                assert!(!shown.to_string().contains(placeholder), "{shown}");
            }
        }
    }
}

#[test]
fn nothing_that_a_build_made_is_in_a_template() {
    for (language, world) in all() {
        for path in Template::find(language, world).unwrap().paths() {
            let made = ["target", "node_modules", "__pycache__", ".venv"];
            assert!(!path.split('/').any(|part| made.contains(&part)), "{path}");
        }
    }
}

#[test]
fn a_folder_with_something_in_it_stays_as_it_is() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("help-desk");
    std::fs::create_dir(&folder).unwrap();
    written(Language::Rust, World::Policy, parent.path());
    std::fs::write(folder.join("src/lib.rs"), "mine").unwrap();

    let name: Name = "help-desk".parse().unwrap();
    let template = Template::find(Language::Rust, World::Policy).unwrap();
    let error = template.write(&name, parent.path()).unwrap_err();
    assert_eq!(error.code(), "folder-taken");
    assert_eq!(
        std::fs::read_to_string(folder.join("src/lib.rs")).unwrap(),
        "mine"
    );

    std::fs::write(parent.path().join("file"), "").unwrap();
    let name: Name = "file".parse().unwrap();
    let error = template.write(&name, parent.path()).unwrap_err();
    assert_eq!(error.code(), "folder-taken");
}

#[test]
fn glue_that_was_lost_comes_back_and_what_the_author_wrote_stays() {
    for (language, world) in all() {
        let parent = tempfile::tempdir().unwrap();
        let folder = written(language, world, parent.path());
        let name: Name = "help-desk".parse().unwrap();
        let glue = Template::glue(language, world);
        // A new project has all of it.
        assert!(glue.fill(&name, &folder).unwrap().is_empty());

        std::fs::remove_file(folder.join("wit/types.wit")).unwrap();
        std::fs::write(folder.join("wit/world.wit"), "of an older program").unwrap();
        std::fs::write(folder.join("README.md"), "mine").unwrap();
        let written = glue.fill(&name, &folder).unwrap();
        assert_eq!(
            written,
            ["wit/types.wit", "wit/world.wit"],
            "{language} {world}"
        );
        assert_eq!(
            std::fs::read_to_string(folder.join("README.md")).unwrap(),
            "mine"
        );
    }
}

/// The versions of this repository, by package: those of `guests/Cargo.toml`.
fn pinned() -> toml::Table {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guests/Cargo.toml");
    let guests: toml::Table =
        toml::from_str(&std::fs::read_to_string(file).expect("it is there")).expect("it is there");
    guests["workspace"]["dependencies"]
        .as_table()
        .expect("it is there")
        .clone()
}

#[test]
fn a_rust_project_asks_for_the_versions_of_this_repository() {
    let pinned = pinned();
    for world in World::ALL {
        let parent = tempfile::tempdir().unwrap();
        let folder = written(Language::Rust, world, parent.path());
        for manifest in ["Cargo.toml", "vendor/provisor-sdk/Cargo.toml"] {
            let text = std::fs::read_to_string(folder.join(manifest)).unwrap();
            let manifest: toml::Table = toml::from_str(&text).unwrap();
            for (name, wanted) in manifest["dependencies"].as_table().unwrap() {
                if name != "provisor-sdk" {
                    assert_eq!(Some(wanted), pinned.get(name), "{name}");
                }
            }
        }
        let sdk = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guests/sdk/Cargo.toml");
        let sdk: toml::Table = toml::from_str(&std::fs::read_to_string(sdk).unwrap()).unwrap();
        let text = std::fs::read_to_string(folder.join("vendor/provisor-sdk/Cargo.toml")).unwrap();
        let vendored: toml::Table = toml::from_str(&text).unwrap();
        let names = |manifest: &toml::Table| -> BTreeSet<String> {
            let names = manifest["dependencies"].as_table().unwrap().keys().cloned();
            names.filter(|name| name != "provisor-simulated").collect()
        };
        assert_eq!(names(&vendored), names(&sdk));
    }
}

/// Versions and checksums of a lock file by package.
fn locked(text: &str) -> BTreeMap<(String, String), Option<String>> {
    let lock: toml::Table = toml::from_str(text).expect("it is there");
    let packages = lock["package"].as_array().expect("it is there").iter();
    packages
        .map(|package| {
            let text = |name: &str| {
                package
                    .get(name)
                    .and_then(|it| it.as_str())
                    .map(str::to_owned)
            };
            (
                (
                    text("name").expect("it is there"),
                    text("version").expect("it is there"),
                ),
                text("checksum"),
            )
        })
        .collect()
}

#[test]
fn a_rust_project_is_locked_to_what_the_components_of_this_repository_are_locked_to() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guests/Cargo.lock");
    let guests = locked(&std::fs::read_to_string(file).unwrap());
    for world in World::ALL {
        let parent = tempfile::tempdir().unwrap();
        let folder = written(Language::Rust, world, parent.path());
        let text = std::fs::read_to_string(folder.join("Cargo.lock")).unwrap();
        let packages = locked(&text);
        for (package, checksum) in &packages {
            if package.0 != "help-desk" {
                assert_eq!(guests.get(package), Some(checksum), "{package:?}");
            }
        }
        // Cargo would sort it otherwise, and then say that it has changed.
        let names: Vec<&str> = text
            .lines()
            .filter(|line| line.starts_with("name = "))
            .collect();
        assert!(names.is_sorted(), "{names:?}");
        assert!(names.contains(&"name = \"help-desk\""));
    }
}
