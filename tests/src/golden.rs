//! Components of earlier days: one for each world and language, as it was once made. What they are and
//! how they were made is in `tests/golden`.

use std::io::Read;
use std::path::PathBuf;

use serde::Deserialize;

/// One component that is kept.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Golden {
    /// What it is called, such as `rust-mapping`.
    pub name: String,
    /// The SHA-256 of its bytes, in hexadecimal.
    pub digest: String,
    /// With what it was made.
    pub made_with: String,
    /// The golden component beside which it is packed: it is kept as what it has that the other one has not.
    pub beside: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    component: Vec<Golden>,
}

impl Golden {
    /// All components of a version of the contract, such as `0.1`.
    pub fn all(version: &str) -> Vec<Golden> {
        let file = folder(version).join("components.toml");
        let text = std::fs::read_to_string(&file).expect("the list of golden components is there");
        let list: List = toml::from_str(&text).expect("the list of golden components is TOML");
        list.component
    }

    /// The one of version 0.1 with this name.
    pub fn named(name: &str) -> Golden {
        let found = Golden::all("0.1").into_iter().find(|it| it.name == name);
        found.unwrap_or_else(|| panic!("{name} is no golden component"))
    }

    /// How far back what is packed beside another component may refer, in bytes: to the beginning of the
    /// other one.
    pub const DICTIONARY: u32 = 64 * 1024 * 1024;

    /// The name of the file in which it is kept.
    pub fn file(&self) -> String {
        let packing = self.beside.as_ref().map_or("xz", |_| "lzma2");
        format!("{}.wasm.{packing}", self.name)
    }

    /// Its bytes; they are kept packed.
    pub fn bytes(&self, version: &str) -> Vec<u8> {
        let file = folder(version).join(self.file());
        let packed = std::fs::File::open(&file).unwrap_or_else(|error| {
            panic!("{}: {error}", file.display());
        });
        let mut bytes = Vec::new();
        match &self.beside {
            None => lzma_rust2::XzReader::new(packed, false).read_to_end(&mut bytes),
            Some(other) => {
                let all = Golden::all(version);
                let other = all.iter().find(|it| it.name == *other);
                let other = other
                    .expect("the other one is a golden component")
                    .bytes(version);
                let packed = std::io::BufReader::new(packed);
                lzma_rust2::Lzma2Reader::new(packed, Self::DICTIONARY, Some(&other))
                    .read_to_end(&mut bytes)
            }
        }
        .expect("a golden component can be unpacked");
        bytes
    }
}

/// Where the components of a version of the contract are kept.
pub fn folder(version: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("golden")
        .join(version)
}
