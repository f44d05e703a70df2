//! Writes a component of the zoo to standard output: the one of a case, or without a name the one that behaves well.
//!
//!     cargo run -p provisor-zoo --example component -- a-trap > a-trap.wasm

use std::io::Write;

fn main() -> std::io::Result<()> {
    let bytes = match std::env::args().nth(1) {
        Some(name) => provisor_zoo::case(&name).bytes,
        None => provisor_zoo::good(),
    };
    std::io::stdout().lock().write_all(&bytes)
}
