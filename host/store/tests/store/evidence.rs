//! Contents by their digest.

use std::io::Read;
use std::path::{Path, PathBuf};

use provisor_model::Digest;
use provisor_store::{Evidence, EvidenceError};

/// The SHA-256 of `abc`, from the standard that defines it.
const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

/// All files below a folder but the lock.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if !path.ends_with(".lock") {
            found.push(path);
        }
    }
    found
}

#[test]
fn a_content_is_found_by_its_digest() {
    let folder = tempfile::tempdir().unwrap();
    let evidence = Evidence::open(folder.path()).unwrap();
    let (digest, size) = evidence.put(&mut &b"abc"[..], 3).unwrap();
    assert_eq!((digest.to_string().as_str(), size), (ABC, 3));
    let mut content = Vec::new();
    let again = Evidence::open(folder.path()).unwrap();
    again
        .get(&digest)
        .unwrap()
        .read_to_end(&mut content)
        .unwrap();
    assert_eq!(content, b"abc");
    again.verify(&digest).unwrap();
}

#[test]
fn the_same_content_again_is_no_second_copy() {
    let folder = tempfile::tempdir().unwrap();
    let evidence = Evidence::open(folder.path()).unwrap();
    let first = evidence.put(&mut &b"abc"[..], 9).unwrap();
    assert_eq!(evidence.put(&mut &b"abc"[..], 9).unwrap(), first);
    assert_eq!(files(folder.path()).len(), 1);
    evidence.put(&mut &b""[..], 9).unwrap();
    assert_eq!(files(folder.path()).len(), 2, "even nothing is a content");
}

#[test]
fn nothing_stays_of_a_content_that_is_too_large_or_breaks_off() {
    struct Breaking;
    impl Read for Breaking {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the share went away"))
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let evidence = Evidence::open(folder.path()).unwrap();
    let too_large = evidence.put(&mut std::io::repeat(1), 200_000);
    assert!(matches!(too_large, Err(EvidenceError::TooLarge(200_000))));
    let broken = evidence.put(&mut (&b"half"[..]).chain(Breaking), 99);
    assert!(matches!(broken, Err(EvidenceError::Source(_))));
    assert_eq!(files(folder.path()), Vec::<PathBuf>::new());
}

#[test]
fn what_is_not_there_is_missing_and_what_was_changed_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let evidence = Evidence::open(folder.path()).unwrap();
    let nothing = Digest::from_bytes([1; 32]);
    assert!(matches!(
        evidence.get(&nothing),
        Err(EvidenceError::Missing(digest)) if digest == nothing
    ));
    let (digest, _) = evidence.put(&mut &b"abc"[..], 9).unwrap();
    std::fs::write(&files(folder.path())[0], "abd").unwrap();
    let damaged = evidence.verify(&digest).unwrap_err();
    assert_eq!(damaged.code(), "evidence-damaged");
    // The true content makes it good.
    evidence.put(&mut &b"abc"[..], 9).unwrap();
    evidence.verify(&digest).unwrap();
}

#[test]
fn what_a_crash_left_half_copied_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    Evidence::open(folder.path()).unwrap();
    let left_over = folder.path().join(".being-copied-1-0");
    std::fs::write(&left_over, "half").unwrap();
    Evidence::open(folder.path()).unwrap();
    assert!(!left_over.exists());
}

#[test]
fn what_somebody_else_is_copying_is_left_alone() {
    struct Opening<'a>(&'a Path, bool);
    impl Read for Opening<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            // In the middle of the copy another process opens the folder.
            Evidence::open(self.0).unwrap();
            if std::mem::replace(&mut self.1, true) {
                return Ok(0);
            }
            buffer[..3].copy_from_slice(b"abc");
            Ok(3)
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let evidence = Evidence::open(folder.path()).unwrap();
    let (digest, _) = evidence.put(&mut Opening(folder.path(), false), 9).unwrap();
    evidence.verify(&digest).unwrap();
}

#[test]
fn many_may_copy_the_same_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let evidence = Evidence::open(folder.path()).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| evidence.put(&mut &b"abc"[..], 9).unwrap());
        }
    });
    assert_eq!(files(folder.path()).len(), 1);
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("evidence");
    let evidence = Evidence::open(&folder).unwrap();
    evidence.put(&mut &b"abc"[..], 9).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&files(&folder)[0]), 0o600);
}

/// A symbolic link in the folder leads nowhere.
#[cfg(unix)]
#[test]
fn nothing_outside_of_the_folder_is_reached() {
    let folder = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    let evidence = Evidence::open(folder.path()).unwrap();
    std::os::unix::fs::symlink(outside.path(), folder.path().join(&ABC[..2])).unwrap();
    assert!(evidence.put(&mut &b"abc"[..], 9).is_err());
    assert_eq!(files(outside.path()), Vec::<PathBuf>::new());
}
