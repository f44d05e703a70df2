//! What nobody expects in an input: texts, bytes and sizes that break components.

use provisor_sandbox::{Block, Limits, Span, World};

use crate::bench::Bench;
use crate::chance::Chance;
use crate::subject::Sheet;
use crate::trial::Objection;
use crate::work::{Conditions, Done, Work};

/// Processor time of one piece of hostile work. Input of this size takes milliseconds, in slow
/// languages too.
pub(crate) const CPU_TIME: std::time::Duration = std::time::Duration::from_secs(1);

/// Pieces of work beyond one for each text: each has a text by chance at a place by chance.
const BY_CHANCE: usize = 60;

/// Breakdowns after which no more is tried: they cost time, and three show what there is to see.
const BREAKDOWNS: usize = 3;

/// How deep brackets are nested in a hostile text.
const DEEP: usize = 10_000;

/// Bytes of a huge value: as much as a value may have, and a little more fits beside it.
pub(crate) const HUGE: usize = 1_000_000;

/// Values of a huge cell.
pub(crate) const MANY: usize = 10_000;

/// Hostile work and what came of it.
pub(crate) struct Stress {
    /// In the order in which it was done.
    pub works: Vec<(Work, Done)>,
    /// What has come between.
    disturbance: Option<Objection>,
}

/// Texts that are hard to treat as text.
pub(crate) fn texts() -> Vec<String> {
    let mut texts: Vec<String> = [
        // One letter in two ways, and letters that change their length with their case.
        "Zo\u{e9}",
        "Zoe\u{301}",
        "\u{130}stanbul",
        "stra\u{df}e",
        "\u{fb01}lip",
        "\u{212b}ngstr\u{f6}m",
        // From right to left, and marks that turn the direction.
        "\u{5e9}\u{5dc}\u{5d5}\u{5dd}",
        "abc\u{202e}def",
        "\u{2067}abc\u{2069}",
        // Beyond the first plane, one sign of several characters, none of which is seen.
        "\u{1d49c}lice",
        "\u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f467}",
        "\u{1f1f8}\u{1f1f0}",
        "zero\u{200b}width",
        "\u{feff}mark",
        "soft\u{ad}hyphen",
        "\u{a0}space\u{2003}",
        // Control characters, line ends, and what a terminal obeys.
        "nul\0nul",
        "line\nline",
        "line\r\nline",
        "\u{1b}[31mred\u{1b}[0m",
        "tab\ttab",
        "\u{85}next\u{2028}line",
        "\u{7f}\u{9b}31m",
        // Not characters, private ones, and half of one as it is escaped.
        "\u{ffff}",
        "\u{e000}",
        "\\ud800",
        "\u{10ffff}",
        // What other languages would take for more than text.
        "\"quoted\"",
        "it's",
        "back\\slash",
        "a,b;c|d",
        "<b>&amp;</b>",
        "{{7*7}}",
        "${7*7}",
        "%s%n%d",
        "'; DROP TABLE--",
        "../../etc/passwd",
        "=1+1",
        "a=b,c=d",
        "(|(uid=*))",
        // What looks like something else.
        "null",
        "true",
        "NaN",
        "-0",
        "1e309",
        "0x10",
        "99999999999999999999",
        "",
        " ",
        "2026-02-30T25:61:61Z",
    ]
    .map(str::to_owned)
    .into();
    texts.push("e".to_owned() + &"\u{301}".repeat(200));
    texts.push("(".repeat(DEEP));
    texts.push("[".repeat(DEEP));
    texts.push("{\"a\":".repeat(DEEP / 10));
    texts
}

/// The rows of the example with a text in a cell, and in all cells but those of the host.
fn sheets(bench: &Bench, chance: &mut Chance) -> Vec<Sheet> {
    let all = texts();
    let own: Vec<usize> = (0..bench.sheet.columns.len())
        .filter(|place| !bench.sheet.columns[*place].starts_with('$'))
        .collect();
    let everywhere = all.iter().map(|text| {
        let mut sheet = bench.sheet.pick([0]);
        for row in &mut sheet.rows {
            for place in &own {
                row[*place] = vec![text.clone()];
            }
        }
        sheet
    });
    let mut sheets: Vec<Sheet> = everywhere.collect();
    for _ in 0..BY_CHANCE {
        let mut sheet = bench.sheet.clone();
        let row = chance.below(sheet.rows.len());
        let (Some(place), Some(text)) = (chance.one(&own), chance.one(&all)) else {
            break;
        };
        let cell = &mut sheet.rows[row][*place];
        match chance.below(3) {
            0 => *cell = vec![text.clone()],
            1 => cell.push(text.clone()),
            _ => *cell = vec![text.clone(), text.clone()],
        }
        sheets.push(sheet);
    }
    sheets
}

/// The example of a reader with a text in place of a word, or with bytes spoilt.
fn exports(bench: &Bench, chance: &mut Chance) -> Vec<Vec<u8>> {
    let example = bench.subject.input.clone().unwrap_or_default();
    let words = words(&example);
    let mut exports = Vec::new();
    for text in texts() {
        let Some((start, end)) = chance.one(&words) else {
            break;
        };
        let mut bytes = example[..*start].to_vec();
        bytes.extend(text.as_bytes());
        bytes.extend(&example[*end..]);
        exports.push(bytes);
    }
    for _ in 0..BY_CHANCE {
        let mut bytes = example.clone();
        for _ in 0..=chance.below(4) {
            let place = chance.below(bytes.len());
            match chance.below(3) {
                0 => bytes.insert(place, chance.number() as u8),
                1 if bytes.len() > 1 => {
                    bytes.remove(place);
                }
                _ => bytes[place] = chance.number() as u8,
            }
        }
        exports.push(bytes);
    }
    exports
}

/// Where words of letters and digits begin and end.
pub(crate) fn words(bytes: &[u8]) -> Vec<(usize, usize)> {
    let mut words = Vec::new();
    let mut begun = None;
    for (place, byte) in bytes.iter().enumerate() {
        match (byte.is_ascii_alphanumeric(), begun) {
            (true, None) => begun = Some(place),
            (false, Some(start)) => {
                words.push((start, place));
                begun = None;
            }
            _ => {}
        }
    }
    words.extend(begun.map(|start| (start, bytes.len())));
    words
}

impl Bench {
    /// A ticket for each hostile text, which stands everywhere where a draft has texts.
    fn drafts(&self) -> Vec<Work> {
        let Some(Work::Keep(example)) = self.example() else {
            return Vec::new();
        };
        let spoilt = |text: String| {
            let mut draft = example.clone();
            // The contract promises one line.
            draft.title = text
                .chars()
                .map(|c| if c.is_control() { ' ' } else { c })
                .collect();
            draft
                .facts
                .iter_mut()
                .for_each(|(_, value)| *value = text.clone());
            draft.description = vec![
                Block::Heading(text.clone()),
                Block::Paragraph(vec![Span::from(text.as_str())]),
                Block::Bullets(vec![vec![Span::from(text.as_str())]]),
            ];
            Work::Keep(draft)
        };
        texts().into_iter().map(spoilt).collect()
    }

    /// Hostile work and what came of it: done once, judged by many.
    pub(crate) async fn stress(&self) -> &Stress {
        let stress = self
            .stress
            .get_or_init(|| async {
                let before = self.ledger.enter("stress");
                let mut chance = Chance::new(self.seed, "stress");
                let works: Vec<Work> = match self.world() {
                    World::Mapping | World::Policy => {
                        let sheets = sheets(self, &mut chance).into_iter();
                        sheets.map(|sheet| self.rows(sheet)).collect()
                    }
                    World::Reader => {
                        let exports = exports(self, &mut chance).into_iter();
                        exports.map(Work::Read).collect()
                    }
                    World::Ticketing => self.drafts(),
                };
                let conditions = Conditions {
                    limits: Limits {
                        cpu_time: CPU_TIME,
                        ..Limits::default()
                    },
                    ..Conditions::default()
                };
                let mut stress = Stress {
                    works: Vec::new(),
                    disturbance: None,
                };
                let mut breakdowns = 0;
                for work in works {
                    let done = self.work(&work, &conditions).await;
                    breakdowns += usize::from(done.breakdown().is_some());
                    stress.works.push((work, done));
                    if breakdowns == BREAKDOWNS {
                        break;
                    }
                }
                stress.disturbance = self.ledger.disturbance();
                self.ledger.leave(before);
                stress
            })
            .await;
        // Whoever judges by it later is told as well.
        if let Some(objection) = &stress.disturbance {
            self.ledger.disturb(objection.clone());
        }
        stress
    }
}
