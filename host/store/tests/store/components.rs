//! Uploaded components, and which of them are in use.

use std::collections::BTreeSet;

use provisor_model::{
    Activations, Asked, ComponentName, Digest, Grants, Refusal, Stage, Timestamp, Upload,
    UploadAbout, World,
};
use provisor_store::{UploadFilter, View};

use crate::fixture::fixture;

fn at(minute: u8) -> Timestamp {
    format!("2026-03-02T08:{minute:02}:00Z").parse().unwrap()
}

fn name() -> ComponentName {
    "helpdesk".parse().unwrap()
}

/// An upload that has just come in; the number tells it from others.
fn received(number: u8) -> Upload {
    let by = "ann".parse().unwrap();
    Upload::new(Digest::from_bytes([number; 32]), 10, by, "", at(number))
}

fn ready(number: u8) -> Upload {
    let mut upload = received(number);
    upload.about = Some(UploadAbout {
        name: name(),
        version: format!("1.{number}.0"),
        world: World::Mapping,
        summary: "Maps.".to_owned(),
        origins: BTreeSet::new(),
    });
    for stage in [
        Stage::Inspected,
        Stage::Compiled,
        Stage::Described,
        Stage::Judged,
        Stage::Ready,
    ] {
        upload.advance(stage).unwrap();
    }
    upload
}

#[test]
fn an_upload_is_found_by_what_it_is_by_its_name_and_by_the_beginning_of_its_digest() {
    let fixture = fixture();
    fixture.act(|work| {
        work.save_upload(&received(1))?;
        work.save_upload(&ready(1))?;
        work.save_upload(&ready(2))?;
        work.save_upload(&received(3))
    });
    let listed = |view: &View<'_>, name: Option<ComponentName>| {
        let filter = UploadFilter { name, limit: 10 };
        let found = view.uploads(&filter)?;
        Ok::<_, provisor_store::StoreError>(
            found
                .iter()
                .map(|one| one.digest.as_bytes()[0])
                .collect::<Vec<_>>(),
        )
    };
    let store = &fixture.store;
    store
        .read(|view| {
            assert_eq!(view.upload(&ready(1).digest)?, Some(ready(1)));
            assert_eq!(listed(view, None)?, [3, 2, 1]);
            assert_eq!(listed(view, Some(name()))?, [2, 1]);
            assert_eq!(view.uploads_like("0202", 10)?, [ready(2)]);
            assert_eq!(view.uploads_like("0", 2)?.len(), 2);
            assert_eq!(view.uploads_like("%", 10)?, []);
            assert_eq!(view.unfinished_uploads()?, [received(3)]);
            Ok::<_, provisor_store::StoreError>(())
        })
        .unwrap();
}

#[test]
fn the_bytes_of_what_was_refused_or_dropped_are_not_kept() {
    let fixture = fixture();
    fixture.act(|work| {
        let mut refused = received(1);
        refused
            .refuse(Refusal {
                code: "component-import".to_owned(),
                message: "it imports wasi:http".to_owned(),
                place: "the import wasi:http".to_owned(),
                accepted: "nothing outside".to_owned(),
            })
            .unwrap();
        work.save_upload(&refused)?;
        work.save_upload(&ready(2))?;
        work.save_upload(&ready(3))?;
        work.drop_upload(&ready(3).digest)?;
        work.save_upload(&received(4))
    });
    let kept = fixture.store.read(|view| view.uploaded_contents()).unwrap();
    let mut kept: Vec<u8> = kept.iter().map(|digest| digest.as_bytes()[0]).collect();
    kept.sort_unstable();
    assert_eq!(kept, [2, 4]);
}

#[test]
fn the_generation_rises_when_another_version_comes_into_use_and_only_then() {
    let fixture = fixture();
    let generation = || {
        fixture
            .store
            .read(|view| view.component_generation())
            .unwrap()
    };
    let ann = "ann".parse().unwrap();
    let asked = |version: u8| Asked {
        digest: ready(version).digest,
        grants: Grants::default(),
        by: "ann".parse().unwrap(),
        at: at(0),
        reason: String::new(),
    };
    let mut activations = Activations::new(name(), World::Mapping);
    let save = |activations: &Activations| {
        let activations = activations.clone();
        fixture.act(move |work| work.save_activations(&activations));
    };
    assert_eq!(generation(), 0);
    activations.ask(&ready(1), asked(1)).unwrap();
    save(&activations);
    assert_eq!(generation(), 0);
    let (upload, digest) = (ready(1), ready(1).digest);
    activations
        .approve(&upload, &digest, &ann, false, at(1))
        .unwrap();
    save(&activations);
    save(&activations);
    assert_eq!(generation(), 1);
    let stored = fixture
        .store
        .read(|view| view.activations(&name()))
        .unwrap();
    assert_eq!(stored, Some(activations));
}
