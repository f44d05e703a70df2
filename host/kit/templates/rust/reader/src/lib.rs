//! Reads accounts from blocks of lines. A line is `name: value`, an empty line ends an account, and
//! the last line says how many there are:
//!
//! ```text
//! login: ann
//! groups: staff, night
//!
//! end: 1
//! ```

use std::io::BufRead;

use provisor_sdk::{BatchBuilder, Column, Failure, Input, Reader, Shape, Summary, export_reader};

/// What the configuration says about this component. `settings.schema.json` tells the same to those
/// who write the configuration; the host judges it by the schema first.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Settings {
    #[serde(default = "comma")]
    separator: String,
}

fn comma() -> String {
    ",".to_owned()
}

/// The columns; the first identifies an account. Lines with other names are not looked at.
const COLUMNS: [&str; 3] = ["login", "name", "groups"];

/// The column whose cells may hold several values.
const SEVERAL: &str = "groups";

/// One pass over an export.
struct MyComponent {
    settings: Settings,
    input: Input,
    line: u64,
    rows: u64,
    rejected: u64,
    /// The first line of the next account, when that began before the one before it had ended.
    begun: Option<Block>,
    /// How many accounts the export says it has, once its end was read.
    declared: Option<u64>,
}

/// The lines of one account.
struct Block {
    /// The line on which it begins, counted from 1.
    begin: u64,
    pairs: Vec<(String, String)>,
    /// Whether another account follows before this one has ended.
    is_cut: bool,
}

impl Block {
    fn new(begin: u64) -> Self {
        Self {
            begin,
            pairs: Vec::new(),
            is_cut: false,
        }
    }

    fn has(&self, column: &str) -> bool {
        self.pairs.iter().any(|(name, _)| name == column)
    }
}

impl MyComponent {
    /// The next line without its end; `None` at the end of the input.
    fn line(&mut self) -> Result<Option<String>, Failure> {
        let mut text = String::new();
        self.line += 1;
        let read = self.input.read_line(&mut text);
        if read.map_err(|error| Failure::from(error).at(self.line))? == 0 {
            return Ok(None);
        }
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        // Some programs mark UTF-8 at the beginning of a file.
        let text = match self.line {
            1 => text.strip_prefix('\u{feff}').unwrap_or(text),
            _ => text,
        };
        Ok(Some(text.to_owned()))
    }

    /// The next account; `None` behind the last one.
    fn block(&mut self) -> Result<Option<Block>, Failure> {
        let mut block = self.begun.take().unwrap_or(Block::new(0));
        while let Some(line) = self.line()? {
            if line.is_empty() {
                match block.pairs.is_empty() {
                    true => continue,
                    false => return Ok(Some(block)),
                }
            }
            let malformed = |message: &str| Err(Failure::malformed(message).at(self.line));
            let Some((name, value)) = line.split_once(':') else {
                return malformed("a line must look like `name: value`");
            };
            if self.declared.is_some() {
                return malformed("something follows the end");
            }
            if name == "end" && block.pairs.is_empty() {
                match value.trim().parse() {
                    Ok(number) => self.declared = Some(number),
                    Err(_) => return malformed("`end` must say how many accounts there are"),
                }
                continue;
            }
            let pair = (name.to_owned(), value.trim().to_owned());
            if block.pairs.is_empty() {
                block.begin = self.line;
            } else if name == COLUMNS[0] && block.has(name) {
                let mut next = Block::new(self.line);
                next.pairs.push(pair);
                self.begun = Some(next);
                block.is_cut = true;
                return Ok(Some(block));
            }
            block.pairs.push(pair);
        }
        // An account that the input breaks off in is not an account.
        Ok(None)
    }

    /// What is wrong with an account.
    fn fault(block: &Block) -> Option<String> {
        if block.is_cut {
            return Some("the account ends in the middle: another one follows".to_owned());
        }
        COLUMNS
            .iter()
            .filter(|&&column| column != SEVERAL)
            .find_map(|column| {
                let count = block
                    .pairs
                    .iter()
                    .filter(|(name, _)| name == column)
                    .count();
                (count > 1).then(|| format!("the account has {count} lines with its {column}"))
            })
    }
}

/// The values of a line; without separator it has at most one.
fn values<'a>(text: &'a str, separator: Option<&str>) -> Vec<&'a str> {
    let parts: Vec<&str> = match separator {
        Some(separator) => text.split(separator).map(str::trim).collect(),
        None => vec![text],
    };
    parts.into_iter().filter(|part| !part.is_empty()).collect()
}

impl Reader for MyComponent {
    type Settings = Settings;

    fn open(settings: Settings, input: Input) -> Result<Self, Failure> {
        Ok(Self {
            settings,
            input,
            line: 0,
            rows: 0,
            rejected: 0,
            begun: None,
            declared: None,
        })
    }

    fn shape(&self) -> Shape {
        let column = |name: &str| Column {
            name: name.to_owned(),
            multi_valued: name == SEVERAL,
        };
        Shape {
            columns: COLUMNS.map(column).into(),
            identifier: COLUMNS[0].to_owned(),
            absent: Vec::new(),
        }
    }

    /// Gives the next rows. Never guess: a row that cannot be used is rejected, with its identifier
    /// where that could be read, and then nothing is concluded about that account.
    fn next(&mut self, max_rows: usize, batch: &mut BatchBuilder) -> Result<bool, Failure> {
        while batch.rows() + batch.rejected() < max_rows {
            let Some(block) = self.block()? else {
                return Ok(batch.rows() + batch.rejected() > 0);
            };
            let login = block
                .pairs
                .iter()
                .find(|(name, value)| name == COLUMNS[0] && !value.is_empty());
            let Some((_, login)) = login else {
                self.rejected += 1;
                batch.reject(block.begin, None, "the account has no login");
                continue;
            };
            if let Some(fault) = Self::fault(&block) {
                self.rejected += 1;
                batch.reject(block.begin, Some(login.clone()), fault);
                continue;
            }
            for column in COLUMNS {
                for (_, value) in block.pairs.iter().filter(|(name, _)| name == column) {
                    let separator = match column {
                        SEVERAL => Some(self.settings.separator.as_str()),
                        _ => None,
                    };
                    for value in values(value, separator) {
                        batch.page().value(value);
                    }
                }
                batch.page().end_cell();
            }
            self.rows += 1;
            batch.end_row(block.begin);
        }
        Ok(true)
    }

    /// What is known at the end. An export without its last line was cut off.
    fn summary(&mut self) -> Result<Summary, Failure> {
        Ok(Summary {
            rows: self.rows,
            rejected: self.rejected,
            complete: self.declared.is_some(),
            declared_rows: self.declared,
            exported_at: None,
        })
    }
}

export_reader!(MyComponent, {
    name: "my-component",
    summary: "Reads accounts from blocks of lines.",
    settings_schema: include_str!("../settings.schema.json"),
});

#[cfg(test)]
mod tests {
    use provisor_sdk::testing::read;

    use super::*;

    const SETTINGS: &str = include_str!("../examples/settings.json");
    const EXPORT: &str = include_str!("../examples/accounts.txt");

    #[test]
    fn a_block_is_an_account() {
        let export = read::<MyComponent>(SETTINGS, EXPORT).unwrap();
        assert_eq!(export.rows[0]["groups"], ["staff", "night"]);
        assert_eq!(export.positions, [1, 5, 10]);
        assert_eq!(export.rejected[0].position, 8);
        assert!(export.summary.complete);
    }

    #[test]
    fn an_account_that_ends_in_the_middle_takes_nothing_of_the_next_one() {
        let export =
            read::<MyComponent>(SETTINGS, format!("login: eve\nname: E\n{EXPORT}")).unwrap();
        assert_eq!(export.rejected[0].identifier.as_deref(), Some("eve"));
        assert_eq!((export.rejected[0].position, export.positions[0]), (1, 3));
        assert_eq!(export.rows[0]["name"], ["Ann Turner"]);
    }

    #[test]
    fn an_export_that_is_cut_off_is_never_complete() {
        for cut in 0..EXPORT.len() - "4\n".len() {
            let text = EXPORT.as_bytes()[..cut].to_vec();
            match read::<MyComponent>(SETTINGS, text) {
                Ok(export) => assert!(!export.summary.complete, "{cut}"),
                Err(failure) => assert!(failure.position.is_some(), "{cut}: {failure:?}"),
            }
        }
    }
}
