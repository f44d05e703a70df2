//! Opening the database; one writer, many readers.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use rusqlite_migration::{M, Migrations};

use crate::StoreError;
use crate::place::Place;
use crate::rechaining::chain_anew;
use crate::view::View;
use crate::work::Work;
use crate::writer::Writer;

/// How the database is opened.
#[derive(Debug, Clone)]
pub struct OpenOptions {
    /// How long to wait for another process that writes. Default: 10 s, longer than any
    /// transaction but that of a very large export.
    pub busy_timeout: Duration,
    /// The installation that the database must be of; a new database becomes one of it. Default:
    /// any, and a new database gets a random one.
    pub installation: Option<String>,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            busy_timeout: Duration::from_secs(10),
            installation: None,
        }
    }
}

/// Everything that a host keeps. Cheap to clone; all clones are the same store.
///
/// When the last clone goes, what was handed in is still committed first.
#[derive(Clone)]
pub struct Store {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub path: Arc<Path>,
    pub busy_timeout: Duration,
    installation: String,
    // Dropped before the writer, so that its connection is the last one and takes the
    // write-ahead log along.
    readers: Mutex<Vec<Connection>>,
    writer: Writer,
}

/// Connections that are kept for reading when nobody reads.
const IDLE_READERS: usize = 8;

/// Statements that a connection keeps prepared: all that there are.
const STATEMENTS: usize = 128;

/// What a large export leaves of the write-ahead log on the disk, in bytes.
const LOG: i64 = 64 * 1024 * 1024;

/// The mark of a Provisor database, as the first step of the schema sets it.
const APPLICATION: i64 = 0x5052_5653;

/// Each step goes forward; none is ever changed once it was released.
fn steps() -> Vec<M<'static>> {
    vec![
        M::up(include_str!("schema.sql")),
        M::up(include_str!("migrations/listing.sql")),
        M::up(include_str!("migrations/deadlines.sql")),
        M::up(include_str!("migrations/outbox.sql")),
        M::up_with_hook("", |transaction| Ok(chain_anew(transaction)?)),
        M::up(include_str!("migrations/drift.sql")),
        M::up(include_str!("migrations/linking.sql")),
        M::up(include_str!("migrations/unlinked.sql")),
        M::up(include_str!("migrations/tickets.sql")),
        M::up(include_str!("migrations/component_usage.sql")),
        M::up(include_str!("migrations/components.sql")),
        M::up(include_str!("migrations/canary.sql")),
        M::up(include_str!("migrations/signatures.sql")),
    ]
}

impl Store {
    /// Opens the database, or makes it, and brings its schema up to date. Only its owner can read
    /// the file. The folder must be there.
    ///
    /// # Errors
    ///
    /// Nothing is touched when the file is of a newer version ([`StoreError::Newer`]), of another
    /// program ([`StoreError::Foreign`]) or of another installation
    /// ([`StoreError::OtherInstallation`]).
    pub fn open(path: &Path, options: &OpenOptions) -> Result<Self, StoreError> {
        let database: Arc<Path> = path.into();
        let _place = Place::enter(database.clone());
        create_private(path)?;
        let mut connection = connect(
            path,
            options.busy_timeout,
            OpenFlags::SQLITE_OPEN_READ_WRITE,
        )?;
        // SQLite opens what it may not write for reading only, and says nothing.
        if connection.is_readonly("main")? {
            return Err(StoreError::ReadOnly {
                path: path.display().to_string(),
            });
        }
        patiently(options.busy_timeout, || check(&mut connection, path))?;
        configure_writer(&connection, path, options.busy_timeout)?;
        migrate(&mut connection, path, options.busy_timeout)?;
        let installation = installation(&connection, path, options.installation.as_deref())?;
        Ok(Self {
            inner: Arc::new(Inner {
                path: database.clone(),
                busy_timeout: options.busy_timeout,
                installation,
                readers: Mutex::new(Vec::new()),
                writer: Writer::start(connection, database)?,
            }),
        })
    }

    /// The name of this installation, made with the database. Correlation ids begin with it.
    pub fn installation(&self) -> &str {
        &self.inner.installation
    }

    /// Runs a transaction. It is committed and on the disk when this answers with success, and has
    /// changed nothing when it answers with an error.
    ///
    /// Transactions run one after the other on the writing thread; several that wait are committed
    /// together, and an error or a panic in one undoes only that one. When this future is dropped,
    /// the transaction may still be carried out. The closure must not wait for another transaction
    /// of the same store.
    pub async fn update<R, E>(
        &self,
        act: impl FnOnce(&mut Work<'_>) -> Result<R, E> + Send + 'static,
    ) -> Result<R, E>
    where
        R: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.inner.writer.run(act).await
    }

    /// Like [`update`](Store::update), for callers outside of async code.
    ///
    /// # Panics
    ///
    /// When it is called on a thread that runs async tasks.
    pub fn update_blocking<R, E>(
        &self,
        act: impl FnOnce(&mut Work<'_>) -> Result<R, E> + Send + 'static,
    ) -> Result<R, E>
    where
        R: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.inner.writer.run_blocking(act)
    }

    /// Reads from one consistent snapshot of what is committed, beside whoever writes.
    pub fn read<R, E>(&self, act: impl FnOnce(&View<'_>) -> Result<R, E>) -> Result<R, E>
    where
        E: From<StoreError>,
    {
        let _place = Place::enter(self.inner.path.clone());
        let connection = self.reader()?;
        connection
            .execute_batch("BEGIN DEFERRED")
            .map_err(StoreError::from)?;
        let result = act(&View::new(&connection));
        // Kept for the next reader only if the snapshot was let go; a connection that is dropped
        // lets it go in any case.
        if connection.execute_batch("COMMIT").is_ok() {
            let mut idle = self.readers();
            if idle.len() < IDLE_READERS {
                idle.push(connection);
            }
        }
        result
    }

    fn reader(&self) -> Result<Connection, StoreError> {
        if let Some(connection) = self.readers().pop() {
            return Ok(connection);
        }
        let connection = connect(
            &self.inner.path,
            self.inner.busy_timeout,
            OpenFlags::SQLITE_OPEN_READ_ONLY,
        )?;
        // Sorting must not leave personal data in temporary files. The writer may: in memory, the
        // log of its savepoints would be walked from its start after each statement, and large
        // transactions would take quadratic time. SQLite unlinks the file as soon as it is open.
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        Ok(connection)
    }

    fn readers(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.inner
            .readers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// What every connection needs.
fn connect(path: &Path, timeout: Duration, mode: OpenFlags) -> Result<Connection, StoreError> {
    // Each connection is used by one thread at a time, so SQLite's own locks are for nothing.
    let flags = mode | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let connection =
        Connection::open_with_flags(path, flags).map_err(|error| cannot_open(path, error))?;
    connection.busy_timeout(timeout)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // What belongs to nothing is a mistake that shows at once.
    connection.pragma_update(None, "foreign_keys", true)?;
    // A database that somebody tampered with must not run functions of its own choice, nor lead
    // SQLite outside of a page.
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    Ok(connection)
}

/// Refuses what is not ours before anything is written.
fn check(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    // One snapshot: another process may be making the very same database.
    let snapshot = connection.transaction()?;
    let number = |name: &str| snapshot.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let empty: bool = snapshot.query_row(
        "SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)",
        [],
        |row| row.get(0),
    )?;
    let (application, found) = (number("application_id")?, number("user_version")?);
    let (path, known) = (path.display().to_string(), steps().len() as i64);
    if application != APPLICATION && !(empty && application == 0 && found == 0) {
        return Err(StoreError::Foreign { path });
    }
    if found > known {
        return Err(StoreError::Newer { path, found, known });
    }
    Ok(())
}

fn configure_writer(
    connection: &Connection,
    path: &Path,
    timeout: Duration,
) -> Result<(), StoreError> {
    // Readers go on beside the writer, and a commit is one sequential write.
    let mode: String = patiently(timeout, || {
        Ok(connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?)
    })?;
    if mode != "wal" {
        return Err(StoreError::Open {
            path: path.display().to_string(),
            problem: format!(
                "it must be on a local disk: its file system allows only journal mode {mode}"
            ),
        });
    }
    // What was acknowledged survives a loss of power too, not only of the process.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "journal_size_limit", LOG)?;
    Ok(())
}

fn migrate(connection: &mut Connection, path: &Path, timeout: Duration) -> Result<(), StoreError> {
    let (migrations, known) = (Migrations::new(steps()), steps().len() as i64);
    patiently(timeout, || {
        let Err(error) = migrations.to_latest(connection) else {
            return Ok(());
        };
        // Another process may have been faster with the same step.
        let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if version == known {
            return Ok(());
        }
        Err(match error {
            rusqlite_migration::Error::RusqliteError { err, .. } => err.into(),
            other => cannot_open(path, other),
        })
    })
}

/// Tries again while another process that opens the same database is in the way, where SQLite
/// itself does not wait.
fn patiently<R>(
    timeout: Duration,
    mut act: impl FnMut() -> Result<R, StoreError>,
) -> Result<R, StoreError> {
    let begun = Instant::now();
    loop {
        match act() {
            Err(StoreError::Busy { .. }) if begun.elapsed() < timeout => {
                std::thread::sleep(Duration::from_millis(10));
            }
            result => return result,
        }
    }
}

fn installation(
    connection: &Connection,
    path: &Path,
    wanted: Option<&str>,
) -> Result<String, StoreError> {
    // Only a database in which nothing has happened yet can still become another's.
    if let Some(wanted) = wanted {
        connection.execute(
            "UPDATE meta SET value = ?1 WHERE key = 'installation' AND value <> ?1
                AND NOT EXISTS (SELECT 1 FROM sequence) AND NOT EXISTS (SELECT 1 FROM history)",
            [wanted],
        )?;
    }
    let found: String = connection.query_row(
        "SELECT value FROM meta WHERE key = 'installation'",
        [],
        |row| row.get(0),
    )?;
    match wanted {
        Some(expected) if expected != found => Err(StoreError::OtherInstallation {
            path: path.display().to_string(),
            found,
            expected: expected.to_owned(),
        }),
        _ => Ok(found),
    }
}

/// Makes the file with permissions for its owner only, before SQLite does with wider ones; the
/// files that SQLite puts beside it get the same. A file that is there is not even opened: closing
/// it again would let go the locks that another store of this process has on it.
fn create_private(path: &Path) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(cannot_open(path, error)),
    }
}

fn cannot_open(path: &Path, problem: impl ToString) -> StoreError {
    StoreError::Open {
        path: path.display().to_string(),
        problem: problem.to_string(),
    }
}
