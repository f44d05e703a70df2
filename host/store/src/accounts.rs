//! Accounts, with their operations and what the exports show of them.

use provisor_model::{
    Account, AccountId, IdentityId, Operation, OperationKind, ResourceName, Timestamp,
};
use rusqlite::params;
use serde::Serialize;

use crate::StoreError;
use crate::view::{View, limit, resource};
use crate::work::{Work, json};

/// Which accounts are listed. The default lists none, since its limit is 0.
#[derive(Debug, Clone, Default)]
pub struct AccountFilter {
    /// Of this resource.
    pub resource: Option<ResourceName>,
    /// Of this identity.
    pub identity: Option<IdentityId>,
    /// With this text in the identifier, in upper or lower case.
    pub name_contains: Option<String>,
    /// Only those with drift that nobody has acknowledged.
    pub drifted: bool,
    /// Only those for which something is withheld.
    pub withheld: bool,
    /// Only those with something under way.
    pub pending: bool,
    /// Only those after this one, in the order of numbers.
    pub after: Option<AccountId>,
    /// At most so many.
    pub limit: usize,
}

/// One account in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct AccountSummary {
    /// Its number.
    pub id: AccountId,
    /// Where it is.
    pub resource: ResourceName,
    /// Whose it is.
    pub identity: Option<IdentityId>,
    /// How it is called.
    pub identifier: String,
    /// Operations under way.
    pub pending: u64,
    /// Differences that somebody else made and nobody has acknowledged.
    pub drift: u64,
    /// Things that are wanted but not asked for again.
    pub withheld: u64,
}

impl View<'_> {
    /// Everything known of an account, with all its operations and what is observed of it. It has
    /// no events.
    pub fn account(&self, id: AccountId) -> Result<Option<Account>, StoreError> {
        let Some(mut account) = self.body::<Account>(
            "account",
            "SELECT body FROM account WHERE id = ?1",
            &[&id.0],
        )?
        else {
            return Ok(None);
        };
        account.operations = self.bodies(
            "operation",
            "SELECT body FROM operation WHERE account = ?1 ORDER BY id",
            &[&id.0],
        )?;
        account.observed = self.observation_of(id, &account.resource)?;
        Ok(Some(account))
    }

    /// The account that was found, if one was.
    pub fn account_if(&self, found: Option<AccountId>) -> Result<Option<Account>, StoreError> {
        match found {
            Some(id) => self.account(id),
            None => Ok(None),
        }
    }

    /// The account of an identity on a resource.
    pub fn account_of(
        &self,
        resource: &ResourceName,
        identity: &IdentityId,
    ) -> Result<Option<AccountId>, StoreError> {
        let id = self.value(
            "SELECT id FROM account WHERE resource = ?1 AND identity = ?2",
            &[&resource.as_str(), &identity.as_str()],
        )?;
        Ok(id.map(AccountId))
    }

    /// The account that has a name on a resource; `key` as identifiers are compared there.
    pub fn account_named(
        &self,
        resource: &ResourceName,
        key: &str,
    ) -> Result<Option<AccountId>, StoreError> {
        let id = self.value(
            "SELECT account FROM account_name WHERE resource = ?1 AND key = ?2",
            &[&resource.as_str(), &key],
        )?;
        Ok(id.map(AccountId))
    }

    /// Accounts in the order of their numbers.
    pub fn accounts(&self, filter: &AccountFilter) -> Result<Vec<AccountSummary>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id, resource, identity, identifier,
                    CASE WHEN drift > 0
                         THEN (SELECT count(*) FROM json_each(body, '$.drift')
                                WHERE json_extract(value, '$.acknowledged') IS NULL)
                         ELSE 0 END AS open_drift, withheld,
                    (SELECT count(*) FROM operation
                      WHERE operation.account = account.id AND ended_at IS NULL) AS pending
               FROM account
              WHERE (?1 IS NULL OR resource = ?1)
                AND (?2 IS NULL OR identity = ?2)
                AND (?3 IS NULL OR instr(lower_case, ?3) > 0)
                AND (NOT ?4 OR open_drift > 0)
                AND (NOT ?5 OR withheld > 0)
                AND (NOT ?6 OR pending > 0)
                AND id > ?7
              ORDER BY id LIMIT ?8",
        )?;
        let rows = statement.query_map(
            params![
                filter.resource.as_ref().map(ResourceName::as_str),
                filter.identity.as_ref().map(IdentityId::as_str),
                filter
                    .name_contains
                    .as_ref()
                    .map(|text| text.to_lowercase()),
                filter.drifted,
                filter.withheld,
                filter.pending,
                filter.after.map_or(0, |id| id.0),
                limit(filter.limit),
            ],
            |row| {
                Ok((
                    row.get(0)?,
                    row.get(1)?,
                    row.get::<_, Option<String>>(2)?,
                    row.get(3)?,
                    (row.get(4)?, row.get(5)?, row.get(6)?),
                ))
            },
        )?;
        rows.map(|row| {
            let (id, name, identity, identifier, (drift, withheld, pending)) = row?;
            Ok(AccountSummary {
                id: AccountId(id),
                resource: resource(name)?,
                identity: identity
                    .map(IdentityId::new)
                    .transpose()
                    .map_err(|error| StoreError::unreadable("identity", error))?,
                identifier,
                pending,
                drift,
                withheld,
            })
        })
        .collect()
    }

    /// Accounts of a resource with something under way or an open drift: those that an export
    /// concerns even if their row is as before.
    pub fn accounts_under_way(
        &self,
        resource: &ResourceName,
    ) -> Result<Vec<AccountId>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT account FROM operation WHERE resource = ?1 AND ended_at IS NULL
             UNION SELECT id FROM account WHERE resource = ?1 AND drift > 0",
        )?;
        let rows = statement.query_map([resource.as_str()], |row| row.get(0).map(AccountId))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many accounts a resource has: rows of its last accepted export, or accounts that are
    /// believed to exist if there never was one.
    pub fn account_count(&self, resource: &ResourceName) -> Result<u64, StoreError> {
        if self.has_observations(resource)? {
            return self.observed_count(resource);
        }
        let count = self.value(
            "SELECT count(*) FROM account WHERE resource = ?1 AND assumed = 1",
            &[&resource.as_str()],
        )?;
        Ok(count.unwrap_or(0))
    }
}

impl Work<'_> {
    /// Saves an account with its operations, and moves its events into the history. `names` are the
    /// keys under which a row of an export is this account, its own first. What is as it was
    /// stored is not written. Cases that its operations name must be saved before.
    ///
    /// # Errors
    ///
    /// [`StoreError::NameTaken`] and [`StoreError::IdentityTaken`] when another account is in the
    /// way; nothing is written then, and the events are still there.
    pub fn save_account(
        &mut self,
        account: &mut Account,
        names: &[String],
        kind_of: &dyn Fn(&Operation) -> OperationKind,
        at: Timestamp,
        actor: &str,
    ) -> Result<(), StoreError> {
        self.check_unclaimed(account, names)?;
        self.connection
            .prepare_cached(
                "INSERT INTO account
                     (id, resource, identity, identifier, lower_case, assumed, drift, withheld, body)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
                 ON CONFLICT (id) DO UPDATE SET
                     identity = excluded.identity, identifier = excluded.identifier,
                     lower_case = excluded.lower_case, assumed = excluded.assumed,
                     drift = excluded.drift, withheld = excluded.withheld, body = excluded.body
                 WHERE body IS NOT excluded.body",
            )?
            .execute(params![
                account.id.0,
                account.resource.as_str(),
                account.identity.as_ref().map(IdentityId::as_str),
                account.identifier,
                account.identifier.to_lowercase(),
                account.assumed.exists(),
                account.drift.len(),
                account.withheld.len(),
                json("account", account)?,
            ])?;
        self.save_names(account, names)?;
        for operation in &account.operations {
            self.save_operation(account, operation, kind_of(operation))?;
        }
        for mut event in std::mem::take(&mut account.events) {
            if event.on_behalf_of.is_none() {
                let operation = event.operation.and_then(|id| account.operation(id));
                event.on_behalf_of = operation
                    .and_then(|operation| operation.requester.clone())
                    .filter(|requester| requester.as_str() != actor);
            }
            self.add_event(at, actor, &account.resource, Some(account.id), event)?;
        }
        Ok(())
    }

    /// Takes an account's names away, so that another can have them.
    pub fn release_names(&mut self, account: AccountId) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("DELETE FROM account_name WHERE account = ?1")?
            .execute([account.0])?;
        Ok(())
    }

    fn check_unclaimed(&self, account: &Account, names: &[String]) -> Result<(), StoreError> {
        for key in names {
            if let Some(other) = self.account_named(&account.resource, key)?
                && other != account.id
            {
                return Err(StoreError::NameTaken {
                    resource: account.resource.clone(),
                    name: key.clone(),
                    account: other,
                });
            }
        }
        if let Some(identity) = &account.identity
            && let Some(other) = self.account_of(&account.resource, identity)?
            && other != account.id
        {
            return Err(StoreError::IdentityTaken {
                resource: account.resource.clone(),
                identity: identity.clone(),
                account: other,
            });
        }
        Ok(())
    }

    fn save_names(&mut self, account: &Account, names: &[String]) -> Result<(), StoreError> {
        let asked_for = account.identity.is_some() || account.desired.is_some();
        let known: Vec<(String, bool)> = self
            .connection
            .prepare_cached(
                "SELECT key, asked_for FROM account_name WHERE account = ?1 ORDER BY place",
            )?
            .query_map([account.id.0], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        let same =
            |(key, asked): &(String, bool), name: &String| key == name && *asked == asked_for;
        if known.len() == names.len() && known.iter().zip(names).all(|(one, name)| same(one, name))
        {
            return Ok(());
        }
        self.release_names(account.id)?;
        let mut statement = self.connection.prepare_cached(
            // A name that is there twice keeps its first place.
            "INSERT INTO account_name (resource, key, account, place, asked_for)
             VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
        )?;
        for (place, key) in names.iter().enumerate() {
            let resource = account.resource.as_str();
            statement.execute(params![resource, key, account.id.0, place, asked_for])?;
        }
        Ok(())
    }
}
