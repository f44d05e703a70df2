//! Everything that can be seen of a host in the end.

use std::path::Path;

use provisor::model::{NotificationKind, Timestamp};
use provisor::store::{AccountFilter, CaseFilter, HistoryFilter, NotificationFilter, UploadFilter};
use provisor::{Host, ManualClock, OperationQuery};
use provisor_tests::world;

const ALL: usize = 100_000;

/// Opens the host of a folder and looks at everything.
pub async fn of(folder: &Path, now: Timestamp) -> Vec<String> {
    let host = world::open(folder, &ManualClock::at(now))
        .await
        .expect("the host opens");
    let mut seen = seen(&host);
    seen.extend(half_kept(folder));
    seen
}

/// Files of uploaded components that are not what their name says, or that nobody knows.
fn half_kept(folder: &Path) -> Vec<String> {
    let mut wrong = Vec::new();
    let folders = std::fs::read_dir(folder.join("data/components")).expect("a folder");
    for folder in folders.map(|entry| entry.expect("an entry").path()) {
        for file in std::fs::read_dir(folder).into_iter().flatten() {
            let path = file.expect("an entry").path();
            let digest = provisor::package::digest(&std::fs::read(&path).expect("readable"));
            if !path.ends_with(digest.to_string()) {
                wrong.push(format!("{} is not what its name says", path.display()));
            }
        }
    }
    wrong
}

/// One line for each thing, in an order that does not depend on who was faster.
pub fn seen(host: &Host) -> Vec<String> {
    let mut lines = Vec::new();
    let accounts = host
        .accounts(&AccountFilter {
            limit: ALL,
            ..AccountFilter::default()
        })
        .expect("listed");
    let mut history = Vec::new();
    for account in accounts {
        let view = host.account_by_id(account.id).expect("there");
        let events = host
            .history(&HistoryFilter {
                account: Some(account.id),
                limit: ALL,
                ..HistoryFilter::default()
            })
            .expect("listed");
        history.extend(events.into_iter().map(|entry| {
            format!(
                "{} {} by {}: {:?}",
                account.identifier, entry.at, entry.actor, entry.event
            )
        }));
        lines.push(format!("{view:?}"));
    }
    let cases = host.cases(&CaseFilter {
        limit: ALL,
        ..CaseFilter::default()
    });
    let mut cases = cases.expect("listed");
    cases.sort_by_key(|view| view.case.id);
    lines.extend(cases.iter().map(|case| format!("{case:?}")));
    let operations = host.operations(&OperationQuery {
        history: true,
        limit: ALL,
        ..OperationQuery::default()
    });
    lines.extend(
        operations
            .expect("listed")
            .iter()
            .map(|one| format!("{one:?}")),
    );
    lines.extend(
        host.exports("app", ALL)
            .expect("listed")
            .iter()
            .map(|one| format!("{one:?}")),
    );
    lines.push(format!(
        "{:?}",
        host.unexpected("app", ALL).expect("listed")
    ));
    lines.push(format!("{:?}", host.resource_view("app").expect("known")));
    let told = host.notifications(&NotificationFilter {
        limit: ALL,
        ..NotificationFilter::default()
    });
    lines.extend(
        told.expect("listed")
            .into_iter()
            // When it is noticed that an export is too old depends on when somebody looked.
            .filter(|delivery| delivery.notification.kind() != NotificationKind::ExportStale)
            .map(|delivery| format!("told {:?}", delivery.notification)),
    );
    lines.extend(history);
    let mut uploads = host
        .uploads(&UploadFilter {
            name: None,
            limit: ALL,
        })
        .expect("listed");
    uploads.sort_by_key(|upload| upload.digest);
    lines.extend(uploads.iter().map(|one| format!("{one:?}")));
    let activations = host.all_activations().expect("listed");
    lines.extend(activations.iter().map(|one| format!("{one:?}")));
    lines
}
