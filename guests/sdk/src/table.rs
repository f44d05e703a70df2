//! A page together with the names of its columns.

use crate::{Failure, Page, PageBuilder, Rows, Table};

impl Table {
    /// A plain view of the rows.
    ///
    /// # Errors
    /// As [`Rows::new`].
    pub fn view(&self) -> Result<Rows<'_>, Failure> {
        Rows::new(&self.columns, &self.rows)
    }
}

/// Builds a table row by row.
///
/// ```
/// use provisor_sdk::TableBuilder;
///
/// let mut table = TableBuilder::new(["name", "mail"]);
/// table.row([vec!["ann"], vec![]]);
/// table.row([vec!["bob"], vec!["b@x", "bob@x"]]);
/// let table = table.finish();
///
/// assert_eq!(table.rows.text, "annbobb@xbob@x");
/// assert_eq!(table.rows.value_ends, [3, 6, 9, 14]);
/// assert_eq!(table.rows.cell_ends, [1, 1, 2, 4]);
/// let rows: Vec<_> = table.view()?.iter().collect();
/// assert_eq!(rows[0].first("mail"), None);
/// assert_eq!(rows[1].values("mail").collect::<Vec<_>>(), ["b@x", "bob@x"]);
/// # Ok::<(), provisor_sdk::Failure>(())
/// ```
#[derive(Debug, Clone)]
pub struct TableBuilder {
    columns: Vec<String>,
    page: PageBuilder,
}

impl TableBuilder {
    /// A table with these columns and no rows.
    pub fn new(columns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        TableBuilder {
            columns: columns.into_iter().map(Into::into).collect(),
            page: PageBuilder::default(),
        }
    }

    /// Adds a row: for each column, in their order, the values of its cell. Cells that are
    /// missing at the end are empty, those beyond the last column are left out.
    pub fn row<Cell>(&mut self, cells: impl IntoIterator<Item = Cell>)
    where
        Cell: IntoIterator<Item: AsRef<str>>,
    {
        let mut cells = cells.into_iter();
        for _ in &self.columns {
            for value in cells.next().into_iter().flatten() {
                self.page.value(value.as_ref());
            }
            self.page.end_cell();
        }
    }

    /// The table.
    pub fn finish(self) -> Table {
        let rows: Page = self.page.finish();
        Table {
            columns: self.columns,
            rows,
        }
    }
}
