//! Gives everybody a login, a name, a mail address and groups.

use provisor_sdk::{AccountBuilder, Failure, Identity, Mapping, Problem, export_mapping};

/// The longest login, in characters.
const LONGEST_LOGIN: usize = 20;

/// The longest name, in characters.
const LONGEST_NAME: usize = 200;

/// What the configuration says about this component. `settings.schema.json` tells the same to those
/// who write the configuration; the host judges it by the schema first.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Settings {
    mail_domain: String,
}

struct MyComponent {
    settings: Settings,
    attributes: [String; 4],
}

impl Mapping for MyComponent {
    type Settings = Settings;

    /// What no schema can say. Asked when the configuration is loaded.
    fn check(settings: &Settings) -> Vec<Problem> {
        match settings.mail_domain.contains('@') {
            true => vec![Problem::new("/mail-domain", "leave out the @")],
            false => Vec::new(),
        }
    }

    fn new(settings: Settings) -> Result<Self, Failure> {
        let attributes = ["login", "name", "mail", "groups"].map(str::to_owned);
        Ok(Self {
            settings,
            attributes,
        })
    }

    /// All attributes that this mapping looks after.
    fn attributes(&self) -> &[String] {
        &self.attributes
    }

    fn map(&self, identity: &Identity<'_>, account: &mut AccountBuilder<'_>) {
        let (Some(given), Some(family)) = (identity.first("given"), identity.first("family"))
        else {
            return account.fail("the identity needs `given` and `family`");
        };
        let name = format!("{given} {family}");
        if name.chars().count() > LONGEST_NAME {
            return account.fail(format!("a name has at most {LONGEST_NAME} characters"));
        }
        let Some(login) = login(given, family, identity.iteration()) else {
            return account.fail("the name has no letters that a login could be made of");
        };
        // A mistake in one attribute does not spoil the others.
        match login.is_ascii() {
            true => account.set("mail", format!("{login}@{}", self.settings.mail_domain)),
            false => account.error(
                "mail",
                "the login has letters that a mail address cannot have",
            ),
        }
        account.set("login", login);
        account.set("name", name);
        account.set_all("groups", identity.values("team").map(str::to_lowercase));
    }
}

/// The first letter of the given name and the family name. When that belongs to another account, the
/// host asks again with the next iteration, and another login must come out.
fn login(given: &str, family: &str, iteration: u32) -> Option<String> {
    let letters = |text: &str| {
        text.to_lowercase()
            .chars()
            .filter(|it| it.is_alphanumeric())
            .collect::<String>()
    };
    let number = match iteration {
        0 => String::new(),
        _ => iteration.to_string(),
    };
    let (given, family) = (letters(given), letters(family));
    let stem: String = given
        .chars()
        .take(1)
        .chain(family.chars())
        .take(LONGEST_LOGIN - number.len())
        .collect();
    (!stem.is_empty()).then(|| stem + &number)
}

export_mapping!(MyComponent, {
    name: "my-component",
    summary: "Gives everybody a login, a name, a mail address and groups.",
    settings_schema: include_str!("../settings.schema.json"),
});

#[cfg(test)]
mod tests {
    use provisor_sdk::testing;

    use super::*;

    const SETTINGS: &str = include_str!("../examples/settings.json");

    #[test]
    fn a_login_that_is_taken_gets_a_number() {
        let person = [
            ("given", ["Ann"]),
            ("family", ["Turner"]),
            ("$iteration", ["1"]),
        ];
        let accounts =
            testing::evaluate::<MyComponent>(SETTINGS, &testing::table([person])).unwrap();
        assert_eq!(accounts[0].first("login"), Some("aturner1"));
        assert_eq!(accounts[0].first("mail"), Some("aturner1@example.org"));
    }

    #[test]
    fn a_mail_address_that_cannot_be_made_spoils_nothing_else() {
        let person = [("given", ["Željka"]), ("family", ["Novák"])];
        let accounts =
            testing::evaluate::<MyComponent>(SETTINGS, &testing::table([person])).unwrap();
        assert_eq!(accounts[0].first("login"), Some("žnovák"));
        assert_eq!(accounts[0].first("mail"), None);
        assert_eq!(accounts[0].remarks[0].attribute.as_deref(), Some("mail"));
    }
}
