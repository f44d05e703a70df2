//! How tables are laid out, so that they fit into the terminal without cutting words in two.

use comfy_table::{
    Attribute, Cell, Color, ColumnConstraint, ContentArrangement, Table, Width, presets,
};

use crate::output::Tone;

/// Spaces around the content of a cell.
const PADDING: u16 = 2;

/// How far the remarks below a row are indented.
const INDENT: u16 = 4;

/// A table, or a part of what is known of each of many things.
#[derive(Debug, Default)]
pub struct Rows<'a> {
    /// What stands above each column.
    pub headings: &'a [&'a str],
    /// A row has a cell for each heading. Cells may be painted with [`Tone::paint`].
    pub cells: Vec<Vec<String>>,
    /// A sentence for each row with the heading above them. They are the last column where there
    /// is room for it, and stand below their rows where there is not. The first column of a table
    /// with remarks has one word in each row.
    pub remarks: Option<(&'a str, Vec<String>)>,
}

/// The lines of a table, at most `width` columns wide unless words are longer than that; `None`
/// is as wide as the content.
pub fn lines(rows: &Rows<'_>, width: Option<u16>, color: bool) -> Vec<String> {
    let Some((heading, remarks)) = &rows.remarks else {
        return laid_out(rows.headings, &rows.cells, width, color);
    };
    let headings: Vec<&str> = rows.headings.iter().copied().chain([*heading]).collect();
    let whole: Vec<Vec<String>> = rows
        .cells
        .iter()
        .zip(remarks)
        .map(|(cells, remark)| cells.iter().chain([remark]).cloned().collect())
        .collect();
    let fits = width.is_none_or(|width| natural_width(&headings, &whole) <= width);
    if fits {
        return laid_out(&headings, &whole, width, color);
    }
    let mut lines = Vec::new();
    let mut remarks = remarks.iter();
    // The heading is followed by no remark, so a remark is due whenever another row begins.
    let mut due: Option<&String> = None;
    for (index, line) in laid_out(rows.headings, &rows.cells, width, color)
        .into_iter()
        .enumerate()
    {
        if index > 0 && !line.starts_with("  ") {
            lines.extend(below(due, width));
            due = remarks.next();
        }
        lines.push(line);
    }
    lines.extend(below(due, width));
    lines
}

/// How wide the terminal is, if there is one.
pub fn terminal_width() -> Option<u16> {
    Table::new().width()
}

/// The lines of a sentence that is indented by so many spaces.
pub fn sentence(text: &str, indent: u16, width: Option<u16>) -> Vec<String> {
    let mut table = bare(width);
    table.add_row([text]);
    if let Some(column) = table.column_mut(0) {
        column.set_padding((indent, 0));
    }
    trimmed(&table)
}

fn below(remark: Option<&String>, width: Option<u16>) -> Vec<String> {
    match remark {
        Some(remark) if !remark.is_empty() => sentence(remark, INDENT, width),
        _ => Vec::new(),
    }
}

fn natural_width(headings: &[&str], rows: &[Vec<String>]) -> u16 {
    let table = filled(headings, rows, None, false);
    table
        .column_max_content_widths()
        .iter()
        .map(|width| width.saturating_add(PADDING))
        .fold(0, u16::saturating_add)
}

fn laid_out(
    headings: &[&str],
    rows: &[Vec<String>],
    width: Option<u16>,
    color: bool,
) -> Vec<String> {
    trimmed(&filled(headings, rows, width, color))
}

fn filled(headings: &[&str], rows: &[Vec<String>], width: Option<u16>, color: bool) -> Table {
    let mut table = bare(width);
    if color {
        table.enforce_styling();
        table.style_text_only();
    }
    table.set_header(headings.iter().map(|heading| {
        let heading = Cell::new(heading.to_uppercase());
        match color {
            true => heading.add_attribute(Attribute::Dim),
            // A terminal alone is no reason for colours.
            false => heading,
        }
    }));
    for row in rows {
        table.add_row(row.iter().map(|text| cell(text)));
    }
    let longest: Vec<u16> = (0..headings.len())
        .map(|index| {
            let heading = headings.get(index).copied().unwrap_or_default();
            let cells = rows.iter().filter_map(|row| row.get(index));
            longest_word(cells.map(String::as_str).chain([heading]))
        })
        .collect();
    for (column, longest) in table.column_iter_mut().zip(longest) {
        let width = Width::Fixed(longest.saturating_add(PADDING));
        column.set_constraint(ColumnConstraint::LowerBoundary(width));
    }
    table
}

/// The width of the longest word of a column.
fn longest_word<'a>(texts: impl Iterator<Item = &'a str>) -> u16 {
    let mut words = Table::new();
    for text in texts {
        let (text, _) = Tone::peel(text);
        words.add_rows(text.split_whitespace().map(|word| [word]));
    }
    words
        .column_max_content_widths()
        .first()
        .copied()
        .unwrap_or_default()
}

fn bare(width: Option<u16>) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    match width {
        Some(width) => {
            table.set_content_arrangement(ContentArrangement::Dynamic);
            table.set_width(width);
        }
        None => {
            table.set_content_arrangement(ContentArrangement::Disabled);
        }
    }
    table
}

/// A cell whose colour does not count as a part of its width.
fn cell(text: &str) -> Cell {
    let (text, tone) = Tone::peel(text);
    let cell = Cell::new(text);
    match tone {
        None => cell,
        Some(Tone::Strong) => cell.add_attribute(Attribute::Bold),
        Some(Tone::Faint) => cell.add_attribute(Attribute::Dim),
        Some(Tone::Good) => cell.fg(Color::DarkGreen),
        Some(Tone::Warning) => cell.fg(Color::DarkYellow),
        Some(Tone::Bad) => cell.fg(Color::DarkRed),
    }
}

fn trimmed(table: &Table) -> Vec<String> {
    table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operations() -> Rows<'static> {
        let row = |cells: [&str; 5]| cells.map(str::to_owned).to_vec();
        Rows {
            headings: &["operation", "account", "state", "under way", "requested"],
            cells: vec![
                row([
                    "op-5",
                    "tpham",
                    "waiting (held)",
                    "-",
                    "2026-03-02T08:00:00Z",
                ]),
                row(["op-4", "šimková", "open", "1", "2026-03-02T08:00:00Z"]),
            ],
            remarks: Some((
                "remark",
                vec![
                    "an auditor's account is opened only after the head of audit has agreed"
                        .to_owned(),
                    String::new(),
                ],
            )),
        }
    }

    #[test]
    fn where_there_is_room_a_row_is_one_line() {
        for width in [None, Some(200)] {
            let lines = lines(&operations(), width, false);
            assert_eq!(lines.len(), 3, "{lines:#?}");
            assert!(lines[1].ends_with("has agreed"), "{lines:#?}");
        }
    }

    #[test]
    fn remarks_without_room_stand_below_their_row() {
        assert_eq!(
            lines(&operations(), Some(60), false).join("\n"),
            " OPERATION  ACCOUNT  STATE    UNDER    REQUESTED
                              WAY
 op-5       tpham    waiting  -        2026-03-02T08:00:00Z
                     (held)
    an auditor's account is opened only after the head of
    audit has agreed
 op-4       šimková  open     1        2026-03-02T08:00:00Z"
        );
    }

    #[test]
    fn remarks_that_nobody_made_take_no_room() {
        let mut rows = operations();
        rows.cells.remove(0);
        rows.remarks = Some(("remark", vec![String::new()]));
        let lines = lines(&rows, Some(65), false);
        assert_eq!(lines.len(), 2, "{lines:#?}");
        assert!(lines[0].ends_with("REQUESTED"), "{lines:#?}");
    }

    #[test]
    fn no_word_is_cut_in_two_before_even_the_longest_do_not_fit() {
        let words = |lines: &[String]| {
            let mut words: Vec<String> = lines
                .iter()
                .flat_map(|line| line.split_whitespace())
                .filter(|word| *word != "REMARK")
                .map(str::to_owned)
                .collect();
            words.sort_unstable();
            words
        };
        let natural = words(&lines(&operations(), None, false));
        for width in 58..120 {
            let narrow = lines(&operations(), Some(width), false);
            assert_eq!(words(&narrow), natural, "{width}");
            for line in &narrow {
                assert!(
                    line.chars().count() <= usize::from(width),
                    "{width}: {line}"
                );
            }
        }
        for width in 0..58 {
            assert!(!lines(&operations(), Some(width), false).is_empty());
        }
    }

    #[test]
    fn sentences_keep_their_indent() {
        let text = "line 60: the day is none";
        assert_eq!(sentence(text, 2, None), ["  line 60: the day is none"]);
        assert_eq!(
            sentence(text, 2, Some(16)),
            ["  line 60: the", "  day is none"]
        );
    }

    #[test]
    fn colours_take_no_room() {
        let mut rows = operations();
        rows.cells[0][2] = Tone::Warning.paint("waiting (held)");
        let plain = lines(&operations(), Some(60), false).join("\n");
        let painted = lines(&rows, Some(60), true).join("\n");
        assert!(painted.contains('\u{1b}'));
        let mut seen = String::new();
        let mut rest = painted.as_str();
        while let Some((before, after)) = rest.split_once('\u{1b}') {
            seen.push_str(before);
            rest = after.split_once('m').map_or("", |(_, rest)| rest);
        }
        seen.push_str(rest);
        let seen: Vec<&str> = seen.lines().map(str::trim_end).collect();
        assert_eq!(seen.join("\n"), plain);
    }
}
