//! The built-in reader of CSV exports, a component of world `reader`.
//!
//! # The nouns
//!
//! | noun | module | what it is |
//! |---|---|---|
//! | [`Settings`] | [`settings`] | what the configuration says about the file; for people: `settings.schema.json` |
//! | [`Encoding`](encoding::Encoding) | [`encoding`] | from bytes to UTF-8, and what shows that it was another encoding |
//! | [`Source`](source::Source) | [`source`] | the input as stretches of bytes that are fit to be cut |
//! | [`Dialect`](dialect::Dialect), [`Records`](record::Records) | [`dialect`], [`record`] | from bytes to records with their lines, by `csv-core`; plain lines by [`mod@line`] |
//! | [`Header`](header::Header) | [`header`] | the names of the columns |
//! | [`Column`](column::Column) | [`mod@column`], [`date`] | from a field to values in canonical form |
//! | [`Trailer`](trailer::Trailer) | [`trailer`] | the last record, when it tells about the rows |
//! | [`Rows`] | [`rows`] | one pass over an export; all of the above meet here |
//!
//! # The life of one row
//!
//! The host gives a chunk of bytes; the source decodes it unless it is UTF-8 already; the records
//! cut it at the delimiter and remember on which line each begins; each column turns its field
//! into values, which go straight into the page that the host gets. A file whose columns are all
//! taken as they are skips that last step: a whole record is added to the page at once.
//!
//! ```
//! use csv::Rows;
//! use provisor_sdk::testing;
//!
//! let settings = r#"{ "identifier": "login", "delimiter": ";" }"#;
//! let export = testing::read::<Rows>(settings, "login;name\nann;Ann Smith\n")?;
//! assert_eq!(export.rows[0]["name"], ["Ann Smith"]);
//! assert_eq!(export.positions, [2]);
//! # Ok::<(), provisor_sdk::Failure>(())
//! ```
//!
//! # Invariants
//!
//! * What comes out does not depend on the pieces in which the input comes.
//! * Memory is bounded by the settings: one record within its limits, and one page.
//! * Text that cannot be decoded without doubt is refused, never replaced.

pub mod column;
pub mod date;
pub mod dialect;
pub mod encoding;
pub mod header;
pub mod line;
pub mod record;
pub mod rows;
pub mod settings;
pub mod source;
pub mod trailer;

pub use rows::Rows;
pub use settings::Settings;

provisor_sdk::export_reader!(Rows, {
    name: "csv",
    summary: "Reads accounts from a CSV file.",
    settings_schema: include_str!("../settings.schema.json"),
});
