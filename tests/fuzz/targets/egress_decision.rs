//! If something would be connected to, it is granted and not inside.

#![no_main]

#[path = "../bodies/egress_decision.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| body::hold(bytes));
