//! What the offenders share: how a flaw gets into them, and what can be wrong in any world.
//!
//! Each example of this package is a component that behaves well. In its data stands a place for the
//! name of a flaw, which begins with [`MARK`]; whoever overwrites it in the bytes of the component
//! has another component, with one flaw and a digest of its own. The same goes for what it says of
//! itself, which stands in its bytes twice: once in its section and once for `describe`.

use std::hint::black_box;

use serde_json::Value;

/// What the place for the flaw begins with.
pub const MARK: &str = "flaw=";

/// Bytes of the place for the flaw.
pub const PLACE: usize = 64;

/// Bytes of the place for what a component says of itself, which is filled up with spaces.
pub const ABOUT: usize = 2048;

/// A place without flaw.
pub const fn no_flaw() -> [u8; PLACE] {
    filled(MARK)
}

/// A text in a place of so many bytes, filled up with spaces.
///
/// # Panics
/// When it does not fit, while the component is built.
pub const fn filled<const LENGTH: usize>(text: &str) -> [u8; LENGTH] {
    let text = text.as_bytes();
    let mut place = [b' '; LENGTH];
    let mut at = 0;
    while at < text.len() {
        place[at] = text[at];
        at += 1;
    }
    place
}

/// The flaw in this place; empty when there is none. The compiler must not know what stands there.
pub fn flaw(place: &'static [u8; PLACE]) -> &'static str {
    let text = std::str::from_utf8(black_box(place)).unwrap_or_default();
    text.trim().strip_prefix(MARK).unwrap_or_default()
}

/// What a component says of itself. Each world has a record of its own for it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Description {
    /// What it is called.
    pub name: String,
    /// Which one of that name.
    pub version: String,
    /// One sentence.
    pub summary: String,
    /// What it can do beyond what its world asks for.
    pub capabilities: Vec<String>,
    /// The JSON Schema of its settings, as text.
    pub settings_schema: String,
    /// What it wants to reach.
    pub origins: Vec<String>,
}

/// What stands in this place, read. What is missing or of another type is empty, and the schema of
/// the settings `null`: an offender says whatever was written into it.
pub fn description(place: &'static [u8; ABOUT]) -> Description {
    let text = std::str::from_utf8(black_box(place)).unwrap_or_default();
    let described: Value = serde_json::from_str(text.trim()).unwrap_or_default();
    let told = |name: &str| described[name].as_str().unwrap_or_default().to_owned();
    let listed = |name: &str| {
        let list = described[name].as_array().into_iter().flatten();
        list.filter_map(|text| text.as_str().map(str::to_owned))
            .collect()
    };
    Description {
        name: told("name"),
        version: told("version"),
        summary: told("summary"),
        capabilities: listed("capabilities"),
        settings_schema: described["settings-schema"].to_string(),
        origins: listed("origins"),
    }
}

/// The values of each cell of each row of a page.
pub fn unpack(
    columns: usize,
    text: &str,
    value_ends: &[u32],
    cell_ends: &[u32],
) -> Vec<Vec<Vec<String>>> {
    let starts = std::iter::once(0).chain(value_ends.iter().copied());
    let values: Vec<String> = starts
        .zip(value_ends)
        .map(|(start, &end)| {
            text.get(start as usize..end as usize)
                .unwrap_or_default()
                .to_owned()
        })
        .collect();
    let starts = std::iter::once(0).chain(cell_ends.iter().copied());
    let cells: Vec<Vec<String>> = starts
        .zip(cell_ends)
        .map(|(start, &end)| {
            values
                .get(start as usize..end as usize)
                .unwrap_or_default()
                .to_vec()
        })
        .collect();
    cells.chunks(columns.max(1)).map(<[_]>::to_vec).collect()
}

/// The text, the ends of the values and the ends of the cells of these rows.
pub fn pack(rows: &[Vec<Vec<String>>]) -> (String, Vec<u32>, Vec<u32>) {
    let mut page = (String::new(), Vec::new(), Vec::new());
    let (text, value_ends, cell_ends) = &mut page;
    for cell in rows.iter().flatten() {
        for value in cell {
            text.push_str(value);
            value_ends.push(text.len() as u32);
        }
        cell_ends.push(value_ends.len() as u32);
    }
    page
}

/// What hostile input has and other input has not.
const HOSTILE: char = '\u{200b}';

/// Bytes of a value that is huge.
const HUGE: usize = 100_000;

/// Misbehaves on hostile or huge input if that is the flaw. A flaw that floods the log is told in
/// what comes back: lines to write until the host has enough.
pub fn misbehave<'t>(flaw: &str, texts: impl Iterator<Item = &'t str>) -> bool {
    for text in texts {
        match flaw {
            "G13" if text.len() >= HUGE => panic!("the value is huge"),
            _ if !text.contains(HOSTILE) => {}
            "G8" => burn(u64::MAX),
            "G9" => {
                let mut hoard: Vec<Vec<u8>> = Vec::new();
                loop {
                    hoard.push(black_box(vec![1; 1024 * 1024]));
                }
            }
            "G10" => {
                black_box(deep(black_box(u64::MAX)));
            }
            "G11" => return true,
            "G12" => panic!("a sign that nobody sees"),
            _ => {}
        }
    }
    false
}

/// Recurses with variables that have addresses: compilers keep those on a stack in memory.
fn deep(level: u64) -> u64 {
    let room = black_box([level; 64]);
    if level == 0 {
        0
    } else {
        deep(level - 1).wrapping_add(room[(level % 64) as usize])
    }
}

/// Keeps a processor busy for so many rounds.
pub fn burn(rounds: u64) {
    let mut number = 0_u64;
    for _ in 0..rounds {
        number = black_box(number.wrapping_mul(31).wrapping_add(7));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_is_unpacked_again() {
        let rows = vec![
            vec![vec!["a".to_owned()], vec![]],
            vec![vec![], vec!["b".to_owned(), String::new()]],
        ];
        let (text, value_ends, cell_ends) = pack(&rows);
        assert_eq!(unpack(2, &text, &value_ends, &cell_ends), rows);
    }

    #[test]
    fn a_place_holds_a_description() {
        static WHOLE: [u8; ABOUT] = filled(
            r#"{"name":"a","version":"1.0.0","summary":"Does.","capabilities":["b","c"],"settings-schema":{},"origins":["d"]}"#,
        );
        static BROKEN: [u8; ABOUT] = filled(r#"{"name":"#);
        let text = str::to_owned;
        let whole = Description {
            name: text("a"),
            version: text("1.0.0"),
            summary: text("Does."),
            capabilities: vec![text("b"), text("c")],
            settings_schema: text("{}"),
            origins: vec![text("d")],
        };
        assert_eq!(description(&WHOLE), whole);
        let settings_schema = text("null");
        assert_eq!(
            description(&BROKEN),
            Description {
                settings_schema,
                ..Description::default()
            }
        );
    }

    #[test]
    fn a_place_holds_a_flaw() {
        static NONE: [u8; PLACE] = no_flaw();
        static ONE: [u8; PLACE] = filled("flaw=M68");
        assert_eq!(flaw(&NONE), "");
        assert_eq!(flaw(&ONE), "M68");
    }
}
