//! Many records packed into one text.

/// Rows of cells of values, packed as `wit/types.wit` says. A page can only be made by a
/// [`PageBuilder`] or by [`Page::check`], so every offset in it is good.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    text: String,
    value_ends: Vec<u32>,
    cell_ends: Vec<u32>,
}

/// A page with the names of its columns.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// The names.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Page,
}

/// The rule that a page breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// `value-ends` falls.
    #[error("the value-ends of a page fall at {0}")]
    ValueEndsFall(usize),
    /// A value would end inside a character.
    #[error("value {0} of a page ends inside a character")]
    InsideCharacter(usize),
    /// The last value does not end with the text.
    #[error("the values of a page end at {end}, its text at {text}")]
    TextLength {
        /// Where the values end.
        end: u32,
        /// How long the text is.
        text: usize,
    },
    /// `cell-ends` falls.
    #[error("the cell-ends of a page fall at {0}")]
    CellEndsFall(usize),
    /// The cells have more or fewer values than there are.
    #[error("the cells of a page have {cells} values, and there are {values}")]
    ValueCount {
        /// In the cells.
        cells: u32,
        /// In the list.
        values: usize,
    },
    /// The last row is not whole.
    #[error("a page has {cells} cells, which is no multiple of its {columns} columns")]
    CellCount {
        /// How many.
        cells: usize,
        /// How many a row has.
        columns: usize,
    },
    /// There are more or fewer rows than there should be.
    #[error("a page has {rows} rows where {wanted} should be")]
    RowCount {
        /// How many.
        rows: usize,
        /// How many there should be.
        wanted: usize,
    },
}

impl Page {
    /// Checks a page that came from outside.
    pub fn check(
        text: String,
        value_ends: Vec<u32>,
        cell_ends: Vec<u32>,
        columns: usize,
    ) -> Result<Self, PageError> {
        let mut before = 0;
        for (index, end) in value_ends.iter().enumerate() {
            if *end < before {
                return Err(PageError::ValueEndsFall(index));
            }
            if !text.is_char_boundary(*end as usize) && (*end as usize) < text.len() {
                return Err(PageError::InsideCharacter(index));
            }
            before = *end;
        }
        if before as usize != text.len() {
            return Err(PageError::TextLength {
                end: before,
                text: text.len(),
            });
        }
        let mut before = 0;
        for (index, end) in cell_ends.iter().enumerate() {
            if *end < before {
                return Err(PageError::CellEndsFall(index));
            }
            before = *end;
        }
        if before as usize != value_ends.len() {
            return Err(PageError::ValueCount {
                cells: before,
                values: value_ends.len(),
            });
        }
        if columns == 0 && !cell_ends.is_empty()
            || columns > 0 && !cell_ends.len().is_multiple_of(columns)
        {
            return Err(PageError::CellCount {
                cells: cell_ends.len(),
                columns,
            });
        }
        Ok(Self {
            text,
            value_ends,
            cell_ends,
        })
    }

    /// How many rows there are, of so many columns.
    pub fn row_count(&self, columns: usize) -> usize {
        self.cell_ends.len().checked_div(columns).unwrap_or(0)
    }

    /// The rows, of so many columns.
    pub fn rows(&self, columns: usize) -> Rows<'_> {
        Rows {
            page: self,
            columns,
            cell: 0,
        }
    }

    /// Bytes of the longest value.
    pub(crate) fn longest_value(&self) -> usize {
        let begins = std::iter::once(&0).chain(&self.value_ends);
        let longest = self
            .value_ends
            .iter()
            .zip(begins)
            .map(|(end, begin)| end - begin)
            .max();
        longest.unwrap_or(0) as usize
    }

    pub(crate) fn into_parts(self) -> (String, Vec<u32>, Vec<u32>) {
        (self.text, self.value_ends, self.cell_ends)
    }

    fn value_end(&self, values: u32) -> usize {
        match values.checked_sub(1) {
            None => 0,
            Some(last) => self
                .value_ends
                .get(last as usize)
                .map_or(0, |end| *end as usize),
        }
    }
}

impl Table {
    /// The rows.
    pub fn rows(&self) -> Rows<'_> {
        self.rows.rows(self.columns.len())
    }

    /// How many rows there are.
    pub fn row_count(&self) -> usize {
        self.rows.row_count(self.columns.len())
    }
}

/// The rows of a page, one after the other.
#[derive(Debug, Clone)]
pub struct Rows<'p> {
    page: &'p Page,
    columns: usize,
    cell: usize,
}

/// One row.
#[derive(Debug, Clone, Copy)]
pub struct Row<'p> {
    page: &'p Page,
    first: usize,
    columns: usize,
}

/// One cell.
#[derive(Debug, Clone, Copy)]
pub struct Cell<'p> {
    page: &'p Page,
    from: u32,
    to: u32,
}

impl<'p> Iterator for Rows<'p> {
    type Item = Row<'p>;

    fn next(&mut self) -> Option<Row<'p>> {
        let first = self.cell;
        let next = first.checked_add(self.columns)?;
        if self.columns == 0 || next > self.page.cell_ends.len() {
            return None;
        }
        self.cell = next;
        Some(Row {
            page: self.page,
            first,
            columns: self.columns,
        })
    }
}

impl<'p> Row<'p> {
    /// The cells in the order of the columns.
    pub fn cells(self) -> impl Iterator<Item = Cell<'p>> {
        (self.first..self.first + self.columns).map(move |cell| Cell {
            page: self.page,
            from: match cell.checked_sub(1) {
                None => 0,
                Some(before) => self.page.cell_ends[before],
            },
            to: self.page.cell_ends[cell],
        })
    }
}

impl<'p> Cell<'p> {
    /// The values.
    pub fn values(self) -> impl Iterator<Item = &'p str> {
        (self.from..self.to).map(move |value| {
            let range = self.page.value_end(value)..self.page.value_end(value + 1);
            self.page.text.get(range).unwrap_or("")
        })
    }
}

/// Packs rows.
#[derive(Debug, Default)]
pub struct PageBuilder {
    page: Page,
    full: bool,
}

impl PageBuilder {
    /// An empty page.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the next cell of the current row, with its values. What would make the text longer than
    /// 4 GiB, which no page can hold, is left out.
    pub fn cell<T: AsRef<str>>(&mut self, values: impl IntoIterator<Item = T>) {
        for value in values {
            let value = value.as_ref();
            match u32::try_from(self.page.text.len() + value.len()) {
                Ok(end) if !self.full => {
                    self.page.text.push_str(value);
                    self.page.value_ends.push(end);
                }
                _ => self.full = true,
            }
        }
        // There are never more values than bytes and cells, and both fit.
        let values = u32::try_from(self.page.value_ends.len()).unwrap_or(u32::MAX);
        self.page.cell_ends.push(values);
    }

    /// The page.
    pub fn finish(self) -> Page {
        self.page
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(
        text: &str,
        value_ends: &[u32],
        cell_ends: &[u32],
        columns: usize,
    ) -> Option<PageError> {
        Page::check(text.into(), value_ends.into(), cell_ends.into(), columns).err()
    }

    #[test]
    fn what_was_packed_is_read_again() {
        let rows = [
            vec![vec!["ann"], vec![]],
            vec![vec!["bob"], vec!["b@x", "bob@x"]],
        ];
        let mut builder = PageBuilder::new();
        for cell in rows.iter().flatten() {
            builder.cell(cell);
        }
        let page = builder.finish();
        let read: Vec<Vec<Vec<&str>>> = page
            .rows(2)
            .map(|row| row.cells().map(|cell| cell.values().collect()).collect())
            .collect();
        assert_eq!(read, rows);
        let (text, value_ends, cell_ends) = page.into_parts();
        assert_eq!(
            (text.as_str(), &value_ends[..], &cell_ends[..]),
            ("annbobb@xbob@x", &[3, 6, 9, 14][..], &[1, 1, 2, 4][..])
        );
        assert_eq!(check(&text, &value_ends, &cell_ends, 2), None);
    }

    #[test]
    fn every_rule_of_a_page_is_checked_and_named() {
        use PageError::*;
        assert_eq!(check("ab", &[1, 0], &[2], 1), Some(ValueEndsFall(1)));
        assert_eq!(check("š", &[1, 2], &[2], 1), Some(InsideCharacter(0)));
        assert_eq!(
            check("ab", &[9], &[1], 1),
            Some(TextLength { end: 9, text: 2 })
        );
        assert_eq!(
            check("ab", &[1], &[1], 1),
            Some(TextLength { end: 1, text: 2 })
        );
        assert_eq!(check("ab", &[1, 2], &[2, 1], 1), Some(CellEndsFall(1)));
        assert_eq!(
            check("ab", &[1, 2], &[1], 1),
            Some(ValueCount {
                cells: 1,
                values: 2
            })
        );
        assert_eq!(
            check("ab", &[1, 2], &[1, 2], 3),
            Some(CellCount {
                cells: 2,
                columns: 3
            })
        );
        assert_eq!(
            check("", &[], &[0], 0),
            Some(CellCount {
                cells: 1,
                columns: 0
            })
        );
        assert_eq!(check("", &[], &[], 0), None);
    }
}
