//! Machine code that is kept: who touches it, who deletes it, and who else uses it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use provisor_builtin::hostile;
use provisor_sandbox::{CacheConfig, Compiler, Sandbox, SandboxConfig};

use crate::fixture::{call, people};

/// A sandbox that keeps machine code in this folder.
fn sandbox(folder: &Path, compiler: Compiler) -> Sandbox {
    Sandbox::new(SandboxConfig {
        compiler,
        cache: Some(CacheConfig {
            directory: folder.join("code"),
            key_file: folder.join("key"),
        }),
        ..SandboxConfig::default()
    })
    .unwrap()
}

/// A compiler that always fails shows whether anything was compiled.
fn no_compiler() -> Compiler {
    Compiler::Child {
        program: "/bin/false".into(),
        arguments: Vec::new(),
    }
}

/// What is in the folder of machine code.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder.join("code")).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[tokio::test]
async fn machine_code_is_kept_and_made_again_when_somebody_touched_it() {
    let folder = tempfile::tempdir().unwrap();
    let load = async |compiler| {
        let sandbox = sandbox(folder.path(), compiler);
        let loaded = sandbox.load(hostile::MAPPING).await;
        loaded.map(|_| ()).map_err(|error| error.code())
    };
    assert_eq!(load(no_compiler()).await, Err("component-compile"));
    assert_eq!(load(Compiler::InProcess).await, Ok(()));
    assert_eq!(load(no_compiler()).await, Ok(()));

    let kept = files(folder.path());
    let mut bytes = std::fs::read(&kept[0]).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&kept[0], bytes).unwrap();
    assert_eq!(load(no_compiler()).await, Err("component-compile"));
    assert_eq!(load(Compiler::InProcess).await, Ok(()));
    assert_eq!(load(no_compiler()).await, Ok(()));
}

/// Where a process that shares machine code finds it.
const SHARED: &str = "PROVISOR_SHARED_MACHINE_CODE";

/// How often each of those processes starts anew.
const STARTS: usize = 100;

#[ignore = "the test below starts it, several at a time"]
#[tokio::test]
async fn one_of_those_who_share_machine_code() {
    let folder = PathBuf::from(std::env::var_os(SHARED).unwrap());
    let component = provisor_zoo::good();
    for _ in 0..STARTS {
        let loaded = sandbox(&folder, Compiler::InProcess).load(&component).await;
        let loaded = loaded.unwrap();
        let mut run = loaded.mapping().unwrap().start(&call("")).await.unwrap();
        assert!(run.evaluate(&people(1)).await.is_ok());
    }
}

/// None of them has a key when they begin, so they make it at the same moment too.
#[tokio::test]
async fn processes_share_machine_code_that_somebody_deletes_all_the_time() {
    let folder = tempfile::tempdir().unwrap();
    let start = || -> Child {
        Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "machine_code::one_of_those_who_share_machine_code",
            ])
            .args(["--ignored", "--nocapture"])
            .env(SHARED, folder.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
    };
    let mut processes: Vec<Child> = (0..4).map(|_| start()).collect();
    let mut deleted = 0;
    while processes
        .iter_mut()
        .any(|process| process.try_wait().unwrap().is_none())
    {
        tokio::time::sleep(Duration::from_millis(2)).await;
        // One of them may be writing in it, which makes it not empty again.
        if std::fs::remove_dir_all(folder.path().join("code")).is_ok() {
            deleted += 1;
        }
    }
    for mut process in processes {
        assert!(process.wait().unwrap().success());
    }
    assert!(deleted > 3, "it was deleted only {deleted} times");

    let component = provisor_zoo::good();
    let load = async |compiler| sandbox(folder.path(), compiler).load(&component).await;
    load(Compiler::InProcess).await.unwrap();
    // What was kept is good, and nothing is left of what was being written.
    load(no_compiler()).await.unwrap();
    assert_eq!(files(folder.path()).len(), 1);
}
