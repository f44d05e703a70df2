//! What holds for any rows, any dialect and any bytes.

use csv::Rows;
use proptest::prelude::*;
use provisor_sdk::testing;
use serde_json::json;

/// A dialect, and how to write in it.
#[derive(Debug, Clone)]
struct Dialect {
    delimiter: &'static str,
    quote: char,
    escape: Option<char>,
    line_break: &'static str,
    quote_always: bool,
    last_break: bool,
}

fn dialect() -> impl Strategy<Value = Dialect> {
    (
        prop::sample::select(vec![",", ";", "\t", "|", "||", ";;", "¦", "<>", "aab"]),
        prop::sample::select(vec!['"', '\'']),
        prop::sample::select(vec![None, Some('\\')]),
        prop::sample::select(vec!["\n", "\r\n", "\r"]),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(
            |(delimiter, quote, escape, line_break, quote_always, last_break)| Dialect {
                delimiter,
                quote,
                escape,
                line_break,
                quote_always,
                last_break,
            },
        )
}

impl Dialect {
    fn settings(&self) -> serde_json::Value {
        let mut settings = json!({
            "identifier": "c0",
            "empty": "empty",
            "delimiter": self.delimiter,
            "quote": self.quote.to_string(),
        });
        if let Some(escape) = self.escape {
            settings["escape"] = escape.to_string().into();
        }
        settings
    }

    fn field(&self, value: &str) -> String {
        // A part of the delimiter at the end of a bare field would become a whole one.
        let special = |it: char| self.delimiter.contains(it) || "\r\n\\".contains(it);
        let bare = !value.is_empty() && !value.contains(special) && !value.contains(self.quote);
        if bare && !self.quote_always {
            return value.to_owned();
        }
        let mut text = String::from(self.quote);
        for character in value.chars() {
            if Some(character) == self.escape || character == self.quote {
                text.push(self.escape.unwrap_or(self.quote));
            }
            text.push(character);
        }
        text.push(self.quote);
        text
    }

    fn record(&self, values: &[String]) -> String {
        let fields: Vec<_> = values.iter().map(|value| self.field(value)).collect();
        fields.join(self.delimiter)
    }
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof!["[a-d,;|<>'\"\\\\ \t#\r\n]{0,8}", "\\PC{0,6}", "[a-z]{1,12}",].prop_filter(
        "a bare value must not look like the long delimiter's stand-in",
        |it| !it.contains(['\0', '\u{1f}']),
    )
}

/// How many line breaks there are, as a person counts them.
fn lines(text: &str) -> u64 {
    let pairs = text.matches("\r\n").count();
    (text.matches(['\r', '\n']).count() - pairs) as u64
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn what_was_written_is_read_again(
        dialect in dialect(),
        width in 1_usize..5,
        cells in prop::collection::vec(value(), 0..40),
        pieces in 1_usize..40,
    ) {
        let rows: Vec<Vec<String>> = cells
            .chunks_exact(width)
            .enumerate()
            .map(|(at, row)| {
                let mut row = row.to_vec();
                row[0] = format!("{at}{}", row[0]);
                row
            })
            .collect();
        let header: Vec<String> = (0..width).map(|at| format!("c{at}")).collect();
        let mut text = dialect.record(&header);
        let mut positions = Vec::new();
        for row in &rows {
            text.push_str(dialect.line_break);
            positions.push(lines(&text) + 1);
            text.push_str(&dialect.record(row));
        }
        if dialect.last_break {
            text.push_str(dialect.line_break);
        }

        let settings = dialect.settings().to_string();
        let chunks = text.as_bytes().chunks(pieces).map(<[u8]>::to_vec);
        let export = testing::read_chunks::<Rows>(&settings, chunks, 3);
        let export = export.map_err(|failure| TestCaseError::fail(format!("{failure:?}\n{text}")))?;

        let read: Vec<Vec<String>> = export
            .rows
            .iter()
            .map(|row| header.iter().map(|name| row[name][0].clone()).collect())
            .collect();
        prop_assert_eq!(read, rows, "{:?}", text);
        prop_assert_eq!(export.positions, positions, "{:?}", text);
        prop_assert!(export.rejected.is_empty());
    }

    #[test]
    fn any_bytes_give_the_same_in_any_pieces(
        settings in prop::sample::select(settings()),
        bytes in prop::collection::vec(prop::sample::select(BYTES.to_vec()), 0..120),
        cuts in prop::collection::vec(1_usize..20, 1..10),
        max_rows in 1_usize..5,
    ) {
        let whole = testing::read::<Rows>(&settings, bytes.clone());
        let mut rest = &bytes[..];
        let mut chunks = Vec::new();
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (chunk, behind) = rest.split_at((*cut).min(rest.len()));
            chunks.push(chunk.to_vec());
            rest = behind;
        }
        let pieces = testing::read_chunks::<Rows>(&settings, chunks, max_rows);
        prop_assert_eq!(whole, pieces);
    }
}

/// Bytes that mean something in some dialect or encoding.
const BYTES: &[u8] = b"aab01,;||\"\"\\'#\r\r\n\n\n \t\x00\x1f\xff\xfe\xef\xbb\xbf\xc3\xa9\x8a";

fn settings() -> Vec<String> {
    let base = json!({ "identifier": "a", "header": false, "columns-in-file": ["a", "b"] });
    let with = |more: serde_json::Value| {
        let mut settings = base.clone();
        for (name, value) in more.as_object().into_iter().flatten() {
            settings[name] = value.clone();
        }
        settings.to_string()
    };
    vec![
        with(json!({})),
        json!({ "identifier": "a" }).to_string(),
        with(json!({ "delimiter": ";", "comment": "#", "escape": "\\" })),
        with(json!({ "delimiter": "||", "quote": "'", "trim": true })),
        with(
            json!({ "delimiter": "ab", "empty": "empty", "trailer": { "pattern": "0(?<rows>1?).*" } }),
        ),
        with(json!({ "encoding": "utf-16le", "delimiter": "\u{2c2c}" })),
        with(json!({ "encoding": "utf-16be", "quote": "none" })),
        with(json!({ "encoding": "utf-16" })),
        with(json!({ "encoding": "windows-1250", "skip-lines": 2, "comment": "#" })),
        with(json!({ "encoding": "iso-8859-1", "ragged": "refuse" })),
        with(json!({ "max-field-bytes": 3, "max-columns": 3 })),
        with(json!({ "trailer": { "pattern": "a.*" }, "comment": "0" })),
        with(json!({ "columns": [
            { "column": "b", "type": "integer" },
            { "column": "a", "attribute": "x", "type": "boolean", "multi-value-delimiter": "0" },
            { "column": "a" },
        ] })),
    ]
}
