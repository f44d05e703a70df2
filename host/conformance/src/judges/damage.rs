//! What holds of readers whose exports are cut, damaged or written by another program.

use provisor_sandbox::{CallErrorKind, FailureKind};

use crate::content::Content;
use crate::layout::Layout;
use crate::pass::{Broken, Manner, Pass};
use crate::trial::{Objection, Trial, broken};

/// Cuts of the last row that are tried.
const CUTS: usize = 300;

/// Rows that are damaged, one after the other.
const DAMAGED: usize = 8;

/// Values with quotes around them that something is put into.
const QUOTED: usize = 3;

async fn read(trial: &mut Trial, bytes: &[u8]) -> Result<Pass, Broken> {
    trial
        .read(&Content::new(bytes), &Manner::default())
        .await
        .outcome
}

/// Whether the component has judged the content, rather than broken down over it.
fn is_a_refusal(error: &Broken) -> bool {
    let refused = |kind| {
        matches!(
            kind,
            FailureKind::Malformed | FailureKind::Rejected | FailureKind::Configuration
        )
    };
    matches!(
        error,
        Broken::Call(error)
            if matches!(&error.kind, CallErrorKind::Failure(failure) if refused(failure.kind))
    )
}

/// The component may refuse the export; then it must say so.
fn refused(what: &str, error: &Broken) -> Result<(), Objection> {
    match is_a_refusal(error) {
        true => Ok(()),
        false => broken(format!("{what} it ends in {error}")),
    }
}

pub(crate) async fn cuts_are_noticed(trial: &mut Trial) -> Result<(), Objection> {
    let layout = Layout::tried(trial).await?;
    let last = layout.last();
    let end = last.start + layout.text(layout.row_count() - 1).len();
    let step = (end - last.start).div_ceil(CUTS).max(1);
    for cut in (last.start + 1..end).step_by(step) {
        let bytes = &layout.bytes()[..cut];
        match read(trial, bytes).await {
            Ok(pass) if pass.summary.complete => {
                let shown = String::from_utf8_lossy(&bytes[last.start..]).into_owned();
                return broken(format!(
                    "of the last row only {shown:?} is left, and the export is said to be complete"
                ));
            }
            Ok(_) => {}
            Err(error) => refused(&format!("cut off after {cut} bytes"), &error)?,
        }
    }
    Ok(())
}

pub(crate) async fn damaged_rows_are_counted(trial: &mut Trial) -> Result<(), Objection> {
    let layout = Layout::tried(trial).await?;
    let mut tried = 0;
    for row in 0..DAMAGED.min(layout.row_count() - 1) {
        let text = layout.text(row);
        let half = &text[..text.len().div_ceil(2)];
        // Half of what is quoted may be closed by what comes behind it.
        if half.iter().any(|byte| b"\"'".contains(byte)) {
            continue;
        }
        tried += 1;
        let more = [half, line_break(&layout), layout.row(row)].concat();
        counted(trial, &layout, row, &more, "half a row more").await?;
    }
    match tried {
        0 => Err(Objection::Inconclusive(
            "every row of the example begins with something quoted".to_owned(),
        )),
        _ => Ok(()),
    }
}

pub(crate) async fn double_rows_are_counted(trial: &mut Trial) -> Result<(), Objection> {
    let layout = Layout::tried(trial).await?;
    let more = [layout.row(0), layout.row(0)].concat();
    counted(trial, &layout, 0, &more, "its first row twice").await
}

/// What stands in the place of a row makes one row more.
async fn counted(
    trial: &mut Trial,
    layout: &Layout,
    row: usize,
    more: &[u8],
    what: &str,
) -> Result<(), Objection> {
    match read(trial, &layout.replacing(row, more, 1)).await {
        Ok(pass) if pass.met() == layout.pass.met() + 1 => Ok(()),
        Ok(pass) => broken(format!(
            "with {what} there are {} rows and {} rejected ones, where there were {} and {}",
            pass.summary.rows,
            pass.summary.rejected,
            layout.pass.summary.rows,
            layout.pass.summary.rejected
        )),
        Err(error) => refused(&format!("with {what}"), &error),
    }
}

pub(crate) async fn encodings_are_told_apart(trial: &mut Trial) -> Result<(), Objection> {
    let layout = Layout::tried(trial).await?;
    let Ok(text) = std::str::from_utf8(layout.bytes()) else {
        return Err(Objection::NotApplicable(
            "the example is not in UTF-8".to_owned(),
        ));
    };
    let marked = text.trim_start_matches('\u{feff}');
    match read(trial, format!("\u{feff}{marked}").as_bytes()).await {
        Ok(pass) if pass.shape == layout.pass.shape && pass.rows == layout.pass.rows => {}
        Ok(pass) => {
            let (one, other) = (&layout.pass, &pass);
            let what = super::reading::difference(one, other).unwrap_or_default();
            return broken(format!("with a byte-order mark {what}"));
        }
        Err(error) => refused("with a byte-order mark", &error)?,
    }
    let wide: Vec<u8> = marked.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (what, bytes) in [
        ("as UTF-16", wide.clone()),
        (
            "as UTF-16 with a byte-order mark",
            [&[0xff, 0xfe][..], &wide].concat(),
        ),
        (
            "with bytes in a row that are no UTF-8",
            broken_letters(&layout),
        ),
    ] {
        match read(trial, &bytes).await {
            Ok(pass) => {
                let values = pass.rows.iter().flatten().flatten();
                let mut names = pass.shape.columns.iter().map(|column| &column.name);
                let garbled = |value: &String| value.contains(['\0', '\u{fffd}', '\u{feff}']);
                if values.clone().any(garbled) || names.any(garbled) {
                    return broken(format!("{what} it gives values that nobody wrote"));
                }
            }
            Err(error) => refused(what, &error)?,
        }
    }
    Ok(())
}

/// The example with bytes in a value of its first row that are no UTF-8.
fn broken_letters(layout: &Layout) -> Vec<u8> {
    let row = layout.row(0);
    let values = layout.pass.rows[0]
        .iter()
        .flatten()
        .filter(|value| value.len() > 1);
    let place = values.filter_map(|value| find(row, value.as_bytes())).max();
    let place = place.unwrap_or(0) + 1;
    let bytes = [&row[..place], &[0xc3, 0x28, 0xff], &row[place..]].concat();
    layout.replacing(0, &bytes, 0)
}

pub(crate) async fn line_breaks_and_quotes_are_read(trial: &mut Trial) -> Result<(), Objection> {
    let layout = Layout::tried(trial).await?;
    let bytes = layout.bytes();
    let other = match find(bytes, b"\r\n") {
        Some(_) => replace(bytes, b"\r\n", b"\n"),
        None => replace(bytes, b"\n", b"\r\n"),
    };
    let plain = |pass: &Pass| -> Vec<Vec<Vec<String>>> {
        let mut rows = pass.rows.clone();
        let values = rows.iter_mut().flatten().flatten();
        values.for_each(|value| *value = value.replace("\r\n", "\n"));
        rows
    };
    match read(trial, &other).await {
        Ok(pass) if plain(&pass) == plain(&layout.pass) => {}
        Ok(pass) => {
            let what = super::reading::difference(&layout.pass, &pass).unwrap_or_default();
            return broken(format!("with the other kind of line breaks {what}"));
        }
        Err(error) => refused("with the other kind of line breaks", &error)?,
    }
    match read(trial, bytes.trim_ascii_end()).await {
        Ok(pass) if pass.rows == layout.pass.rows => {}
        Ok(pass) => {
            let (rows, all) = (pass.rows.len(), layout.pass.rows.len());
            return broken(format!(
                "without the last line break there are {rows} of {all} rows, or others"
            ));
        }
        Err(error) => refused("without the last line break", &error)?,
    }
    quotes_are_read(trial, &layout).await
}

/// Where a value of the example stands in quotes, so can any other.
async fn quotes_are_read(trial: &mut Trial, layout: &Layout) -> Result<(), Objection> {
    let mut tried = 0;
    for row in 0..layout.row_count() {
        for (column, values) in layout.pass.rows[row].iter().enumerate() {
            let [value] = &values[..] else { continue };
            let quoted = format!("\"{value}\"");
            let Some(place) = find(layout.row(row), quoted.as_bytes()).filter(|_| value.len() > 1)
            else {
                continue;
            };
            for (written, meant) in [
                ("\"\"", "\""),
                ("\n", "\n"),
                ("\r\n", "\r\n"),
                (",;|\t", ",;|\t"),
            ] {
                let bytes = layout.row(row);
                let at = place + quoted.len() - 1;
                let edited = [&bytes[..at], written.as_bytes(), &bytes[at..]].concat();
                let content = layout.replacing(row, &edited, 0);
                let wanted = format!("{value}{meant}");
                match read(trial, &content).await {
                    Ok(pass) => {
                        let mut rows = layout.pass.rows.clone();
                        rows[row][column] = vec![wanted.clone()];
                        let rejected = pass.summary.rejected > layout.pass.summary.rejected;
                        if pass.rows != rows && !rejected {
                            return broken(format!(
                                "the quoted value {wanted:?} is read as another one"
                            ));
                        }
                    }
                    Err(error) => refused(&format!("with the quoted value {wanted:?}"), &error)?,
                }
            }
            tried += 1;
            if tried == QUOTED {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// The line break that the example is written with.
fn line_break(layout: &Layout) -> &'static [u8] {
    match find(layout.bytes(), b"\r\n") {
        Some(_) => b"\r\n",
        None => b"\n",
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len().max(1))
        .position(|window| window == wanted)
}

fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut replaced = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = find(rest, from) {
        replaced.extend_from_slice(&rest[..at]);
        replaced.extend_from_slice(to);
        rest = &rest[at + from.len()..];
    }
    replaced.extend_from_slice(rest);
    replaced
}
