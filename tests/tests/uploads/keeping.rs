//! The bytes of uploads: kept whole by their digest, or not at all.

use provisor_tests::world::will;

use crate::version::{activates, mapping, upload, uploads, with_uploaded_mapping};

fn contents(world: &provisor_tests::world::World) -> usize {
    let mut count = 0;
    let folder = world.folder.path().join("data/components");
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            count += std::fs::read_dir(path).expect("a folder").count();
        }
    }
    count
}

#[tokio::test]
async fn the_same_component_once_more_is_the_same_upload_and_makes_damaged_bytes_good() {
    let mut world = with_uploaded_mapping().open().await;
    let version = uploads(&world, &mapping(1)).await;
    activates(&world, &version, "eva")
        .await
        .expect("it is activated");
    let digest = version.digest.to_string();
    let path = format!("data/components/{}/{digest}", &digest[..2]);
    let path = world.folder.path().join(path);
    std::fs::write(&path, b"damaged").expect("written");
    world.restart().await;
    let error = world
        .ask(will(), provisor::Wanted::Account, false)
        .await
        .unwrap_err();
    assert_eq!(error.code(), "component-unusable");
    let again = uploads(&world, &mapping(1)).await;
    assert_eq!(again, version);
    world.requests(will()).await;
    assert_eq!(contents(&world), 1);
}

#[tokio::test]
async fn of_what_is_refused_the_record_is_kept_and_not_the_bytes() {
    let world = with_uploaded_mapping().open().await;
    let refused = upload(&world, b"no component")
        .await
        .expect("it is answered");
    assert_eq!(refused.state(), "refused");
    assert_eq!(contents(&world), 0);
    let kept = world
        .host
        .uploaded(&refused.digest.to_string())
        .expect("known");
    assert_eq!(kept, refused);
    // The same bytes are judged anew, and refused anew.
    let again = upload(&world, b"no component")
        .await
        .expect("it is answered");
    assert_eq!(again.stage, refused.stage);
}
