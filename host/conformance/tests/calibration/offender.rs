//! Plants a flaw in the bytes of a component.

use provisor_conformance::{Report, Subject, Suite};

/// What the place for the flaw begins with, and its length: as in `guests/offenders`.
const MARK: &[u8] = b"flaw=";
const PLACE: usize = 64;
const ABOUT: usize = 2048;

/// A component with a flaw.
pub struct Offender {
    /// Its world.
    pub world: &'static str,
    /// The property that it breaks; empty for a component without flaw.
    pub property: &'static str,
    /// The name of the flaw; empty when the flaw is not in its code.
    pub flaw: &'static str,
    /// The component on trial.
    pub subject: Subject,
}

impl Offender {
    /// A component with a flaw of this name in its code.
    pub fn new(
        subject: &Subject,
        world: &'static str,
        property: &'static str,
        flaw: &'static str,
    ) -> Self {
        let mut subject = subject.clone();
        plant(&mut subject.bytes, flaw);
        Self {
            world,
            property,
            flaw,
            subject,
        }
    }

    /// The same with another text in place of one in its description, wherever that stands.
    pub fn described(mut self, from: &str, to: &str) -> Self {
        describe(&mut self.subject.bytes, from, to, 0);
        self
    }

    /// The same with another text in its section only.
    pub fn described_in_section(mut self, from: &str, to: &str) -> Self {
        describe(&mut self.subject.bytes, from, to, 1);
        self
    }

    /// The same with other bytes of the same length, everywhere.
    pub fn patched(mut self, from: &[u8], to: &[u8]) -> Self {
        assert_eq!(from.len(), to.len());
        let places = places(&self.subject.bytes, from);
        assert!(!places.is_empty(), "nothing to patch");
        for place in places {
            self.subject.bytes[place..place + to.len()].copy_from_slice(to);
        }
        self
    }
}

/// Judges a component up to everything that is optional.
pub async fn judge(offender: &Offender) -> Report {
    let suite = Suite {
        seed: 20_261_126,
        ..Suite::default()
    };
    suite.run(offender.subject.clone(), |_| {}).await.unwrap()
}

fn places(bytes: &[u8], wanted: &[u8]) -> Vec<usize> {
    let windows = bytes.windows(wanted.len()).enumerate();
    windows
        .filter(|(_, window)| *window == wanted)
        .map(|(place, _)| place)
        .collect()
}

fn plant(bytes: &mut [u8], flaw: &str) {
    let mut wanted = MARK.to_vec();
    wanted.resize(PLACE, b' ');
    let found = places(bytes, &wanted);
    assert_eq!(found.len(), 1, "the place for the flaw");
    let place = found[0] + MARK.len();
    bytes[place..place + flaw.len()].copy_from_slice(flaw.as_bytes());
}

/// The description begins with its world and is filled up with spaces. It stands in the data, from
/// which `describe` has it, and behind that in the section.
fn describe(bytes: &mut [u8], from: &str, to: &str, but: usize) {
    let found = places(bytes, b"{\"world\":\"");
    assert!(found.len() > 1, "the places for the description");
    for place in found.into_iter().skip(but) {
        let text = String::from_utf8(bytes[place..place + ABOUT].to_vec()).unwrap();
        assert!(text.contains(from), "{from:?} is not in {text}");
        let text = text.trim_end().replace(from, to);
        bytes[place..place + ABOUT].fill(b' ');
        bytes[place..place + text.len()].copy_from_slice(text.as_bytes());
    }
}
