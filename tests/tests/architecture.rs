//! Imports point one way: cli → conformance, kit → engine → store, sandbox, sinks, package → model. The simulated ticket systems
//! know nothing of Provisor, so that they cannot share a mistake with it.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// What each crate of ours may depend on, of ours.
const ALLOWED: [(&str, &[&str]); 14] = [
    ("provisor-model", &[]),
    ("provisor-builtin", &[]),
    ("provisor-store", &["provisor-model"]),
    ("provisor-sandbox", &["provisor-model"]),
    ("provisor-sinks", &["provisor-model"]),
    ("provisor-package", &["provisor-model"]),
    (
        "provisor",
        &[
            "provisor-model",
            "provisor-store",
            "provisor-sandbox",
            "provisor-sinks",
            "provisor-package",
            "provisor-builtin",
        ],
    ),
    (
        "provisor-conformance",
        &[
            "provisor",
            "provisor-model",
            "provisor-sandbox",
            // What plays the ticket systems that components are judged with.
            "provisor-simulated",
        ],
    ),
    ("provisor-simulated", &[]),
    ("provisor-zoo", &[]),
    ("provisor-kit", &["provisor", "provisor-sandbox"]),
    // The demonstration has a ticket system of its own, and so has the desk of an author.
    (
        "provisor-cli",
        &[
            "provisor",
            "provisor-builtin",
            "provisor-conformance",
            "provisor-kit",
            "provisor-simulated",
        ],
    ),
    (
        "provisor-tests",
        &["provisor", "provisor-builtin", "provisor-simulated"],
    ),
    ("embedding", &["provisor"]),
];

/// Who alone may depend on what.
const RESERVED: [(&str, &[&str]); 13] = [
    ("wasmtime", &["provisor-sandbox"]),
    ("wasmparser", &["provisor-sandbox"]),
    ("rusqlite", &["provisor-store"]),
    ("rusqlite_migration", &["provisor-store"]),
    ("lettre", &["provisor-sinks"]),
    ("ureq", &["provisor-sinks"]),
    // What connects to the systems of others; the simulated ones only listen.
    ("hyper", &["provisor-sandbox", "provisor-simulated"]),
    ("hyper-util", &["provisor-sandbox", "provisor-simulated"]),
    ("tokio-rustls", &["provisor-sandbox"]),
    ("rustls-platform-verifier", &["provisor-sandbox"]),
    ("oci-client", &["provisor-package"]),
    ("tar", &["provisor-package"]),
    ("clap", &["provisor-cli"]),
];

/// Everything that `provisor-model` may depend on: nothing here does I/O.
const PURE: [&str; 5] = [
    "jiff",
    "serde",
    "sha2",
    "thiserror",
    "unicode-normalization",
];

/// The normal dependencies of each member, by name.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--offline",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    packages
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"].as_array().expect("dependencies");
            let normal = dependencies
                .iter()
                .filter(|dependency| dependency["kind"].is_null())
                .map(|dependency| dependency["name"].as_str().expect("a name").to_owned())
                .collect();
            (package["name"].as_str().expect("a name").to_owned(), normal)
        })
        .collect()
}

#[test]
fn every_crate_imports_only_what_is_below_it() {
    let all = dependencies();
    let ours: BTreeSet<&String> = all.keys().collect();
    let allowed: BTreeMap<&str, &[&str]> = ALLOWED.into_iter().collect();
    for (name, dependencies) in &all {
        let allowed = allowed
            .get(name.as_str())
            .unwrap_or_else(|| panic!("{name} is not in this test: say what it may depend on"));
        for dependency in dependencies.iter().filter(|one| ours.contains(one)) {
            assert!(
                allowed.contains(&dependency.as_str()),
                "{name} must not depend on {dependency}"
            );
        }
    }
}

#[test]
fn only_the_sandbox_knows_wasmtime_and_connects_for_components_and_only_the_store_knows_sqlite() {
    let all = dependencies();
    for (what, whose) in RESERVED {
        let users: Vec<_> = all
            .iter()
            .filter(|(_, dependencies)| dependencies.contains(what))
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(users, whose, "who depends on {what}");
    }
}

#[test]
fn the_model_depends_on_nothing_that_does_input_or_output() {
    let all = dependencies();
    let model = &all["provisor-model"];
    let pure: BTreeSet<String> = PURE.iter().map(ToString::to_string).collect();
    assert!(model.is_subset(&pure), "{model:?}");
}
