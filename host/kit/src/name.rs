//! How a component calls itself.

use std::fmt;
use std::str::FromStr;

use crate::error::KitError;

/// The longest name; it becomes the name of a folder, a package and a file.
const LONGEST: usize = 50;

/// Names that a language, a package of the templates or a file system keeps for itself.
const TAKEN: [&str; 40] = [
    "abstract",
    "alloc",
    "async",
    "await",
    "break",
    "build",
    "con",
    "const",
    "continue",
    "core",
    "crate",
    "deps",
    "dyn",
    "else",
    "enum",
    "examples",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "impl",
    "import",
    "incremental",
    "match",
    "mod",
    "nul",
    "page",
    "provisor-sdk",
    "serde",
    "serde-json",
    "std",
    "struct",
    "test",
    "trait",
    "true",
    "type",
    "use",
    "while",
    "wit",
];

/// How a component calls itself, and with it its project: words of small letters and digits, joined
/// by hyphens, such as `helpdesk-accounts`. At most 50 characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

impl Name {
    /// The name as it is.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As modules and files are called: `helpdesk_accounts`.
    pub fn snake(&self) -> String {
        self.0.replace('-', "_")
    }

    /// As types are called: `HelpdeskAccounts`.
    pub fn pascal(&self) -> String {
        let words = self.0.split('-');
        words
            .flat_map(|word| {
                let (first, rest) = word.split_at(1);
                [first.to_uppercase(), rest.to_owned()]
            })
            .collect()
    }
}

impl FromStr for Name {
    type Err = KitError;

    fn from_str(name: &str) -> Result<Self, KitError> {
        let wrong = |rule| {
            Err(KitError::Name {
                name: name.to_owned(),
                rule,
            })
        };
        let is_word = |word: &str| {
            let mut letters = word.bytes();
            letters
                .next()
                .is_some_and(|first| first.is_ascii_lowercase())
                && letters.all(|it| it.is_ascii_lowercase() || it.is_ascii_digit())
        };
        if name.len() > LONGEST {
            return wrong("it may have at most 50 characters");
        }
        if !name.split('-').all(is_word) {
            return wrong(
                "words of small letters a to z and digits, each beginning with a letter, joined by \
                 hyphens, such as helpdesk-accounts",
            );
        }
        if TAKEN.contains(&name) {
            return wrong("a language or a package that the project needs is called so");
        }
        Ok(Name(name.to_owned()))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_words_of_small_letters_joined_by_hyphens() {
        for good in ["a", "helpdesk", "help-desk2", "x9-y", &"a".repeat(50)] {
            assert_eq!(good.parse::<Name>().unwrap().as_str(), good);
        }
        for bad in [
            "",
            "-",
            "a-",
            "-a",
            "a--b",
            "9a",
            "a-9",
            "Help",
            "help_desk",
            "help desk",
            "hélp",
            "../x",
            "a/b",
            "a.b",
            "type",
            "std",
            "serde-json",
            &"a".repeat(51),
        ] {
            let error = bad.parse::<Name>().unwrap_err();
            assert_eq!(error.code(), "component-name", "{bad}");
        }
    }

    #[test]
    fn a_name_has_the_forms_that_modules_and_types_need() {
        let name: Name = "help-desk2-x".parse().unwrap();
        assert_eq!(name.snake(), "help_desk2_x");
        assert_eq!(name.pascal(), "HelpDesk2X");
    }
}
