//! What a transaction can change: the transaction itself. What it changes is in the module of each
//! noun.

use std::ops::Deref;

use provisor_model::{AccountId, CanaryId, CaseId, ExportId, NotificationId, OperationId};
use rusqlite::Connection;
use serde::Serialize;

use crate::StoreError;
use crate::view::View;

/// A transaction at work. It reads what it has written.
pub struct Work<'c> {
    view: View<'c>,
}

impl<'c> Deref for Work<'c> {
    type Target = View<'c>;
    fn deref(&self) -> &View<'c> {
        &self.view
    }
}

impl<'c> Work<'c> {
    pub(crate) fn new(connection: &'c Connection) -> Self {
        Self {
            view: View::new(connection),
        }
    }

    /// The number for a new account. Numbers rise, and none that was committed comes again.
    pub fn next_account(&mut self) -> Result<AccountId, StoreError> {
        self.next("account").map(AccountId)
    }

    /// The number for a new operation.
    pub fn next_operation(&mut self) -> Result<OperationId, StoreError> {
        self.next("operation").map(OperationId)
    }

    /// The number for a new case.
    pub fn next_case(&mut self) -> Result<CaseId, StoreError> {
        self.next("case").map(CaseId)
    }

    /// The number for a new export.
    pub fn next_export(&mut self) -> Result<ExportId, StoreError> {
        self.next("export").map(ExportId)
    }

    /// The number for a new notification.
    pub fn next_notification(&mut self) -> Result<NotificationId, StoreError> {
        self.next("notification").map(NotificationId)
    }

    /// The number for a new canary.
    pub fn next_canary(&mut self) -> Result<CanaryId, StoreError> {
        self.next("canary").map(CanaryId)
    }

    fn next(&mut self, name: &str) -> Result<i64, StoreError> {
        Ok(self
            .connection
            .prepare_cached(
                "INSERT INTO sequence VALUES (?1, 1)
                 ON CONFLICT (name) DO UPDATE SET last = last + 1 RETURNING last",
            )?
            .query_row([name], |row| row.get(0))?)
    }
}

pub(crate) fn json(
    what: &'static str,
    value: &(impl Serialize + ?Sized),
) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::unreadable(what, error))
}
