//! Small things to keep.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use provisor_model::{
    Account, AccountId, AttributeName, Attributes, Case, CaseId, CaseItem, Delta, Digest, Drift,
    DriftKind, Export, ExportId, ExportState, IdentityId, Operation, OperationId, OperationKind,
    PersonName, Reaction, ResourceName, State, Subject, Timestamp, Values,
};
use provisor_store::{
    Accepted, Changed, Compared, ObservedRow, OpenOptions, Seen, Store, StoreError, View, Work,
};
use tempfile::TempDir;

pub struct Fixture {
    pub store: Store,
    pub path: PathBuf,
    _folder: TempDir,
}

pub fn fixture() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("provisor.db");
    Fixture {
        store: Store::open(&path, &OpenOptions::default()).unwrap(),
        path,
        _folder: folder,
    }
}

impl Fixture {
    /// Runs a transaction that should succeed.
    pub fn act<R: Send + 'static>(
        &self,
        act: impl FnOnce(&mut Work<'_>) -> Result<R, StoreError> + Send + 'static,
    ) -> R {
        self.store.update_blocking(act).unwrap()
    }

    /// The database as somebody who goes around the store sees it.
    pub fn raw(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(&self.path).unwrap()
    }

    /// A new account with one name.
    pub fn account(&self, name: &str) -> AccountId {
        let name = name.to_owned();
        self.act(move |work| new_account(work, &name))
    }

    /// Takes in an accepted export with these rows, each written as `key=value`.
    pub fn take(&self, rows: &[&str]) -> Accepted {
        self.take_with(rows, &[], false).unwrap()
    }

    pub fn take_with(
        &self,
        rows: &[&str],
        unreadable: &[&str],
        keep_missing: bool,
    ) -> Result<Accepted, StoreError> {
        let rows: Vec<ObservedRow> = rows
            .iter()
            .enumerate()
            .map(|(index, text)| {
                let (key, value) = text.split_once('=').unwrap();
                row(key, index as u64 + 2, value)
            })
            .collect();
        let unreadable: BTreeSet<String> = unreadable.iter().map(|key| (*key).to_owned()).collect();
        let count = rows.len() as u64;
        let compared = self
            .store
            .read(|view| compare(view, &rows, "", unreadable, keep_missing))?;
        self.store.update_blocking(move |work| {
            let export = new_export(work, count)?;
            work.accept_rows(&export, compared)
        })
    }

    /// The accounts that the last export concerns, with what was known of them; only those of
    /// which there is something new.
    pub fn changes(&self) -> BTreeMap<AccountId, Changed> {
        self.act(|work| {
            let concerned = work.concerned(AccountId(0), usize::MAX)?;
            Ok(concerned
                .into_iter()
                .filter_map(|(account, changed)| Some((account, changed?)))
                .collect())
        })
    }
}

/// Compares rows with what is observed, as an export of this shape. The first row that is there
/// twice is an error that names both lines as far as they are known.
pub fn compare(
    view: &View<'_>,
    rows: &[ObservedRow],
    shape: &str,
    unreadable: BTreeSet<String>,
    keep_missing: bool,
) -> Result<Compared, StoreError> {
    let mut comparison = view.compare(&payroll(), shape)?;
    for row in rows {
        let digest = comparison.digest(format!("{}={:?}", row.key, row.attributes).as_bytes());
        if !comparison.knows(digest)?
            && let Seen::Duplicate { .. } = comparison.row(digest, row)?
        {
            return Err(StoreError::Spool(format!("twice: line {}", row.position)));
        }
    }
    for key in &unreadable {
        comparison.unreadable(key)?;
    }
    comparison.finish(unreadable, keep_missing)
}

pub fn payroll() -> ResourceName {
    ResourceName::new("payroll").unwrap()
}

pub fn person(name: &str) -> PersonName {
    PersonName::new(name).unwrap()
}

/// A moment, in minutes after an arbitrary one.
pub fn at(minutes: i64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000 + minutes * 60_000)
}

pub fn attributes(value: &str) -> Attributes {
    [(
        AttributeName::new("name").unwrap(),
        Values::canonical(vec![value.to_owned()]),
    )]
    .into()
}

pub fn row(key: &str, position: u64, value: &str) -> ObservedRow {
    ObservedRow::new(
        key.to_owned(),
        key.to_uppercase(),
        position,
        attributes(value),
    )
}

pub fn new_account(work: &mut Work<'_>, name: &str) -> Result<AccountId, StoreError> {
    let mut account = Account::new(work.next_account()?, payroll(), None, name);
    save(work, &mut account, &[name])?;
    Ok(account.id)
}

pub fn save(work: &mut Work<'_>, account: &mut Account, names: &[&str]) -> Result<(), StoreError> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    work.save_account(account, &names, &kind_of, at(0), "test")
}

pub fn kind_of(operation: &Operation) -> OperationKind {
    match operation.delta {
        Delta::Create(_) | Delta::Recreate(_) => OperationKind::Create,
        Delta::Modify(_) => OperationKind::Modify,
        Delta::Delete => OperationKind::Delete,
    }
}

pub fn operation(id: OperationId, requested_at: Timestamp) -> Operation {
    Operation::new(id, Delta::Delete, State::Absent, requested_at)
}

pub fn case(id: CaseId, account: AccountId) -> Case {
    let mut case = Case::new(id, vec![person("operators")], at(0));
    let item = CaseItem {
        resource: payroll(),
        account,
        identifier: "ann".to_owned(),
        kind: OperationKind::Create,
    };
    case.items.insert(OperationId(1), item);
    case
}

/// An accepted export, saved, one day after the one with the number before.
pub fn new_export(work: &mut Work<'_>, rows: u64) -> Result<Export, StoreError> {
    let export = export(work.next_export()?, rows);
    work.save_export(&export)?;
    Ok(export)
}

pub fn export(id: ExportId, rows: u64) -> Export {
    Export {
        id,
        resource: payroll(),
        digest: Digest::from_bytes([7; 32]),
        name: "payroll.csv".to_owned(),
        size: 1,
        exported_at: at(id.0 * 24 * 60),
        exported_at_from: "trailer".to_owned(),
        read_at: at(id.0 * 24 * 60),
        state: ExportState::Accepted,
        rows,
        rejected: 0,
        rejected_rows: Vec::new(),
        covered: Vec::new(),
        absent: Vec::new(),
        remarks: Vec::new(),
        gates: Vec::new(),
        decision: None,
        content_dropped_at: None,
        reader: Digest::from_bytes([8; 32]),
    }
}

pub fn identity(id: &str) -> IdentityId {
    IdentityId::new(id).unwrap()
}

/// A drift that is reported.
pub fn drift() -> Drift {
    Drift {
        subject: Subject::Existence,
        kind: DriftKind::Missing,
        expected: Values::NONE,
        observed: Values::NONE,
        export: ExportId(1),
        since: at(0),
        reaction: Reaction::Report,
        gave_up: false,
        question: None,
        acknowledged: None,
    }
}
