//! The people of a world, and the secret that they bring.

use provisor::Identity;
use provisor::model::PersonName;

use super::World;

/// The secret that every identity carries; nothing may ever keep it.
pub const CANARY: &str = "canary-4f1d-swordfish";

/// A person of the IAM product, active, with a password that nobody may see.
pub fn identity(id: &str) -> Identity {
    Identity::new(id.parse().expect("an id"))
        .with("username", [id])
        .with("full-name", ["Will Turner"])
        .with("interests", ["pirates", "swords"])
        .with("status", ["active"])
        .with("password", [CANARY])
}

/// Will Turner, who wants an account.
pub fn will() -> Identity {
    identity("will")
}

/// A person who works with the host.
pub fn person(name: &str) -> PersonName {
    name.parse().expect("a name")
}

/// The row of the export that shows Will's account as it was asked for.
pub const WILL: &str = "will,Will Turner,,pirates;swords,false,\n";

impl World {
    /// No file below the host's data folder holds the canary, in plain text or as UTF-16.
    pub fn assert_no_secret(&self) {
        let wide: Vec<u8> = CANARY.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut folders = vec![self.folder.path().join("data")];
        let mut files = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                files += 1;
                let content = std::fs::read(&path).expect("readable");
                for needle in [CANARY.as_bytes(), &wide] {
                    assert!(
                        !content.windows(needle.len()).any(|part| part == needle),
                        "{} holds the secret",
                        path.display()
                    );
                }
            }
        }
        assert!(files > 0, "nothing was searched");
    }
}
