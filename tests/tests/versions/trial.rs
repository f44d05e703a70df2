//! An office in which another version is tried, and what is seen of it.

use provisor::canary::{CanaryReport, CanaryRequest, STOP_AFTER};
use provisor::model::{
    Canary, CanaryScope, ComponentName, Digest, EventKind, Grants, Percent, ResourceName,
};
use provisor::store::HistoryFilter;
use provisor::uploads::Submission;
use provisor::{HostError, Receipt, Request, Wanted};
use provisor_builtin::hostile::{NAMES, RULES};
use provisor_tests::world::{World, person};

use crate::office::{office, somebody};

pub const MAPPING: &str = "
[resource.app.mapping]
component = \"uploaded:names\"
";

pub const POLICY: &str = "
[resource.app.mapping]
component = \"./names.wasm\"

[resource.app.policy]
component = \"uploaded:rules\"
";

/// Another resource with the same mapping.
pub const OTHER: &str = "
[resource.other]
identifier = \"login\"
operators = [\"helpdesk\"]

[resource.other.attributes]
login = { required = true }
full-name = {}
personnel-number = {}

[resource.other.mapping]
component = \"uploaded:names\"
";

pub async fn upload(world: &World, bytes: &'static [u8]) -> Digest {
    let submission = Submission {
        content: Box::new(bytes),
        by: person("ann"),
        note: String::new(),
        report: None,
        signatures: Vec::new(),
    };
    let upload = world.host.upload(submission).await.expect("it is taken");
    assert!(upload.is_ready(), "{upload:?}");
    upload.digest
}

pub async fn activate(world: &World, digest: &Digest) {
    world
        .host
        .activate_component(&digest.to_string(), &person("petra"), Grants::default(), "")
        .await
        .expect("it is activated");
}

/// An office in which the first version is active and the second one is there.
pub async fn with_versions(more: &[&str], versions: &[&'static [u8]]) -> (World, Vec<Digest>) {
    let world = office(more).await;
    let mut digests = Vec::new();
    for bytes in versions {
        digests.push(upload(&world, bytes).await);
    }
    activate(&world, &digests[0]).await;
    (world, digests)
}

pub async fn with_names(more: &[&str]) -> (World, Digest) {
    let (world, digests) = with_versions(more, &NAMES[..2]).await;
    (world, digests[1])
}

pub async fn with_rules() -> (World, Digest) {
    let (world, digests) = with_versions(&[POLICY], &RULES).await;
    (world, digests[1])
}

pub fn share(percent: u8) -> CanaryScope {
    CanaryScope::Share(Percent::new(percent).expect("a percentage"))
}

pub fn on(resource: &str) -> CanaryScope {
    let name: ResourceName = resource.parse().expect("a name");
    CanaryScope::Resources([name].into())
}

pub fn named(name: &str) -> ComponentName {
    name.parse().expect("a name")
}

pub async fn try_begin(
    world: &World,
    component: &str,
    candidate: Digest,
    scope: CanaryScope,
) -> Result<Canary, HostError> {
    let request = CanaryRequest {
        component: named(component),
        candidate: candidate.to_string(),
        scope,
        by: person("petra"),
        reason: "looks good at the desk".to_owned(),
        stop_after: STOP_AFTER,
    };
    world.host.begin_canary(request).await
}

pub async fn begin(world: &World, component: &str, candidate: Digest, scope: CanaryScope) {
    let begun = try_begin(world, component, candidate, scope).await;
    assert!(begun.expect("it begins").stands());
}

pub async fn stop(world: &World, component: &str) {
    let stopped = world
        .host
        .stop_canary(&named(component), &person("petra"), "everybody is renamed")
        .await;
    assert!(!stopped.expect("it stops").stands());
}

pub fn report(world: &World, component: &str) -> CanaryReport {
    let report = world.host.canary(&named(component), 100);
    report.expect("there was a canary")
}

pub fn departures(report: &CanaryReport) -> Vec<(String, u64)> {
    let departed = report.canary.comparison.departures.iter();
    departed
        .map(|one| (one.departure.to_string(), one.count))
        .collect()
}

pub fn times(what: &str, count: u64) -> (String, u64) {
    (what.to_owned(), count)
}

/// What happened to components on `app`, and through whom.
pub fn told(world: &World) -> Vec<(EventKind, String)> {
    let filter = HistoryFilter {
        resource: Some("app".parse().expect("a name")),
        limit: 1_000,
        ..HistoryFilter::default()
    };
    let history = world.host.history(&filter).expect("listed");
    history
        .into_iter()
        .filter(|entry| {
            matches!(
                entry.event.kind,
                EventKind::CanaryBegun | EventKind::CanaryEnded
            )
        })
        .map(|entry| (entry.event.kind, entry.actor))
        .collect()
}

pub async fn on_other(world: &World, id: &str, given: &str, family: &str) -> Receipt {
    let request = Request {
        resource: "other".parse().expect("a name"),
        identity: somebody(id, given, family),
        wanted: Wanted::Account,
        requester: person("iam"),
        anew: false,
        after: None,
    };
    world.host.request(request).await.expect("recorded")
}

pub fn identifier(receipt: Receipt) -> String {
    receipt.identifier.expect("there is an account")
}
