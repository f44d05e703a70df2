//! Texts as the fields of the instance take them.

use provisor_sdk::{Block, document};

/// How many characters a comment may have.
pub const COMMENT: usize = 4_000;

/// Plain text of at most `most` characters, cut at its end.
pub fn description(blocks: &[Block], most: usize) -> String {
    let text = document::fit(
        blocks,
        |blocks| harmless(&document::plain(blocks)),
        |text: &String| text.chars().count() <= most,
    );
    document::cut(&text, most)
}

/// One line of at most `most` characters.
pub fn line(text: &str, most: usize) -> String {
    document::cut(&harmless(&document::one_line(text)), most)
}

/// A note of several lines, such as why a ticket is taken back.
pub fn note(text: &str, most: usize) -> String {
    document::cut(&harmless(text), most)
}

/// A text that the instance takes for nothing but text: between `[code]` and `[/code]` a journal is
/// shown as HTML, so a space takes these words apart.
pub fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(one) = rest.chars().next() {
        let after = &rest[one.len_utf8()..];
        if !one.is_control() || matches!(one, '\n' | '\t') {
            out.push(one);
        }
        if one == '[' && opens(after) {
            out.push(' ');
        }
        rest = after;
    }
    out
}

/// Whether a `[` before this text would be read as markup: control characters that are dropped do
/// not keep the word apart.
fn opens(after: &str) -> bool {
    let word: String = after
        .chars()
        .filter(|one| !one.is_control() || matches!(one, '\n' | '\t'))
        .take(5)
        .collect::<String>()
        .to_ascii_lowercase();
    word.trim_start_matches('/').starts_with("code")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn markup_of_journals_is_taken_apart() {
        assert_eq!(
            harmless("[code]<b>x</b>[/CODE] [\u{7}code] [cod] \u{1b}[0m"),
            "[ code]<b>x</b>[ /CODE] [ code] [cod] [0m"
        );
    }

    proptest! {
        #[test]
        fn no_text_becomes_markup(text in "(\\[|/|code|CODE|\\]|\u{7}|[a-z]|\n| ){0,40}") {
            let shown = harmless(&text).to_lowercase();
            prop_assert!(!shown.contains("[code"));
            prop_assert!(!shown.contains("[/code"));
        }

        #[test]
        fn nothing_is_longer_than_it_may_be(text in any::<String>(), most in 1_usize..300) {
            prop_assert!(line(&text, most).chars().count() <= most);
            prop_assert!(note(&text, most).chars().count() <= most);
            let blocks = [document::paragraph(text)];
            prop_assert!(description(&blocks, most).chars().count() <= most);
        }
    }
}
