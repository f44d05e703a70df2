//! A file of machine code that differs by one byte is a miss.

use std::path::PathBuf;
use std::sync::OnceLock;

use provisor::sandbox::{CacheConfig, Compiler, Sandbox, SandboxConfig};

/// The machine code of a component, and a sandbox that can take it from its cache only.
struct Fixture {
    folder: tempfile::TempDir,
    runtime: tokio::runtime::Runtime,
    code: Vec<u8>,
    file: PathBuf,
}

/// Panics where the promise does not hold. The bytes say what is changed: where (two bytes) and to what, again
/// and again.
pub fn hold(bytes: &[u8]) {
    static FIXTURE: OnceLock<Fixture> = OnceLock::new();
    let fixture = FIXTURE.get_or_init(Fixture::new);
    let mut code = fixture.code.clone();
    for change in bytes.chunks_exact(3) {
        let place = usize::from(u16::from_le_bytes([change[0], change[1]]));
        // The first places say what the file is, and are met as often as all others.
        let place = match place % 2 {
            0 => place / 2 % 64.min(code.len()),
            _ => place * 7919 % code.len(),
        };
        code[place] = change[2];
    }
    if let [longer] = bytes.chunks_exact(3).remainder() {
        code.truncate(code.len() * usize::from(*longer) / 255);
    }
    std::fs::write(&fixture.file, &code).expect("written");
    let untouched = code == fixture.code;
    // Nothing is there to compile with, so only the cache can answer.
    assert_eq!(fixture.is_found(), untouched, "{bytes:?}");
}

impl Fixture {
    fn new() -> Self {
        let mut fixture = Self {
            folder: tempfile::tempdir().expect("a folder"),
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .build()
                .expect("a runtime"),
            code: Vec::new(),
            file: PathBuf::new(),
        };
        let sandbox = fixture.sandbox(Compiler::InProcess);
        fixture
            .runtime
            .block_on(sandbox.load(COMPONENT))
            .expect("a good component");
        let mut files = std::fs::read_dir(fixture.folder.path().join("code")).expect("a folder");
        fixture.file = files.next().expect("machine code").expect("a file").path();
        fixture.code = std::fs::read(&fixture.file).expect("read");
        fixture
    }

    fn sandbox(&self, compiler: Compiler) -> Sandbox {
        Sandbox::new(SandboxConfig {
            compiler,
            cache: Some(CacheConfig {
                directory: self.folder.path().join("code"),
                key_file: self.folder.path().join("key"),
            }),
            ..SandboxConfig::default()
        })
        .expect("a sandbox")
    }

    fn is_found(&self) -> bool {
        static SANDBOX: OnceLock<Sandbox> = OnceLock::new();
        let sandbox = SANDBOX.get_or_init(|| {
            self.sandbox(Compiler::Child {
                program: "/nowhere/to/be/found".into(),
                arguments: Vec::new(),
            })
        });
        self.runtime.block_on(sandbox.load(COMPONENT)).is_ok()
    }
}

/// A small component that behaves well.
const COMPONENT: &[u8] = include_bytes!("../seeds/component/good.wasm");
