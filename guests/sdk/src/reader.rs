//! World `reader`: the accounts of an application, from an export.

use std::cell::RefCell;
use std::marker::PhantomData;

use serde::de::DeserializeOwned;

use crate::bindings::description::exports::provisor::connector::about;
use crate::bindings::reading::exports::provisor::connector::reading::{
    self, Batch, Cursor, GuestCursor,
};
use crate::settings::{judge_own, own};
use crate::{About, Failure, Input, PageBuilder, Problem, RejectedRow, Shape, Summary, log};

/// Reads the accounts of an application from an export: one value of the type is one pass over
/// the input from its beginning to its end. Exported with
/// [`export_reader!`](crate::export_reader).
pub trait Reader: Sized + 'static {
    /// What the resource's configuration says about this component.
    type Settings: DeserializeOwned;

    /// What is wrong with the settings beyond what their schema and type can say. Asked when a
    /// configuration is loaded. The default finds nothing.
    fn check(settings: &Self::Settings) -> Vec<Problem> {
        let _ = settings;
        Vec::new()
    }

    /// Begins: reads the head of the input.
    ///
    /// # Errors
    /// `configuration` or `malformed` when the head does not fit the settings.
    fn open(settings: Self::Settings, input: Input) -> Result<Self, Failure>;

    /// What the rows look like; the same at every call.
    fn shape(&self) -> Shape;

    /// Gives the next rows, at most `max_rows`, to `batch`. `false` says that there was nothing
    /// left: `batch` is then thrown away. A batch may stay empty, though not endlessly.
    ///
    /// # Errors
    /// `malformed` with a position when the export as a whole must be refused.
    fn next(&mut self, max_rows: usize, batch: &mut BatchBuilder) -> Result<bool, Failure>;

    /// What is known once everything has been read.
    ///
    /// # Errors
    /// `malformed` when only the end shows that the export must be refused.
    fn summary(&mut self) -> Result<Summary, Failure>;
}

/// Takes some rows of an export.
///
/// A row is built cell by cell through [`page`](BatchBuilder::page), in the order of the columns
/// of the shape, and ended with [`end_row`](BatchBuilder::end_row), or taken back with
/// [`reject`](BatchBuilder::reject).
#[derive(Debug, Default)]
pub struct BatchBuilder {
    page: PageBuilder,
    /// Cells of all rows that have been ended.
    cells: usize,
    positions: Vec<u64>,
    rejected: Vec<RejectedRow>,
}

impl BatchBuilder {
    /// With room for so many rows of so many columns and so many bytes of text.
    pub fn with_capacity(rows: usize, columns: usize, text: usize) -> Self {
        BatchBuilder {
            page: PageBuilder::with_capacity(rows * columns, text),
            positions: Vec::with_capacity(rows),
            ..Self::default()
        }
    }

    /// Makes room for so many more rows of so many columns and so many bytes of text.
    pub fn reserve(&mut self, rows: usize, columns: usize, text: usize) {
        self.page.reserve(rows * columns, text);
        self.positions.reserve(rows);
    }

    /// Where the cells of the row that is being built go.
    #[inline]
    pub fn page(&mut self) -> &mut PageBuilder {
        &mut self.page
    }

    /// Ends the row; `position` is the line on which it begins, counted from 1.
    #[inline]
    pub fn end_row(&mut self, position: u64) {
        self.cells = self.page.cells();
        self.positions.push(position);
    }

    /// Reports a row that cannot be used and takes back those of its cells that were built.
    /// Give the identifier whenever it could be read: then nothing is concluded about that
    /// account.
    pub fn reject(
        &mut self,
        position: u64,
        identifier: Option<String>,
        message: impl Into<String>,
    ) {
        self.page.truncate(self.cells);
        self.rejected.push(RejectedRow {
            position,
            identifier,
            message: message.into(),
        });
    }

    /// How many rows have been ended.
    pub fn rows(&self) -> usize {
        self.positions.len()
    }

    /// How many rows have been rejected.
    pub fn rejected(&self) -> usize {
        self.rejected.len()
    }

    /// How many bytes of text there are.
    pub fn text_len(&self) -> usize {
        self.page.text_len()
    }

    fn finish(self) -> Batch {
        Batch {
            rows: self.page.finish(),
            positions: self.positions,
            rejected: self.rejected,
        }
    }
}

/// One step of a pass: what `next` of a cursor does.
pub(crate) fn next<R: Reader>(reader: &mut R, max_rows: usize) -> Result<Option<Batch>, Failure> {
    let mut batch = BatchBuilder::default();
    let more = reader.next(max_rows, &mut batch)?;
    Ok(more.then(|| batch.finish()))
}

/// What [`export_reader!`](crate::export_reader) adds to a reader.
#[doc(hidden)]
pub trait ExportReader: Reader {
    /// What it says of itself.
    const ABOUT: About;
}

/// The component that a reader becomes.
#[doc(hidden)]
pub struct ReaderComponent<R>(PhantomData<R>);

impl<R: ExportReader> about::Guest for ReaderComponent<R> {
    fn describe() -> about::Description {
        R::ABOUT.describe()
    }

    fn check_settings() -> Vec<about::Problem> {
        judge_own(R::check)
    }
}

impl<R: ExportReader> reading::Guest for ReaderComponent<R> {
    type Cursor = Pass<R>;
}

/// A cursor as the contract wants it: behind a shared reference.
#[doc(hidden)]
pub struct Pass<R>(RefCell<R>);

impl<R: ExportReader> GuestCursor for Pass<R> {
    fn open() -> Result<Cursor, Failure> {
        log::catch_panics();
        let reader = R::open(own()?, Input::host())?;
        Ok(Cursor::new(Pass(RefCell::new(reader))))
    }

    fn shape(&self) -> Shape {
        self.0.borrow().shape()
    }

    fn next(&self, max_rows: u32) -> Result<Option<Batch>, Failure> {
        next(&mut *self.0.borrow_mut(), max_rows as usize)
    }

    fn summary(&self) -> Result<Summary, Failure> {
        self.0.borrow_mut().summary()
    }
}
