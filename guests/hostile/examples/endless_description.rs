//! Never comes to an end of describing itself.
#![expect(
    missing_docs,
    unsafe_code,
    reason = "what the macro generates, and the section"
)]

use exports::provisor::connector::{about, decisions};
use provisor::connector::types::{Failure, Table};

wit_bindgen::generate!({ path: "../../wit", world: "policy" });

#[used]
#[cfg_attr(target_family = "wasm", unsafe(link_section = "provisor:about"))]
static ABOUT: [u8; 139] = *br#"{"world":"policy","name":"endless","version":"0.1.0","summary":"Talks.","capabilities":[],"settings-schema":{"type":"object"},"origins":[]}"#;

struct Endless;

export!(Endless);

impl about::Guest for Endless {
    fn describe() -> about::Description {
        hostile::endless()
    }

    fn check_settings() -> Vec<about::Problem> {
        Vec::new()
    }
}

impl decisions::Guest for Endless {
    fn decide(_: Table) -> Result<Vec<decisions::Decision>, Failure> {
        Ok(Vec::new())
    }
}
