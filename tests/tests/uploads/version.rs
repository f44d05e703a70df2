//! Versions of components, and what people do with them in a few words.

use provisor::model::{Grants, Upload};
use provisor::{Activated, HostError, Submission};
use provisor_tests::world::{Fixture, World, person};

/// The mapping of a world is one that was uploaded.
pub fn with_uploaded_mapping() -> Fixture {
    Fixture::m().with(
        "component = \"cel-mapping\"",
        "component = \"uploaded:cel-mapping\"",
    )
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
