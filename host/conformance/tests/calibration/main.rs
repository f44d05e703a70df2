//! The suite judged itself: a component without flaw passes everything, and for every property there
//! is an offender that fails it and nothing else.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so, in its helpers too"
)]

mod mapping;
mod offender;
mod policy;
mod reader;
mod targets;
mod ticketing;

use std::collections::BTreeSet;

use offender::{Offender, judge};
use provisor_conformance::catalogue;

fn all() -> Vec<Offender> {
    let worlds = [
        mapping::offenders(),
        policy::offenders(),
        reader::offenders(),
        ticketing::offenders(),
    ];
    worlds.into_iter().flatten().collect()
}

async fn each_fails_its_own(offenders: Vec<Offender>) {
    let mut wrong = Vec::new();
    for offender in offenders {
        let report = judge(&offender).await;
        let broken: Vec<_> = report
            .broken()
            .map(|it| (it.id.as_str(), it.verdict.told()))
            .collect();
        let ids: Vec<_> = broken.iter().map(|(id, _)| *id).collect();
        if ids != [offender.property] {
            wrong.push(format!(
                "{} with the flaw {:?}: {broken:?}",
                offender.property, offender.flaw
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_component_without_flaw_passes_everything() {
    for world in [
        mapping::honest(),
        policy::honest(),
        reader::honest(),
        ticketing::honest(),
    ] {
        let report = judge(&world).await;
        for judged in &report.properties {
            let verdict = &judged.verdict;
            assert!(
                verdict.is_good(),
                "{} of {}: {verdict:?}",
                judged.id,
                world.world
            );
        }
    }
}

// One test for each world, so that they are judged side by side.

#[tokio::test]
async fn every_offending_mapping_fails_its_own_property_and_nothing_else() {
    each_fails_its_own(mapping::offenders()).await;
}

#[tokio::test]
async fn every_offending_policy_fails_its_own_property_and_nothing_else() {
    each_fails_its_own(policy::offenders()).await;
}

#[tokio::test]
async fn every_offending_reader_fails_its_own_property_and_nothing_else() {
    each_fails_its_own(reader::offenders()).await;
}

#[tokio::test]
async fn every_offending_ticketing_component_fails_its_own_property_and_nothing_else() {
    each_fails_its_own(ticketing::offenders()).await;
}

#[test]
fn every_property_that_is_tried_has_an_offender() {
    let caught: BTreeSet<&str> = all().iter().map(|offender| offender.property).collect();
    let missing: Vec<_> = catalogue::all()
        .filter(|property| property.is_tried() && !caught.contains(property.id))
        .map(|property| property.id)
        .collect();
    assert!(missing.is_empty(), "without offender: {missing:?}");
}
