//! Any component is taken in or refused, run within its limits, and leaves the sandbox able to run the next one.

#![no_main]

#[path = "../bodies/component.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| body::hold(bytes));
