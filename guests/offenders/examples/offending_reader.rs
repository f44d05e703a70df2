//! A reader that behaves well until somebody writes a flaw into its bytes.
//!
//! Its exports have a head `login;name;groups`, a line for each account, groups between commas, and a
//! line break behind the last row. A value in quotes may hold anything.
#![expect(
    missing_docs,
    unsafe_code,
    reason = "what the macro generates, and the section"
)]

use std::cell::RefCell;

use exports::provisor::connector::{about, reading};
use provisor::connector::input;
use provisor::connector::types::{Failure, FailureKind, Page};

wit_bindgen::generate!({ path: "../../wit", world: "reader" });

const DESCRIPTION: &str = r#"{"world":"reader","name":"offending-reader","version":"0.1.0","summary":"Reads logins, names and groups.","capabilities":[],"settings-schema":{"type":"object","additionalProperties":false,"required":["delimiter"],"properties":{"delimiter":{"const":";"},"token":{"type":"string","writeOnly":true}}},"origins":[]}"#;

#[used]
#[cfg_attr(target_family = "wasm", unsafe(link_section = "provisor:about"))]
static ABOUT: [u8; offenders::ABOUT] = offenders::filled(DESCRIPTION);

/// The same for `describe`, which cannot read the section.
static TEXT: [u8; offenders::ABOUT] = offenders::filled(DESCRIPTION);

static FLAW: [u8; offenders::PLACE] = offenders::no_flaw();

/// What stands in front of a UTF-8 text now and then.
const MARK: &[u8] = "\u{feff}".as_bytes();

const COLUMNS: [&str; 3] = ["login", "name", "groups"];

struct Reader;

export!(Reader);

impl about::Guest for Reader {
    fn describe() -> about::Description {
        let described = offenders::description(&TEXT);
        about::Description {
            name: described.name,
            version: described.version,
            summary: described.summary,
            capabilities: described.capabilities,
            settings_schema: described.settings_schema,
            origins: described.origins,
        }
    }

    fn check_settings() -> Vec<about::Problem> {
        Vec::new()
    }
}

impl reading::Guest for Reader {
    type Cursor = Cursor;
}

struct Cursor(RefCell<Pass>);

/// A pass over the input.
struct Pass {
    flaw: &'static str,
    /// Bytes that were read and not used.
    at_hand: Vec<u8>,
    used: usize,
    ended: bool,
    /// The line of the next byte.
    line: u64,
    rows: u64,
    rejected: u64,
    /// Whether the last record had a line break behind it.
    whole: bool,
    last_login: String,
    /// Groups are of several values.
    multi_valued: bool,
    /// Whether the name of the first column begins with a byte-order mark.
    marked: bool,
    hoard: Vec<Vec<Vec<String>>>,
}

/// Fields of a record and the line on which it begins.
struct Record {
    line: u64,
    fields: Vec<String>,
}

fn failure(kind: FailureKind, line: u64, message: &str) -> Failure {
    Failure {
        kind,
        message: message.to_owned(),
        position: Some(line),
        retry_after: None,
    }
}

impl Pass {
    fn new() -> Self {
        Pass {
            flaw: offenders::flaw(&FLAW),
            at_hand: Vec::new(),
            used: 0,
            ended: false,
            line: 1,
            rows: 0,
            rejected: 0,
            whole: true,
            last_login: String::new(),
            multi_valued: true,
            marked: false,
            hoard: Vec::new(),
        }
    }

    /// The next bytes up to a line break outside of quotes; none at the end.
    fn stretch(&mut self) -> Result<Option<Vec<u8>>, Failure> {
        let mut seen = 0;
        let mut quoted = false;
        loop {
            while let Some(byte) = self.at_hand.get(self.used + seen) {
                seen += 1;
                match byte {
                    b'"' => quoted = !quoted,
                    b'\n' if !quoted => return Ok(Some(self.take(seen))),
                    _ => {}
                }
            }
            if self.ended && quoted {
                let message = "a quote is never closed";
                return Err(failure(FailureKind::Malformed, self.line, message));
            }
            if self.ended {
                self.whole &= seen == 0;
                return Ok((seen > 0).then(|| self.take(seen)));
            }
            self.at_hand.drain(..self.used);
            self.used = 0;
            match input::read(64 * 1024) {
                Ok(bytes) => {
                    self.ended = bytes.is_empty();
                    self.at_hand.extend(bytes);
                }
                Err(_) if self.flaw == "R30" => self.ended = true,
                Err(failure) => return Err(failure),
            }
        }
    }

    fn take(&mut self, length: usize) -> Vec<u8> {
        let taken = self.at_hand[self.used..self.used + length].to_vec();
        self.used += length;
        taken
    }

    /// The next record that is not empty.
    fn record(&mut self) -> Result<Option<Record>, Failure> {
        while let Some(mut bytes) = self.stretch()? {
            let line = self.line;
            self.line += bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
            if line == 1 && bytes.starts_with(MARK) && self.flaw != "R37 mark" {
                bytes.drain(..MARK.len());
            }
            if bytes.last() == Some(&b'\n') {
                bytes.pop();
            }
            if bytes.last() == Some(&b'\r') && self.flaw != "R38" {
                bytes.pop();
            }
            let text = match String::from_utf8(bytes) {
                Ok(text) if !text.contains('\0') => text,
                Ok(_) => {
                    return Err(failure(FailureKind::Malformed, line, "there is a NUL"));
                }
                Err(error) if self.flaw == "R37" => {
                    String::from_utf8_lossy(error.as_bytes()).into_owned()
                }
                Err(_) => return Err(failure(FailureKind::Malformed, line, "it is not UTF-8")),
            };
            if !text.is_empty() {
                return Ok(Some(Record {
                    line,
                    fields: fields(&text, self.flaw),
                }));
            }
        }
        Ok(None)
    }

    fn head(&mut self) -> Result<(), Failure> {
        let head = self.record()?;
        let clean = |field: &String| match self.flaw {
            "R37 mark" => field.trim_start_matches('\u{feff}').to_owned(),
            "R38" => field.trim_end().to_owned(),
            _ => field.clone(),
        };
        let head: Vec<String> = head.map_or_else(Vec::new, |head| head.fields);
        self.marked = head
            .first()
            .is_some_and(|name| name.starts_with('\u{feff}'));
        if !head.iter().map(clean).eq(COLUMNS) {
            let message = "the head must be `login;name;groups`";
            return Err(failure(FailureKind::Malformed, 1, message));
        }
        if self.flaw == "R22" {
            // Several groups in some row make the column one of several values.
            self.at_hand.drain(..self.used);
            self.used = 0;
            while !self.ended {
                let bytes = input::read(64 * 1024)?;
                self.ended = bytes.is_empty();
                self.at_hand.extend(bytes);
            }
            let breaks = self.at_hand.iter().filter(|byte| **byte == b'\n').count();
            self.multi_valued = breaks > 1;
        }
        Ok(())
    }
}

/// The fields of a record.
fn fields(text: &str, flaw: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let Some(field) = fields.last_mut() else {
            break;
        };
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                if flaw != "R38 quotes" {
                    field.push('"');
                }
            }
            '"' => quoted = !quoted,
            ';' if !quoted => fields.push(String::new()),
            c => field.push(c),
        }
    }
    fields
}

impl reading::GuestCursor for Cursor {
    fn open() -> Result<reading::Cursor, Failure> {
        let mut pass = Pass::new();
        pass.head()?;
        Ok(reading::Cursor::new(Cursor(RefCell::new(pass))))
    }

    fn shape(&self) -> reading::Shape {
        let pass = self.0.borrow();
        let called = |name: &str| match (name, pass.marked) {
            ("login", true) => "\u{feff}login".to_owned(),
            _ => name.to_owned(),
        };
        let column = |name: &str| reading::Column {
            name: called(name),
            multi_valued: name == "groups" && pass.multi_valued && pass.flaw != "R23 many",
        };
        reading::Shape {
            columns: COLUMNS.map(column).into(),
            identifier: called("login"),
            absent: Vec::new(),
        }
    }

    fn next(&self, max_rows: u32) -> Result<Option<reading::Batch>, Failure> {
        let mut pass = self.0.borrow_mut();
        let flaw = pass.flaw;
        let mut rows = Vec::new();
        let mut positions = Vec::new();
        let mut rejected = Vec::new();
        while rows.len() + rejected.len() < max_rows as usize {
            let Some(Record { line, mut fields }) = pass.record()? else {
                break;
            };
            if fields.len() != COLUMNS.len() || fields[0].trim().is_empty() {
                if flaw == "R35" && pass.whole {
                    continue;
                }
                pass.rejected += 1;
                rejected.push(reading::RejectedRow {
                    position: line,
                    identifier: fields
                        .first()
                        .filter(|login| !login.trim().is_empty())
                        .cloned(),
                    message: format!("it has {} fields and not 3", fields.len()),
                });
                continue;
            }
            let login = fields.remove(0);
            if flaw == "R36" && login == pass.last_login {
                continue;
            }
            pass.last_login.clone_from(&login);
            let name = match flaw {
                "R24" => format!("{} ({})", fields[0], input::name()),
                _ => fields.remove(0),
            };
            let groups = fields.pop().unwrap_or_default();
            let groups = groups.split(',').filter(|group| !group.is_empty());
            let login = match flaw {
                "R23" if login.starts_with('b') => Vec::new(),
                "R23 twice" => vec!["everybody".to_owned()],
                _ => vec![login],
            };
            let row = vec![login, vec![name], groups.map(str::to_owned).collect()];
            if flaw == "R43" {
                pass.hoard.push(row.clone());
            }
            pass.rows += 1;
            rows.push(row);
            positions.push(match flaw {
                "R34" => line + 1,
                _ => line,
            });
        }
        if rows.is_empty() && rejected.is_empty() && !(flaw == "R26" && max_rows == 1) {
            if flaw == "R31" && pass.rows + pass.rejected == 0 {
                return Err(failure(FailureKind::Malformed, 1, "there are no rows"));
            }
            return Ok(None);
        }
        if flaw == "R25" && rows.len() == max_rows as usize && max_rows > 1 {
            // What does not fit any more gets lost.
            let _lost = pass.record()?;
        }
        let (text, value_ends, cell_ends) = offenders::pack(&rows);
        Ok(Some(reading::Batch {
            rows: Page {
                text,
                value_ends,
                cell_ends,
            },
            positions,
            rejected,
        }))
    }

    fn summary(&self) -> Result<reading::Summary, Failure> {
        let pass = self.0.borrow();
        let declared = (pass.flaw == "R34 count").then_some(7_000);
        Ok(reading::Summary {
            rows: pass.rows,
            rejected: pass.rejected,
            complete: pass.whole || pass.flaw == "R32",
            declared_rows: declared,
            exported_at: None,
        })
    }
}
