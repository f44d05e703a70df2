//! Any OCI layout is read or refused, and what is read has the digest that it is known by.

#![no_main]

#[path = "../bodies/layout.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| body::hold(bytes));
