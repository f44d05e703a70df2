//! What must hold of uploads and activations, whatever people do in whatever order.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so, in its helpers too"
)]

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;
use provisor_model::{
    Activation, ActivationError, Activations, Asked, Digest, Grants, How, PersonName, Refusal,
    Retirement, Stage, Timestamp, Upload, UploadAbout, World,
};

/// Versions that people play with.
const VERSIONS: u8 = 5;

const PEOPLE: [&str; 3] = ["ann", "bob", "cyd"];

const ORIGINS: [&str; 3] = [
    "https://a.example",
    "https://b.example",
    "https://c.example",
];

#[derive(Debug, Clone)]
enum Act {
    Ask(u8, Grants, usize),
    Approve(u8, usize),
    RollBack(usize),
    Retire(u8, usize),
    Delete(u8),
}

fn person(index: usize) -> PersonName {
    PEOPLE[index].parse().unwrap()
}

fn digest(version: u8) -> Digest {
    Digest::from_bytes([version; 32])
}

fn begin() -> Timestamp {
    "2026-03-02T08:00:00Z".parse().unwrap()
}

fn name() -> provisor_model::ComponentName {
    "helpdesk".parse().unwrap()
}

fn grants() -> impl Strategy<Value = Grants> {
    let some = |names: [&'static str; 3]| {
        proptest::sample::subsequence(names.to_vec(), 0..=3).prop_map(|names| {
            names
                .into_iter()
                .map(str::to_owned)
                .collect::<BTreeSet<_>>()
        })
    };
    (some(ORIGINS), some(["token", "key", "pin"]))
        .prop_map(|(origins, secrets)| Grants { origins, secrets })
}

fn act() -> impl Strategy<Value = Act> {
    let (version, who) = (0..VERSIONS, 0..PEOPLE.len());
    prop_oneof![
        4 => (version.clone(), grants(), who.clone()).prop_map(|(v, g, p)| Act::Ask(v, g, p)),
        6 => (version.clone(), who.clone()).prop_map(|(v, p)| Act::Approve(v, p)),
        2 => who.clone().prop_map(Act::RollBack),
        1 => (version.clone(), who).prop_map(|(v, p)| Act::Retire(v, p)),
        1 => version.prop_map(Act::Delete),
    ]
}

fn refusal(code: &str) -> Refusal {
    Refusal {
        code: code.to_owned(),
        message: "it cannot be compiled".to_owned(),
        place: "the code".to_owned(),
        accepted: "code that can be compiled".to_owned(),
    }
}

/// A version in a state that its number says: one is refused, one of another world.
fn upload(version: u8) -> Upload {
    let by = person(usize::from(version) % PEOPLE.len());
    let mut upload = Upload::new(digest(version), 100, by, "", begin());
    upload.advance(Stage::Inspected).unwrap();
    upload.about = Some(UploadAbout {
        name: name(),
        version: format!("1.{version}.0"),
        world: match version {
            3 => World::Policy,
            _ => World::Mapping,
        },
        summary: "Maps.".to_owned(),
        origins: BTreeSet::new(),
    });
    if version == 4 {
        upload.refuse(refusal("component-compile")).unwrap();
        return upload;
    }
    for stage in [
        Stage::Compiled,
        Stage::Described,
        Stage::Judged,
        Stage::Ready,
    ] {
        upload.advance(stage).unwrap();
    }
    upload
}

fn asked(version: u8, grants: Grants, by: usize) -> Asked {
    Asked {
        digest: digest(version),
        grants,
        by: person(by),
        at: begin(),
        reason: "a new version".to_owned(),
    }
}

/// Plays all acts; after each one `check` sees what there was before and what there is.
fn play(
    acts: Vec<Act>,
    four_eyes: bool,
    mut check: impl FnMut(&Act, &Activations, &Activations, &[Upload]) -> Result<(), TestCaseError>,
) -> Result<(), TestCaseError> {
    let mut uploads: Vec<Upload> = (0..VERSIONS).map(upload).collect();
    let mut activations = Activations::new(name(), World::Mapping);
    let mut now = begin();
    for act in acts {
        now = now.after(Duration::from_secs(60));
        let before = activations.clone();
        // What people may not do is refused, and changes nothing.
        let refused = match act.clone() {
            Act::Ask(version, grants, by) => activations
                .ask(&uploads[usize::from(version)], asked(version, grants, by))
                .is_err(),
            Act::Approve(version, by) => activations
                .approve(
                    &uploads[usize::from(version)],
                    &digest(version),
                    &person(by),
                    four_eyes,
                    now,
                )
                .is_err(),
            Act::RollBack(by) => {
                let usable = |digest: &Digest| {
                    uploads
                        .iter()
                        .any(|one| one.digest == *digest && one.is_ready())
                };
                activations
                    .roll_back(usable, &person(by), "it was better", now)
                    .is_err()
            }
            Act::Retire(version, by) => {
                let retirement = Retirement {
                    by: person(by),
                    at: now,
                    reason: "it is old".to_owned(),
                };
                let upload = &mut uploads[usize::from(version)];
                activations.retire(upload, retirement).is_err()
            }
            Act::Delete(version) => activations.delete(&uploads[usize::from(version)]).is_err(),
        };
        if refused {
            prop_assert_eq!(&activations, &before);
        }
        check(&act, &before, &activations, &uploads)?;
    }
    Ok(())
}

fn of_version<'u>(uploads: &'u [Upload], activation: &Activation) -> &'u Upload {
    uploads
        .iter()
        .find(|one| one.digest == activation.digest)
        .unwrap()
}

proptest! {
    #[test]
    fn what_is_in_use_is_ready_and_always_of_one_world(
        acts in proptest::collection::vec(act(), 0..60), four_eyes: bool,
    ) {
        play(acts, four_eyes, |_, _, after, uploads| {
            if let Some(active) = after.active() {
                let upload = of_version(uploads, active);
                prop_assert!(upload.is_ready(), "{upload:?}");
                prop_assert_eq!(upload.about.as_ref().unwrap().world, World::Mapping);
            }
            Ok(())
        })?;
    }

    #[test]
    fn with_four_eyes_nobody_approves_what_he_uploaded_or_asked_for(
        acts in proptest::collection::vec(act(), 0..60),
    ) {
        play(acts, true, |_, _, after, uploads| {
            for one in after.history.iter().filter(|one| one.how == How::Activated) {
                prop_assert_ne!(&one.approved_by, &one.asked_by);
                prop_assert_ne!(&one.approved_by, &of_version(uploads, one).by);
            }
            Ok(())
        })?;
    }

    #[test]
    fn going_back_never_allows_more_than_there_was_before_nor_than_the_version_ever_had(
        acts in proptest::collection::vec(act(), 0..60), four_eyes: bool,
    ) {
        play(acts, four_eyes, |act, before, after, _| {
            if let (Act::RollBack(_), Some(was), Some(is)) = (act, before.active(), after.active())
                && before != after
            {
                prop_assert!(is.grants.is_within(&was.grants));
                let had = before.history.iter().filter(|one| one.digest == is.digest);
                prop_assert!(had.into_iter().any(|one| is.grants.is_within(&one.grants)));
                prop_assert_ne!(is.digest, was.digest);
            }
            Ok(())
        })?;
    }

    #[test]
    fn the_history_only_grows_and_only_by_one(
        acts in proptest::collection::vec(act(), 0..60), four_eyes: bool,
    ) {
        play(acts, four_eyes, |act, before, after, _| {
            prop_assert!(after.history.starts_with(&before.history));
            let grown = after.history.len() - before.history.len();
            prop_assert_eq!(grown, usize::from(
                matches!(act, Act::Approve(..) | Act::RollBack(_)) && before != after
            ));
            Ok(())
        })?;
    }

    #[test]
    fn nothing_is_asked_for_that_is_not_there_to_be_approved(
        acts in proptest::collection::vec(act(), 0..60), four_eyes: bool,
    ) {
        play(acts, four_eyes, |act, _, after, uploads| {
            if let Some(asked) = &after.asked {
                prop_assert!(uploads.iter().any(|one| one.digest == asked.digest && one.is_ready()));
                let gone = matches!(act, Act::Delete(version)
                    if digest(*version) == asked.digest && after.first_active(&asked.digest).is_none());
                prop_assert!(!gone);
            }
            Ok(())
        })?;
    }

    #[test]
    fn grants_are_sets(one in grants(), other in grants()) {
        let (both, either) = (one.intersection(&other), one.union(&other));
        prop_assert!(both.is_within(&one) && both.is_within(&other));
        prop_assert!(one.is_within(&either) && other.is_within(&either));
        prop_assert_eq!(one.difference(&other).union(&both), one.clone());
        prop_assert!(one.difference(&other).intersection(&other).is_empty());
    }

    #[test]
    fn a_comparison_shows_each_thing_once_with_all_that_is_known_of_it(
        wanted in grants(), configured in grants(), approved in grants(), before in grants(),
    ) {
        let rows = Grants::compare(&wanted.origins, &configured, &approved, &before);
        let all = configured.union(&approved).union(&before);
        let origins = all.origins.union(&wanted.origins).count();
        prop_assert_eq!(rows.len(), origins + all.secrets.len());
        let missing = configured.difference(&approved);
        let count = missing.origins.len() + missing.secrets.len();
        prop_assert_eq!(rows.iter().filter(|row| row.is_missing()).count(), count);
    }
}

#[test]
fn an_upload_comes_to_each_stage_in_turn_and_ends_once() {
    let mut upload = Upload::new(digest(1), 1, person(0), "", begin());
    assert!(upload.advance(Stage::Ready).is_err());
    assert!(upload.advance(Stage::Received).is_err());
    for stage in [
        Stage::Inspected,
        Stage::Compiled,
        Stage::Described,
        Stage::Judged,
        Stage::Ready,
    ] {
        assert!(!upload.is_ready());
        upload.advance(stage).unwrap();
    }
    assert!(upload.is_ready());
    assert!(upload.refuse(refusal("late")).is_err());
    assert!(upload.advance(Stage::Judged).is_err());
}

fn activated(activations: &mut Activations, version: u8, grants: Grants) {
    let upload = upload(version);
    activations.ask(&upload, asked(version, grants, 0)).unwrap();
    activations
        .approve(&upload, &digest(version), &person(0), false, begin())
        .unwrap();
}

fn rolled_back(activations: &mut Activations) -> Result<(Digest, Grants), ActivationError> {
    let lacking = activations.roll_back(|_| true, &person(1), "worse", begin())?;
    Ok((activations.active().unwrap().digest, lacking))
}

#[test]
fn going_back_leads_to_the_version_before_and_never_in_circles() {
    let mut activations = Activations::new(name(), World::Mapping);
    for version in [0, 1, 2] {
        activated(&mut activations, version, Grants::default());
    }
    assert_eq!(rolled_back(&mut activations).unwrap().0, digest(1));
    assert_eq!(rolled_back(&mut activations).unwrap().0, digest(0));
    let error = rolled_back(&mut activations).unwrap_err();
    assert_eq!(error.code(), "component-nothing-before");
    activated(&mut activations, 2, Grants::default());
    assert_eq!(rolled_back(&mut activations).unwrap().0, digest(0));
}

#[test]
fn what_the_older_version_had_and_is_not_approved_any_more_must_be_approved_anew() {
    let of = |origins: &[&str]| Grants {
        origins: origins.iter().map(|&origin| origin.to_owned()).collect(),
        secrets: BTreeSet::new(),
    };
    let mut activations = Activations::new(name(), World::Mapping);
    activated(&mut activations, 0, of(&ORIGINS[..2]));
    activated(&mut activations, 1, of(&ORIGINS[1..]));
    let (version, lacking) = rolled_back(&mut activations).unwrap();
    assert_eq!(version, digest(0));
    assert_eq!(activations.active().unwrap().grants, of(&ORIGINS[1..2]));
    assert_eq!(lacking, of(&ORIGINS[..1]));
}
