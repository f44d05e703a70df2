//! The rows of a resource in the order of its last accepted export.
//!
//! The tables say the same in another order; the listing is there so that an export, which mostly
//! has the order of the one before, needs no look-up for a row that is as it was.

use provisor_model::ResourceName;
use rusqlite::params;

use crate::StoreError;
use crate::spool::Spooled;
use crate::view::View;
use crate::work::Work;

/// Entries that are stored, read and written together: 64 KiB.
const PART: usize = 4096;

/// Bytes of an entry.
const ENTRY: usize = 16;

/// One row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The digest of its cells.
    pub digest: u64,
    /// Its number in `observed_row`; 0 for one that has none yet.
    pub row: i64,
}

impl Entry {
    pub fn to_bytes(self) -> [u8; ENTRY] {
        let mut bytes = [0; ENTRY];
        bytes[..8].copy_from_slice(&self.digest.to_le_bytes());
        bytes[8..].copy_from_slice(&self.row.to_le_bytes());
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Self {
        let (mut digest, mut row) = ([0; 8], [0; 8]);
        digest.copy_from_slice(&bytes[..8]);
        row.copy_from_slice(&bytes[8..ENTRY]);
        Self {
            digest: u64::from_le_bytes(digest),
            row: i64::from_le_bytes(row),
        }
    }
}

/// A listing that is read from its beginning, part by part.
pub(crate) struct Listing<'v, 'c> {
    view: &'v View<'c>,
    resource: ResourceName,
    loaded: Vec<Entry>,
    at: usize,
    next_part: Option<i64>,
}

impl<'v, 'c> Listing<'v, 'c> {
    pub fn open(view: &'v View<'c>, resource: &ResourceName) -> Result<Self, StoreError> {
        let mut listing = Self {
            view,
            resource: resource.clone(),
            loaded: Vec::new(),
            at: 0,
            next_part: Some(0),
        };
        if !listing.is_stored()? {
            listing.next_part = None;
            listing.loaded = from_tables(view, resource)?;
        }
        Ok(listing)
    }

    /// Whether the entries come from a listing, and not from the tables in no useful order.
    pub fn is_stored(&self) -> Result<bool, StoreError> {
        let listed: Option<bool> = self.view.value(
            "SELECT listed = rows FROM observed_resource WHERE resource = ?1",
            &[&self.resource.as_str()],
        )?;
        Ok(listed.unwrap_or(true))
    }

    /// The entry at which the reading is.
    pub fn peek(&mut self) -> Result<Option<Entry>, StoreError> {
        while self.at == self.loaded.len() {
            let Some(part) = self.next_part else {
                return Ok(None);
            };
            self.at = 0;
            self.loaded = part_of(self.view, &self.resource, part)?;
            self.next_part = (!self.loaded.is_empty()).then_some(part + 1);
        }
        Ok(Some(self.loaded[self.at]))
    }

    /// Goes on by one.
    pub fn advance(&mut self) {
        self.at += 1;
    }

    /// The entries that come next and are in memory anyway.
    pub fn ahead(&self) -> &[Entry] {
        &self.loaded[self.at..]
    }
}

fn from_tables(view: &View<'_>, resource: &ResourceName) -> Result<Vec<Entry>, StoreError> {
    let mut statement = view
        .connection
        .prepare_cached("SELECT digest, row FROM observation WHERE resource = ?1")?;
    let entries = statement.query_map([resource.as_str()], |row| {
        Ok(Entry {
            digest: row.get::<_, i64>(0)?.cast_unsigned(),
            row: row.get(1)?,
        })
    })?;
    Ok(entries.collect::<Result<_, _>>()?)
}

fn part_of(view: &View<'_>, resource: &ResourceName, part: i64) -> Result<Vec<Entry>, StoreError> {
    let bytes: Option<Vec<u8>> = view.value(
        "SELECT entries FROM listing WHERE resource = ?1 AND part = ?2",
        &[&resource.as_str(), &part],
    )?;
    let bytes = bytes.unwrap_or_default();
    Ok(bytes.chunks_exact(ENTRY).map(Entry::from_bytes).collect())
}

impl Work<'_> {
    /// Makes a listing of the first `kept` entries of the one that there is and of those that were
    /// spooled; what has no number yet gets those from `first_row` on. Answers how many there are.
    pub(crate) fn write_listing(
        &mut self,
        resource: &ResourceName,
        kept: u64,
        spooled: &mut Spooled,
        first_row: i64,
    ) -> Result<u64, StoreError> {
        let mut part = i64::try_from(kept / PART as u64).unwrap_or(i64::MAX);
        let mut entries = match usize::try_from(kept % PART as u64).unwrap_or(0) {
            0 => Vec::with_capacity(PART),
            begun => {
                let mut entries = part_of(self, resource, part)?;
                entries.truncate(begun);
                entries
            }
        };
        let mut listed = kept;
        let mut next_row = first_row;
        let mut buffer = vec![0; PART * ENTRY];
        loop {
            let room = PART - entries.len();
            let read = spooled.read(&mut buffer[..room * ENTRY])?;
            for bytes in buffer[..read].chunks_exact(ENTRY) {
                let mut entry = Entry::from_bytes(bytes);
                if entry.row == 0 {
                    entry.row = next_row;
                    next_row += 1;
                }
                entries.push(entry);
                listed += 1;
            }
            if entries.is_empty() {
                break;
            }
            let bytes: Vec<u8> = entries.iter().flat_map(|entry| entry.to_bytes()).collect();
            self.connection
                .prepare_cached(
                    "INSERT INTO listing VALUES (?1, ?2, ?3)
                     ON CONFLICT (resource, part) DO UPDATE SET entries = excluded.entries",
                )?
                .execute(params![resource.as_str(), part, bytes])?;
            part += 1;
            entries.clear();
            if read < room * ENTRY {
                break;
            }
        }
        self.connection
            .prepare_cached("DELETE FROM listing WHERE resource = ?1 AND part >= ?2")?
            .execute(params![resource.as_str(), part])?;
        Ok(listed)
    }
}
