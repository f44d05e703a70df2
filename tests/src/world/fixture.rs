//! What the configuration of a world says.

use provisor::ManualClock;

use super::{World, beginning, open};

/// The header of the application's export.
pub const HEADER: &str = "username,fullname,description,interests,disabled,password\n";

const RESOURCE: &str = r#"
[operators]
helpdesk = ["eva", "jan"]

[resource.app]
title = "Application"
identifier = "username"
status = "enabled"
operators = ["helpdesk"]
keep-finished = "30m"
"#;

const MAPPING: &str = r#"
[resource.app.mapping]
component = "cel-mapping"

[resource.app.mapping.settings.attributes]
username = 'withIteration(identity.username, iteration, 20)'
full-name = 'identity["full-name"]'
interests = 'values.interests'
enabled = 'identity.status == "active"'
"#;

const ATTRIBUTES: &str = r#"
[resource.app.attributes]
username = { required = true, ignore-case = true }
full-name = {}
description = {}
interests = { multi-valued = true }
enabled = { kind = "boolean" }
password = { secret = true }
"#;

const READER: &str = r#"
[resource.app.reader]
component = "csv"
folder = "exports"
file = "accounts.csv"
exported-at = "read"
settle = "0s"

[resource.app.reader.settings]
identifier = "username"
columns = [
  { column = "username" },
  { column = "fullname", attribute = "full-name" },
  { column = "description" },
  { column = "interests", multi-value-delimiter = ";" },
  { column = "disabled", attribute = "enabled", type = "boolean", true-values = ["true"], false-values = ["false"], inverted = true },
  { column = "password" },
]
"#;

/// What the configuration of a world says.
#[derive(Clone)]
pub struct Fixture {
    resource: String,
    attributes: String,
    mapping: String,
    reader: String,
    policy: String,
    more: String,
}

impl Fixture {
    /// People are believed: the fixture M.
    pub fn m() -> Self {
        Self {
            resource: RESOURCE.to_owned(),
            attributes: ATTRIBUTES.to_owned(),
            mapping: MAPPING.to_owned(),
            reader: String::new(),
            policy: String::new(),
            more: String::new(),
        }
    }

    /// Exports say what is really there: the fixture S.
    pub fn s() -> Self {
        Self {
            reader: READER.to_owned(),
            ..Self::m()
        }
        .rule("grace = \"15m\"")
    }

    /// The same with another rule of the resource.
    pub fn rule(mut self, line: &str) -> Self {
        self.resource.push_str(line);
        self.resource.push('\n');
        self
    }

    /// The same with more tables at its end.
    pub fn more(mut self, tables: &str) -> Self {
        self.more.push('\n');
        self.more.push_str(tables);
        self
    }

    /// The same with a text of the configuration replaced; it must be there.
    pub fn with(mut self, from: &str, to: &str) -> Self {
        let mut found = false;
        for part in [
            &mut self.resource,
            &mut self.attributes,
            &mut self.mapping,
            &mut self.reader,
        ] {
            found |= part.contains(from);
            *part = part.replace(from, to);
        }
        assert!(found, "the fixture has no {from:?}");
        self
    }

    /// The same with rules of a policy, as settings of `cel-policy`.
    pub fn policy(mut self, rules: &str) -> Self {
        self.policy = format!("\n[resource.app.policy]\ncomponent = \"cel-policy\"\n{rules}\n");
        self
    }

    /// The same with another component as its policy.
    pub fn with_policy(mut self, component: &str) -> Self {
        self.policy = self
            .policy
            .replace("\"cel-policy\"", &format!("{component:?}"));
        self
    }

    /// The whole text.
    pub fn text(&self) -> String {
        [
            &self.resource,
            &self.attributes,
            &self.mapping,
            &self.policy,
            &self.reader,
            &self.more,
        ]
        .map(String::as_str)
        .concat()
    }

    /// Opens a host with it.
    pub async fn open(&self) -> World {
        self.open_at(ManualClock::at(beginning())).await
    }

    /// Opens a host with it and this clock.
    pub async fn open_at(&self, clock: ManualClock) -> World {
        self.open_with_file(clock, "token", "token secret").await
    }

    /// Opens a host with it and this clock, and one more file beside the configuration.
    pub async fn open_with_file(&self, clock: ManualClock, name: &str, content: &str) -> World {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("provisor.toml"), self.text()).expect("written");
        // What a ticket system lets us in with, where the configuration names it.
        std::fs::write(folder.path().join("password"), "secret").expect("written");
        std::fs::write(folder.path().join(name), content).expect("written");
        std::fs::create_dir(folder.path().join("exports")).expect("made");
        let host = open(folder.path(), &clock).await.expect("the host opens");
        let world = World {
            host,
            clock,
            folder,
        };
        world.export("");
        world
    }
}
