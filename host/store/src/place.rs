//! Which database a thread works on, so that its errors can say where.
//!
//! SQLite's errors do not name the database, and they arise deep in what callers ask of a [`View`]
//! or a [`Work`]; a process may have several databases.
//!
//! [`View`]: crate::View
//! [`Work`]: crate::Work

use std::cell::RefCell;
use std::path::Path;
use std::sync::Arc;

thread_local! {
    static HERE: RefCell<Option<Arc<Path>>> = const { RefCell::new(None) };
}

/// Until it goes, this thread works on one database.
pub(crate) struct Place {
    before: Option<Arc<Path>>,
}

impl Place {
    pub fn enter(database: Arc<Path>) -> Self {
        Self {
            before: HERE.replace(Some(database)),
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        HERE.set(self.before.take());
    }
}

/// The database that this thread works on.
pub(crate) fn here() -> String {
    HERE.with_borrow(|here| {
        here.as_ref()
            .map_or(String::new(), |path| path.display().to_string())
    })
}
