//! Versions of components, and what people do with them in a few words.

use std::sync::Arc;

use provisor::configuration::Configuration;
use provisor::model::{Digest, Grants, Upload};
use provisor::sandbox::{Allocation, SandboxConfig};
use provisor::{Activated, Host, HostError, HostOptions, Submission};
use provisor_tests::world::{Fixture, World, person};

/// The mapping of a world is one that was uploaded.
pub fn with_uploaded_mapping() -> Fixture {
    Fixture::m().with(
        "component = \"cel-mapping\"",
        "component = \"uploaded:cel-mapping\"",
    )
}

/// The host is started again, and shares its machine code with no other test: it lies in `data/cache`.
pub async fn with_its_own_machine_code(world: &mut World, allocation: Allocation) {
    let file = world.folder.path().join("provisor.toml");
    let options = HostOptions {
        clock: Arc::new(world.clock.clone()),
        sandbox: SandboxConfig {
            allocation,
            ..SandboxConfig::default()
        },
        ..HostOptions::default()
    };
    let configuration = Configuration::load(&file).expect("a configuration");
    let opened = Host::open(configuration, options).await;
    world.host = opened.expect("the host opens");
}

/// Whether there is machine code of a component in the folder that
/// [`with_its_own_machine_code`] gives.
pub fn has_machine_code(world: &World, component: &Digest) -> bool {
    let files = std::fs::read_dir(world.folder.path().join("data/cache")).expect("a folder");
    let mut names = files.map(|file| file.expect("an entry").file_name());
    names.any(|name| name.to_string_lossy().starts_with(&component.to_string()))
}

/// The built-in mapping as a version of its own: a section that means nothing makes another digest.
pub fn mapping(number: u8) -> Vec<u8> {
    version(provisor_builtin::CEL_MAPPING, number)
}

/// The same component with another digest.
pub fn version(component: &[u8], number: u8) -> Vec<u8> {
    let mut bytes = component.to_vec();
    let name = b"edition";
    bytes.push(0);
    bytes.push(name.len() as u8 + 2);
    bytes.push(name.len() as u8);
    bytes.extend_from_slice(name);
    bytes.push(number);
    bytes
}

/// Ann uploads a component, whatever becomes of it.
pub async fn upload(world: &World, bytes: &[u8]) -> Result<Upload, HostError> {
    let content = std::io::Cursor::new(bytes.to_vec());
    world
        .host
        .upload(Submission {
            content: Box::new(content),
            by: person("ann"),
            note: "from the vendor".to_owned(),
            report: None,
            signatures: Vec::new(),
        })
        .await
}

/// Ann uploads a component that is ready then.
pub async fn uploads(world: &World, bytes: &[u8]) -> Upload {
    let upload = upload(world, bytes).await.expect("it is taken");
    assert_eq!(upload.state(), "ready", "{upload:?}");
    upload
}

/// Somebody activates a version that needs nothing outside.
pub async fn activates(world: &World, upload: &Upload, who: &str) -> Result<Activated, HostError> {
    let digest = upload.digest.to_string();
    world
        .host
        .activate_component(&digest, &person(who), Grants::default(), "")
        .await
}

/// Somebody goes back to the version before.
pub async fn goes_back(world: &World, name: &str, who: &str) -> Result<Activated, HostError> {
    world
        .host
        .roll_back_component(name, &person(who), "it was better")
        .await
}
