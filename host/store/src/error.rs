//! What can go wrong with the store.

use std::sync::Arc;

use crate::place::here;
use provisor_model::{AccountId, ExportId, IdentityId, ResourceName};

/// What can go wrong with the store. Cheap to clone, since transactions that are committed
/// together also fail together.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// Another process holds the database for too long.
    #[error("the database {path} is in use by another process; try again when that has ended")]
    Busy {
        /// Where it is.
        path: String,
    },
    /// There is no room.
    #[error("the disk of the database {path} is full; make room and try again")]
    Full {
        /// Where it is.
        path: String,
    },
    /// It may not be written.
    #[error(
        "the database {path} cannot be written: check the permissions of its file and its folder"
    )]
    ReadOnly {
        /// Where it is.
        path: String,
    },
    /// The disk does not do what it should.
    #[error(
        "the disk of the database {path} fails: {problem}; check it and its limits, and try again"
    )]
    Disk {
        /// Where it is.
        path: String,
        /// What happened.
        problem: String,
    },
    /// The file is no database, or a damaged one.
    #[error("the database {path} is damaged: {problem}; restore it from a backup")]
    Damaged {
        /// Where it is.
        path: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A newer version of Provisor has used the database.
    #[error(
        "the database {path} has schema {found}, made by a newer version of Provisor; this one \
         knows schemas up to {known}. Use that version, or a backup"
    )]
    Newer {
        /// Where it is.
        path: String,
        /// Its schema.
        found: i64,
        /// The newest schema that this version knows.
        known: i64,
    },
    /// A database of another program.
    #[error("{path} is a database of another program; name another file")]
    Foreign {
        /// Where it is.
        path: String,
    },
    /// The database of another installation.
    #[error("the database {path} belongs to installation {found}, and not to {expected}")]
    OtherInstallation {
        /// Where it is.
        path: String,
        /// Whose it is.
        found: String,
        /// Whose it should be.
        expected: String,
    },
    /// The database cannot be opened.
    #[error("the database {path} cannot be opened: {problem}")]
    Open {
        /// Where it is.
        path: String,
        /// Why not.
        problem: String,
    },
    /// What is stored cannot be understood.
    #[error("a stored {what} cannot be understood: {problem}; restore the database from a backup")]
    Unreadable {
        /// What it should be.
        what: &'static str,
        /// Why not.
        problem: String,
    },
    /// Another account has the name.
    #[error("{name} on {resource} belongs to {account}")]
    NameTaken {
        /// Where.
        resource: ResourceName,
        /// The name, as it is compared.
        name: String,
        /// Whose it is.
        account: AccountId,
    },
    /// The identity has another account on the resource.
    #[error("{identity} has an account on {resource} already: {account}")]
    IdentityTaken {
        /// Where.
        resource: ResourceName,
        /// Who.
        identity: IdentityId,
        /// The account.
        account: AccountId,
    },
    /// An export was given with another number of rows than it has.
    #[error(
        "{export} has {expected} rows, but {found} were read: reading it was interrupted, or its \
         content changed; take it again"
    )]
    RowCount {
        /// The export.
        export: ExportId,
        /// How many rows it has.
        expected: u64,
        /// How many were given.
        found: u64,
    },
    /// The rows of this export, or of a later one, were taken in before.
    #[error("the rows of {export} cannot be taken in: those of {last} were taken in already")]
    StaleRows {
        /// The export.
        export: ExportId,
        /// The last one that was taken in.
        last: ExportId,
    },
    /// Another export was taken in between comparing this one and accepting it.
    #[error("another export was taken in while {export} was being compared; try again")]
    Overtaken {
        /// The export.
        export: ExportId,
    },
    /// What does not fit into memory cannot be put aside.
    #[error("the folder of the database takes no temporary file: {0}")]
    Spool(String),
    /// SQLite gave the whole transaction up.
    #[error(
        "a serious error, often a full disk, undid this transaction and others with it; check the \
         disk of the database {path} and try again"
    )]
    Aborted {
        /// Where it is.
        path: String,
    },
    /// A transaction panicked; it has changed nothing.
    #[error("a transaction failed inside; it has changed nothing")]
    Panicked,
    /// The store is being closed.
    #[error("the store is closed")]
    Closed,
    /// Anything else that SQLite says.
    #[error("the database says: {0}")]
    Sqlite(Arc<rusqlite::Error>),
}

impl StoreError {
    /// Stable code for machines.
    pub fn code(&self) -> &'static str {
        match self {
            StoreError::Busy { .. } => "store-busy",
            StoreError::Full { .. } => "store-full",
            StoreError::ReadOnly { .. } => "store-read-only",
            StoreError::Disk { .. } => "store-disk",
            StoreError::Damaged { .. } => "store-damaged",
            StoreError::Newer { .. } => "store-newer",
            StoreError::Foreign { .. } => "store-foreign",
            StoreError::OtherInstallation { .. } => "store-other-installation",
            StoreError::Open { .. } => "store-open",
            StoreError::Unreadable { .. } => "store-unreadable",
            StoreError::NameTaken { .. } => "name-taken",
            StoreError::IdentityTaken { .. } => "identity-taken",
            StoreError::RowCount { .. } => "row-count",
            StoreError::StaleRows { .. } => "stale-rows",
            StoreError::Overtaken { .. } => "overtaken",
            StoreError::Spool(_) => "store-spool",
            StoreError::Aborted { .. } => "store-aborted",
            StoreError::Panicked => "store-panicked",
            StoreError::Closed => "store-closed",
            StoreError::Sqlite(_) => "store",
        }
    }

    /// Whether the same call may succeed later without anybody changing anything.
    pub fn retryable(&self) -> bool {
        matches!(self, StoreError::Busy { .. } | StoreError::Overtaken { .. })
    }

    pub(crate) fn unreadable(what: &'static str, problem: impl ToString) -> Self {
        StoreError::Unreadable {
            what,
            problem: problem.to_string(),
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        let (path, problem) = (here(), error.to_string());
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy { path },
            Some(ErrorCode::DiskFull) => StoreError::Full { path },
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
                StoreError::ReadOnly { path }
            }
            Some(ErrorCode::CannotOpen) => StoreError::Open {
                path,
                problem: format!(
                    "{problem}; check that its folder and the files beside it can be written"
                ),
            },
            Some(ErrorCode::SystemIoFailure) => StoreError::Disk { path, problem },
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                StoreError::Damaged { path, problem }
            }
            _ => StoreError::Sqlite(Arc::new(error)),
        }
    }
}
