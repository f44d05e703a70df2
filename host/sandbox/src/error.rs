//! What can go wrong: when the sandbox starts, when a component is loaded, when it is called.

use std::fmt;
use std::time::Duration;

use provisor_model::Digest;

use crate::inspection::World;
use crate::log::LogLine;
use crate::page::PageError;

/// The sandbox cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// wasmtime refuses the configuration, such as a pool that does not fit.
    #[error("the sandbox cannot be started: {0}")]
    Engine(String),
    /// The thread that requests to other systems are made on cannot be started.
    #[error("the thread for requests to other systems cannot be started: {0}")]
    Egress(String),
    /// The cache or its key cannot be used.
    #[error("the machine-code cache cannot be used: {path}: {source}")]
    Cache {
        /// Where.
        path: String,
        /// Why not.
        source: std::io::Error,
    },
}

impl SandboxError {
    /// Stable code for machines.
    pub fn code(&self) -> &'static str {
        match self {
            SandboxError::Engine(_) => "sandbox-engine",
            SandboxError::Egress(_) => "sandbox-egress",
            SandboxError::Cache { .. } => "sandbox-cache",
        }
    }

    /// Whether the same may succeed later without anybody changing anything.
    pub fn retryable(&self) -> bool {
        false
    }
}

/// Why a component is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// Too many bytes.
    #[error("it has {size} bytes; the limit is {limit}")]
    TooLarge {
        /// How many it has.
        size: usize,
        /// How many it may have.
        limit: usize,
    },
    /// Machine code, which nobody can check.
    #[error("it is machine code; upload the WebAssembly component that it was made from")]
    Precompiled,
    /// A WebAssembly module without the component around it.
    #[error("it is a core module, not a component; build it for wasm32-wasip2")]
    CoreModule,
    /// Not WebAssembly, or broken, or with a feature that is switched off.
    #[error("it is no valid component: {0}")]
    Invalid(String),
    /// Not one of the worlds of the contract.
    #[error(
        "it exports {exports}, which is no world of provisor:connector@0.1; a reader exports \
             reading, a mapping evaluation, a policy decisions, a ticketing component tickets, \
             and each of them about"
    )]
    NoWorld {
        /// What it exports.
        exports: String,
    },
    /// Something that its world does not offer.
    #[error("it imports {import}, which a {world} is not offered; it is offered {offered}")]
    Import {
        /// What it imports.
        import: String,
        /// What it is.
        world: World,
        /// What it may import.
        offered: String,
    },
    /// An instance of it takes more than it may have.
    #[error("it makes {is} {what} when it starts; the limit is {limit}")]
    Needs {
        /// Of what.
        what: &'static str,
        /// How many it makes.
        is: u64,
        /// How many it may make.
        limit: u64,
    },
    /// It does not say what it is.
    #[error("its section `provisor:about` {0}")]
    About(String),
    /// It says one thing in its section and another when asked.
    #[error("its section `provisor:about` and its answer to `describe` differ in {0}")]
    TwoTongues(&'static str),
    /// The compiler gave up.
    #[error("it cannot be compiled: {0}")]
    Compile(String),
    /// The compiler was stopped.
    #[error("compiling it took more than {0}")]
    CompileLimit(&'static str),
    /// It failed when it was asked to describe itself.
    #[error("it cannot describe itself: {0}")]
    Describe(String),
}

impl LoadError {
    /// Stable code for machines.
    pub fn code(&self) -> &'static str {
        match self {
            LoadError::TooLarge { .. } => "component-too-large",
            LoadError::Precompiled => "component-precompiled",
            LoadError::CoreModule => "component-core-module",
            LoadError::Invalid(_) => "component-invalid",
            LoadError::NoWorld { .. } => "component-no-world",
            LoadError::Import { .. } => "component-import",
            LoadError::Needs { .. } => "component-needs",
            LoadError::About(_) => "component-about",
            LoadError::TwoTongues(_) => "component-two-tongues",
            LoadError::Compile(_) => "component-compile",
            LoadError::CompileLimit(_) => "component-compile-limit",
            LoadError::Describe(_) => "component-describe",
        }
    }

    /// Where in the component it is.
    pub fn place(&self) -> String {
        match self {
            LoadError::TooLarge { .. } | LoadError::Precompiled | LoadError::CoreModule => {
                "the file".to_owned()
            }
            LoadError::Invalid(_) | LoadError::Compile(_) | LoadError::CompileLimit(_) => {
                "the code".to_owned()
            }
            LoadError::NoWorld { .. } => "the exports".to_owned(),
            LoadError::Import { import, .. } => format!("the import {import}"),
            LoadError::Needs { what, .. } => format!("the {what}"),
            LoadError::About(_) => "the section provisor:about".to_owned(),
            LoadError::TwoTongues(what) => format!("`{what}` in the section provisor:about"),
            LoadError::Describe(_) => "the function describe".to_owned(),
        }
    }

    /// What would be accepted in its place.
    pub fn accepted(&self) -> String {
        let text = match self {
            LoadError::TooLarge { limit, .. } => return format!("at most {limit} bytes"),
            LoadError::Precompiled => "the WebAssembly component that it was made from",
            LoadError::CoreModule => "a component, such as Rust makes for wasm32-wasip2",
            LoadError::Invalid(_) => {
                "valid WebAssembly without threads, 64-bit or several memories, relaxed SIMD, tail \
                 calls, exceptions, garbage collection and asynchronous functions"
            }
            LoadError::NoWorld { .. } => {
                "about and one of reading, evaluation, decisions and tickets, all of \
                 provisor:connector@0.1"
            }
            LoadError::Import { offered, .. } => offered,
            LoadError::Needs { what, limit, .. } => return format!("at most {limit} {what}"),
            LoadError::About(_) => {
                "JSON as `provisor component build` writes it where it is missing"
            }
            LoadError::TwoTongues(_) => "what describe answers",
            LoadError::Compile(_) => "code that can be compiled",
            LoadError::CompileLimit(_) => "less code, or code in smaller functions",
            LoadError::Describe(_) => {
                "an answer within two seconds of processor time, whatever the settings are"
            }
        };
        text.to_owned()
    }

    /// Whether the same bytes may be accepted later without anybody changing anything.
    pub fn retryable(&self) -> bool {
        matches!(self, LoadError::CompileLimit("time"))
    }
}

/// A component was asked for what another world does.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the component is of the world {is}, not {wanted}")]
pub struct WrongWorld {
    /// What it is.
    pub is: World,
    /// What it was taken for.
    pub wanted: World,
}

/// Why the component itself says that it could not do it. The meaning of each kind is in
/// `wit/types.wit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is documented in the contract")]
pub enum FailureKind {
    Configuration,
    Unauthorized,
    Unavailable,
    RateLimited,
    Ambiguous,
    NotFound,
    Conflict,
    Rejected,
    Malformed,
    Unsupported,
}

/// What the component says went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What kind.
    pub kind: FailureKind,
    /// For people.
    pub message: String,
    /// The line of the input.
    pub position: Option<u64>,
    /// Do not try again before.
    pub retry_after: Option<Duration>,
}

/// What happened in a call. All but [`Failure`](CallErrorKind::Failure) is what the host found out;
/// a component cannot claim it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallErrorKind {
    /// The component says that it could not do it.
    Failure(Box<Failure>),
    /// It took too long by the clock.
    DeadlineExceeded,
    /// It used too much processor time.
    OutOfCpuTime,
    /// It wanted too much memory.
    OutOfMemory,
    /// It called itself too deeply.
    StackOverflow,
    /// It broke down: a panic, an unreachable instruction, an access outside its memory.
    Trapped(String),
    /// It went over another limit, which is named.
    LimitExceeded(&'static str),
    /// It insisted on something that was not granted: what, and which grant would allow it.
    Denied(String),
    /// It ended itself.
    Exited,
    /// All places for instances are taken.
    Busy,
    /// Its answer breaks a rule of the contract.
    MalformedAnswer(String),
    /// The run failed before and answers nothing any more.
    Spent,
    /// It is no component of the world that was asked for.
    WrongWorld(WrongWorld),
}

/// A call that brought no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallError {
    /// What happened.
    pub kind: CallErrorKind,
    /// Which component, by its digest; `None` before it was called.
    pub component: Option<Digest>,
    /// For whom it worked, as the [`Call`](crate::Call) said.
    pub label: Box<str>,
    /// Which of its functions.
    pub function: &'static str,
    /// The last lines that it wrote.
    pub log: Box<[LogLine]>,
}

impl CallError {
    /// Stable code for machines.
    pub fn code(&self) -> &'static str {
        match &self.kind {
            CallErrorKind::Failure(failure) => match failure.kind {
                FailureKind::Configuration => "configuration-of-component",
                FailureKind::Unauthorized => "unauthorized",
                FailureKind::Unavailable => "unavailable",
                FailureKind::RateLimited => "rate-limited",
                FailureKind::Ambiguous => "ambiguous",
                FailureKind::NotFound => "not-found",
                FailureKind::Conflict => "conflict",
                FailureKind::Rejected => "rejected",
                FailureKind::Malformed => "malformed",
                FailureKind::Unsupported => "unsupported",
            },
            CallErrorKind::DeadlineExceeded => "deadline-exceeded",
            CallErrorKind::OutOfCpuTime => "out-of-cpu-time",
            CallErrorKind::OutOfMemory => "out-of-memory",
            CallErrorKind::StackOverflow => "stack-overflow",
            CallErrorKind::Trapped(_) => "trapped",
            CallErrorKind::LimitExceeded(_) => "limit-exceeded",
            CallErrorKind::Denied(_) => "denied",
            CallErrorKind::Exited => "exited",
            CallErrorKind::Busy => "busy",
            CallErrorKind::MalformedAnswer(_) => "malformed-answer",
            CallErrorKind::Spent => "spent",
            CallErrorKind::WrongWorld(_) => "wrong-world",
        }
    }

    /// Whether the same call may succeed later without anybody changing anything.
    pub fn retryable(&self) -> bool {
        match &self.kind {
            CallErrorKind::Failure(failure) => matches!(
                failure.kind,
                FailureKind::Unavailable | FailureKind::RateLimited | FailureKind::Ambiguous
            ),
            CallErrorKind::DeadlineExceeded | CallErrorKind::Busy => true,
            _ => false,
        }
    }

    /// The last line that it wrote.
    pub fn last_words(&self) -> Option<&str> {
        // Rust adds a hint behind each panic that means nothing to anybody here.
        let is_hint = |line: &&LogLine| line.text.starts_with("note: run with `RUST_BACKTRACE");
        let last = self.log.iter().rfind(|line| !is_hint(line));
        last.map(|line| line.text.as_str())
    }

    /// Whether the component judges the content that it was given, rather than being at fault.
    pub fn is_about_the_content(&self) -> bool {
        matches!(
            &self.kind,
            CallErrorKind::Failure(failure)
                if matches!(failure.kind, FailureKind::Malformed | FailureKind::Rejected)
        )
    }
}

impl From<WrongWorld> for CallError {
    fn from(wrong: WrongWorld) -> Self {
        Self {
            kind: CallErrorKind::WrongWorld(wrong),
            component: None,
            label: Box::default(),
            function: "",
            log: Box::default(),
        }
    }
}

impl From<PageError> for CallErrorKind {
    fn from(error: PageError) -> Self {
        CallErrorKind::MalformedAnswer(error.to_string())
    }
}

impl CallError {
    /// What happened, without anything that the component has written before.
    pub fn without_last_words(&self) -> String {
        Plain(self).to_string()
    }
}

/// An error as it is told without the component's last words.
struct Plain<'a>(&'a CallError);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(CallError { kind, function, .. }) = self;
        match kind {
            CallErrorKind::Failure(failure) => {
                write!(f, "{}", failure.message)?;
                match failure.position {
                    Some(line) if !failure.message.contains(&format!("line {line}")) => {
                        write!(f, " (line {line})")
                    }
                    _ => Ok(()),
                }
            }
            CallErrorKind::DeadlineExceeded => write!(f, "{function} took too long"),
            CallErrorKind::OutOfCpuTime => write!(f, "{function} used too much processor time"),
            CallErrorKind::OutOfMemory => write!(f, "{function} ran out of memory"),
            CallErrorKind::StackOverflow => write!(f, "{function} ran out of stack"),
            CallErrorKind::Trapped(what) => write!(f, "{function} broke down: {what}"),
            CallErrorKind::LimitExceeded(which) => {
                write!(f, "{function} went over the limit of {which}")
            }
            CallErrorKind::Denied(what) => {
                write!(f, "{function} was refused: {what}")
            }
            CallErrorKind::Exited => write!(f, "{function} ended the program"),
            CallErrorKind::Busy => write!(f, "all places for components are taken; try again"),
            CallErrorKind::MalformedAnswer(rule) => {
                write!(f, "{function} answered nonsense: {rule}")
            }
            CallErrorKind::Spent => write!(f, "{function} failed before in this run"),
            CallErrorKind::WrongWorld(wrong) => write!(f, "{wrong}"),
        }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Plain(self).fmt(f)?;
        if !matches!(self.kind, CallErrorKind::Failure(_))
            && let Some(words) = self.last_words()
        {
            write!(f, "; its last words: {words}")?;
        }
        Ok(())
    }
}

impl std::error::Error for CallError {}
