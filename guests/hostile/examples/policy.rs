//! Allows everything, and misbehaves as its setting `misbehave` says.
#![expect(
    missing_docs,
    unsafe_code,
    reason = "what the macro generates, and the section"
)]

use exports::provisor::connector::{about, decisions};
use provisor::connector::settings;
use provisor::connector::types::{Failure, Table};

wit_bindgen::generate!({ path: "../../wit", world: "policy" });

#[used]
#[cfg_attr(target_family = "wasm", unsafe(link_section = "provisor:about"))]
static ABOUT: [u8; 158] = *br#"{"world":"policy","name":"hostile-policy","version":"0.1.0","summary":"Allows everything.","capabilities":[],"settings-schema":{"type":"object"},"origins":[]}"#;

struct Policy;

export!(Policy);

impl about::Guest for Policy {
    fn describe() -> about::Description {
        about::Description {
            name: "hostile-policy".to_owned(),
            version: "0.1.0".to_owned(),
            summary: "Allows everything.".to_owned(),
            capabilities: Vec::new(),
            settings_schema: r#"{"type":"object"}"#.to_owned(),
            origins: Vec::new(),
        }
    }

    fn check_settings() -> Vec<about::Problem> {
        Vec::new()
    }
}

impl decisions::Guest for Policy {
    fn decide(proposals: Table) -> Result<Vec<decisions::Decision>, Failure> {
        let wanted = hostile::wanted(&settings::read());
        hostile::misbehave(&wanted);
        let mut rows = match proposals.columns.len() {
            0 => 0,
            columns => proposals.rows.cell_ends.len() / columns,
        };
        match wanted.as_str() {
            "one-too-many" => rows += 1,
            "one-too-few" => rows -= 1,
            "none" => rows = 0,
            _ => {}
        }
        let allow = decisions::Decision {
            verdict: decisions::Verdict::Allow,
            code: String::new(),
            reason: String::new(),
            obligations: Vec::new(),
            warnings: Vec::new(),
        };
        Ok(vec![allow; rows])
    }
}
