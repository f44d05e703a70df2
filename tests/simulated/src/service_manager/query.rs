//! The native query language, as much of it as clients use.
//!
//! `Status="Closed" and (Title="a" or Title~="b")`, by caption; `NULL` is an empty field. A quote or
//! backslash inside a value stands behind a backslash.

use super::record::Record;

/// How deep parentheses may be nested.
const DEPTH: usize = 32;

/// A query that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Query {
    /// The field at this caption is, or is not, this text; `None` is an empty field.
    Field {
        caption: &'static str,
        equal: bool,
        value: Option<String>,
    },
    All(Vec<Query>),
    Any(Vec<Query>),
}

impl Query {
    /// Reads a query over these captions, each known by its last part.
    pub(super) fn read(text: &str, captions: &[&'static str]) -> Result<Self, String> {
        let mut reader = Reader {
            rest: text,
            captions,
        };
        let query = reader.any(DEPTH)?;
        match reader.rest.trim() {
            "" => Ok(query),
            rest => Err(format!("unexpected: {rest}")),
        }
    }

    /// Whether a record is one that it asks for.
    pub(super) fn fits(&self, record: &Record) -> bool {
        match self {
            Query::Field {
                caption,
                equal,
                value,
            } => (record.text(caption) == *value) == *equal,
            Query::All(parts) => parts.iter().all(|part| part.fits(record)),
            Query::Any(parts) => parts.iter().any(|part| part.fits(record)),
        }
    }
}

struct Reader<'a> {
    rest: &'a str,
    captions: &'a [&'static str],
}

impl Reader<'_> {
    fn any(&mut self, depth: usize) -> Result<Query, String> {
        let mut parts = vec![self.all(depth)?];
        while self.word("or") {
            parts.push(self.all(depth)?);
        }
        Ok(Query::Any(parts))
    }

    fn all(&mut self, depth: usize) -> Result<Query, String> {
        let mut parts = vec![self.one(depth)?];
        while self.word("and") {
            parts.push(self.one(depth)?);
        }
        Ok(Query::All(parts))
    }

    fn one(&mut self, depth: usize) -> Result<Query, String> {
        if self.sign("(") {
            let depth = depth.checked_sub(1).ok_or("nested too deep")?;
            let query = self.any(depth)?;
            return match self.sign(")") {
                true => Ok(query),
                false => Err("a parenthesis is not closed".to_owned()),
            };
        }
        self.rest = self.rest.trim_start();
        let end = self.rest.find(['~', '=', ' ']).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        let known = |caption: &&&str| caption.rsplit('/').next() == Some(name);
        let caption = *self
            .captions
            .iter()
            .find(known)
            .ok_or_else(|| format!("there is no field {name}"))?;
        self.rest = rest;
        let equal = !self.sign("~=");
        if equal && !self.sign("=") {
            return Err(format!("an operator is missing behind {name}"));
        }
        let value = match self.word("NULL") {
            true => None,
            false => Some(self.quoted()?),
        };
        Ok(Query::Field {
            caption,
            equal,
            value,
        })
    }

    fn quoted(&mut self) -> Result<String, String> {
        if !self.sign("\"") {
            return Err("a value stands in quotes".to_owned());
        }
        let mut value = String::new();
        let mut characters = self.rest.chars();
        while let Some(one) = characters.next() {
            match one {
                '"' => {
                    self.rest = characters.as_str();
                    return Ok(value);
                }
                '\\' => value.extend(characters.next()),
                one => value.push(one),
            }
        }
        Err("a quote is not closed".to_owned())
    }

    fn sign(&mut self, sign: &str) -> bool {
        let rest = self.rest.trim_start();
        match rest.strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn word(&mut self, word: &str) -> bool {
        let before = self.rest;
        let ends = |rest: &str| !rest.starts_with(|one: char| one.is_alphanumeric());
        if self.sign(word) && ends(self.rest) {
            return true;
        }
        self.rest = before;
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_that_is_none_is_refused() {
        let read = |text: &str| Query::read(text, &["Title", "header/Status"]);
        for wrong in [
            "",
            "Title",
            "Title=a",
            "Title=\"a",
            "Nothing=\"a\"",
            "(Title=\"a\"",
            "Title=\"a\" Title=\"b\"",
            "Title=\"a\" or",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert!(read(&"(".repeat(1_000)).is_err());
        assert!(read(r#"Status~=NULL and (Title="a" or Title="\"b\\")"#).is_ok());
    }
}
