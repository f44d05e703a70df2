//! From WebAssembly to machine code, in a process that can be killed.
//!
//! wasmtime promises nothing about the time and the memory that compiling takes, so whoever takes
//! components from strangers lets a child process do it. Parent and child talk over its standard
//! streams: limits and component in, machine code out, on standard error why not.

use std::io::{Read, Write};
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use wasmtime::component::Component;
use wasmtime::{Engine, OptLevel};

use crate::config::{Allocation, Compiler, LoadLimits};
use crate::error::LoadError;
use crate::inspection::validate;
use crate::limits::{COMPILE_STACK, MACHINE_CODE, OPTIMISED};
use crate::sandbox::engine_config;

/// What the parent's message begins with: this, the bytes of memory and the seconds of processor
/// time that the child may use, whether the code counts what it computes, and the bytes of the
/// component; the numbers are little-endian.
const MAGIC: &[u8; 8] = b"prvcmp2\n";

/// The exit code of a child that found the component to be invalid.
const INVALID: u8 = 3;

/// How often the parent looks whether anybody still waits for the child.
const LOOK: Duration = Duration::from_millis(50);

/// Bytes of what a child says about a fault.
const WORDS: u64 = 64 * 1024;

/// Compiles a component that was inspected before. Given up half way, it ends the child.
pub(crate) async fn compile(
    compiler: &Compiler,
    limits: &LoadLimits,
    fuel: bool,
    bytes: &[u8],
) -> Result<Vec<u8>, LoadError> {
    let (sender, answer) = oneshot::channel();
    let (compiler, limits, bytes) = (compiler.clone(), limits.clone(), bytes.to_vec());
    std::thread::Builder::new()
        .name("sandbox-compiler".to_owned())
        .stack_size(COMPILE_STACK)
        .spawn(move || {
            let code = match &compiler {
                Compiler::InProcess => translate(&bytes, fuel),
                Compiler::Child { program, arguments } => {
                    let mut command = Command::new(program);
                    command.args(arguments);
                    in_child(command, &limits, fuel, bytes, || sender.is_closed())
                }
            };
            // Whoever asked may have gone.
            let _gone = sender.send(code);
        })
        .map_err(|error| LoadError::Compile(format!("there is no thread for it: {error}")))?;
    answer
        .await
        .unwrap_or_else(|_| Err(LoadError::Compile("the compiler broke down".to_owned())))
}

/// Validates and compiles, in an engine of its own: how much is optimised depends on the component.
fn translate(bytes: &[u8], fuel: bool) -> Result<Vec<u8>, LoadError> {
    let mut config = engine_config(&Allocation::OnDemand, fuel);
    if bytes.len() > OPTIMISED {
        config.cranelift_opt_level(OptLevel::None);
    }
    let engine = Engine::new(&config).map_err(|error| LoadError::Compile(format!("{error:#}")))?;
    validate(bytes)?;
    engine
        .precompile_component(bytes)
        .map_err(|error| LoadError::Compile(short(&format!("{error:#}"))))
}

/// A child that does not outlive the call.
struct Guard(Child);

impl Drop for Guard {
    fn drop(&mut self) {
        // It may have ended already, and then there is nothing to do.
        let _ended = self.0.kill();
        let _status = self.0.wait();
    }
}

fn in_child(
    mut command: Command,
    limits: &LoadLimits,
    fuel: bool,
    bytes: Vec<u8>,
    given_up: impl Fn() -> bool,
) -> Result<Vec<u8>, LoadError> {
    let failed = |what: &str, error: std::io::Error| {
        LoadError::Compile(format!("the compiler's process {what}: {error}"))
    };
    let child = command
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| failed("cannot be started", error))?;
    let mut child = Guard(child);
    let streams = (
        child.0.stdin.take(),
        child.0.stdout.take(),
        child.0.stderr.take(),
    );
    let (Some(mut stdin), Some(stdout), Some(stderr)) = streams else {
        return Err(LoadError::Compile(
            "the compiler's process has no streams".to_owned(),
        ));
    };
    let mut request = MAGIC.to_vec();
    request.extend(limits.compile_memory.to_le_bytes());
    request.extend(limits.compile_cpu.as_secs().max(1).to_le_bytes());
    request.extend(u64::from(fuel).to_le_bytes());
    request.extend((bytes.len() as u64).to_le_bytes());
    std::thread::spawn(move || {
        // A child that gave up does not read to the end; its words say why.
        let _gave_up = stdin
            .write_all(&request)
            .and_then(|()| stdin.write_all(&bytes));
    });
    let (sender, code) = mpsc::channel();
    std::thread::spawn(move || {
        let mut code = Vec::new();
        let read = stdout.take(MACHINE_CODE + 1).read_to_end(&mut code);
        let _gone = sender.send(read.map(|_| code));
    });
    let words = std::thread::spawn(move || {
        let mut words = Vec::new();
        let _broken_off = stderr.take(WORDS).read_to_end(&mut words);
        short(&String::from_utf8_lossy(&words))
    });
    let end = Instant::now() + limits.compile_time;
    let code = loop {
        match code.recv_timeout(LOOK) {
            Ok(read) => break read.map_err(|error| failed("cannot be read", error))?,
            Err(_) if given_up() => {
                return Err(LoadError::Compile(
                    "nobody waits for it any more".to_owned(),
                ));
            }
            Err(_) if Instant::now() >= end => return Err(LoadError::CompileLimit("time")),
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                return Err(LoadError::Compile("its output cannot be read".to_owned()));
            }
        }
    };
    if code.len() as u64 > MACHINE_CODE {
        return Err(LoadError::CompileLimit("bytes of machine code"));
    }
    // Its output has ended, so it is about to end itself; a child that only closed its output is
    // not waited for longer than the rest of its time.
    let status = loop {
        match child
            .0
            .try_wait()
            .map_err(|error| failed("is lost", error))?
        {
            Some(status) => break status,
            None if Instant::now() >= end => return Err(LoadError::CompileLimit("time")),
            None => std::thread::sleep(Duration::from_millis(1)),
        }
    };
    if status.success() {
        return Ok(code);
    }
    Err(why(status, words.join().unwrap_or_default()))
}

fn why(status: ExitStatus, words: String) -> LoadError {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt;
        const SIGABRT: i32 = 6;
        const SIGKILL: i32 = 9;
        const SIGSEGV: i32 = 11;
        const SIGXCPU: i32 = 24;
        match status.signal() {
            Some(SIGXCPU) => return LoadError::CompileLimit("processor time"),
            Some(SIGSEGV) => return LoadError::CompileLimit("stack"),
            Some(SIGABRT) if words.contains("overflowed its stack") => {
                return LoadError::CompileLimit("stack");
            }
            // An allocation that fails, or the system's own killer.
            Some(SIGABRT | SIGKILL) => return LoadError::CompileLimit("memory"),
            _ => {}
        }
    }
    match status.code() {
        Some(code) if code == i32::from(INVALID) => LoadError::Invalid(words),
        _ if words.is_empty() => LoadError::Compile(format!("the compiler ended with {status}")),
        _ => LoadError::Compile(words),
    }
}

/// Takes in machine code that this process, or one that it started, has just made, or that the
/// cache has authenticated.
pub(crate) fn trust(engine: &Engine, code: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: the bytes come from `precompile_component` of this very version, in this process or
    // in a child of it, and were authenticated if they lay on a disk in between.
    #[expect(unsafe_code, reason = "machine code cannot be taken in otherwise")]
    unsafe {
        Component::deserialize(engine, code)
    }
}

/// What a program does that was started as [`Compiler::Child`]: it limits itself, reads a component
/// from standard input, and writes machine code to standard output. To be called first thing in
/// `main`, and its answer returned.
pub fn compile_child_main() -> ExitCode {
    let compiling = std::thread::Builder::new()
        .stack_size(COMPILE_STACK)
        .spawn(compile_child)
        .map(std::thread::JoinHandle::join);
    let (code, words) = match compiling {
        Ok(Ok(Ok(()))) => return ExitCode::SUCCESS,
        Ok(Ok(Err(LoadError::Invalid(words)))) => (ExitCode::from(INVALID), words),
        Ok(Ok(Err(LoadError::Compile(words)))) => (ExitCode::FAILURE, words),
        Ok(Ok(Err(error))) => (ExitCode::FAILURE, error.to_string()),
        Ok(Err(_)) => (ExitCode::FAILURE, "the compiler broke down".to_owned()),
        Err(error) => (
            ExitCode::FAILURE,
            format!("there is no thread for it: {error}"),
        ),
    };
    let _nobody_listens = write!(std::io::stderr(), "{words}");
    code
}

fn compile_child() -> Result<(), LoadError> {
    let broken = |error: std::io::Error| LoadError::Compile(format!("the request: {error}"));
    let mut stdin = std::io::stdin().lock();
    let mut head = [0; 40];
    stdin.read_exact(&mut head).map_err(broken)?;
    let number = |at: usize| {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&head[at..at + 8]);
        u64::from_le_bytes(bytes)
    };
    if !head.starts_with(MAGIC) {
        return Err(LoadError::Compile(
            "this is for Provisor itself, which compiles components with it".to_owned(),
        ));
    }
    limit(number(8), number(16))?;
    let mut bytes = Vec::new();
    let length = number(32);
    let read = stdin.take(length).read_to_end(&mut bytes).map_err(broken)?;
    if read as u64 != length {
        return Err(LoadError::Compile("the request is cut off".to_owned()));
    }
    let code = translate(&bytes, number(24) != 0)?;
    std::io::stdout().write_all(&code).map_err(broken)
}

/// Limits this process for the rest of its life. Where the system cannot, the parent's limit of
/// time remains.
fn limit(memory: u64, cpu: u64) -> Result<(), LoadError> {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        // One second between the signal that says why and the one that cannot be ignored.
        for (resource, soft, hard) in [
            (Resource::As, memory, memory),
            (Resource::Cpu, cpu, cpu.saturating_add(1)),
            (Resource::Core, 0, 0),
            (Resource::Fsize, 0, 0),
        ] {
            let most = getrlimit(resource).maximum.unwrap_or(u64::MAX);
            let limit = Rlimit {
                current: Some(soft.min(most)),
                maximum: Some(hard.min(most)),
            };
            setrlimit(resource, limit)
                .map_err(|error| LoadError::Compile(format!("cannot limit itself: {error}")))?;
        }
    }
    #[cfg(not(unix))]
    let _ = (memory, cpu);
    Ok(())
}

fn short(text: &str) -> String {
    text.trim().chars().take(500).collect()
}
