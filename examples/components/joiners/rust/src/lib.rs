//! Accounts for people who join: a short login of plain letters that nobody else has, groups by
//! department, and an end for those who come from outside.

use std::collections::BTreeMap;

use provisor_sdk::{AccountBuilder, Failure, Identity, Mapping, Problem, export_mapping};
use unicode_normalization::UnicodeNormalization;

/// What the configuration says about this component; for people: `settings.schema.json`.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Settings {
    longest_login: usize,
    #[serde(default)]
    everybody: Vec<String>,
    groups: BTreeMap<String, Vec<String>>,
}

/// Letters that are no accented form of a plain one.
const LETTERS: [(char, &str); 8] = [
    ('ß', "ss"),
    ('æ', "ae"),
    ('œ', "oe"),
    ('ø', "o"),
    ('ł', "l"),
    ('đ', "d"),
    ('ð', "d"),
    ('þ', "th"),
];

struct Joiners {
    settings: Settings,
    attributes: [String; 5],
}

impl Joiners {
    /// The first letter of the given name and the family name. When that belongs to another account, the
    /// host asks with the next iteration: then a number takes the place of the last letters.
    fn login(&self, given: &str, family: &str, iteration: u32) -> Result<String, String> {
        let longest = self.settings.longest_login;
        let stem: String = plain(given)
            .chars()
            .take(1)
            .chain(plain(family).chars())
            .collect();
        if stem.is_empty() {
            return Err("the name has no letters that a login could be made of".to_owned());
        }
        let number = match iteration {
            0 => String::new(),
            _ => (u64::from(iteration) + 1).to_string(),
        };
        match longest.checked_sub(number.len()) {
            // A login begins with a letter of the name.
            Some(room) if room > 0 => Ok(stem.chars().take(room).chain(number.chars()).collect()),
            _ => Err(format!("no login of {longest} characters is free")),
        }
    }

    /// The groups of everybody and of all departments, each once.
    fn groups<'a>(&'a self, identity: &Identity<'_>, account: &mut AccountBuilder<'_>) {
        let mut groups: Vec<&'a String> = Vec::new();
        let mut lists = vec![&self.settings.everybody];
        for department in identity.values("department") {
            match self.settings.groups.get(department) {
                Some(list) => lists.push(list),
                None => {
                    let message = format!("the settings have no groups for {department}");
                    account.warn("groups", message);
                }
            }
        }
        for group in lists.into_iter().flatten() {
            if !groups.contains(&group) {
                groups.push(group);
            }
        }
        account.set_all("groups", groups);
    }
}

/// The letters a to z and the digits of a text, without what stands above or below them.
fn plain(text: &str) -> String {
    let lower = text.to_lowercase();
    let spelt = lower.chars().flat_map(|letter| {
        let found = LETTERS.iter().find(|(from, _)| *from == letter);
        let (one, several) = match found {
            Some((_, letters)) => (None, *letters),
            None => (Some(letter), ""),
        };
        one.into_iter().chain(several.chars())
    });
    spelt.nfd().filter(char::is_ascii_alphanumeric).collect()
}

/// Whether it looks like `2026-12-31`.
fn is_day(text: &str) -> bool {
    let fits = |(place, byte): (usize, u8)| match place {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    text.len() == 10 && text.bytes().enumerate().all(fits)
}

impl Mapping for Joiners {
    type Settings = Settings;

    /// What no schema can say.
    fn check(settings: &Settings) -> Vec<Problem> {
        let all = settings.groups.iter();
        all.filter(|(_, groups)| groups.iter().any(|it| settings.everybody.contains(it)))
            .map(|(department, _)| {
                let place = department.replace('~', "~0").replace('/', "~1");
                let message = "everybody is in one of these groups already";
                Problem::new(format!("/groups/{place}"), message)
            })
            .collect()
    }

    fn new(settings: Settings) -> Result<Self, Failure> {
        let attributes = ["login", "name", "mail", "groups", "valid-until"];
        Ok(Self {
            settings,
            attributes: attributes.map(str::to_owned),
        })
    }

    fn attributes(&self) -> &[String] {
        &self.attributes
    }

    fn map(&self, identity: &Identity<'_>, account: &mut AccountBuilder<'_>) {
        let (Some(given), Some(family)) = (identity.first("given"), identity.first("family"))
        else {
            return account.fail("the identity needs `given` and `family`");
        };
        match self.login(given, family, identity.iteration()) {
            Ok(login) => account.set("login", login),
            Err(message) => return account.fail(message),
        }
        account.set("name", format!("{given} {family}"));
        // Until the mail system has given an address, the account keeps what it has.
        match identity.first("mail") {
            Some(mail) => account.set("mail", mail),
            None => account.left_alone("mail"),
        }
        self.groups(identity, account);
        // A mistake in one attribute does not spoil the others.
        if identity.first("kind") == Some("external") {
            match identity.first("end-date").filter(|day| is_day(day)) {
                Some(day) => account.set("valid-until", day),
                None => {
                    let message = "who comes from outside needs an `end-date` such as 2026-12-31";
                    account.error("valid-until", message);
                }
            }
        }
    }
}

export_mapping!(Joiners, {
    name: "joiners",
    summary: "Gives everybody who joins a login, groups by department, and an end.",
    settings_schema: include_str!("../settings.schema.json"),
});

#[cfg(test)]
mod tests {
    use provisor_sdk::testing::{self, Account};

    use super::*;

    const SETTINGS: &str = include_str!("../examples/settings.json");

    fn account<const N: usize>(identity: [(&str, &[&str]); N]) -> Account {
        let identity = identity.map(|(name, values)| (name, values.to_vec()));
        let accounts = testing::evaluate::<Joiners>(SETTINGS, &testing::table([identity]));
        accounts.unwrap().remove(0)
    }

    fn login(given: &str, family: &str, iteration: &str) -> Option<String> {
        let found = account([
            ("given", &[given]),
            ("family", &[family]),
            ("$iteration", &[iteration]),
        ]);
        found.first("login").map(str::to_owned)
    }

    #[test]
    fn a_login_has_plain_letters() {
        assert_eq!(
            login("Željka", "Łukasiewicz", "0").as_deref(),
            Some("zlukasie")
        );
        assert_eq!(login("Søren", "Großmann", "0").as_deref(), Some("sgrossma"));
        assert_eq!(login("Ann", "O'Neill", "0").as_deref(), Some("aoneill"));
        assert_eq!(login("李", "明", "0"), None);
    }

    #[test]
    fn a_login_that_is_taken_gets_a_number_and_is_not_longer() {
        assert_eq!(login("Ann", "Turner", "1").as_deref(), Some("aturner2"));
        assert_eq!(
            login("Ann", "Turner-Bell", "1").as_deref(),
            Some("aturner2")
        );
        assert_eq!(
            login("Ann", "Turner-Bell", "99").as_deref(),
            Some("aturn100")
        );
        assert_eq!(login("Ann", "Turner-Bell", "99999999"), None);
    }

    #[test]
    fn departments_make_groups_each_once() {
        let name: [(&str, &[&str]); 2] = [("given", &["Ann"]), ("family", &["Turner"])];
        let [given, family] = name;
        let found = account([given, family, ("department", &["Finance", "Sales"])]);
        assert_eq!(
            found.attributes["groups"],
            ["intranet", "ledger", "reports", "offers"]
        );
        let found = account([given, family, ("department", &["Research"])]);
        assert_eq!(found.attributes["groups"], ["intranet"]);
        let about: Vec<_> = found
            .remarks
            .iter()
            .map(|it| it.attribute.as_deref())
            .collect();
        assert_eq!(about, [Some("mail"), Some("groups")]);
    }

    #[test]
    fn an_external_without_end_has_everything_else() {
        let found = account([
            ("given", &["Bo"]),
            ("family", &["Li"]),
            ("kind", &["external"]),
            ("end-date", &["next year"]),
        ]);
        let about: Vec<_> = found
            .remarks
            .iter()
            .map(|it| it.attribute.as_deref())
            .collect();
        assert_eq!(about, [Some("mail"), Some("valid-until")]);
        assert_eq!(found.first("login"), Some("bli"));
    }

    #[test]
    fn a_group_of_everybody_is_no_group_of_a_department() {
        let settings = r#"{ "longest-login": 8, "everybody": ["a"], "groups": { "R/D": ["a"] } }"#;
        let problems = testing::problems(settings, Joiners::check);
        assert_eq!(problems[0].path, "/groups/R~1D");
    }
}
