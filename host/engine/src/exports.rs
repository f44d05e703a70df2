//! An export is taken: copied as evidence, read by the component, judged, and compared with what
//! was expected.

mod reading;
mod source;
mod taking;

pub use source::ExportError;
pub use taking::ExportReport;
