//! A page is accepted exactly if every value and every cell in it can be read.

use provisor::sandbox::Page;

/// Panics where the promise does not hold.
pub fn hold(bytes: &[u8]) {
    let Some(parts) = parts(bytes) else { return };
    let (text, values, cells, columns) = parts;
    let good = is_good(&text, &values, &cells, columns);
    let page = Page::check(text.clone(), values.clone(), cells.clone(), columns);
    assert_eq!(page.is_ok(), good, "{page:?}");
    let Ok(page) = page else { return };
    let (mut read, mut count, mut rows) = (String::new(), 0, 0);
    for row in page.rows(columns) {
        rows += 1;
        let mut width = 0;
        for cell in row.cells() {
            width += 1;
            for value in cell.values() {
                read.push_str(value);
                count += 1;
            }
        }
        assert_eq!(width, columns);
    }
    assert_eq!(
        (read, count, rows),
        (text, values.len(), page.row_count(columns))
    );
}

/// How many columns, values and cells; then where each ends; the rest is the text.
fn parts(bytes: &[u8]) -> Option<(String, Vec<u32>, Vec<u32>, usize)> {
    let (head, rest) = bytes.split_at_checked(3)?;
    let (values, rest) = rest.split_at_checked(head[1].into())?;
    let (cells, text) = rest.split_at_checked(head[2].into())?;
    // Short numbers come near the borders; the last of them is far away.
    let number = |byte: &u8| match byte {
        255 => u32::MAX,
        near => u32::from(*near),
    };
    Some((
        String::from_utf8_lossy(text).into_owned(),
        values.iter().map(number).collect(),
        cells.iter().map(number).collect(),
        usize::from(head[0] % 5),
    ))
}

/// The rules of `wit/types.wit`, one after the other.
fn is_good(text: &str, values: &[u32], cells: &[u32], columns: usize) -> bool {
    let rises = |ends: &[u32], to: usize| {
        ends.is_sorted() && ends.last().map_or(to == 0, |last| *last as usize == to)
    };
    let whole = match columns {
        0 => cells.is_empty(),
        columns => cells.len().is_multiple_of(columns),
    };
    rises(values, text.len())
        && values
            .iter()
            .all(|end| text.is_char_boundary(*end as usize))
        && rises(cells, values.len())
        && whole
}
