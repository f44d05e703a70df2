//! Projects: what can be wrong in `component.toml`, in a build and in what it makes.

use std::path::Path;

use provisor_builtin::CEL_MAPPING;
use provisor_kit::{KitError, Level, Product, Project};
use provisor_sandbox::{Sandbox, SandboxConfig, inspect};

const PROJECT: &str = r#"
[component]
name = "cel-mapping"
world = "mapping"
language = "rust"
build = ["rustc", "--version"]
file = "made.wasm"
"#;

fn project(folder: &Path, text: &str) -> Result<Project, KitError> {
    std::fs::write(folder.join("component.toml"), text).expect("written");
    Project::open(folder)
}

#[test]
fn a_project_file_may_say_everything_that_the_suite_asks_for() {
    let folder = tempfile::tempdir().unwrap();
    let text = r#"
[component]
name = "slips"
world = "ticketing"
language = "rust"
build = ["make"]
file = "out/slips.wasm"
[conformance]
settings = "a.json"
input = "b.txt"
secrets = ["token"]
level = "should"
product = "slips"
recording = "recorded/slips.json"
[conformance.target]
origin = "https://slips.example.org"
people = ["python3", "people.py"]
[[conformance.bypass]]
property = "T47"
reason = "the system knows no such thing"
"#;
    let project = project(folder.path(), text).unwrap();
    let conformance = project.conformance;
    assert_eq!(conformance.level, Level::Should);
    assert_eq!(conformance.secrets, ["token"]);
    assert_eq!(conformance.product.as_deref(), Some("slips"));
    let recording = folder.path().join("recorded/slips.json");
    assert_eq!(conformance.recording, Some(recording));
    assert!(conformance.is_live);
    assert_eq!(conformance.bypasses[0].property, "T47");
    assert_eq!(conformance.settings, Some(folder.path().join("a.json")));
}

#[test]
fn what_is_wrong_in_a_project_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(
        Project::open(folder.path()).unwrap_err().code(),
        "no-project"
    );
    let product = "[conformance]\nproduct = \"slips\"\n";
    let bypass = "[[conformance.bypass]]\nproperty = \"M68\"\nreason = \"because\"\n";
    for (text, word) in [
        ("".to_owned(), "component"),
        (
            PROJECT.replace("world = \"mapping\"", "world = \"provisioner\""),
            "one of reader",
        ),
        (PROJECT.replace("cel-mapping", "Cel"), "small letters"),
        (PROJECT.replace("\"rust\"", "\"cobol\""), "cobol"),
        (
            PROJECT.replace("[\"rustc\", \"--version\"]", "[]"),
            "component.build",
        ),
        (
            PROJECT.replace("made.wasm", "../made.wasm"),
            "inside the project",
        ),
        (
            PROJECT.replace("made.wasm", "/made.wasm"),
            "inside the project",
        ),
        (format!("{PROJECT}colour = \"red\""), "colour"),
        (format!("{PROJECT}{product}"), "a mapping speaks to nobody"),
        (
            format!("{PROJECT}[conformance.target]\n"),
            "a mapping speaks to nobody",
        ),
        (
            format!("{PROJECT}[conformance]\nrecording = \"a.json\"\n"),
            "a mapping speaks to nobody",
        ),
        (format!("{PROJECT}{bypass}"), "at least 20"),
    ] {
        let error = project(folder.path(), &text).unwrap_err();
        assert_eq!(error.code(), "project-file", "{text}");
        assert!(error.to_string().contains(word), "{error}");
    }
}

#[test]
fn a_build_that_fails_or_makes_nothing_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let made_nothing = project(folder.path(), PROJECT).unwrap();
    assert_eq!(
        made_nothing.make().unwrap_err().code(),
        "build-without-component"
    );
    let failing = PROJECT.replace("--version", "--no-such-flag");
    let failing = project(folder.path(), &failing).unwrap();
    assert_eq!(failing.make().unwrap_err().code(), "build-failed");
    let missing = PROJECT.replace("[\"rustc\"", "[\"no-such-program\"");
    let missing = project(folder.path(), &missing).unwrap();
    assert_eq!(missing.make().unwrap_err().code(), "build-failed");
}

/// A component whose tool chain wrote no section: that of another name is nobody's.
fn without_section() -> Vec<u8> {
    let mut bytes = CEL_MAPPING.to_vec();
    let section = b"provisor:about";
    while let Some(at) = bytes.windows(section.len()).position(|it| it == section) {
        bytes[at] = b'q';
    }
    bytes
}

#[tokio::test]
async fn a_component_that_does_not_say_what_it_is_gets_its_section_once() {
    let folder = tempfile::tempdir().unwrap();
    let project = project(folder.path(), PROJECT).unwrap();
    let sandbox = Sandbox::new(SandboxConfig::default()).unwrap();
    std::fs::write(&project.file, without_section()).unwrap();

    let product = Product::of(&project, &sandbox).await.unwrap();
    assert!(product.is_stamped);
    let stamped = std::fs::read(&project.file).unwrap();
    assert_eq!(inspect(&stamped).unwrap(), product.inspection);
    assert_eq!(
        product.inspection.about,
        inspect(CEL_MAPPING).unwrap().about
    );

    // It says the same as its answer, or it would not be loaded.
    sandbox.load(&stamped).await.unwrap();
    assert!(!Product::of(&project, &sandbox).await.unwrap().is_stamped);
    assert_eq!(std::fs::read(&project.file).unwrap(), stamped);

    std::fs::write(&project.file, without_section()).unwrap();
    Product::of(&project, &sandbox).await.unwrap();
    assert_eq!(std::fs::read(&project.file).unwrap(), stamped);
}

#[tokio::test]
async fn a_component_must_be_what_its_project_says() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::new(SandboxConfig::default()).unwrap();
    for text in [
        PROJECT.replace("cel-mapping", "other"),
        PROJECT.replace("\"mapping\"", "\"policy\""),
    ] {
        let project = project(folder.path(), &text).unwrap();
        std::fs::write(&project.file, CEL_MAPPING).unwrap();
        let error = Product::of(&project, &sandbox).await.unwrap_err();
        assert_eq!(error.code(), "component-contradicts-project");
    }
    let project = project(folder.path(), PROJECT).unwrap();
    std::fs::write(&project.file, b"\0asm\x01\0\0\0").unwrap();
    let error = Product::of(&project, &sandbox).await.unwrap_err();
    assert_eq!(error.code(), "component-core-module");
}
