//! Stand-ins for what language runtimes drag in: they keep a component running, and do nothing.
//!
//! A component may *carry* imports of WASI 0.2 that it does not need for its work. They are linked
//! to the functions here, made from the component's own type, so that any 0.2 version of any of
//! those interfaces is met. Nothing here reaches the machine: there are no files, no sockets, no
//! arguments; clocks stand still; what is random is the same in every run that is told nothing else.

use std::time::Duration;

use wasmtime::component::types::{ComponentFunc, ComponentItem, Type};
use wasmtime::component::{Component, Linker, Resource, ResourceAny, ResourceType, Val};
use wasmtime::{Engine, StoreContextMut};

use crate::inspection::is_carried;
use crate::limits::RANDOM_BYTES;
use crate::log::Level;
use crate::state::{Breach, State};

/// What every handle refers to: nothing.
struct Inert;

/// Numbers that are the same in every run, which is the opposite of random. A component that
/// needs unpredictable ones must not be given these, and there is no world that needs them.
#[derive(Debug)]
pub(crate) struct Random(u64);

impl From<u64> for Random {
    fn from(seed: u64) -> Self {
        Self(seed)
    }
}

impl Random {
    /// The next number: a counter, well mixed (the finaliser of SplitMix64).
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// What a stand-in does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Behaviour {
    /// Answers with an empty list.
    EmptyList,
    /// Answers that there is none.
    None,
    /// Answers with a handle.
    Handle,
    /// Answers with nothing at all.
    Nothing,
    /// Answers that it succeeded.
    Done,
    /// Answers with the finest resolution of a clock, in nanoseconds.
    Finest,
    /// Answers with where the monotonic clock stands still.
    Instant,
    /// Answers with where the wall clock stands still.
    Now,
    /// Answers with the finest resolution of the wall clock.
    FinestMoment,
    /// Answers yes.
    Yes,
    /// Answers with how many bytes may be written.
    Room,
    /// Writes bytes into the log of the call.
    Write,
    /// Answers that the stream is closed.
    Closed,
    /// Answers that everything that is waited for has happened.
    AllReady,
    /// Answers with numbers that are the same in every run.
    RandomBytes,
    RandomNumber,
    RandomPair,
    /// Ends the call.
    Exit,
    /// Refuses.
    Refuse,
}

/// The resolution of clocks that stand still.
const FINEST: Duration = Duration::from_nanos(1);

/// Bytes that a stream takes at a time.
const ROOM: u64 = 64 * 1024;

fn behaviour(interface: &str, function: &str) -> Behaviour {
    use Behaviour::*;
    match (interface, function) {
        ("wasi:cli/environment", "initial-cwd") => None,
        ("wasi:cli/environment", "get-environment" | "get-arguments") => EmptyList,
        ("wasi:cli/exit", _) => Exit,
        ("wasi:cli/stdin" | "wasi:cli/stdout" | "wasi:cli/stderr", _) => Handle,
        (
            "wasi:cli/terminal-stdin" | "wasi:cli/terminal-stdout" | "wasi:cli/terminal-stderr",
            _,
        ) => None,
        ("wasi:io/streams", "[method]output-stream.check-write") => Room,
        (
            "wasi:io/streams",
            "[method]output-stream.write" | "[method]output-stream.blocking-write-and-flush",
        ) => Write,
        (
            "wasi:io/streams",
            "[method]output-stream.flush"
            | "[method]output-stream.blocking-flush"
            | "[method]output-stream.write-zeroes"
            | "[method]output-stream.blocking-write-zeroes-and-flush",
        ) => Done,
        (
            "wasi:io/streams",
            "[method]input-stream.subscribe" | "[method]output-stream.subscribe",
        ) => Handle,
        ("wasi:io/streams", _) => Closed,
        ("wasi:io/poll", "[method]pollable.ready") => Yes,
        ("wasi:io/poll", "[method]pollable.block") => Nothing,
        ("wasi:io/poll", "poll") => AllReady,
        ("wasi:clocks/monotonic-clock", "now") => Instant,
        ("wasi:clocks/monotonic-clock", "resolution") => Finest,
        ("wasi:clocks/monotonic-clock", "subscribe-instant" | "subscribe-duration") => Handle,
        ("wasi:clocks/wall-clock", "now") => Now,
        ("wasi:clocks/wall-clock", "resolution") => FinestMoment,
        ("wasi:random/random", "get-random-bytes")
        | ("wasi:random/insecure", "get-insecure-random-bytes") => RandomBytes,
        ("wasi:random/random", "get-random-u64")
        | ("wasi:random/insecure", "get-insecure-random-u64") => RandomNumber,
        ("wasi:random/insecure-seed", _) => RandomPair,
        ("wasi:filesystem/preopens", "get-directories") => EmptyList,
        // The network is a handle that every use of refuses.
        ("wasi:sockets/instance-network", "instance-network") => Handle,
        _ => Refuse,
    }
}

/// Links everything that the component carries.
///
/// # Errors
/// When it carries something that is neither function nor resource nor type.
pub(crate) fn define(
    engine: &Engine,
    linker: &mut Linker<State>,
    component: &Component,
) -> wasmtime::Result<()> {
    for (name, import) in component.component_type().imports(engine) {
        let ComponentItem::ComponentInstance(instance) = import.ty else {
            continue;
        };
        if !is_carried(name) {
            continue;
        }
        let interface = name.split('@').next().unwrap_or(name);
        let mut linked = linker.instance(name)?;
        for (item, export) in instance.exports(engine) {
            match export.ty {
                ComponentItem::ComponentFunc(_) => {
                    let behaviour = behaviour(interface, item);
                    let function = format!("{interface}.{}", plain(item));
                    linked.func_new(item, move |mut store, of, given, answers| {
                        for value in given {
                            release(&mut store, value)?;
                        }
                        match (act(&mut store, behaviour, &function, &of, given)?, answers) {
                            (Some(answer), [first]) => *first = answer,
                            (None, []) => {}
                            _ => return Err(not_granted(&function)),
                        }
                        Ok(())
                    })?;
                }
                ComponentItem::Resource(_) => {
                    linked.resource(item, ResourceType::host::<Inert>(), |_, _| Ok(()))?;
                }
                ComponentItem::Type(_) => {}
                _ => {
                    return Err(wasmtime::Error::msg(format!(
                        "{name} has {item}, which is not a function"
                    )));
                }
            }
        }
    }
    Ok(())
}

/// `[method]tcp-socket.start-connect` as people write it.
fn plain(function: &str) -> &str {
    function.rsplit(']').next().unwrap_or(function)
}

fn act(
    store: &mut StoreContextMut<'_, State>,
    behaviour: Behaviour,
    function: &str,
    of: &ComponentFunc,
    given: &[Val],
) -> wasmtime::Result<Option<Val>> {
    let ok = |value: Option<Val>| Val::Result(Ok(value.map(Box::new)));
    Ok(Some(match behaviour {
        Behaviour::EmptyList => Val::List(Vec::new()),
        Behaviour::None => Val::Option(None),
        Behaviour::Nothing => return Ok(None),
        Behaviour::Done => ok(None),
        Behaviour::Finest => Val::U64(FINEST.as_nanos() as u64),
        Behaviour::Instant => {
            let nanoseconds = store.data().call.stand_ins.clock.as_nanos();
            Val::U64(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
        }
        Behaviour::Now => moment(store.data().call.stand_ins.clock),
        Behaviour::FinestMoment => moment(FINEST),
        Behaviour::Yes => Val::Bool(true),
        Behaviour::Room => ok(Some(Val::U64(ROOM))),
        Behaviour::Handle => {
            let handle = Resource::<Inert>::new_own(0);
            Val::Resource(ResourceAny::try_from_resource(handle, store)?)
        }
        Behaviour::Write => {
            let bytes: Vec<u8> = match given {
                [_, Val::List(bytes)] => bytes
                    .iter()
                    .filter_map(|byte| match byte {
                        Val::U8(byte) => Some(*byte),
                        _ => Option::None,
                    })
                    .collect(),
                _ => Vec::new(),
            };
            store.data_mut().write_output(&bytes)?;
            ok(Option::None)
        }
        Behaviour::Closed => {
            let closed = Val::Variant("closed".to_owned(), Option::None);
            Val::Result(Err(Some(Box::new(closed))))
        }
        Behaviour::AllReady => {
            let waited = match given {
                [Val::List(pollables)] => pollables.len(),
                _ => 0,
            };
            Val::List((0..waited).map(|index| Val::U32(index as u32)).collect())
        }
        Behaviour::RandomBytes => {
            let [Val::U64(wanted)] = given else {
                return refuse(store, function, of);
            };
            if *wanted > RANDOM_BYTES {
                return refuse(store, function, of);
            }
            let random = &mut store.data_mut().random;
            Val::List((0..*wanted).map(|_| Val::U8(random.next() as u8)).collect())
        }
        Behaviour::RandomNumber => Val::U64(store.data_mut().random.next()),
        Behaviour::RandomPair => {
            let random = &mut store.data_mut().random;
            Val::Tuple(vec![Val::U64(random.next()), Val::U64(random.next())])
        }
        Behaviour::Exit => return Err(Breach::Exit.into()),
        Behaviour::Refuse => return refuse(store, function, of),
    }))
}

/// A moment of the wall clock, or a length of time.
fn moment(time: Duration) -> Val {
    Val::Record(vec![
        ("seconds".to_owned(), Val::U64(time.as_secs())),
        ("nanoseconds".to_owned(), Val::U32(time.subsec_nanos())),
    ])
}

/// Refuses: with the function's own error where it has one that says so, else by ending the call.
fn refuse(
    store: &mut StoreContextMut<'_, State>,
    function: &str,
    of: &ComponentFunc,
) -> wasmtime::Result<Option<Val>> {
    const SAYING_SO: [&str; 5] = [
        "access-denied",
        "not-permitted",
        "access",
        "not-supported",
        "unsupported",
    ];
    let state = store.data_mut();
    if !state.refused.iter().any(|known| known == function) {
        state.refused.push(function.to_owned());
    }
    state.write_log(Level::Warn, &format!("denied: {function}"))?;
    if let Some(Type::Result(result)) = of.results().next()
        && let Some(Type::Enum(error)) = result.err()
        && let Some(name) = SAYING_SO
            .into_iter()
            .find(|name| error.names().any(|it| it == *name))
    {
        let error = Val::Enum(name.to_owned());
        return Ok(Some(Val::Result(Err(Some(Box::new(error))))));
    }
    Err(not_granted(function))
}

/// Gives back the handles that came with a call: whoever takes one has to.
fn release(store: &mut StoreContextMut<'_, State>, value: &Val) -> wasmtime::Result<()> {
    match value {
        Val::Resource(handle) => {
            handle.try_into_resource::<Inert>(&mut *store)?;
        }
        Val::List(values) | Val::Tuple(values) => {
            for value in values {
                release(store, value)?;
            }
        }
        Val::Record(fields) => {
            for (_, value) in fields {
                release(store, value)?;
            }
        }
        Val::Option(Some(value))
        | Val::Variant(_, Some(value))
        | Val::Result(Ok(Some(value)) | Err(Some(value))) => release(store, value)?,
        _ => {}
    }
    Ok(())
}

/// Nothing can be granted here: what does something is offered by the contract.
fn not_granted(function: &str) -> wasmtime::Error {
    Breach::Denied(format!("{function} is not granted")).into()
}
