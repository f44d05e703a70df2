//! Where tickets stand.

use std::collections::{BTreeMap, BTreeSet};

use provisor_sdk::{Class, Condition, Failure, FailureKind, Http, Progress};

use crate::answer::Record;
use crate::reference::Reference;
use crate::tracker::{PER_PAGE, RequestTracker, Shown};
use crate::{note, query};

/// What a status means: that of the lifecycle `default`, and what others call the same. Anything
/// else is unknown, and so never done.
pub fn class(status: &str) -> Class {
    match status.to_ascii_lowercase().as_str() {
        "new" => Class::Open,
        "open" | "stalled" => Class::InProgress,
        "resolved" => Class::Done,
        "rejected" => Class::Refused,
        "cancelled" | "canceled" => Class::Cancelled,
        _ => Class::Unknown,
    }
}

/// What is known of each of these tickets, in their order.
///
/// # Errors
/// When the search itself fails. What goes wrong for one ticket is its own condition.
pub fn ask(
    tracker: &RequestTracker,
    http: &Http,
    references: &[String],
) -> Result<Vec<Condition>, Failure> {
    let wanted: Vec<Result<Reference, Failure>> = references
        .iter()
        .map(|text| Reference::read(text))
        .collect();
    let ids: BTreeSet<Reference> = wanted.iter().flatten().copied().collect();
    let ids: Vec<Reference> = ids.into_iter().collect();

    let mut standing: BTreeMap<Reference, Standing> = BTreeMap::new();
    for some in ids.chunks(PER_PAGE) {
        let query = query::one_of("id", some.iter().copied());
        let page = tracker.search(http, &query, &fields(tracker), 1)?;
        for record in page.items.into_iter().filter_map(Record::new) {
            standing.insert(record.id, Standing::of(record));
        }
    }
    // A search finds neither merged nor deleted nor forbidden tickets, which are not the same.
    let mut broken: Option<Failure> = None;
    for id in &ids {
        if standing.contains_key(id) {
            continue;
        }
        let alone = match &broken {
            Some(failure) => Standing::Else(Condition::Failed(failure.clone())),
            None => match tracker.show(http, *id) {
                Ok(Shown::Here { record, .. }) => Standing::of(record),
                Ok(Shown::Merged(other)) => {
                    Standing::Else(Condition::Replaced(tracker.ticket(other)))
                }
                Ok(Shown::Gone) => Standing::Else(Condition::Gone),
                Ok(Shown::Forbidden) => Standing::Else(Condition::Forbidden),
                Err(failure) => {
                    if concerns_all(&failure) {
                        broken = Some(failure.clone());
                    }
                    Standing::Else(Condition::Failed(failure))
                }
            },
        };
        standing.insert(*id, alone);
    }
    let closed = standing.values().filter_map(Standing::closed);
    let notes = note::last(tracker, http, &closed.collect::<Vec<_>>());
    let condition = |id: &Reference| match standing.get(id) {
        Some(Standing::Record(record)) => {
            Condition::Progress(progress(tracker, record, notes.get(id)))
        }
        Some(Standing::Else(condition)) => condition.clone(),
        None => Condition::Failed(Failure::unavailable(format!(
            "ticket {id} was not asked for"
        ))),
    };
    Ok(wanted
        .iter()
        .map(|wanted| match wanted {
            Ok(id) => condition(id),
            Err(failure) => Condition::Failed(failure.clone()),
        })
        .collect())
}

/// What a search or a look has said about a ticket.
enum Standing {
    Record(Record),
    Else(Condition),
}

impl Standing {
    fn of(record: Record) -> Self {
        match record.status().eq_ignore_ascii_case("deleted") {
            true => Standing::Else(Condition::Gone),
            false => Standing::Record(record),
        }
    }

    /// The ticket, when people have said the last word about it.
    fn closed(&self) -> Option<&Record> {
        match self {
            Standing::Record(record) if is_closed(class(record.status())) => Some(record),
            _ => None,
        }
    }
}

fn is_closed(class: Class) -> bool {
    matches!(class, Class::Done | Class::Refused | Class::Cancelled)
}

/// Whether the next ticket would fail for the same reason.
fn concerns_all(failure: &Failure) -> bool {
    matches!(
        failure.kind,
        FailureKind::Unauthorized | FailureKind::Unavailable | FailureKind::RateLimited
    )
}

fn fields(tracker: &RequestTracker) -> String {
    let mut fields = "Status,EffectiveId,Owner,Creator,LastUpdated,Resolved".to_owned();
    if tracker.settings.resolution_field.is_some() {
        fields.push_str(",CustomFields");
    }
    fields
}

fn progress(tracker: &RequestTracker, record: &Record, note: Option<&String>) -> Progress {
    let class = class(record.status());
    let field = tracker.settings.resolution_field.as_ref();
    let resolution = field.and_then(|field| record.values(field).first().copied());
    // The time of being resolved stays when a ticket is opened again. Of a status that is not known
    // nobody can say whether it is closed.
    let closed_at = match is_closed(class) {
        true => record.moment("Resolved"),
        false => None,
    };
    Progress {
        status: record.status().to_owned(),
        resolution: resolution.map(str::to_owned),
        class,
        updated_at: record.moment("LastUpdated"),
        closed_at,
        assignee: record.user("Owner").map(str::to_owned),
        note: note.cloned(),
    }
}
