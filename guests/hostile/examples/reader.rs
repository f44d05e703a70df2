//! Reads every line as an account, and misbehaves as its setting `misbehave` says.
#![expect(
    missing_docs,
    unsafe_code,
    reason = "what the macro generates, and the section"
)]

use std::cell::RefCell;

use exports::provisor::connector::{about, reading};
use provisor::connector::types::{Failure, Page};
use provisor::connector::{input, settings};

wit_bindgen::generate!({ path: "../../wit", world: "reader" });

#[used]
#[cfg_attr(target_family = "wasm", unsafe(link_section = "provisor:about"))]
static ABOUT: [u8; 164] = *br#"{"world":"reader","name":"hostile-reader","version":"0.1.0","summary":"Reads lines as accounts.","capabilities":[],"settings-schema":{"type":"object"},"origins":[]}"#;

struct Reader;

export!(Reader);

impl about::Guest for Reader {
    fn describe() -> about::Description {
        about::Description {
            name: "hostile-reader".to_owned(),
            version: "0.1.0".to_owned(),
            summary: "Reads lines as accounts.".to_owned(),
            capabilities: Vec::new(),
            settings_schema: r#"{"type":"object"}"#.to_owned(),
            origins: Vec::new(),
        }
    }

    fn check_settings() -> Vec<about::Problem> {
        Vec::new()
    }
}

impl reading::Guest for Reader {
    type Cursor = Cursor;
}

struct Cursor {
    wanted: String,
    lines: RefCell<std::vec::IntoIter<String>>,
    given: RefCell<u64>,
}

impl Cursor {
    fn new(wanted: &str, text: &str) -> Self {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        Cursor {
            wanted: wanted.to_owned(),
            lines: RefCell::new(lines.into_iter()),
            given: RefCell::new(0),
        }
    }
}

impl reading::GuestCursor for Cursor {
    fn open() -> Result<reading::Cursor, Failure> {
        let wanted = hostile::wanted(&settings::read());
        if wanted.starts_with("open-") {
            hostile::misbehave(wanted.trim_start_matches("open-"));
        }
        if wanted == "handles" {
            for _ in 0..10_000 {
                std::mem::forget(reading::Cursor::new(Cursor::new("", "")));
            }
        }
        let mut bytes = Vec::new();
        loop {
            let chunk = input::read(u32::MAX)?;
            if chunk.is_empty() {
                break;
            }
            bytes.extend(chunk);
        }
        let text = String::from_utf8_lossy(&bytes);
        Ok(reading::Cursor::new(Cursor::new(&wanted, &text)))
    }

    fn shape(&self) -> reading::Shape {
        let column = |name: &str| reading::Column {
            name: name.to_owned(),
            multi_valued: false,
        };
        let (columns, identifier) = match self.wanted.as_str() {
            "no-columns" => (Vec::new(), "line"),
            "same-columns" => (vec![column("line"), column("line")], "line"),
            "no-identifier" => (vec![column("line")], "other"),
            _ => (vec![column("line")], "line"),
        };
        reading::Shape {
            columns,
            identifier: identifier.to_owned(),
            absent: Vec::new(),
        }
    }

    fn next(&self, max_rows: u32) -> Result<Option<reading::Batch>, Failure> {
        hostile::misbehave(&self.wanted);
        let mut batch = reading::Batch {
            rows: Page {
                text: String::new(),
                value_ends: Vec::new(),
                cell_ends: Vec::new(),
            },
            positions: Vec::new(),
            rejected: Vec::new(),
        };
        if self.wanted == "endless-empty" {
            return Ok(Some(batch));
        }
        let most = match self.wanted.as_str() {
            "too-many-rows" => max_rows as usize + 1,
            _ => max_rows as usize,
        };
        for line in self.lines.borrow_mut().by_ref().take(most) {
            *self.given.borrow_mut() += 1;
            batch.rows.text.push_str(&line);
            batch.rows.value_ends.push(batch.rows.text.len() as u32);
            batch
                .rows
                .cell_ends
                .push(batch.rows.value_ends.len() as u32);
            batch.positions.push(*self.given.borrow());
        }
        if self.wanted == "positions" {
            batch.positions.push(0);
        }
        Ok(if batch.positions.is_empty() {
            None
        } else {
            Some(batch)
        })
    }

    fn summary(&self) -> Result<reading::Summary, Failure> {
        let wrong = u64::from(self.wanted == "wrong-sum");
        Ok(reading::Summary {
            rows: *self.given.borrow() + wrong,
            rejected: 0,
            complete: true,
            declared_rows: None,
            exported_at: None,
        })
    }
}
