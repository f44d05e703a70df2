//! How a sandbox is set up.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::observer::Observer;

/// How a sandbox is set up. The default: instances on demand, no cache, compiling in this process.
#[derive(Debug, Clone, Default)]
pub struct SandboxConfig {
    /// Where instances get their memory from.
    pub allocation: Allocation,
    /// Where machine code is kept; without, every load compiles.
    pub cache: Option<CacheConfig>,
    /// Who compiles.
    pub compiler: Compiler,
    /// What loading a component may use.
    pub load_limits: LoadLimits,
    /// Whether it is counted how much a component computes, for
    /// [`CallReport::fuel`](crate::CallReport::fuel). Off by default: it slows code down by 3 to 25 %,
    /// and machine code that counts is another than that which does not.
    pub fuel: bool,
    /// Who is told what components do; by default nobody.
    pub observer: Option<Arc<dyn Observer>>,
}

/// What loading a component may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadLimits {
    /// Bytes of the component. Default 32 MiB: a Rust component has 0.1 to 5, a Python one 18.
    pub size: usize,
    /// Time by the clock for compiling. Default 120 s: a Python component takes 14 on two cores,
    /// and longer on a busy machine. Holds for [`Compiler::Child`].
    pub compile_time: Duration,
    /// Processor time for compiling, in whole seconds. Default 120 s. Holds for
    /// [`Compiler::Child`] on Unix.
    pub compile_cpu: Duration,
    /// Address space for compiling, in bytes. Default 4 GiB, most of which is never used. Holds for
    /// [`Compiler::Child`] on Unix.
    pub compile_memory: u64,
}

impl Default for LoadLimits {
    fn default() -> Self {
        Self {
            size: 32 * 1024 * 1024,
            compile_time: Duration::from_secs(120),
            compile_cpu: Duration::from_secs(120),
            compile_memory: 4 * 1024 * 1024 * 1024,
        }
    }
}

/// Where instances get their memory from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Allocation {
    /// Each instance maps its own. Right for a library inside another program.
    #[default]
    OnDemand,
    /// From a pool that is reserved when the sandbox starts: faster under many parallel calls, at
    /// the price of address space.
    Pooled {
        /// Instances at one time. More are answered with [`Busy`](crate::CallErrorKind::Busy).
        instances: u32,
    },
}

/// Where machine code is kept. It may be deleted at any time.
#[derive(Debug, Clone)]
pub struct CacheConfig {
    /// The folder; made when it is not there.
    pub directory: PathBuf,
    /// The key of this installation, outside the folder; made when it is not there.
    pub key_file: PathBuf,
}

/// Who compiles.
#[derive(Debug, Clone, Default)]
pub enum Compiler {
    /// This process. The compiler has no limits of its own, so this is for components that are
    /// trusted not to attack it.
    #[default]
    InProcess,
    /// A process that can be killed: a program whose `main` calls
    /// [`compile_child_main`](crate::compile_child_main).
    Child {
        /// The program.
        program: PathBuf,
        /// What it is given to know its task.
        arguments: Vec<String>,
    },
}
