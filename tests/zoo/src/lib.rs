//! Components that mean harm, and what each must end in.
//!
//! Each is a folder of `cases`, named for what it does:
//!
//! * `expected.toml` says where it is stopped ([`Stop`]), the code of the error, and words of its message.
//! * `component.wat` is the component, in WebAssembly's text format. If it begins with `(component`, it is
//!   the whole component. Else it is what differs from `good.wat`, the core module of a mapping that behaves
//!   well: an item of the same name takes the place of that one, others are added.
//! * `component.bin`, in place of `component.wat`, is the bytes themselves.
//! * `world.wit` stands there where a component needs more than the world `mapping` of the contract.
//!
//! In both texts `%{1000|text}` stands for that text a thousand times over, so that a bomb is as short here as it is
//! when it is sent.
//!
//! ```
//! let good = provisor_zoo::good();
//! assert!(good.starts_with(b"\0asm"));
//! assert!(provisor_zoo::cases().len() > 20);
//! ```

mod text;

use std::path::{Path, PathBuf};

use serde::Deserialize;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// One component that means harm.
#[derive(Debug)]
pub struct Case {
    /// The name of its folder: what it does.
    pub name: String,
    /// The component.
    pub bytes: Vec<u8>,
    expected: Expected,
}

/// What a component must end in.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Expected {
    /// Where it is stopped.
    pub stopped: Stop,
    /// The code of the error; none where it is not stopped at all.
    pub code: Option<String>,
    /// Words of the message.
    #[serde(default)]
    pub says: String,
    /// What it ends in where instances come from a pool, if that is something else.
    pub pooled: Option<Box<Expected>>,
}

/// Where a component is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stop {
    /// Its bytes are looked at.
    Inspection,
    /// It is compiled and linked.
    Compilation,
    /// It is asked to describe itself.
    Description,
    /// It works.
    Run,
    /// Nowhere: it is large or odd, and does no harm.
    Nowhere,
}

impl Case {
    /// What it must end in, with instances from a pool or on demand.
    pub fn expected(&self, pooled: bool) -> &Expected {
        match &self.expected.pooled {
            Some(expected) if pooled => expected,
            _ => &self.expected,
        }
    }
}

/// Memory that may stay with a process after a case: allocators keep some for later, and the largest
/// case is 40 MB. What leaks with each of them comes to several times as much.
pub const SLACK: u64 = 160 * 1024 * 1024;

/// Bytes of this process that lie in memory; 0 where the system does not tell.
pub fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = status
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or_default() * 4096
}

/// All cases, in the order of their names.
///
/// # Panics
/// When a case cannot be read or made: then the zoo is wrong, and not who is tried with it.
pub fn cases() -> Vec<Case> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(folder().join("cases"))
        .expect("the folder of cases")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    folders.sort();
    folders.iter().map(|folder| read(folder)).collect()
}

/// One case by the name of its folder.
///
/// # Panics
/// As [`cases`].
pub fn case(name: &str) -> Case {
    read(&folder().join("cases").join(name))
}

/// A mapping that behaves well: it gives back what it is given.
///
/// # Panics
/// As [`cases`].
pub fn good() -> Vec<u8> {
    encode("good.wat", &good_module(), None)
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn good_module() -> String {
    std::fs::read_to_string(folder().join("good.wat")).expect("good.wat")
}

fn read(folder: &Path) -> Case {
    let name = folder
        .file_name()
        .expect("a name")
        .to_string_lossy()
        .into_owned();
    let file = |file: &str| folder.join(file);
    let expected = std::fs::read_to_string(file("expected.toml"))
        .unwrap_or_else(|error| panic!("{name}: expected.toml: {error}"));
    let expected =
        toml::from_str(&expected).unwrap_or_else(|error| panic!("{name}: expected.toml: {error}"));
    let bytes = match std::fs::read(file("component.bin")) {
        Ok(bytes) => bytes,
        Err(_) => {
            let text = std::fs::read_to_string(file("component.wat"))
                .unwrap_or_else(|error| panic!("{name}: component.wat: {error}"));
            let text = text::unfold(&text);
            match text::is_component(&text) {
                true => wat::parse_str(&text).unwrap_or_else(|error| panic!("{name}: {error}")),
                false => {
                    let world = std::fs::read_to_string(file("world.wit")).ok();
                    let module = text::merge(&good_module(), &text);
                    encode(&name, &module, world.as_deref())
                }
            }
        }
    };
    Case {
        name,
        bytes,
        expected,
    }
}

/// Makes a component of the text of a core module.
fn encode(name: &str, module: &str, world: Option<&str>) -> Vec<u8> {
    let wrong = |error: &dyn std::fmt::Display| -> ! { panic!("{name}: {error:#}") };
    let mut module = wat::parse_str(module).unwrap_or_else(|error| wrong(&error));
    let mut resolve = Resolve::default();
    let (package, _) = resolve
        .push_dir(folder().join("../../wit"))
        .unwrap_or_else(|error| wrong(&error));
    let package = match world {
        None => package,
        Some(text) => resolve
            .push_str("world.wit", text)
            .unwrap_or_else(|error| wrong(&error)),
    };
    let world = resolve
        .select_world(&[package], Some("mapping"))
        .unwrap_or_else(|error| wrong(&error));
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)
        .unwrap_or_else(|error| wrong(&error));
    ComponentEncoder::default()
        .validate(false)
        .module(&module)
        .and_then(|mut encoder| encoder.encode())
        .unwrap_or_else(|error| wrong(&error))
}
