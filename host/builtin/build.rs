//! Builds the components of the folder `guests` and puts them where `include_bytes!` finds them.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

const TARGET: &str = "wasm32-wasip2";

/// The packages that are built in; each makes one component, named like it with `_` for `-`.
const BUILT_IN: [&str; 8] = [
    "csv",
    "cel-mapping",
    "cel-policy",
    "jira",
    "remedy",
    "request-tracker",
    "service-manager",
    "servicenow",
];

/// The components of the package `hostile`.
const HOSTILE: [&str; 11] = [
    "reader",
    "mapping",
    "policy",
    "ticketing",
    "endless_description",
    "plain_mapping",
    "names_1",
    "names_2",
    "names_3",
    "rules_1",
    "rules_2",
];

/// The components of the package `offenders`.
const OFFENDERS: [&str; 4] = [
    "offending_mapping",
    "offending_policy",
    "offending_reader",
    "offending_ticketing",
];

fn main() {
    let root = path("CARGO_MANIFEST_DIR").join("../..");
    let guests = root.join("guests");
    watch(&root, &guests);
    ensure_target();

    // target/PROFILE/build/THIS/out: every profile shares one build of the components, which are
    // always optimised.
    let out = path("OUT_DIR");
    let target = out.ancestors().nth(4).unwrap_or(&out).join("guests");
    let built = target.join(TARGET).join("release");

    // Where each lies, since a crate that one of them is tested with may be called alike.
    let places: Vec<String> = BUILT_IN
        .iter()
        .map(|package| place(&guests, package))
        .collect();
    let packages = places.iter().flat_map(|place| ["--package", place]);
    build(&guests, &target, packages);
    for package in BUILT_IN {
        let file = format!("{}.wasm", package.replace('-', "_"));
        copy(&built.join(&file), &out.join(&file));
    }
    for (feature, package, examples) in [
        ("CARGO_FEATURE_HOSTILE", "hostile", &HOSTILE[..]),
        ("CARGO_FEATURE_OFFENDERS", "offenders", &OFFENDERS[..]),
    ] {
        if std::env::var_os(feature).is_none() {
            continue;
        }
        let what = [
            "--package",
            package,
            "--examples",
            "--features",
            "components",
        ];
        build(&guests, &target, what);
        for example in examples {
            let file = format!("{example}.wasm");
            copy(&built.join("examples").join(&file), &out.join(&file));
        }
    }
}

fn path(variable: &str) -> PathBuf {
    match std::env::var_os(variable) {
        Some(path) => PathBuf::from(path),
        None => fail(&format!("cargo does not say {variable}")),
    }
}

/// How cargo calls the package in a folder.
fn place(guests: &Path, package: &str) -> String {
    let folder = guests.join(package);
    let folder = folder.canonicalize().unwrap_or(folder);
    format!("path+file://{}", folder.display())
}

/// Only what the components are made of makes this run again.
fn watch(root: &Path, guests: &Path) {
    let mut sources = vec![
        root.join("wit"),
        guests.join("Cargo.toml"),
        guests.join("Cargo.lock"),
    ];
    let packages = std::fs::read_dir(guests).into_iter().flatten().flatten();
    for package in packages.map(|entry| entry.path()) {
        if package.join("Cargo.toml").is_file() {
            for part in ["Cargo.toml", "src", "examples", "settings.schema.json"] {
                sources.push(package.join(part));
            }
        }
    }
    for source in sources.iter().filter(|source| source.exists()) {
        println!("cargo::rerun-if-changed={}", source.display());
    }
}

/// Adds the target to the tool chain when it is not there.
fn ensure_target() {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let asked = Command::new(rustc)
        .args(["--print", "target-libdir", "--target", TARGET])
        .output();
    let there = asked.ok().is_some_and(|answer| {
        let folder = String::from_utf8_lossy(&answer.stdout);
        answer.status.success() && Path::new(folder.trim()).is_dir()
    });
    if there {
        return;
    }
    println!("cargo::warning=adding the target {TARGET} to the Rust tool chain, once");
    let added = Command::new("rustup")
        .args(["target", "add", TARGET])
        .status();
    if !added.is_ok_and(|status| status.success()) {
        fail(&format!(
            "the Rust tool chain lacks the target {TARGET}, and adding it failed; \
             type: rustup target add {TARGET}"
        ));
    }
}

fn build<'a>(guests: &Path, target: &Path, what: impl IntoIterator<Item = &'a str>) {
    let manifest = guests.join("Cargo.toml");
    let mut arguments: Vec<OsString> = vec![
        "build".into(),
        "--release".into(),
        "--target".into(),
        TARGET.into(),
        "--manifest-path".into(),
        manifest.clone().into(),
        "--target-dir".into(),
        target.into(),
    ];
    if guests.join("Cargo.lock").is_file() {
        arguments.push("--locked".into());
    }
    arguments.extend(what.into_iter().map(OsString::from));

    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(&arguments).current_dir(guests);
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(is_about_this_build) {
            command.env_remove(name);
        }
    }
    match command.output() {
        Ok(output) if output.status.success() => {}
        Ok(output) => fail(&format!(
            "the components that are built in cannot be built:\n{}\nto see it again, type: cargo {}",
            String::from_utf8_lossy(&output.stderr),
            spell(&arguments)
        )),
        Err(error) => fail(&format!(
            "cargo cannot be started for the components that are built in: {error}; type: cargo {}",
            spell(&arguments)
        )),
    }
}

/// Whether a variable of the environment tells the outer cargo or its tools how to build the
/// program itself. Where crates come from is the same for both.
fn is_about_this_build(name: &str) -> bool {
    const KEPT: [&str; 6] = [
        "CARGO_HOME",
        "CARGO_NET_",
        "CARGO_HTTP_",
        "CARGO_REGISTRIES_",
        "CARGO_REGISTRY_",
        "CARGO_SOURCE_",
    ];
    const REMOVED: [&str; 16] = [
        "CLIPPY_ARGS",
        "CLIPPY_CONF_DIR",
        "DEBUG",
        "HOST",
        "MAKEFLAGS",
        "MFLAGS",
        "NUM_JOBS",
        "OPT_LEVEL",
        "OUT_DIR",
        "PROFILE",
        "RUSTC",
        "RUSTC_LINKER",
        "RUSTC_WORKSPACE_WRAPPER",
        "RUSTC_WRAPPER",
        "RUSTFLAGS",
        "TARGET",
    ];
    REMOVED.contains(&name)
        || name.starts_with("CARGO") && !KEPT.iter().any(|kept| name.starts_with(kept))
}

fn spell(arguments: &[OsString]) -> String {
    let words: Vec<_> = arguments
        .iter()
        .map(|word| word.to_string_lossy())
        .collect();
    words.join(" ")
}

fn copy(from: &Path, to: &Path) {
    if let Err(error) = std::fs::copy(from, to) {
        fail(&format!("{} cannot be copied: {error}", from.display()));
    }
}

fn fail(message: &str) -> ! {
    for line in message.lines() {
        println!("cargo::warning={line}");
    }
    println!("cargo::error={}", message.lines().next().unwrap_or(message));
    std::process::exit(1);
}
