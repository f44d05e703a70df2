//! Every number that limits a component, with its reason.

use std::time::Duration;

/// What one run of a component may use. Each is enforced, and has a name in the error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Memory of all linear memories together, in bytes. Default 128 MiB: a Rust component needs 2,
    /// a Python one 30, and a reader never needs the whole export.
    pub memory: usize,
    /// Processor time of one call. Default 10 s: a page of rows takes milliseconds.
    pub cpu_time: Duration,
    /// Time by the clock around one call. Default 60 s: longer than `cpu_time` on a busy machine.
    pub wall_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: 128 * 1024 * 1024,
            cpu_time: Duration::from_secs(10),
            wall_time: Duration::from_secs(60),
        }
    }
}

/// How often the time of running components is looked at. 10 ms is short beside any limit and
/// costs nothing measurable.
pub(crate) const TICK: Duration = Duration::from_millis(10);

/// Elements of all tables together: a Rust component has some hundred, a Python one some thousand.
pub(crate) const TABLE_ELEMENTS: usize = 100_000;

/// Core instances, tables and memories of one instance: a Rust component has 3, 2 and 1, one in
/// JavaScript 11, 3 and 3, one in Python 14, 2 and 1.
pub(crate) const CORE_INSTANCES: usize = 50;
pub(crate) const TABLES: usize = 20;
pub(crate) const MEMORIES: usize = 8;

/// Live handles of one instance: the contract gives a component one or none.
pub(crate) const HANDLES: usize = 2_000;

/// Bytes that one call may hand to the host: a page of 4096 rows of ten columns has 1 MiB.
pub(crate) const HOSTCALL_BYTES: usize = 32 * 1024 * 1024;

/// Bytes of settings, as JSON.
pub(crate) const SETTINGS: usize = 1024 * 1024;

/// Bytes of one `read` of the input, whatever the component asks for.
pub(crate) const INPUT_READ: u32 = 1024 * 1024;

/// Bytes of a URL that something is sent to. Servers take 8 KiB or less.
pub(crate) const URL: usize = 8 * 1024;

/// Time that a call has left when its last request must have ended, if it has so much.
pub(crate) const LAST_WORDS: Duration = Duration::from_secs(1);

/// Sizes of what a ticketing component answers: bytes of a reference, of a number and of a URL;
/// findings of a connection check, tickets with one correlation id, tickets that one message is
/// about; and tickets that are asked for at once, whatever the component says.
pub(crate) const TICKET_REFERENCE: usize = 1_000;
pub(crate) const TICKET_NUMBER: usize = 200;
pub(crate) const TICKET_URL: usize = 2_000;
pub(crate) const FINDINGS: usize = 100;
pub(crate) const FOUND: usize = 1_000;
pub(crate) const HINTS: usize = 1_000;
pub(crate) const STATUS_BATCH: u32 = 1_000;

/// Log lines that are kept of a run, the last ones, and bytes of each.
pub(crate) const LOG_LINES: usize = 50;
pub(crate) const LOG_LINE: usize = 1_000;

/// Log bytes that one run may write before it is stopped: a component that logs so much is
/// broken, and handing it over costs time.
pub(crate) const LOG_BYTES: u64 = 16 * 1024 * 1024;

/// Batches without row that a reader may give one after the other.
pub(crate) const EMPTY_BATCHES: u32 = 10_000;

/// Random bytes that one request gets.
pub(crate) const RANDOM_BYTES: u64 = 64 * 1024;

/// Imports and exports of a component, and how deep components may be nested.
pub(crate) const NAMES: usize = 1_000;
pub(crate) const NESTING: usize = 100;

/// Bytes of what a component says of itself.
pub(crate) const ABOUT: usize = 1024 * 1024;

/// Stack of the compiler: deeply nested code recurses.
pub(crate) const COMPILE_STACK: usize = 16 * 1024 * 1024;

/// Bytes of a component up to which its code is optimised again on its way to machine code. Its own
/// compiler has optimised it before: without, compiling takes four fifths of the time, reading a CSV
/// export a fourteenth more, and CEL expressions no more. Small components are what reads exports;
/// large ones carry an interpreter, and what people wait for is that it is compiled.
pub(crate) const OPTIMISED: usize = 1024 * 1024;

/// Bytes of machine code: about ten times the component.
pub(crate) const MACHINE_CODE: u64 = 512 * 1024 * 1024;

/// Stack of a component: what wasmtime gives by default, which deep recursion in a parser of a
/// language runtime fits into; and the stack that it stands on, where host functions need theirs.
pub(crate) const STACK: usize = 512 * 1024;
pub(crate) const STACK_OF_FIBER: usize = 2 * 1024 * 1024;

/// Frames of a back trace that are looked at; code that is not out of its depth has fewer.
pub(crate) const DEEP: usize = 200;

/// Core instances, memories and tables that a pool has for each of its instances: enough that every
/// instance may be of any language.
pub(crate) const POOL_CORE_INSTANCES: u32 = 14;
pub(crate) const POOL_MEMORIES: u32 = 3;
pub(crate) const POOL_TABLES: u32 = 4;

/// Bytes of a pooled memory, table or stack that are emptied rather than given back to the
/// system. A small Rust component touches no more.
pub(crate) const POOL_KEEP: usize = 64 * 1024;

/// Processor time in which a component must describe itself when it is loaded. It has nothing to
/// compute; a Python one needs some milliseconds to start.
pub(crate) const DESCRIBE_CPU: Duration = Duration::from_secs(2);

/// Sizes of an answer: bytes of one value (a picture fits), bytes of a message for a person (the
/// rest is cut off), columns of a table.
pub(crate) const VALUE: usize = 1024 * 1024;
pub(crate) const MESSAGE: usize = 4 * 1024;
pub(crate) const COLUMNS: usize = 4_096;
