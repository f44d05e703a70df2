//! Any schema and any settings are judged, twice the same.

#![no_main]

#[path = "../bodies/settings.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| body::hold(bytes));
