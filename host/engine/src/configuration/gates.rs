//! What makes an export too surprising to be believed at once.

use std::time::Duration;

use provisor_model::{GateAction, Gates, Share, ShareGate};

use super::section::{Entry, Section, quote};

const ACTIONS: [(&str, GateAction); 3] = [
    ("warn", GateAction::Warn),
    ("hold", GateAction::Hold),
    ("stop", GateAction::Stop),
];

const SHARE: &str = "a share such as \"20%\" or \"0.5%\"";
const HUNDREDTHS: u32 = 10_000;
const LARGEST_SHARE: u32 = 1_000 * 100;
const MOST_ROWS: u32 = 1_000_000_000;
const LONGEST_TOLERANCE: Duration = Duration::from_secs(24 * 60 * 60);

/// The gates as the section says, the defaults where it says nothing.
pub(super) fn read(section: &Section<'_, '_>) -> Gates {
    let mut gates = Gates::default();
    let Some(section) = section.section("gates") else {
        return gates;
    };
    share(&section, "shrank", &mut gates.shrank, HUNDREDTHS);
    if let Some(gate) = section.section("zero-rows") {
        action(&gate, &mut gates.zero_rows);
        rows(&gate, &mut gates.zero_rows_from);
        gate.refuse_unknown();
    }
    share(&section, "grew", &mut gates.grew, LARGEST_SHARE);
    share(&section, "changed", &mut gates.changed, HUNDREDTHS);
    if let Some(gate) = section.section("column-vanished") {
        action(&gate, &mut gates.column_vanished);
        rows(&gate, &mut gates.column_vanished_from);
        gate.refuse_unknown();
    }
    share(&section, "rejected", &mut gates.rejected, HUNDREDTHS);
    plain(&section, "duplicates", &mut gates.duplicates);
    if let Some(gate) = section.section("future") {
        action(&gate, &mut gates.future);
        let tolerance = gate
            .entry("tolerance")
            .and_then(|entry| entry.duration(Duration::ZERO..=LONGEST_TOLERANCE));
        gates.future_tolerance = tolerance.unwrap_or(gates.future_tolerance);
        gate.refuse_unknown();
    }
    plain(&section, "row-count", &mut gates.row_count);
    section.refuse_unknown();
    gates
}

fn share(section: &Section<'_, '_>, key: &'static str, gate: &mut ShareGate, largest: u32) {
    let Some(section) = section.section(key) else {
        return;
    };
    action(&section, &mut gate.action);
    if let Some(above) = section
        .entry("above")
        .and_then(|entry| read_share(&entry, largest))
    {
        gate.above = above;
    }
    rows(&section, &mut gate.from_rows);
    section.refuse_unknown();
}

fn plain(section: &Section<'_, '_>, key: &'static str, gate: &mut GateAction) {
    if let Some(section) = section.section(key) {
        action(&section, gate);
        section.refuse_unknown();
    }
}

fn action(section: &Section<'_, '_>, action: &mut GateAction) {
    if let Some(found) = section
        .entry("action")
        .and_then(|entry| entry.choice(&ACTIONS))
    {
        *action = found;
    }
}

fn rows(section: &Section<'_, '_>, rows: &mut u64) {
    if let Some(found) = section
        .entry("from-rows")
        .and_then(|entry| entry.number(1..=MOST_ROWS))
    {
        *rows = found.into();
    }
}

fn read_share(entry: &Entry<'_, '_>, largest: u32) -> Option<Share> {
    let text = entry.text(SHARE)?;
    match hundredths(text) {
        Some(found) if found <= largest => Some(Share::of_hundredths(found)),
        Some(_) => {
            let largest = largest / 100;
            entry.mistake(format!("should be at most {largest}%, not {}", quote(text)));
            None
        }
        None => {
            entry.refuse(SHARE);
            None
        }
    }
}

/// A number of at most two decimal places before a percent sign, in hundredths.
fn hundredths(text: &str) -> Option<u32> {
    let number = text.trim().strip_suffix('%')?.trim_end();
    let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(part) || part.len() > 2 {
        return None;
    }
    let part: u32 = format!("{part:0<2}").parse().ok()?;
    whole
        .parse::<u32>()
        .ok()?
        .checked_mul(100)?
        .checked_add(part)
}

#[cfg(test)]
mod tests {
    use super::hundredths;

    #[test]
    fn a_share_is_a_number_with_a_percent_sign() {
        assert_eq!(hundredths("20%"), Some(2000));
        assert_eq!(hundredths("0.5 %"), Some(50));
        assert_eq!(hundredths("0.05%"), Some(5));
        for text in [
            "",
            "%",
            "20",
            ".5%",
            "5.%",
            "0.005%",
            "-1%",
            "1e3%",
            "99999999999%",
        ] {
            assert_eq!(hundredths(text), None, "{text}");
        }
    }
}
