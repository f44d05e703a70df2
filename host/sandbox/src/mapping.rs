//! The world `mapping`, with the host's own types.

use crate::bindings::mapping::{Mapping as Instance, exports};
use crate::call::{Call, CallReport};
use crate::component::{Component, Linked};
use crate::error::{CallError, WrongWorld};
use crate::inspection::World;
use crate::log::LogLine;
use crate::page::{PageError, Table};
use crate::run::{Run, Wrong, clip, from_guest, to_guest};

/// A component of the world `mapping`.
#[derive(Clone)]
pub struct Mapping(pub(crate) Component);

/// What a remark means for the cell or row that it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RemarkKind {
    /// The account keeps whatever value it has.
    LeftAlone,
    /// The value is good to use, and a person should know something about it.
    Warning,
    /// There is no usable value.
    Error,
}

/// Something to say about a row or one of its cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// Which row, counted from 0.
    pub row: u32,
    /// Which attribute; `None` for the whole row.
    pub attribute: Option<String>,
    /// What it means.
    pub kind: RemarkKind,
    /// For people.
    pub message: String,
}

/// The accounts, one for each identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accounts {
    /// A row for each identity.
    pub rows: Table,
    /// What there is to say about them.
    pub remarks: Vec<Remark>,
}

/// A fresh instance that maps identities.
pub struct MappingRun {
    component: Component,
    run: Run,
    instance: Option<Instance>,
}

impl Mapping {
    /// Begins a unit of work.
    pub async fn start(&self, call: &Call) -> Result<MappingRun, CallError> {
        Ok(MappingRun {
            run: self.0.run(call, None)?,
            component: self.0.clone(),
            instance: None,
        })
    }
}

impl MappingRun {
    /// Maps identities to accounts.
    pub async fn evaluate(&mut self, identities: &Table) -> Result<Accounts, CallError> {
        const FUNCTION: &str = "evaluate";
        let Linked::Mapping(pre) = &self.component.inner.linked else {
            return Err(WrongWorld {
                is: self.component.world(),
                wanted: World::Mapping,
            }
            .into());
        };
        let rows = identities.row_count();
        let table = to_guest(identities).map_err(|wrong| self.run.refuse(FUNCTION, wrong))?;
        let known = self.instance.take();
        let (instance, answer) = self
            .run
            .call(FUNCTION, async |store| {
                let instance = match known {
                    Some(instance) => instance,
                    None => pre.instantiate_async(&mut *store).await?,
                };
                let answer = instance
                    .provisor_connector_evaluation()
                    .call_evaluate(&mut *store, &table)
                    .await?;
                Ok((instance, answer))
            })
            .await?;
        match answer {
            Ok(accounts) => match check(accounts, rows) {
                Ok(accounts) => {
                    self.instance = Some(instance);
                    Ok(accounts)
                }
                Err(wrong) => Err(self.run.wrong(FUNCTION, wrong)),
            },
            Err(failure) => Err(self.run.failure(FUNCTION, failure)),
        }
    }

    /// What the run has used so far.
    pub fn report(&self) -> CallReport {
        self.run.report()
    }

    /// The last lines that the component wrote; after an error they are in the error.
    pub fn log(&self) -> Vec<LogLine> {
        self.run.log()
    }

    /// What the component was refused so far, by name.
    pub fn refused(&self) -> &[String] {
        self.run.refused()
    }
}

fn check(
    accounts: exports::provisor::connector::evaluation::Accounts,
    rows: usize,
) -> Result<Accounts, Wrong> {
    use exports::provisor::connector::evaluation as guest;
    let columns = accounts.rows.columns;
    let distinct: std::collections::BTreeSet<_> = columns.iter().collect();
    if distinct.len() != columns.len() {
        return Err("a column of the accounts is named twice".to_owned().into());
    }
    let page = from_guest(accounts.rows.rows, columns.len())?;
    let found = page.row_count(columns.len());
    if found != rows {
        let error = PageError::RowCount {
            rows: found,
            wanted: rows,
        };
        return Err(error.into());
    }
    let remarks = accounts
        .remarks
        .into_iter()
        .map(|remark| {
            if remark.row as usize >= rows {
                return Err(format!("a remark is about row {} of {rows}", remark.row).into());
            }
            if let Some(attribute) = &remark.attribute
                && !columns.contains(attribute)
            {
                return Err(format!(
                    "a remark is about {attribute:?}, which is no column of the accounts"
                )
                .into());
            }
            Ok(Remark {
                row: remark.row,
                attribute: remark.attribute,
                kind: match remark.kind {
                    guest::RemarkKind::LeftAlone => RemarkKind::LeftAlone,
                    guest::RemarkKind::Warning => RemarkKind::Warning,
                    guest::RemarkKind::Error => RemarkKind::Error,
                },
                message: clip(remark.message),
            })
        })
        .collect::<Result<_, Wrong>>()?;
    Ok(Accounts {
        rows: Table {
            columns,
            rows: page,
        },
        remarks,
    })
}
