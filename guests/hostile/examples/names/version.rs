//! A mapping that is there in several versions, of which the later ones are bad.

use provisor_sdk::{AccountBuilder, Failure, Identity, Mapping};

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The attribute that gets the name of the account.
    #[serde(default = "login")]
    identifier: String,
    #[serde(default)]
    #[expect(dead_code, reason = "the third version insists on it")]
    separator: String,
}

fn login() -> String {
    "login".to_owned()
}

/// Takes so many letters of the family name for the name of the account. Where `FIRM`, nothing makes
/// it break down.
pub struct Names<const LETTERS: usize, const FIRM: bool> {
    attributes: [String; 3],
}

impl<const LETTERS: usize, const FIRM: bool> Mapping for Names<LETTERS, FIRM> {
    type Settings = Settings;

    fn new(settings: Settings) -> Result<Self, Failure> {
        let rest = ["full-name", "personnel-number"].map(str::to_owned);
        let [full_name, number] = rest;
        Ok(Names {
            attributes: [settings.identifier, full_name, number],
        })
    }

    fn attributes(&self) -> &[String] {
        &self.attributes
    }

    fn map(&self, identity: &Identity<'_>, account: &mut AccountBuilder<'_>) {
        let [given, family, number, mishap] = ["given", "family", "personnel-number", "mishap"]
            .map(|name| identity.first(name).unwrap_or(""));
        match mishap {
            "trap" if !FIRM => panic!("a mishap"),
            "loop" if !FIRM => loop {
                std::hint::black_box(mishap);
            },
            "refuse" if !FIRM => account.fail("a mishap"),
            _ => {}
        }
        let letters = |text: &str, most| -> String {
            let letters = text.chars().filter(char::is_ascii_alphabetic);
            letters.take(most).collect::<String>().to_lowercase()
        };
        let mut login = letters(given, 1) + &letters(family, LETTERS);
        if identity.iteration() > 0 {
            login += &identity.iteration().to_string();
        }
        account.set(&self.attributes[0], login);
        account.set("full-name", format!("{family}, {given}"));
        account.set("personnel-number", format!("{number:0>8}"));
    }
}
