//! Many records packed into one text, a plain view of them, and a builder.

use crate::name::same;
use crate::{Failure, Page};

/// A view of the rows of a page that keeps the rules of the contract.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a> {
    columns: &'a [String],
    page: &'a Page,
}

impl<'a> Rows<'a> {
    /// Looks at a page whose rows have these columns.
    ///
    /// # Errors
    /// `malformed` when the page breaks a rule of the contract: ends that fall, lie outside, or
    /// cut a character in two; a number of cells that is not a multiple of the columns.
    pub fn new(columns: &'a [String], page: &'a Page) -> Result<Self, Failure> {
        let broken = |rule: &str| Err(Failure::malformed(format!("broken page: {rule}")));
        let mut before = 0;
        for &end in &page.value_ends {
            if end < before || !page.text.is_char_boundary(end as usize) {
                return broken("an end of a value falls or lies inside a character");
            }
            before = end;
        }
        if before as usize != page.text.len() {
            return broken("the last value does not end where the text ends");
        }
        let mut before = 0;
        for &end in &page.cell_ends {
            if end < before {
                return broken("an end of a cell falls");
            }
            before = end;
        }
        if before as usize != page.value_ends.len() {
            return broken("the last cell does not end where the values end");
        }
        match page.cell_ends.len().checked_rem(columns.len()) {
            Some(0) => Ok(Rows { columns, page }),
            None if page.cell_ends.is_empty() => Ok(Rows { columns, page }),
            _ => broken("the last row has too few cells"),
        }
    }

    /// The names of the columns.
    pub fn columns(&self) -> &'a [String] {
        self.columns
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        let cells = self.page.cell_ends.len();
        cells.checked_div(self.columns.len()).unwrap_or(0)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.page.cell_ends.is_empty()
    }

    /// The rows, one after the other.
    pub fn iter(self) -> impl ExactSizeIterator<Item = Row<'a>> {
        (0..self.len()).map(move |index| Row { rows: self, index })
    }
}

/// One record: a cell for each column.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    rows: Rows<'a>,
    index: usize,
}

impl<'a> Row<'a> {
    /// Its place among the rows of the page, counted from 0.
    pub fn index(&self) -> usize {
        self.index
    }

    /// The names of the columns.
    pub fn columns(&self) -> &'a [String] {
        self.rows.columns
    }

    /// The first value of this column; `None` when the cell is empty or there is no such column.
    pub fn first(&self, column: &str) -> Option<&'a str> {
        self.values(column).next()
    }

    /// All values of this column; none when there is no such column.
    pub fn values(&self, column: &str) -> Values<'a> {
        match self.columns().iter().position(|name| same(name, column)) {
            Some(at) => self.cell(at),
            None => Values::empty(),
        }
    }

    /// The values in the cell of the column at this place, counted from 0; none beyond the last.
    pub fn cell(&self, column: usize) -> Values<'a> {
        if column >= self.columns().len() {
            return Values::empty();
        }
        let page = self.rows.page;
        let cell = self.index * self.columns().len() + column;
        let at = |cell: usize| page.cell_ends.get(cell).map_or(0, |&end| end as usize);
        let first = if cell == 0 { 0 } else { at(cell - 1) };
        let start = match first {
            0 => 0,
            _ => page.value_ends.get(first - 1).copied().unwrap_or(0) as usize,
        };
        Values {
            text: &page.text,
            start,
            ends: page.value_ends.get(first..at(cell)).unwrap_or(&[]),
        }
    }

    /// The cells with the names of their columns.
    pub fn cells(&self) -> impl ExactSizeIterator<Item = (&'a str, Values<'a>)> {
        let row = *self;
        let columns = self.columns().iter().enumerate();
        columns.map(move |(at, name)| (name.as_str(), row.cell(at)))
    }
}

/// The values of one cell, in their order.
#[derive(Debug, Clone)]
pub struct Values<'a> {
    text: &'a str,
    start: usize,
    ends: &'a [u32],
}

impl Values<'_> {
    fn empty() -> Self {
        Values {
            text: "",
            start: 0,
            ends: &[],
        }
    }

    /// Whether the cell holds no value.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
}

impl<'a> Iterator for Values<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let (&end, rest) = self.ends.split_first()?;
        let value = self.text.get(self.start..end as usize)?;
        self.start = end as usize;
        self.ends = rest;
        Some(value)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.ends.len(), Some(self.ends.len()))
    }
}

impl ExactSizeIterator for Values<'_> {}

/// Packs values, cell by cell in the order of the columns, row after row.
#[derive(Debug, Clone)]
pub struct PageBuilder {
    page: Page,
}

impl Default for PageBuilder {
    fn default() -> Self {
        Self::with_capacity(0, 0)
    }
}

impl PageBuilder {
    /// With room for so many cells of one value each and so many bytes of text.
    pub fn with_capacity(cells: usize, text: usize) -> Self {
        PageBuilder {
            page: Page {
                text: String::with_capacity(text),
                value_ends: Vec::with_capacity(cells),
                cell_ends: Vec::with_capacity(cells),
            },
        }
    }

    /// Makes room for so many more cells of one value each and so many bytes of text.
    pub fn reserve(&mut self, cells: usize, text: usize) {
        self.page.text.reserve(text);
        self.page.value_ends.reserve(cells);
        self.page.cell_ends.reserve(cells);
    }

    /// Adds a value to the cell that is being built.
    #[inline]
    pub fn value(&mut self, value: &str) {
        self.page.text.push_str(value);
        self.page.value_ends.push(self.page.text.len() as u32);
    }

    /// Ends the cell that is being built; it may hold no value.
    #[inline]
    pub fn end_cell(&mut self) {
        self.page.cell_ends.push(self.page.value_ends.len() as u32);
    }

    /// Adds a whole cell of one value.
    #[inline]
    pub fn cell(&mut self, value: &str) {
        self.value(value);
        self.end_cell();
    }

    /// Adds a row whose cells hold one value each: `ends` says where each ends in `text`. An
    /// empty one is left out (its cell has no value) unless `keep_empty`. This is the fastest way
    /// in; where `ends` fall, lie outside of `text` or inside a character, the values are wrong but
    /// the page is whole.
    #[inline]
    pub fn row(&mut self, text: &str, ends: &[usize], keep_empty: bool) {
        let page = &mut self.page;
        let base = page.text.len() as u32;
        page.text.push_str(text);
        let limit = page.text.len() as u32;
        let mut before = 0;
        let simple = ends.iter().all(|&end| {
            let rises = end > before || (keep_empty && end == before);
            before = end;
            rises && text.is_char_boundary(end)
        });
        let values = page.value_ends.len() as u32;
        if simple && before == text.len() {
            page.value_ends
                .extend(ends.iter().map(|&end| base + end as u32));
            let count = ends.len() as u32;
            page.cell_ends.extend((1..=count).map(|cell| values + cell));
            return;
        }
        let (mut before, mut values) = (base, values);
        for (place, &end) in ends.iter().enumerate() {
            let end = match text.is_char_boundary(end) && place + 1 < ends.len() {
                true => (base + end as u32).max(before),
                false => limit,
            };
            if end > before || keep_empty {
                page.value_ends.push(end);
                values += 1;
            }
            page.cell_ends.push(values);
            before = end;
        }
    }

    /// How many bytes of text there are so far.
    pub fn text_len(&self) -> usize {
        self.page.text.len()
    }

    /// How many cells have been ended so far.
    pub fn cells(&self) -> usize {
        self.page.cell_ends.len()
    }

    /// Takes back everything behind the first `cells` cells, such as those of a row that turned
    /// out to be unusable.
    pub fn truncate(&mut self, cells: usize) {
        self.page.cell_ends.truncate(cells);
        let values = self.page.cell_ends.last().copied().unwrap_or(0);
        self.page.value_ends.truncate(values as usize);
        let text = self.page.value_ends.last().copied().unwrap_or(0);
        self.page.text.truncate(text as usize);
    }

    /// The page.
    pub fn finish(self) -> Page {
        self.page
    }
}
