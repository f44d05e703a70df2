//! The names of the columns of a file.

use provisor_sdk::Failure;

/// The columns of a file, in their order.
#[derive(Debug, Clone)]
pub struct Header {
    /// As they stand in the file, without white space around them.
    names: Vec<String>,
    /// As they are compared.
    keys: Vec<String>,
}

impl Header {
    /// Takes the names; `line` is where they stand, if they stand in the file.
    ///
    /// # Errors
    /// `malformed` (`configuration` without a line) when two of them are the same.
    pub fn new<'a>(
        names: impl IntoIterator<Item = &'a str>,
        line: Option<u64>,
    ) -> Result<Self, Failure> {
        let names: Vec<String> = names.into_iter().map(|it| it.trim().to_owned()).collect();
        let keys: Vec<String> = names.iter().map(|name| key(name)).collect();
        for (place, key) in keys.iter().enumerate() {
            if key.is_empty() || !keys[..place].contains(key) {
                continue;
            }
            let name = &names[place];
            return Err(match line {
                Some(line) => Failure::malformed(format!(
                    "line {line}: the header has two columns named `{name}`, so it is not clear \
                     which one to read"
                ))
                .at(line),
                None => Failure::configuration(format!(
                    "setting /columns-in-file: two columns are named `{name}`"
                )),
            });
        }
        Ok(Header { names, keys })
    }

    /// Where the column of this name stands. Case and white space do not matter.
    pub fn find(&self, name: &str) -> Option<usize> {
        let wanted = key(name);
        self.keys.iter().position(|it| *it == wanted)
    }

    /// The names with their places, without columns that have none.
    pub fn named(&self) -> impl Iterator<Item = (usize, &str)> {
        let names = self.names.iter().map(String::as_str).enumerate();
        names.filter(|(_, name)| !name.is_empty())
    }

    /// How many columns there are.
    pub fn width(&self) -> usize {
        self.names.len()
    }

    /// The names for a message, not all of them if there are many.
    pub fn quoted(&self) -> String {
        const SHOWN: usize = 20;
        let shown: Vec<_> = self
            .names
            .iter()
            .take(SHOWN)
            .map(|name| format!("`{name}`"))
            .collect();
        let more = match self.names.len().saturating_sub(SHOWN) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        format!("{}{more}", shown.join(", "))
    }
}

fn key(name: &str) -> String {
    let words: Vec<_> = name.split_whitespace().collect();
    words.join(" ").to_lowercase()
}
