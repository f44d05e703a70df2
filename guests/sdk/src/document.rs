//! Descriptions of tickets, written as the systems take them.

use crate::{Block, Grid, Span};

/// What stands at the end of a description that had to be cut.
pub const CUT: &str = "(Cut here: the system takes no more. The whole text is in Provisor.)";

/// A paragraph of plain text.
pub fn paragraph(text: impl Into<String>) -> Block {
    Block::Paragraph(vec![span(text)])
}

/// Plain text.
pub fn span(text: impl Into<String>) -> Span {
    Span {
        text: text.into(),
        strong: false,
        link: None,
    }
}

/// Writes a description with `write` so that `fits` says yes, leaving out as little as possible
/// from its end: rows of the last table and things of the last list first, then whole parts. The
/// same description is always cut at the same place. [`CUT`] then says so.
pub fn fit<T>(blocks: &[Block], write: impl Fn(&[Block]) -> T, fits: impl Fn(&T) -> bool) -> T {
    let whole = write(blocks);
    if fits(&whole) {
        return whole;
    }
    let units: usize = blocks.iter().map(units).sum();
    // The most that fits is found by halving: what is written grows with what is kept.
    let (mut fitting, mut too_long) = (0, units);
    let mut best = write(&keep(blocks, 0));
    while too_long - fitting > 1 {
        let middle = fitting + (too_long - fitting) / 2;
        let written = write(&keep(blocks, middle));
        if fits(&written) {
            fitting = middle;
            best = written;
        } else {
            too_long = middle;
        }
    }
    best
}

/// The parts of a block that can be left out one by one.
fn units(block: &Block) -> usize {
    match block {
        Block::Heading(_) | Block::Paragraph(_) => 1,
        Block::Bullets(items) | Block::Steps(items) => items.len().max(1),
        Block::Table(grid) => grid.rows.len().max(1),
    }
}

fn keep(blocks: &[Block], mut most: usize) -> Vec<Block> {
    let mut kept = Vec::new();
    for block in blocks {
        if most == 0 {
            break;
        }
        let take = units(block).min(most);
        most -= take;
        kept.push(match block {
            Block::Bullets(items) => Block::Bullets(items.iter().take(take).cloned().collect()),
            Block::Steps(items) => Block::Steps(items.iter().take(take).cloned().collect()),
            Block::Table(grid) => Block::Table(Grid {
                head: grid.head.clone(),
                rows: grid.rows.iter().take(take).cloned().collect(),
            }),
            Block::Heading(_) | Block::Paragraph(_) => block.clone(),
        });
    }
    // A heading with nothing under it says nothing.
    while matches!(kept.last(), Some(Block::Heading(_))) {
        kept.pop();
    }
    kept.push(paragraph(CUT));
    kept
}

/// Cuts a text to at most `most` characters, with `…` where it was cut.
pub fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut kept: String = text.chars().take(most.saturating_sub(1)).collect();
    kept.truncate(kept.trim_end().len());
    if most > 0 {
        kept.push('…');
    }
    kept
}

/// One line: what breaks lines or is invisible becomes a space.
pub fn one_line(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|one| {
            if one.is_control() || matches!(one, '\u{2028}' | '\u{2029}') {
                ' '
            } else {
                one
            }
        })
        .collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Plain text with aligned columns. No line is broken.
pub fn plain(blocks: &[Block]) -> String {
    plain_lines(blocks).join("\n")
}

/// The lines of [`plain`].
pub fn plain_lines(blocks: &[Block]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for block in blocks {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        match block {
            Block::Heading(text) => lines.push(one_line(text).to_uppercase()),
            Block::Paragraph(spans) => lines.extend(spans_plain(spans).lines().map(clean)),
            Block::Bullets(items) => {
                lines.extend(
                    items
                        .iter()
                        .map(|item| format!("* {}", one_line(&spans_plain(item)))),
                );
            }
            Block::Steps(items) => lines.extend(
                items
                    .iter()
                    .enumerate()
                    .map(|(at, item)| format!("{}. {}", at + 1, one_line(&spans_plain(item)))),
            ),
            Block::Table(grid) => lines.extend(aligned(grid)),
        }
    }
    lines
}

/// A line without what a terminal or an editor would obey.
fn clean(line: &str) -> String {
    line.chars().filter(|one| !one.is_control()).collect()
}

fn spans_plain(spans: &[Span]) -> String {
    spans
        .iter()
        .map(|span| match &span.link {
            Some(link) if *link != span.text => format!("{} ({link})", span.text),
            _ => span.text.clone(),
        })
        .collect()
}

fn aligned(grid: &Grid) -> Vec<String> {
    let cells: Vec<Vec<String>> = std::iter::once(&grid.head)
        .chain(&grid.rows)
        .map(|row| row.iter().map(|cell| one_line(cell)).collect())
        .collect();
    let width = |column: usize| {
        cells
            .iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..grid.head.len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let padded: Vec<String> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        padded.join("  ").trim_end().to_owned()
    };
    let mut lines: Vec<String> = cells.iter().map(line).collect();
    if !lines.is_empty() {
        let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
        lines.insert(1, rule.join("  "));
    }
    lines
}

/// HTML of the plainest kind: headings, paragraphs, lists and tables.
pub fn html(blocks: &[Block]) -> String {
    let mut out = String::new();
    for block in blocks {
        match block {
            Block::Heading(text) => out.push_str(&format!("<h3>{}</h3>\n", escape(text))),
            Block::Paragraph(spans) => {
                out.push_str(&format!(
                    "<p>{}</p>\n",
                    spans_html(spans).replace('\n', "<br>")
                ));
            }
            Block::Bullets(items) => out.push_str(&list_html("ul", items)),
            Block::Steps(items) => out.push_str(&list_html("ol", items)),
            Block::Table(grid) => {
                out.push_str("<table border=\"1\" cellpadding=\"4\">\n");
                out.push_str(&row_html("th", &grid.head));
                for row in &grid.rows {
                    out.push_str(&row_html("td", row));
                }
                out.push_str("</table>\n");
            }
        }
    }
    out
}

fn list_html(tag: &str, items: &[Vec<Span>]) -> String {
    let items: String = items
        .iter()
        .map(|item| format!("<li>{}</li>\n", spans_html(item)))
        .collect();
    format!("<{tag}>\n{items}</{tag}>\n")
}

fn row_html(tag: &str, cells: &[String]) -> String {
    let cells: String = cells
        .iter()
        .map(|cell| format!("<{tag}>{}</{tag}>", escape(cell)))
        .collect();
    format!("<tr>{cells}</tr>\n")
}

fn spans_html(spans: &[Span]) -> String {
    spans
        .iter()
        .map(|span| {
            let mut text = escape(&span.text);
            if span.strong {
                text = format!("<strong>{text}</strong>");
            }
            match span.link.as_deref().filter(|link| is_web(link)) {
                Some(link) => format!("<a href=\"{}\">{text}</a>", escape(link)),
                None => text,
            }
        })
        .collect()
}

/// Whether a link leads to the web, and not, say, to a script.
pub fn is_web(link: &str) -> bool {
    ["https://", "http://"]
        .iter()
        .any(|scheme| link.to_ascii_lowercase().starts_with(scheme))
}

/// A text that HTML takes for nothing but text.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for one in text.chars() {
        match one {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            one if one.is_control() && one != '\n' => {}
            one => out.push(one),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: usize) -> Vec<Block> {
        vec![
            Block::Heading("Changes".to_owned()),
            Block::Table(Grid {
                head: vec!["Attribute".to_owned(), "Wanted".to_owned()],
                rows: (0..rows)
                    .map(|row| vec![format!("attribute {row}"), "x".to_owned()])
                    .collect(),
            }),
        ]
    }

    #[test]
    fn columns_are_aligned_and_cells_stay_on_their_line() {
        let mut blocks = table(1);
        if let Block::Table(grid) = &mut blocks[1] {
            grid.rows[0][1] = "a\nb".to_owned();
        }
        assert_eq!(
            plain(&blocks),
            "CHANGES\n\nAttribute    Wanted\n-----------  ------\nattribute 0  a b"
        );
    }

    #[test]
    fn as_little_as_possible_is_cut_and_the_text_says_so() {
        let blocks = table(100);
        let whole = plain(&blocks).chars().count();
        for most in [200, 400, 1_000, whole - 1] {
            let text = fit(&blocks, plain, |text: &String| text.chars().count() <= most);
            assert!(text.chars().count() <= most);
            assert!(text.ends_with(CUT));
            // One more row would not have fitted.
            assert!(text.chars().count() + 25 > most, "{} of {most}", text.len());
        }
        assert_eq!(
            fit(&blocks, plain, |text: &String| text.len() <= whole),
            plain(&blocks)
        );
    }

    #[test]
    fn markup_in_values_is_only_text() {
        let blocks = [Block::Paragraph(vec![Span {
            text: "<script>alert('x')</script> & \"more\"".to_owned(),
            strong: true,
            link: Some("javascript:alert(1)".to_owned()),
        }])];
        assert_eq!(
            html(&blocks),
            "<p><strong>&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;more&quot;</strong></p>\n"
        );
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(cut("short", 5), "short");
        assert_eq!(cut("čaučaučau", 4), "čau…");
    }
}
