//! What a component says of itself, in its section: any bytes are judged, and no component can say more than fits.

#![no_main]

#[path = "../bodies/about.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| body::hold(bytes));
