//! The CSV reader gives the same rows whatever the chunks, and those of another parser of CSV.

#![no_main]

#[path = "../bodies/delimited.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| body::hold(bytes));
