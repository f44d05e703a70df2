//! Contents by their digest.
//!
//! A content is copied into a temporary file while it is hashed, synced, and given the name of its
//! digest; only then it is there. The same content again is no second copy, and makes good one that
//! was damaged. What nothing refers to any more is swept away, but never while somebody
//! [holds](Evidence::hold) the folder: he may be about to refer to it.

use std::collections::HashSet;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::Arc;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, File, OpenOptions};
use provisor_model::Digest;
use sha2::{Digest as _, Sha256};

/// What can go wrong with the evidence.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// The folder or a file in it cannot be used.
    #[error("the evidence folder {folder} cannot be used ({what}): {source}; {}", remedy(.source))]
    Io {
        /// Where it is.
        folder: String,
        /// What was tried.
        what: &'static str,
        /// Why it failed.
        source: std::io::Error,
    },
    /// What should be copied cannot be read.
    #[error("the content cannot be read: {0}")]
    Source(std::io::Error),
    /// The content is too large.
    #[error("the content is larger than {0} bytes")]
    TooLarge(u64),
    /// There is no content of this digest.
    #[error("there is no evidence {0}; restore the evidence folder from a backup")]
    Missing(Digest),
    /// The content is not what its name says.
    #[error("evidence {0} is damaged; restore the evidence folder from a backup")]
    Damaged(Digest),
}

impl EvidenceError {
    /// Stable code for machines.
    pub fn code(&self) -> &'static str {
        match self {
            EvidenceError::Io { .. } => "evidence",
            EvidenceError::Source(_) => "evidence-source",
            EvidenceError::TooLarge(_) => "evidence-too-large",
            EvidenceError::Missing(_) => "evidence-missing",
            EvidenceError::Damaged(_) => "evidence-damaged",
        }
    }
}

/// A folder of contents. Cheap to clone; only its owner can read it.
#[derive(Debug, Clone)]
pub struct Evidence {
    folder: Arc<Dir>,
    path: Arc<Path>,
}

/// While it is there, nothing is swept away: from before a content is put until what refers to it is
/// stored. It goes with the process, too.
#[derive(Debug)]
pub struct Hold {
    _lock: std::fs::File,
}

/// The names of copies that are not finished begin so.
const TEMPORARY: &str = ".being-copied-";

/// Locked together by all who copy, and alone by whoever clears up after a crash, so that nobody
/// takes a copy of another process for a left-over.
const LOCK: &str = ".lock";

impl Evidence {
    /// Opens the folder, or makes it, and removes what a crash left half copied. While somebody
    /// else copies, that is left to a later opening.
    pub fn open(path: &Path) -> Result<Self, EvidenceError> {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::DirBuilderExt;
            builder.mode(0o700);
        }
        builder
            .create(path)
            .map_err(failed(path, "making the folder"))?;
        let folder = Dir::open_ambient_dir(path, ambient_authority())
            .map_err(failed(path, "opening the folder"))?;
        let evidence = Self {
            folder: Arc::new(folder),
            path: path.into(),
        };
        evidence.clear_up().map_err(failed(path, "clearing up"))?;
        Ok(evidence)
    }

    /// Keeps everything from being swept away. Waits while somebody sweeps.
    pub fn hold(&self) -> Result<Hold, EvidenceError> {
        let lock = self
            .lock_file()
            .map_err(failed(&self.path, "opening the lock"))?;
        lock.lock_shared().map_err(failed(&self.path, "locking"))?;
        Ok(Hold { _lock: lock })
    }

    /// Removes the contents that are not in use; answers how many there were, or `None` when
    /// somebody holds the folder. `in_use` is asked when nobody can put anything any more.
    pub fn sweep<E: From<EvidenceError>>(
        &self,
        in_use: impl FnOnce() -> Result<HashSet<Digest>, E>,
    ) -> Result<Option<u64>, E> {
        let lock = self
            .lock_file()
            .map_err(failed(&self.path, "opening the lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => return Ok(None),
            Err(std::fs::TryLockError::Error(error)) => {
                return Err(failed(&self.path, "locking")(error).into());
            }
        }
        let in_use = in_use()?;
        Ok(Some(
            self.remove_others(&in_use)
                .map_err(failed(&self.path, "sweeping"))?,
        ))
    }

    fn remove_others(&self, in_use: &HashSet<Digest>) -> std::io::Result<u64> {
        let mut removed = 0;
        for folder in self.folder.entries()? {
            let folder = folder?;
            if !folder.file_type()?.is_dir() {
                continue;
            }
            let folder = folder.open_dir()?;
            for entry in folder.entries()? {
                let name = entry?.file_name();
                // What is not called like a content is none of ours.
                let digest = name.to_str().and_then(|name| name.parse::<Digest>().ok());
                if digest.is_some_and(|digest| !in_use.contains(&digest)) {
                    folder.remove_file(&name)?;
                    removed += 1;
                }
            }
        }
        Ok(removed)
    }

    /// Copies a content; answers its digest and its length in bytes. A content of more than `most`
    /// bytes is refused, and nothing of it stays.
    pub fn put(&self, content: &mut dyn Read, most: u64) -> Result<(Digest, u64), EvidenceError> {
        let lock = self
            .lock_file()
            .map_err(failed(&self.path, "opening the lock"))?;
        lock.lock_shared().map_err(failed(&self.path, "locking"))?;
        let temporary = format!("{TEMPORARY}{}-{}", std::process::id(), unique());
        let result = self
            .copy(content, most, &temporary)
            .and_then(|copied| self.keep(&temporary, &copied.0).map(|()| copied));
        if result.is_err() {
            // The first error is the one to tell.
            let _left_over = self.folder.remove_file(&temporary);
        }
        result
    }

    /// A content, from its beginning.
    pub fn get(&self, digest: &Digest) -> Result<std::fs::File, EvidenceError> {
        let (_, name) = place(digest);
        match self.folder.open(name) {
            Ok(file) => Ok(file.into_std()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Err(EvidenceError::Missing(*digest))
            }
            Err(error) => Err(failed(&self.path, "opening a file")(error)),
        }
    }

    /// Reads a content whole; refuses one that is no longer what its name says.
    pub fn verify(&self, digest: &Digest) -> Result<(), EvidenceError> {
        let mut file = self.get(digest)?;
        let mut hash = Sha256::new();
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let read = match file.read(&mut buffer) {
                Ok(read) => read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(failed(&self.path, "reading a file")(error)),
            };
            if read == 0 {
                break;
            }
            hash.update(&buffer[..read]);
        }
        if Digest::from_bytes(hash.finalize().into()) == *digest {
            Ok(())
        } else {
            Err(EvidenceError::Damaged(*digest))
        }
    }

    fn clear_up(&self) -> std::io::Result<()> {
        let lock = self.lock_file()?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => return Ok(()),
            Err(std::fs::TryLockError::Error(error)) => return Err(error),
        }
        for entry in self.folder.entries()? {
            let name = entry?.file_name();
            if name.to_string_lossy().starts_with(TEMPORARY) {
                self.folder.remove_file(name)?;
            }
        }
        Ok(())
    }

    fn lock_file(&self) -> std::io::Result<std::fs::File> {
        let mut options = private();
        options.read(true).create(true);
        Ok(self.folder.open_with(LOCK, &options)?.into_std())
    }

    fn keep(&self, temporary: &str, digest: &Digest) -> Result<(), EvidenceError> {
        let (folder, name) = place(digest);
        self.folder
            .create_dir_all(&folder)
            .map_err(failed(&self.path, "making a folder"))?;
        crate::fault::point("evidence.before-rename");
        self.folder
            .rename(temporary, &self.folder, &name)
            .map_err(failed(&self.path, "naming a file"))?;
        crate::fault::point("evidence.after-rename");
        sync(&self.folder, &folder).map_err(failed(&self.path, "syncing the folder"))
    }

    fn copy(
        &self,
        content: &mut dyn Read,
        most: u64,
        temporary: &str,
    ) -> Result<(Digest, u64), EvidenceError> {
        let mut options = private();
        options.create_new(true);
        let mut file: File = self
            .folder
            .open_with(temporary, &options)
            .map_err(failed(&self.path, "making a file"))?;
        let mut hash = Sha256::new();
        let mut size = 0_u64;
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let read = match content.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(EvidenceError::Source(error)),
            };
            size += read as u64;
            if size > most {
                return Err(EvidenceError::TooLarge(most));
            }
            hash.update(&buffer[..read]);
            file.write_all(&buffer[..read])
                .map_err(failed(&self.path, "writing a file"))?;
        }
        file.sync_all()
            .map_err(failed(&self.path, "syncing a file"))?;
        Ok((Digest::from_bytes(hash.finalize().into()), size))
    }
}

fn failed(folder: &Path, what: &'static str) -> impl FnOnce(std::io::Error) -> EvidenceError {
    move |source| EvidenceError::Io {
        folder: folder.display().to_string(),
        what,
        source,
    }
}

fn remedy(error: &std::io::Error) -> &'static str {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            "make room and try again"
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            "check the permissions of the folder and of what is in it"
        }
        _ => "check the disk and try again",
    }
}

/// For writing, by the owner only.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    {
        use cap_std::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options
}

/// The folder and the name of a content: two digits of the digest keep folders small.
fn place(digest: &Digest) -> (String, String) {
    let text = digest.to_string();
    let folder = text[..2].to_owned();
    let name = format!("{folder}/{text}");
    (folder, name)
}

/// Makes a rename survive a crash of the machine.
fn sync(root: &Dir, folder: &str) -> std::io::Result<()> {
    // A folder can be synced through a handle for reading, which `open_dir` does not give.
    for folder in [folder, "."] {
        root.open(folder)?.into_std().sync_all()?;
    }
    Ok(())
}

fn unique() -> u64 {
    static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
}
