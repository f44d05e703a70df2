//! What a component says of itself: the answer of `describe` and the custom section.

use crate::bindings::description::exports::provisor::connector::about::Description;

/// The name of the custom section that holds [`About`] as JSON.
pub const SECTION: &str = "provisor:about";

/// What a component is and what it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About {
    /// `reader`, `mapping`, `policy` or `ticketing`.
    pub world: &'static str,
    /// Short name in lower case with hyphens.
    pub name: &'static str,
    /// Semantic version of the component: that of its crate.
    pub version: &'static str,
    /// One sentence for the person who chooses it.
    pub summary: &'static str,
    /// Optional abilities, by name.
    pub capabilities: &'static [&'static str],
    /// The settings it takes: a JSON Schema (draft 2020-12) of one object.
    pub settings_schema: &'static str,
    /// The origins it wants to reach.
    pub origins: &'static [&'static str],
}

impl About {
    pub(crate) fn describe(&self) -> Description {
        let owned = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
        Description {
            name: self.name.to_owned(),
            version: self.version.to_owned(),
            summary: self.summary.to_owned(),
            capabilities: owned(self.capabilities),
            settings_schema: self.settings_schema.to_owned(),
            origins: owned(self.origins),
        }
    }
}

/// The length of [`json`] in bytes.
pub const fn json_len(about: &About) -> usize {
    write(about, Writer::<0>::new()).len
}

/// The content of the section: the members `world`, `name`, `version`, `summary`,
/// `capabilities`, `settings-schema` (an object, as it stands in its file) and `origins`.
/// `N` is what [`json_len`] says.
pub const fn json<const N: usize>(about: &About) -> [u8; N] {
    write(about, Writer::<N>::new()).bytes
}

/// Counts what is written, and keeps what fits into `N` bytes: with `N` = 0 it measures.
#[derive(Clone, Copy)]
struct Writer<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Writer<N> {
    const fn new() -> Self {
        Self {
            bytes: [0; N],
            len: 0,
        }
    }

    const fn byte(mut self, byte: u8) -> Self {
        if self.len < N {
            self.bytes[self.len] = byte;
        }
        self.len += 1;
        self
    }

    const fn raw(mut self, text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            if self.len < N {
                self.bytes[self.len] = bytes[at];
            }
            self.len += 1;
            at += 1;
        }
        self
    }

    const fn string(mut self, text: &str) -> Self {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let bytes = text.as_bytes();
        self = self.byte(b'"');
        let mut at = 0;
        while at < bytes.len() {
            let byte = bytes[at];
            if byte == b'"' || byte == b'\\' {
                self = self.byte(b'\\').byte(byte);
            } else if byte < 0x20 {
                self = self
                    .raw("\\u00")
                    .byte(HEX[(byte >> 4) as usize])
                    .byte(HEX[(byte & 15) as usize]);
            } else {
                self = self.byte(byte);
            }
            at += 1;
        }
        self.byte(b'"')
    }

    const fn list(mut self, texts: &[&str]) -> Self {
        self = self.byte(b'[');
        let mut at = 0;
        while at < texts.len() {
            if at > 0 {
                self = self.byte(b',');
            }
            self = self.string(texts[at]);
            at += 1;
        }
        self.byte(b']')
    }
}

const fn write<const N: usize>(about: &About, writer: Writer<N>) -> Writer<N> {
    writer
        .raw("{\"world\":")
        .string(about.world)
        .raw(",\"name\":")
        .string(about.name)
        .raw(",\"version\":")
        .string(about.version)
        .raw(",\"summary\":")
        .string(about.summary)
        .raw(",\"capabilities\":")
        .list(about.capabilities)
        .raw(",\"settings-schema\":")
        .raw(about.settings_schema)
        .raw(",\"origins\":")
        .list(about.origins)
        .byte(b'}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABOUT: About = About {
        world: "reader",
        name: "csv",
        version: "1.2.3",
        summary: "Says \"hello\",\n\\ and čau.",
        capabilities: &["a", "b"],
        settings_schema: "{ \"type\": \"object\" }\n",
        origins: &[],
    };
    const JSON: [u8; json_len(&ABOUT)] = json(&ABOUT);

    #[test]
    fn the_section_is_json_with_every_text_as_it_was() {
        let read: serde_json::Value = serde_json::from_slice(&JSON).unwrap();
        let expected = serde_json::json!({
            "world": "reader", "name": "csv", "version": "1.2.3", "summary": ABOUT.summary,
            "capabilities": ["a", "b"], "settings-schema": { "type": "object" }, "origins": [],
        });
        assert_eq!(read, expected);
    }

    #[test]
    fn describing_gives_the_same_facts_as_the_section() {
        let described = ABOUT.describe();
        assert_eq!(described.summary, ABOUT.summary);
        assert_eq!(described.capabilities, ["a", "b"]);
        assert_eq!(described.settings_schema, ABOUT.settings_schema);
    }
}
