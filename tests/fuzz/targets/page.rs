//! A page is accepted exactly if every value and every cell in it can be read.

#![no_main]

#[path = "../bodies/page.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| body::hold(bytes));
