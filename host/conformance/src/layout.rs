//! Where the rows of the example stand in its bytes, so that other exports can be made of it
//! without knowing its format.

use std::ops::Range;

use crate::content::Content;
use crate::pass::{Manner, Pass};
use crate::trial::{Objection, Trial};

/// The example taken apart: what stands before its rows, the rows, what stands behind them.
#[derive(Debug, Clone)]
pub struct Layout {
    bytes: Vec<u8>,
    rows: Vec<Range<usize>>,
    head: usize,
    tail: usize,
    /// What the reader gave for the whole of it.
    pub pass: Pass,
}

impl Layout {
    /// Reads the example and takes it apart by the positions that the reader gives.
    ///
    /// # Errors
    /// When the example cannot be read or taken apart.
    pub async fn of(trial: &mut Trial) -> Result<Self, Objection> {
        let bytes = trial.bench.subject.input.clone().unwrap_or_default();
        let passed = trial.read(&Content::new(&bytes), &Manner::default()).await;
        let pass = passed.outcome.map_err(|error| {
            Objection::Inconclusive(format!("the example itself ends in {error}"))
        })?;
        Self::new(bytes, pass).map_err(Objection::Inconclusive)
    }

    /// The same, and tries that it was taken apart rightly: without its first or its last row it is
    /// read as the same export without that row.
    ///
    /// # Errors
    /// As [`of`](Self::of), and when it was not.
    pub async fn tried(trial: &mut Trial) -> Result<Self, Objection> {
        let layout = Self::of(trial).await?;
        for row in [0, layout.row_count() - 1] {
            if !layout.is_without(trial, row).await.unwrap_or(false) {
                return Err(Objection::Inconclusive(
                    "the example cannot be taken apart by the positions of its rows; see R34"
                        .to_owned(),
                ));
            }
        }
        Ok(layout)
    }

    fn new(bytes: Vec<u8>, pass: Pass) -> Result<Self, String> {
        if pass.rows.len() < 2 {
            return Err("the example has fewer than two rows; give it some more".to_owned());
        }
        if bytes.contains(&0) {
            return Err(
                "the example is not in an encoding whose line breaks are single bytes".to_owned(),
            );
        }
        let lines = line_starts(&bytes);
        let start = |position: u64| {
            let line = usize::try_from(position).ok()?.checked_sub(1)?;
            lines.get(line).copied()
        };
        let mut borders = Vec::new();
        for position in pass
            .positions
            .iter()
            .chain(pass.rejected.iter().map(|row| &row.position))
        {
            let border = start(*position)
                .ok_or_else(|| format!("the example has no line {position}; see R34"))?;
            borders.push(border);
        }
        borders.sort_unstable();
        let mut rows: Vec<Range<usize>> = Vec::with_capacity(pass.rows.len());
        for position in &pass.positions {
            let begin = start(*position).unwrap_or_default();
            if rows.last().is_some_and(|row| row.start >= begin) {
                return Err("the rows do not come in the order of their lines; see R34".to_owned());
            }
            let next = borders.iter().find(|border| **border > begin);
            rows.push(begin..next.copied().unwrap_or(bytes.len()));
        }
        let tail = end_of_last(&bytes, &lines, &borders);
        if let Some(last) = rows.last_mut() {
            last.end = last.end.min(tail);
        }
        let head = borders.first().copied().unwrap_or_default();
        Ok(Self {
            bytes,
            rows,
            head,
            tail,
            pass,
        })
    }

    /// How many rows it has; never less than two.
    pub fn row_count(&self) -> usize {
        self.rows.len()
    }

    /// The bytes of a row, its line break included.
    pub fn row(&self, row: usize) -> &[u8] {
        &self.bytes[self.rows[row].clone()]
    }

    /// The text of a row without the line break at its end.
    pub fn text(&self, row: usize) -> &[u8] {
        self.row(row).trim_ascii_end()
    }

    /// Everything before the first row.
    pub fn head(&self) -> &[u8] {
        &self.bytes[..self.head]
    }

    /// Everything behind the last row.
    pub fn tail(&self) -> &[u8] {
        &self.bytes[self.tail..]
    }

    /// All of it.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where the last row begins.
    pub fn last(&self) -> Range<usize> {
        self.rows[self.rows.len() - 1].clone()
    }

    /// The export without rows; it says so, where it says how many it has.
    pub fn empty(&self) -> Vec<u8> {
        [self.head(), &self.counted(-(self.pass.met() as i64))].concat()
    }

    /// The export with something else in the place of a row, which makes so many rows more; it says
    /// so, where it says how many it has.
    pub fn replacing(&self, row: usize, with: &[u8], more: i64) -> Vec<u8> {
        let range = &self.rows[row];
        let before = &self.bytes[..range.start];
        let after = &self.bytes[range.end..self.tail];
        [before, with, after, &self.counted(more)].concat()
    }

    /// The rows over and over, so that there are at least so many, and how many there are; `None`
    /// when something stands behind the rows that would have to know.
    pub fn repeated(&self, rows: u64) -> Option<(Content, u64)> {
        if !self.tail().trim_ascii().is_empty() || !self.pass.rejected.is_empty() {
            return None;
        }
        let times = rows.div_ceil(self.row_count() as u64);
        let mut body = self.bytes[self.head..self.tail].to_vec();
        if body.last() != Some(&b'\n') {
            body.push(b'\n');
        }
        let pieces = [
            (self.head().to_vec(), 1),
            (body, usize::try_from(times).ok()?),
        ];
        Some((Content::repeating(pieces), times * self.row_count() as u64))
    }

    /// Whether the export without this row is read as the same without that row; `None` when it
    /// cannot be read any more.
    pub async fn is_without(&self, trial: &mut Trial, row: usize) -> Option<bool> {
        let content = Content::new(&self.replacing(row, b"", -1));
        let pass = trial
            .read(&content, &Manner::default())
            .await
            .outcome
            .ok()?;
        let mut rows = self.pass.rows.clone();
        rows.remove(row);
        Some(pass.rows == rows)
    }

    /// What stands behind the rows, for so many rows more.
    fn counted(&self, more: i64) -> Vec<u8> {
        let tail = self.tail().to_vec();
        let (Some(declared), Ok(text)) =
            (self.pass.summary.declared_rows, std::str::from_utf8(&tail))
        else {
            return tail;
        };
        let other = declared.saturating_add_signed(more).to_string();
        text.replacen(&declared.to_string(), &other, 1).into_bytes()
    }
}

/// Where each line begins.
fn line_starts(bytes: &[u8]) -> Vec<usize> {
    let breaks = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    let starts = std::iter::once(0).chain(breaks.map(|(at, _)| at + 1));
    starts.filter(|start| *start < bytes.len()).collect()
}

/// Where the last row or rejected row ends. Where all others have one line, it has one, too; where
/// each of them ends with its first empty line, so does it.
fn end_of_last(bytes: &[u8], lines: &[usize], borders: &[usize]) -> usize {
    let place = |border: &usize| lines.partition_point(|start| start < border);
    let places: Vec<usize> = borders.iter().map(place).collect();
    let Some(last) = places.last() else {
        return bytes.len();
    };
    let begin = |line: usize| lines.get(line).copied().unwrap_or(bytes.len());
    let is_empty = |line: usize| bytes[begin(line)..begin(line + 1)].trim_ascii().is_empty();
    let end = |line: usize| (line..lines.len()).find(|line| is_empty(*line));
    let (mut single, mut parted) = (true, true);
    for two in places.windows(2) {
        single &= two[1] - two[0] == 1;
        parted &= end(two[0]).is_some_and(|empty| empty + 1 == two[1]);
    }
    match end(*last) {
        _ if single => begin(last + 1),
        Some(empty) if parted => begin(empty + 1),
        _ => bytes.len(),
    }
}

#[cfg(test)]
mod tests {
    use provisor_sandbox::{Column, Shape, Summary};

    use super::*;

    fn layout(text: &str, positions: &[u64], declared: Option<u64>) -> Layout {
        let pass = Pass {
            shape: Shape {
                columns: vec![Column {
                    name: "id".to_owned(),
                    multi_valued: false,
                }],
                identifier: "id".to_owned(),
                absent: Vec::new(),
            },
            rows: positions
                .iter()
                .map(|it| vec![vec![it.to_string()]])
                .collect(),
            positions: positions.to_vec(),
            rejected: Vec::new(),
            summary: Summary {
                rows: positions.len() as u64,
                rejected: 0,
                complete: true,
                declared_rows: declared,
                exported_at: None,
            },
        };
        Layout::new(text.as_bytes().to_vec(), pass).unwrap()
    }

    fn text(bytes: impl AsRef<[u8]>) -> String {
        String::from_utf8(bytes.as_ref().to_vec()).unwrap()
    }

    #[test]
    fn head_rows_and_tail_are_told_apart_and_a_count_is_kept_true() {
        let layout = layout("id\na\nb\nc\n3 rows\n", &[2, 3, 4], Some(3));
        assert_eq!(
            (text(layout.head()), text(layout.row(2))),
            ("id\n".into(), "c\n".into())
        );
        assert_eq!(text(layout.empty()), "id\n0 rows\n");
        assert_eq!(text(layout.replacing(1, b"", -1)), "id\na\nc\n2 rows\n");
        assert!(layout.repeated(10).is_none());
    }

    #[test]
    fn rows_that_empty_lines_part_leave_out_what_stands_behind_them() {
        let layout = layout("a\n1\n\nb\n\nend: 2\n", &[1, 4], Some(2));
        assert_eq!(
            (text(layout.row(1)), text(layout.tail())),
            ("b\n\n".into(), "end: 2\n".into())
        );
        assert_eq!(text(layout.empty()), "end: 0\n");
    }

    #[test]
    fn rows_of_several_lines_reach_to_the_next_one() {
        let layout = layout("a\n1\n\nb\n2", &[1, 4], None);
        assert_eq!(
            (text(layout.row(0)), text(layout.row(1))),
            ("a\n1\n\n".into(), "b\n2".into())
        );
        assert_eq!(
            layout
                .repeated(3)
                .map(|(content, rows)| (content.size(), rows)),
            Some((18, 4))
        );
    }
}
