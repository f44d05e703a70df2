//! Any bytes are inspected without panic, twice with the same verdict.

#![no_main]

#[path = "../bodies/inspection.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| body::hold(bytes));
