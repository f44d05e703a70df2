//! What is read as a signature is written again as the same, and vouches for nothing but what it was made for.

#![no_main]

#[path = "../bodies/signature.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| body::hold(bytes));
