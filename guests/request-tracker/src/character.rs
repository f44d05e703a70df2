//! Characters that Request Tracker does not keep.

use std::borrow::Cow;

/// A text that Request Tracker keeps as it is: what Unicode says will never be a character, which it
/// would replace without a word, is written as its number, such as `U+FFFF`.
pub fn kept(text: &str) -> Cow<'_, str> {
    if !text.contains(is_none) {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    for character in text.chars() {
        match is_none(character) {
            true => kept.push_str(&format!("U+{:04X}", u32::from(character))),
            false => kept.push(character),
        }
    }
    Cow::Owned(kept)
}

/// Whether it is one of the 66 noncharacters.
fn is_none(character: char) -> bool {
    matches!(character, '\u{fdd0}'..='\u{fdef}') || u32::from(character) & 0xfffe == 0xfffe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_character_is_written_as_its_number() {
        assert_eq!(
            kept("a\u{ffff}b\u{10fffe}\u{fdd0}"),
            "aU+FFFFbU+10FFFEU+FDD0"
        );
    }

    #[test]
    fn every_character_stays() {
        let text = "Zoë \u{e000}\u{fffd}\u{fdcf}\u{fdf0}\u{10fffd}\u{1f469}";
        assert!(matches!(kept(text), Cow::Borrowed(same) if same == text));
    }
}
