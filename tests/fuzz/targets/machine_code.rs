//! A file of machine code that differs by one byte is a miss.

#![no_main]

#[path = "../bodies/machine_code.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| body::hold(bytes));
