//! Machine code, kept beside the key of this installation.
//!
//! Machine code is run as it is, so nobody but this installation may have made it. Every file has a
//! message authentication code over its content, the component's digest and the engine's
//! configuration, with a key that lies outside the folder. Whatever does not fit is a miss.

use std::hash::{Hash, Hasher};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit, Mac};
use provisor_model::Digest;
use sha2::Sha256;
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::compile;
use crate::config::CacheConfig;
use crate::error::SandboxError;
use crate::limits::MACHINE_CODE;

const MAGIC: &[u8; 16] = b"provisor-code-1\n";
const CODE_LENGTH: usize = 32;

/// A folder of machine code.
pub(crate) struct Cache {
    folder: PathBuf,
    key: [u8; 32],
    engine: Engine,
    configuration: u64,
}

impl Cache {
    /// Opens the folder and reads the key; both are made when they are not there.
    pub fn open(config: &CacheConfig, engine: &Engine) -> Result<Self, SandboxError> {
        let failed = |path: &Path| {
            let path = path.display().to_string();
            move |source| SandboxError::Cache { path, source }
        };
        make_folder(&config.directory).map_err(failed(&config.directory))?;
        let key = key(&config.key_file).map_err(failed(&config.key_file))?;
        let mut hasher = StableHasher(0xcbf2_9ce4_8422_2325);
        engine.precompile_compatibility_hash().hash(&mut hasher);
        Ok(Self {
            folder: config.directory.clone(),
            key,
            engine: engine.clone(),
            configuration: hasher.finish(),
        })
    }

    /// The machine code of a component, if it is there and untouched.
    pub fn get(&self, component: &Digest) -> Option<Component> {
        let mut bytes = Vec::new();
        std::fs::File::open(self.path(component))
            .ok()?
            .take(MACHINE_CODE)
            .read_to_end(&mut bytes)
            .ok()?;
        let code = self.verified(component, &bytes)?;
        compile::trust(&self.engine, code).ok()
    }

    /// Keeps machine code, and takes it in.
    pub fn put(&self, component: &Digest, code: &[u8]) -> wasmtime::Result<Component> {
        // A cache that cannot be written is only slow.
        let _kept = self.write(component, code);
        compile::trust(&self.engine, code)
    }

    /// Removes the machine code of a component, as far as this engine made it.
    pub fn remove(&self, component: &Digest) {
        // What cannot be removed is only in the way.
        let _removed = std::fs::remove_file(self.path(component));
    }

    fn write(&self, component: &Digest, code: &[u8]) -> std::io::Result<()> {
        // Somebody may have deleted the folder meanwhile.
        std::fs::create_dir_all(&self.folder)?;
        let mut file = tempfile::Builder::new()
            .prefix(".being-written-")
            .tempfile_in(&self.folder)?;
        file.write_all(MAGIC)?;
        file.write_all(&self.authenticate(component, code).finalize().into_bytes())?;
        file.write_all(code)?;
        file.persist(self.path(component))
            .map_err(|error| error.error)?;
        Ok(())
    }

    fn verified<'b>(&self, component: &Digest, bytes: &'b [u8]) -> Option<&'b [u8]> {
        let rest = bytes.strip_prefix(MAGIC)?;
        let (code, machine) = rest.split_at_checked(CODE_LENGTH)?;
        self.authenticate(component, machine)
            .verify_slice(code)
            .ok()?;
        Some(machine)
    }

    fn authenticate(&self, component: &Digest, code: &[u8]) -> Hmac<Sha256> {
        // A key shorter than a block counts as if it were filled up with zeros (RFC 2104).
        let mut block = [0; 64];
        block[..self.key.len()].copy_from_slice(&self.key);
        let mut mac = Hmac::<Sha256>::new(&block.into());
        mac.update(MAGIC);
        mac.update(component.as_bytes());
        mac.update(&self.configuration.to_le_bytes());
        mac.update(code);
        mac
    }

    fn path(&self, component: &Digest) -> PathBuf {
        self.folder
            .join(format!("{component}-{:016x}.code", self.configuration))
    }
}

/// Somebody who deletes the folder while it is made is no reason not to begin: it is made again when there is
/// something to keep.
fn make_folder(path: &Path) -> std::io::Result<()> {
    let made = std::fs::create_dir_all(path);
    let is_something_else = || path.symlink_metadata().is_ok_and(|found| !found.is_dir());
    match made {
        Err(error) if error.kind() == ErrorKind::AlreadyExists && !is_something_else() => Ok(()),
        made => made,
    }
}

/// FNV-1a: the name of a configuration must be the same in every process.
struct StableHasher(u64);

impl Hasher for StableHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

/// Whoever can read the key can make machine code that is run here.
fn ensure_private(path: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if std::fs::metadata(path)?.permissions().mode() & 0o077 != 0 {
            return Err(std::io::Error::new(
                ErrorKind::PermissionDenied,
                "the key can be read by others; delete it to get a new one",
            ));
        }
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Reads the key, or makes one that only its owner can read. Of two processes that make one at the
/// same time, one wins and both use its key.
fn key(path: &Path) -> std::io::Result<[u8; 32]> {
    for _ in 0..2 {
        match std::fs::read(path) {
            Ok(bytes) => {
                ensure_private(path)?;
                return bytes.try_into().map_err(|_| {
                    std::io::Error::other(
                        "the key does not have 32 bytes; delete it to get a new one",
                    )
                });
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let mut file = tempfile::Builder::new()
            .prefix(".key-")
            .tempfile_in(folder.unwrap_or(Path::new(".")))?;
        let mut fresh = [0; 32];
        getrandom::fill(&mut fresh).map_err(std::io::Error::other)?;
        file.write_all(&fresh)?;
        file.as_file().sync_all()?;
        match file.persist_noclobber(path) {
            Ok(_) => return Ok(fresh),
            Err(error) if error.error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error.error),
        }
    }
    Err(std::io::Error::other("the key appears and disappears"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A component without anything in it.
    const EMPTY: &[u8] = b"\0asm\x0d\0\x01\0";

    struct Fixture {
        folder: tempfile::TempDir,
        engine: Engine,
        digest: Digest,
    }

    impl Fixture {
        fn new() -> Self {
            let config = crate::sandbox::engine_config(&crate::Allocation::OnDemand, false);
            Self {
                folder: tempfile::tempdir().unwrap(),
                engine: Engine::new(&config).unwrap(),
                digest: crate::inspection::digest(EMPTY),
            }
        }

        fn open(&self) -> Result<Cache, SandboxError> {
            let config = CacheConfig {
                directory: self.folder.path().join("code"),
                key_file: self.folder.path().join("key"),
            };
            Cache::open(&config, &self.engine)
        }

        fn filled(&self) -> (Cache, PathBuf) {
            let cache = self.open().unwrap();
            let code = self.engine.precompile_component(EMPTY).unwrap();
            cache.put(&self.digest, &code).unwrap();
            let path = cache.path(&self.digest);
            assert!(cache.get(&self.digest).is_some());
            (cache, path)
        }
    }

    #[test]
    fn a_file_where_the_folder_should_be_is_an_error() {
        let fixture = Fixture::new();
        std::fs::write(fixture.folder.path().join("code"), "").unwrap();
        assert!(matches!(fixture.open(), Err(SandboxError::Cache { .. })));
    }

    #[test]
    fn a_changed_byte_anywhere_is_a_miss() {
        let fixture = Fixture::new();
        let (cache, path) = fixture.filled();
        let good = std::fs::read(&path).unwrap();
        // Every byte of the head, then so many over the rest that every part of it is met.
        let step = good.len() / 500 + 1;
        for at in (0..200).chain((200..good.len()).step_by(step)) {
            let mut bad = good.clone();
            bad[at] ^= 0x10;
            std::fs::write(&path, &bad).unwrap();
            assert!(cache.get(&fixture.digest).is_none(), "byte {at}");
        }
    }

    #[test]
    fn a_file_that_is_cut_off_or_longer_is_a_miss() {
        let fixture = Fixture::new();
        let (cache, path) = fixture.filled();
        let good = std::fs::read(&path).unwrap();
        for length in [0, 1, MAGIC.len(), MAGIC.len() + CODE_LENGTH, good.len() - 1] {
            std::fs::write(&path, &good[..length]).unwrap();
            assert!(cache.get(&fixture.digest).is_none(), "{length} bytes");
        }
        std::fs::write(&path, [&good[..], b"x"].concat()).unwrap();
        assert!(cache.get(&fixture.digest).is_none());
    }

    #[test]
    fn machine_code_of_another_component_is_a_miss() {
        let fixture = Fixture::new();
        let (cache, path) = fixture.filled();
        let other = crate::inspection::digest(b"another");
        std::fs::copy(path, cache.path(&other)).unwrap();
        assert!(cache.get(&other).is_none());
    }

    #[test]
    fn machine_code_of_another_installation_is_a_miss() {
        let fixture = Fixture::new();
        let (cache, _) = fixture.filled();
        drop(cache);
        std::fs::remove_file(fixture.folder.path().join("key")).unwrap();
        assert!(fixture.open().unwrap().get(&fixture.digest).is_none());
    }

    #[test]
    fn the_key_stays_and_the_folder_may_go_at_any_time() {
        let fixture = Fixture::new();
        let (cache, path) = fixture.filled();
        assert!(fixture.open().unwrap().get(&fixture.digest).is_some());
        std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
        assert!(cache.get(&fixture.digest).is_none());
        let code = fixture.engine.precompile_component(EMPTY).unwrap();
        cache.put(&fixture.digest, &code).unwrap();
        assert!(cache.get(&fixture.digest).is_some());
    }

    #[test]
    fn machine_code_that_cannot_be_kept_is_used_all_the_same() {
        let fixture = Fixture::new();
        let (cache, path) = fixture.filled();
        let folder = path.parent().unwrap();
        std::fs::remove_dir_all(folder).unwrap();
        std::fs::write(folder, "no folder").unwrap();
        let code = fixture.engine.precompile_component(EMPTY).unwrap();
        assert!(cache.put(&fixture.digest, &code).is_ok());
        assert!(cache.get(&fixture.digest).is_none());
    }

    #[test]
    fn machine_code_of_another_engine_is_a_miss_and_is_made_anew() {
        let mut fixture = Fixture::new();
        let (before, old) = fixture.filled();
        // As after an upgrade of wasmtime: another engine, with its own idea of machine code.
        let config = crate::sandbox::engine_config(&crate::Allocation::OnDemand, true);
        fixture.engine = Engine::new(&config).unwrap();
        let after = fixture.open().unwrap();
        assert!(after.get(&fixture.digest).is_none());
        // Not even under the name of the new one is it taken.
        let new = after.path(&fixture.digest);
        assert_ne!(old, new);
        std::fs::copy(&old, &new).unwrap();
        assert!(after.get(&fixture.digest).is_none());
        let code = fixture.engine.precompile_component(EMPTY).unwrap();
        after.put(&fixture.digest, &code).unwrap();
        assert!(after.get(&fixture.digest).is_some());
        assert!(before.get(&fixture.digest).is_some(), "both can go on");
    }

    #[test]
    fn what_is_removed_is_a_miss() {
        let fixture = Fixture::new();
        let (cache, path) = fixture.filled();
        cache.remove(&fixture.digest);
        assert!(!path.exists());
        assert!(cache.get(&fixture.digest).is_none());
        cache.remove(&fixture.digest);
    }

    #[cfg(unix)]
    #[test]
    fn the_key_is_private_and_one_that_is_not_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let fixture = Fixture::new();
        drop(fixture.open().unwrap());
        let key = fixture.folder.path().join("key");
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&key) & 0o777, 0o600);
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
        let refused = fixture.open().err().map(|error| error.to_string());
        assert!(refused.unwrap().contains("can be read by others"));
    }
}
