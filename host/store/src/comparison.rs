//! An export compared with what is observed, while it streams by and before anything is written.
//!
//! Every row has a digest of its cells. As long as the export has the order of the one before, the
//! digests are compared one by one with those of the listing, and no row costs an access to the
//! database or memory. What differs is looked up, and waits in a file for its transaction.

use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasherDefault, Hasher};

use provisor_model::{ExportId, ResourceName};
use rusqlite::OptionalExtension;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use siphasher::sip::SipHasher13;

use crate::listing::{Entry, Listing};
use crate::spool::{Spool, Spooled};
use crate::view::{View, parse};
use crate::{ObservedRow, StoreError};

/// Entries that are searched for a row when some before it are not in the export any more. More
/// are found by a look-up.
const AHEAD: usize = 64;

/// Rows that are gone and kept as examples.
const EXAMPLES: usize = 10;

/// What a row is, compared with what is observed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// As before, although its cells are written otherwise.
    Same,
    /// Not there before.
    Appeared,
    /// Different from before.
    Changed(ObservedRow),
    /// There was a row of the same key in this export already.
    Duplicate {
        /// Its line, if that is still known.
        first: Option<u64>,
    },
}

/// What differs, and what is to be done about it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Difference {
    Appeared {
        digest: u64,
        row: ObservedRow,
    },
    Changed {
        number: i64,
        digest: u64,
        row: ObservedRow,
    },
    /// The same, written otherwise.
    Restated {
        key: String,
        digest: u64,
    },
    Vanished {
        number: i64,
    },
}

/// An export that is being compared. Begun by [`View::compare`]; each row is shown to
/// [`knows`](Comparison::knows), and to [`row`](Comparison::row) if that does not know it.
pub struct Comparison<'v, 'c> {
    view: &'v View<'c>,
    resource: ResourceName,
    base: Option<ExportId>,
    key: [u8; 16],
    listing: Listing<'v, 'c>,
    /// Entries that the export has passed by, by digest.
    skipped: HashMap<u64, i64, AsItIs>,
    /// Keys that are new, with their lines.
    fresh: HashMap<u64, u64, AsItIs>,
    /// How many entries the new listing has in common with the old one.
    kept: u64,
    in_order: bool,
    order: Spool,
    differences: Spool,
    appeared: u64,
    changed: u64,
    unchanged: u64,
}

/// An export that was compared, ready to be [accepted](crate::Work::accept_rows).
pub struct Compared {
    /// Rows that were not there before.
    pub appeared: u64,
    /// Rows that are different.
    pub changed: u64,
    /// Rows that are there no longer.
    pub vanished: u64,
    /// Rows that are as before.
    pub unchanged: u64,
    /// Some of the rows that are there no longer.
    pub vanished_rows: Vec<ObservedRow>,
    pub(crate) resource: ResourceName,
    pub(crate) base: Option<ExportId>,
    pub(crate) kept: u64,
    /// The rest of the new listing; `None` if that is the old one.
    pub(crate) order: Option<Spooled>,
    pub(crate) differences: Spooled,
    pub(crate) unreadable: BTreeSet<String>,
    pub(crate) keep_missing: bool,
}

impl<'c> View<'c> {
    /// Begins to compare an export with what is observed. `shape` says in any words what the cells
    /// mean: rows are only as before when their shape is.
    pub fn compare<'v>(
        &'v self,
        resource: &ResourceName,
        shape: &str,
    ) -> Result<Comparison<'v, 'c>, StoreError> {
        let secret: Option<String> =
            self.value("SELECT value FROM meta WHERE key = 'row-key'", &[])?;
        let secret = secret.ok_or_else(|| StoreError::unreadable("row key", "there is none"))?;
        let hash = Sha256::digest(format!("{secret}\n{shape}"));
        let mut key = [0; 16];
        key.copy_from_slice(&hash[..16]);
        let listing = Listing::open(self, resource)?;
        Ok(Comparison {
            view: self,
            resource: resource.clone(),
            base: self.taken_in(resource)?,
            key,
            in_order: listing.is_stored()?,
            listing,
            skipped: HashMap::default(),
            fresh: HashMap::default(),
            kept: 0,
            order: Spool::beside(self.connection.path()),
            differences: Spool::beside(self.connection.path()),
            appeared: 0,
            changed: 0,
            unchanged: 0,
        })
    }

    /// The last export whose rows were taken in.
    pub(crate) fn taken_in(&self, resource: &ResourceName) -> Result<Option<ExportId>, StoreError> {
        let last: Option<i64> = self.value(
            "SELECT export FROM observed_resource WHERE resource = ?1",
            &[&resource.as_str()],
        )?;
        Ok(last.map(ExportId))
    }

    fn stored(
        &self,
        resource: &ResourceName,
        key: &str,
    ) -> Result<Option<(Entry, ObservedRow)>, StoreError> {
        self.connection
            .prepare_cached(
                "SELECT digest, row, identifier, position, attributes
                   FROM observation JOIN observed_row ON observed_row.id = observation.row
                  WHERE resource = ?1 AND observation.key = ?2",
            )?
            .query_row([resource.as_str(), key], |row| {
                let entry = Entry {
                    digest: row.get::<_, i64>(0)?.cast_unsigned(),
                    row: row.get(1)?,
                };
                let (identifier, position): (String, i64) = (row.get(2)?, row.get(3)?);
                let attributes: String = row.get(4)?;
                Ok((entry, identifier, position, attributes))
            })
            .optional()?
            .map(|(entry, identifier, position, attributes)| {
                let attributes = parse("observation", &attributes)?;
                let position = position.unsigned_abs();
                let row = ObservedRow::new(key.to_owned(), identifier, position, attributes);
                Ok((entry, row))
            })
            .transpose()
    }
}

impl Comparison<'_, '_> {
    /// The digest of a row whose cells are written down in these bytes, so that different cells
    /// give different bytes. It is keyed with a secret of this database: nobody outside can prepare
    /// two rows that have the same.
    pub fn digest(&self, cells: &[u8]) -> u64 {
        let mut hasher = SipHasher13::new_with_key(&self.key);
        hasher.write(cells);
        hasher.finish()
    }

    /// Whether there was a row of the same cells before; it is seen then.
    pub fn knows(&mut self, digest: u64) -> Result<bool, StoreError> {
        let Some(next) = self.listing.peek()? else {
            return self.knows_skipped(digest);
        };
        if next.digest == digest {
            self.listing.advance();
        } else if self.knows_skipped(digest)? {
            return Ok(true);
        } else {
            let ahead = self.listing.ahead().iter().take(AHEAD);
            let Some(offset) = ahead.copied().position(|entry| entry.digest == digest) else {
                return Ok(false);
            };
            for _ in 0..offset {
                self.skip()?;
            }
            let Some(found) = self.listing.peek()? else {
                return Ok(false);
            };
            self.listing.advance();
            self.unchanged += 1;
            self.list(found)?;
            return Ok(true);
        }
        self.unchanged += 1;
        self.list(next)?;
        Ok(true)
    }

    fn knows_skipped(&mut self, digest: u64) -> Result<bool, StoreError> {
        if self.skipped.is_empty() {
            return Ok(false);
        }
        let Some(row) = self.skipped.remove(&digest) else {
            return Ok(false);
        };
        self.unchanged += 1;
        self.list(Entry { digest, row })?;
        Ok(true)
    }

    /// Sees a row that is not known by its cells.
    pub fn row(&mut self, digest: u64, row: &ObservedRow) -> Result<Seen, StoreError> {
        let Some((entry, before)) = self.view.stored(&self.resource, &row.key)? else {
            let key = self.digest(row.key.as_bytes());
            if let Some(first) = self.fresh.get(&key) {
                return Ok(Seen::Duplicate {
                    first: Some(*first),
                });
            }
            self.fresh.insert(key, row.position);
            self.in_order = false;
            self.list(Entry { digest, row: 0 })?;
            self.differences.push(&Difference::Appeared {
                digest,
                row: row.clone(),
            })?;
            self.appeared += 1;
            return Ok(Seen::Appeared);
        };
        if !self.pass(entry)? {
            return Ok(Seen::Duplicate { first: None });
        }
        let number = entry.row;
        if entry.digest != digest {
            self.in_order = false;
        }
        self.list(Entry {
            digest,
            row: number,
        })?;
        if before.identifier == row.identifier && before.attributes == row.attributes {
            if entry.digest != digest {
                let key = row.key.clone();
                let restated = Difference::Restated { key, digest };
                self.differences.push(&restated)?;
            }
            self.unchanged += 1;
            return Ok(Seen::Same);
        }
        self.differences.push(&Difference::Changed {
            number,
            digest,
            row: row.clone(),
        })?;
        self.changed += 1;
        Ok(Seen::Changed(before))
    }

    /// Leaves the row of a key as it was, since the export's cannot be read. Only an aid: rows that
    /// are neither seen nor named here are dealt with at the end.
    pub fn unreadable(&mut self, key: &str) -> Result<(), StoreError> {
        if let Some((entry, _)) = self.view.stored(&self.resource, key)?
            && self.listing.peek()? == Some(entry)
        {
            self.listing.advance();
            self.list(entry)?;
        }
        Ok(())
    }

    /// The end of the export. Rows that were not seen are gone, unless their key is in
    /// `unreadable`, or `keep_missing` says that nothing can be concluded from a row's absence.
    pub fn finish(
        mut self,
        unreadable: BTreeSet<String>,
        keep_missing: bool,
    ) -> Result<Compared, StoreError> {
        let mut vanished = 0;
        let mut vanished_rows = Vec::new();
        let mut skipped: Vec<Entry> = std::mem::take(&mut self.skipped)
            .into_iter()
            .map(|(digest, row)| Entry { digest, row })
            .collect();
        // Digests have another order in each database; what is told must not.
        skipped.sort_unstable_by_key(|entry| entry.row);
        let mut skipped = skipped.into_iter();
        loop {
            let entry = match skipped.next() {
                Some(entry) => entry,
                None => match self.listing.peek()? {
                    Some(entry) => {
                        self.listing.advance();
                        self.in_order = false;
                        entry
                    }
                    None => break,
                },
            };
            let keeps = keep_missing
                || !unreadable.is_empty() && unreadable.contains(&self.view.key_of(entry.row)?);
            if keeps {
                self.list(entry)?;
                continue;
            }
            if vanished_rows.len() < EXAMPLES {
                vanished_rows.push(self.view.numbered_row(entry.row)?);
            }
            vanished += 1;
            self.differences
                .push(&Difference::Vanished { number: entry.row })?;
        }
        Ok(Compared {
            appeared: self.appeared,
            changed: self.changed,
            vanished,
            unchanged: self.unchanged,
            vanished_rows,
            resource: self.resource,
            base: self.base,
            kept: self.kept,
            order: match self.in_order {
                true => None,
                false => Some(self.order.finish()?),
            },
            differences: self.differences.finish()?,
            unreadable,
            keep_missing,
        })
    }

    /// Puts an entry into the new listing.
    fn list(&mut self, entry: Entry) -> Result<(), StoreError> {
        if self.in_order {
            self.kept += 1;
            return Ok(());
        }
        self.order.write(&entry.to_bytes())
    }

    /// Passes by the entry at which the listing is.
    fn skip(&mut self) -> Result<(), StoreError> {
        if let Some(entry) = self.listing.peek()? {
            self.listing.advance();
            self.in_order = false;
            self.skipped.insert(entry.digest, entry.row);
        }
        Ok(())
    }

    /// Takes an entry out of what is still to be seen; answers whether it was there.
    fn pass(&mut self, entry: Entry) -> Result<bool, StoreError> {
        if self.skipped.remove(&entry.digest).is_some() {
            return Ok(true);
        }
        while let Some(next) = self.listing.peek()? {
            if next == entry {
                self.listing.advance();
                return Ok(true);
            }
            self.skip()?;
        }
        Ok(false)
    }
}

impl Compared {
    /// How many rows the export has.
    pub fn rows(&self) -> u64 {
        self.appeared + self.changed + self.unchanged
    }
}

/// Digests are as evenly spread as hashes.
type AsItIs = BuildHasherDefault<Digested>;

#[derive(Default)]
struct Digested(u64);

impl Hasher for Digested {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, digest: u64) {
        self.0 = digest;
    }
}
