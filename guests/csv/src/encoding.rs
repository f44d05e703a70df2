//! How characters are written as bytes, and what shows that it is not so.

use encoding_rs::{
    Decoder, DecoderResult, ISO_8859_2, ISO_8859_15, UTF_16BE, UTF_16LE, WINDOWS_1250, WINDOWS_1252,
};
use serde::Deserialize;

/// An encoding that exports come in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// UTF-8, with or without a byte-order mark.
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    /// UTF-16, little end first.
    #[serde(rename = "utf-16le")]
    Utf16Le,
    /// UTF-16, big end first.
    #[serde(rename = "utf-16be")]
    Utf16Be,
    /// UTF-16, the byte-order mark says which.
    #[serde(rename = "utf-16")]
    Utf16,
    /// Windows, Central Europe.
    #[serde(rename = "windows-1250")]
    Windows1250,
    /// Windows, Western Europe.
    #[serde(rename = "windows-1252")]
    Windows1252,
    /// Latin-1.
    #[serde(rename = "iso-8859-1")]
    Iso8859_1,
    /// Latin-2.
    #[serde(rename = "iso-8859-2")]
    Iso8859_2,
    /// Latin-9.
    #[serde(rename = "iso-8859-15")]
    Iso8859_15,
}

/// How many bytes at the beginning decide about the byte-order mark.
pub const HEAD: usize = 3;

/// What the beginning of an input says.
#[derive(Debug)]
pub struct Opening {
    /// Turns the rest into UTF-8; `None` when it is UTF-8 already.
    pub decoding: Option<Decoding>,
    /// How many bytes the byte-order mark takes.
    pub mark: usize,
}

impl Encoding {
    /// Looks at the first [`HEAD`] bytes of an input, or at all if it is shorter.
    ///
    /// # Errors
    /// Why they cannot be the beginning of a text in this encoding, for a person.
    pub fn open(self, head: &[u8]) -> Result<Opening, String> {
        let name = self.name();
        let mark = [
            ("utf-8", &b"\xef\xbb\xbf"[..]),
            ("utf-16le", b"\xff\xfe"),
            ("utf-16be", b"\xfe\xff"),
        ]
        .into_iter()
        .find(|(_, mark)| head.starts_with(mark));
        let (encoding, mark) = match (self, mark) {
            (Encoding::Utf16, Some(("utf-16le", mark))) => (Encoding::Utf16Le, mark.len()),
            (Encoding::Utf16, Some(("utf-16be", mark))) => (Encoding::Utf16Be, mark.len()),
            (Encoding::Utf16, None) if head.is_empty() => (Encoding::Utf16Le, 0),
            (Encoding::Utf16, None) => {
                return Err(
                    "there is no byte-order mark to say which UTF-16 it is; set `encoding` to \
                     `utf-16le` or `utf-16be`"
                        .to_owned(),
                );
            }
            (encoding, Some((of, mark))) if of == name => (encoding, mark.len()),
            (_, Some((of, _))) => {
                return Err(format!(
                    "the byte-order mark says `{of}` and the settings say `{name}`"
                ));
            }
            (encoding, None) => (encoding, 0),
        };
        Ok(Opening {
            decoding: Decoding::new(encoding),
            mark,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Encoding::Utf8 => "utf-8",
            Encoding::Utf16Le => "utf-16le",
            Encoding::Utf16Be => "utf-16be",
            Encoding::Utf16 => "utf-16",
            Encoding::Windows1250 => "windows-1250",
            Encoding::Windows1252 => "windows-1252",
            Encoding::Iso8859_1 => "iso-8859-1",
            Encoding::Iso8859_2 => "iso-8859-2",
            Encoding::Iso8859_15 => "iso-8859-15",
        }
    }

    /// Bytes that mean nothing in this encoding, or a control character that no export holds:
    /// they show that the text was written in another one. `encoding_rs` follows the rules of
    /// browsers, which take these bytes for something.
    fn refuses(self, byte: u8) -> bool {
        match self {
            Encoding::Windows1250 => matches!(byte, 0x81 | 0x83 | 0x88 | 0x90 | 0x98),
            Encoding::Windows1252 => matches!(byte, 0x81 | 0x8d | 0x8f | 0x90 | 0x9d),
            Encoding::Iso8859_1 | Encoding::Iso8859_2 | Encoding::Iso8859_15 => {
                (0x80..0xa0).contains(&byte)
            }
            Encoding::Utf8 | Encoding::Utf16Le | Encoding::Utf16Be | Encoding::Utf16 => false,
        }
    }
}

/// Turns bytes into UTF-8, chunk by chunk.
pub struct Decoding {
    encoding: Encoding,
    decoder: Decoder,
}

impl std::fmt::Debug for Decoding {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_tuple("Decoding").field(&self.encoding).finish()
    }
}

impl Decoding {
    fn new(encoding: Encoding) -> Option<Self> {
        let rules = match encoding {
            Encoding::Utf8 => return None,
            Encoding::Utf16Le | Encoding::Utf16 => UTF_16LE,
            Encoding::Utf16Be => UTF_16BE,
            Encoding::Windows1250 => WINDOWS_1250,
            // Where Latin-1 has characters at all, it has those of windows-1252.
            Encoding::Windows1252 | Encoding::Iso8859_1 => WINDOWS_1252,
            Encoding::Iso8859_2 => ISO_8859_2,
            Encoding::Iso8859_15 => ISO_8859_15,
        };
        Some(Decoding {
            encoding,
            decoder: rules.new_decoder_without_bom_handling(),
        })
    }

    /// Adds what these bytes mean to `text`; `last` says that no more will come.
    ///
    /// # Errors
    /// What is wrong right behind the text that was added, for a person.
    pub fn decode(&mut self, bytes: &[u8], last: bool, text: &mut Vec<u8>) -> Result<(), String> {
        let name = self.encoding.name();
        let good = bytes.iter().position(|&byte| self.encoding.refuses(byte));
        let good_bytes = &bytes[..good.unwrap_or(bytes.len())];
        let room = self
            .decoder
            .max_utf8_buffer_length_without_replacement(good_bytes.len())
            .ok_or("the input comes in pieces that are too large")?;
        let start = text.len();
        text.resize(start + room, 0);
        let into = &mut text[start..];
        let (result, _, written) = self
            .decoder
            .decode_to_utf8_without_replacement(good_bytes, into, last);
        text.truncate(start + written);
        if !matches!(result, DecoderResult::InputEmpty) {
            return Err(format!("this is not {name}; say the right `encoding`"));
        }
        match good {
            None => Ok(()),
            Some(at) => Err(format!(
                "the byte 0x{:02X} stands for no character in {name}; say the right `encoding`",
                bytes[at]
            )),
        }
    }
}
