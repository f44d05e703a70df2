//! Any recording is read or refused, and what is read is what would be written again.

#![no_main]

#[path = "../bodies/recording.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| body::hold(bytes));
