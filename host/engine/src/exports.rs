//! An export is taken: copied as evidence, read by the component, compared with what was expected,
//! and judged. One that is too surprising is held for a person.

mod counting;
mod holding;
mod manifest;
mod preview;
mod reading;
mod source;
mod taking;
mod writing;

pub use preview::{
    AttributeChange, DriftEffect, DriftExample, Examples, OperationExample, Preview, RowExample,
    ValueExample,
};
pub use source::ExportError;
pub use taking::ExportReport;
