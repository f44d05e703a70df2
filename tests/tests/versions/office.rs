//! A host with a resource whose mapping or policy is there in several versions.

use provisor::replay::{Replay, ReplayOptions};
use provisor::{HostError, Identity, ManualClock};
use provisor_builtin::hostile::{NAMES, RULES};
use provisor_tests::world::{CANARY, World, beginning, open};

/// People with an account on `app`: the name of three of them is so long that the second version of
/// the mapping makes another one of it.
pub const PEOPLE: [(&str, &str, &str); 6] = [
    ("E1", "Ann", "Lee"),
    ("E2", "Will", "Turner"),
    ("E3", "Elizabeth", "Swannington"),
    ("E4", "Hector", "Barbossa"),
    ("E5", "Tia", "Dalma"),
    ("E6", "James", "Norrington"),
];

const RESOURCE: &str = r#"
[operators]
helpdesk = ["eva", "jan"]

[resource.app]
identifier = "login"
operators = ["helpdesk"]

[resource.app.attributes]
login = { required = true, ignore-case = true }
full-name = {}
personnel-number = {}
password = { secret = true }
"#;

/// A mapping in a file.
pub const MAPPING: &str = "
[resource.app.mapping]
component = \"./names.wasm\"
";

/// A policy in a file.
pub const POLICY: &str = "
[resource.app.policy]
component = \"./rules.wasm\"
";

/// Opens a host with a resource `app` and more tables of the configuration. Beside it are the files
/// `names.wasm` and `rules.wasm`, the first versions of both.
pub async fn office(more: &[&str]) -> World {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let text = RESOURCE.to_owned() + &more.concat();
    std::fs::write(folder.path().join("provisor.toml"), text).expect("written");
    std::fs::write(folder.path().join("names.wasm"), NAMES[0]).expect("written");
    std::fs::write(folder.path().join("rules.wasm"), RULES[0]).expect("written");
    let clock = ManualClock::at(beginning());
    let host = open(folder.path(), &clock).await.expect("the host opens");
    World {
        host,
        clock,
        folder,
    }
}

/// Somebody who wants an account, with a secret that nobody may see.
pub fn somebody(id: &str, given: &str, family: &str) -> Identity {
    Identity::new(id.parse().expect("an id"))
        .with("given", [given])
        .with("family", [family])
        .with("personnel-number", [id.trim_start_matches('E')])
        .with("password", [CANARY])
}

/// Everybody wants an account.
pub async fn everybody(world: &World) {
    for (id, given, family) in PEOPLE {
        world.requests(somebody(id, given, family)).await;
    }
}

/// What a version would have said on `app`.
pub async fn replay(world: &World, candidate: &[u8]) -> Replay {
    try_replay(world, candidate, &ReplayOptions::default())
        .await
        .expect("it is replayed")
}

/// The same, whatever becomes of it.
pub async fn try_replay(
    world: &World,
    candidate: &[u8],
    options: &ReplayOptions,
) -> Result<Replay, HostError> {
    let candidate = world.host.load_component(candidate).await?;
    world.host.replay("app", &candidate, options, &|_| {}).await
}

/// In which ways a version departs, with how often.
pub fn departures(replay: &Replay) -> Vec<(String, u64)> {
    replay
        .comparison
        .departures
        .iter()
        .map(|departed| (departed.departure.to_string(), departed.count))
        .collect()
}
