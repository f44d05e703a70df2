//! The history of databases whose records had the actor in the chain, chained anew without it.
//!
//! A record that was broken before is broken afterwards too: chaining anew heals nothing.

use std::collections::HashMap;

use provisor_model::Digest;
use rusqlite::{Connection, params};
use serde::Serialize;

use crate::chain::{AuditRecord, Chain, Sealed, digest};

/// What the digest of a record covered beside the digests: an array in this order.
#[derive(Serialize)]
struct Before<'a>(
    i64,
    i64,
    &'a str,
    &'a str,
    &'a str,
    Option<i64>,
    Option<i64>,
    Option<i64>,
    Option<i64>,
);

/// No record has this digest, so whoever checks the chain finds it.
const BROKEN: Digest = Digest::from_bytes([0; 32]);

/// Chains all records anew, and drops what they were before. Where they are as they should be,
/// nothing is done: for a while new databases were made so at once.
pub(crate) fn chain_anew(connection: &Connection) -> rusqlite::Result<()> {
    let is_new: bool = connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'party')",
        [],
        |row| row.get(0),
    )?;
    if is_new {
        return Ok(());
    }
    connection.execute_batch(include_str!("migrations/history.sql"))?;
    let (last, head): (i64, Vec<u8>) =
        connection.query_row("SELECT sequence, digest FROM history_head", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let end = copy(connection)?;
    // An end that did not fit keeps not fitting.
    let head = match end {
        Some((before, chained)) if before == head => chained.as_bytes().to_vec(),
        _ => head,
    };
    connection.execute(
        "UPDATE history_head SET sequence = ?1, digest = ?2",
        params![last, head],
    )?;
    connection.execute_batch("DROP TABLE history_text_before; DROP TABLE history_before;")
}

/// Answers the digest of the last record as it was, and as it is.
fn copy(connection: &Connection) -> rusqlite::Result<Option<(Vec<u8>, Digest)>> {
    let mut statement = connection.prepare(
        "SELECT sequence, at, actor, kind, resource, account, operation, work_case, export,
                text_digest, digest FROM history_before ORDER BY sequence",
    )?;
    let mut insert = connection.prepare(
        "INSERT INTO history
         VALUES (?1, ?2, ?3, NULL, ?4, ?5, ?6, ?7, ?8, ?9, NULL, NULL, ?10, ?11)",
    )?;
    let mut parties: HashMap<String, (i64, Digest)> = HashMap::new();
    let mut rows = statement.query([])?;
    let mut end: Option<(Vec<u8>, Digest)> = None;
    while let Some(row) = rows.next()? {
        let (actor, kind, resource): (String, String, String) =
            (row.get(2)?, row.get(3)?, row.get(4)?);
        let text_digest: Vec<u8> = row.get(9)?;
        let stored: Vec<u8> = row.get(10)?;
        let old = Before(
            row.get(0)?,
            row.get(1)?,
            &actor,
            &kind,
            &resource,
            row.get(5)?,
            row.get(6)?,
            row.get(7)?,
            row.get(8)?,
        );
        let covered = serde_json::to_vec(&old)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
        let before = end.as_ref().map_or(&[][..], |(before, _)| before);
        let held = digest(&[before, &covered, &text_digest]).as_bytes()[..] == stored[..];
        let (party, party_digest) = match parties.get(&actor) {
            Some(known) => *known,
            None => {
                let made = party(connection, &actor)?;
                parties.insert(actor.clone(), made);
                made
            }
        };
        let sealed = |digest| Sealed {
            digest,
            salt: None,
            value: None,
        };
        let text = <[u8; 32]>::try_from(&text_digest[..]).map_or(BROKEN, Digest::from_bytes);
        let record = AuditRecord {
            sequence: old.0.unsigned_abs(),
            at: old.1,
            kind: kind.clone(),
            resource: resource.clone(),
            account: old.5,
            operation: old.6,
            case: old.7,
            export: old.8,
            component: None,
            inputs: None,
            actor: sealed(party_digest),
            behalf: None,
            text: sealed(text),
            digest: BROKEN,
        };
        let chain = match &end {
            Some((_, digest)) => Chain::at(record.sequence.saturating_sub(1), Some(*digest)),
            None => Chain::default(),
        };
        let chained = match held {
            true => chain.next_digest(&record),
            false => BROKEN,
        };
        insert.execute(params![
            old.0,
            old.1,
            party,
            kind,
            resource,
            old.5,
            old.6,
            old.7,
            old.8,
            text.as_bytes(),
            chained.as_bytes(),
        ])?;
        end = Some((stored, chained));
    }
    connection.execute(
        "INSERT INTO history_text SELECT sequence, salt, text FROM history_text_before
          WHERE sequence IN (SELECT sequence FROM history)",
        [],
    )?;
    Ok(end)
}

fn party(connection: &Connection, name: &str) -> rusqlite::Result<(i64, Digest)> {
    let salt: Vec<u8> = connection.query_row("SELECT randomblob(16)", [], |row| row.get(0))?;
    let digest = Sealed::new(&salt, name).digest;
    let number = connection.query_row(
        "INSERT INTO party (digest, salt, name) VALUES (?1, ?2, ?3) RETURNING number",
        params![digest.as_bytes(), salt, name],
        |row| row.get(0),
    )?;
    Ok((number, digest))
}
