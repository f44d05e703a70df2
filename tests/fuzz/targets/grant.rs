//! An origin that was read is read again as itself, and as a grant it covers no URL of another one.

#![no_main]

#[path = "../bodies/grant.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| body::hold(bytes));
