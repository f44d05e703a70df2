//! A plain mapping of four inputs to three outputs, written as anybody would write it.

use provisor_sdk::{AccountBuilder, Failure, Identity, Mapping, export_mapping};

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {}

struct Plain {
    attributes: [String; 3],
}

impl Mapping for Plain {
    type Settings = Settings;

    fn new(Settings {}: Settings) -> Result<Self, Failure> {
        Ok(Plain {
            attributes: ["login", "name", "mail"].map(str::to_owned),
        })
    }

    fn attributes(&self) -> &[String] {
        &self.attributes
    }

    fn map(&self, identity: &Identity<'_>, account: &mut AccountBuilder<'_>) {
        let [given, family, unit, domain] =
            ["given", "family", "unit", "domain"].map(|name| identity.first(name).unwrap_or(""));
        let login = format!("{}.{}", given.to_lowercase(), family.to_lowercase());
        account.set("mail", format!("{login}@{domain}"));
        account.set("login", login);
        account.set("name", format!("{family}, {given} ({unit})"));
    }
}

export_mapping!(Plain, {
    name: "plain",
    summary: "Login, name and mail from given name, family name, unit and domain.",
    settings_schema: r#"{ "type": "object" }"#,
});
