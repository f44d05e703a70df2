//! Finding rows by their attributes.

use provisor_model::{AccountId, Attributes, CorrelationRule, IdentityId, ResourceName};
use rusqlite::params;

use crate::StoreError;
use crate::drift::CLAIMED;
use crate::observations::{ObservedRow, observed_row};
use crate::view::{View, limit, parse};
use crate::work::Work;

impl View<'_> {
    /// Rows that nobody asked for and for which a rule has the key `value`, at most so many, in
    /// the order of their names; none of those of which a person said that they are not the
    /// identity's. Finds what was [indexed](Work::index_correlation).
    pub fn correlated(
        &self,
        resource: &ResourceName,
        rule: &CorrelationRule,
        value: &str,
        identity: &IdentityId,
        most: usize,
    ) -> Result<Vec<ObservedRow>, StoreError> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT observation.key, identifier, position, attributes
               FROM correlation
               JOIN observation USING (resource, key)
               JOIN observed_row ON observed_row.id = observation.row
              WHERE correlation.resource = ?1 AND rule = ?2 AND value = ?3 AND NOT {CLAIMED}
                AND NOT EXISTS (SELECT 1 FROM unlinked
                                 WHERE unlinked.resource = observation.resource
                                   AND unlinked.key = observation.key AND unlinked.identity = ?4)
              ORDER BY observation.key LIMIT ?5"
        ))?;
        let rows = statement.query_map(
            params![
                resource.as_str(),
                rule.to_string(),
                value,
                identity.as_str(),
                limit(most)
            ],
            observed_row,
        )?;
        rows.map(|row| row?).collect()
    }

    /// The last account that was taken from an identity while it had a name.
    pub fn unlinked(
        &self,
        resource: &ResourceName,
        key: &str,
    ) -> Result<Option<AccountId>, StoreError> {
        let last: Option<Option<i64>> = self.value(
            "SELECT max(account) FROM unlinked WHERE resource = ?1 AND key = ?2",
            &[&resource.as_str(), &key],
        )?;
        Ok(last.flatten().map(AccountId))
    }

    /// A row is found by nothing any more.
    pub(crate) fn forget_correlation(
        &self,
        resource: &ResourceName,
        key: &str,
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("DELETE FROM correlation WHERE resource = ?1 AND key = ?2")?
            .execute([resource.as_str(), key])?;
        Ok(())
    }
}

impl Work<'_> {
    /// Lets rows be found by these rules: all when the rules are new, else those that exports have
    /// brought or changed since.
    pub fn index_correlation(
        &mut self,
        resource: &ResourceName,
        rules: &[CorrelationRule],
    ) -> Result<(), StoreError> {
        let names: Vec<String> = rules.iter().map(ToString::to_string).collect();
        let made_with = names.join("\n");
        let known: Option<String> = self.value(
            "SELECT rules FROM correlated_resource WHERE resource = ?1",
            &[&resource.as_str()],
        )?;
        if known.is_none() && rules.is_empty() {
            return Ok(());
        }
        if known.as_ref() != Some(&made_with) {
            self.connection
                .prepare_cached("DELETE FROM correlation WHERE resource = ?1")?
                .execute([resource.as_str()])?;
            self.connection
                .prepare_cached("INSERT OR REPLACE INTO correlated_resource VALUES (?1, ?2, 0)")?
                .execute([resource.as_str(), &made_with])?;
        }
        let mut statement = self.connection.prepare_cached(
            "SELECT key, attributes, export.id
               FROM export JOIN observed_row ON observed_row.export = export.id
              WHERE export.resource = ?1 AND export.state = 'accepted'
                AND export.id > (SELECT export FROM correlated_resource WHERE resource = ?1)",
        )?;
        let mut rows = statement.query([resource.as_str()])?;
        let mut last = None;
        while let Some(row) = rows.next()? {
            let key = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
            let attributes = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
            let attributes: Attributes = parse("observation", attributes)?;
            last = last.max(Some(row.get::<_, i64>(2)?));
            self.forget_correlation(resource, key)?;
            for (rule, name) in rules.iter().zip(&names) {
                let Some(value) = rule.key(&attributes) else {
                    continue;
                };
                self.connection
                    .prepare_cached("INSERT OR IGNORE INTO correlation VALUES (?1, ?2, ?3, ?4)")?
                    .execute([resource.as_str(), name, &value, key])?;
            }
        }
        if let Some(last) = last {
            self.connection
                .prepare_cached("UPDATE correlated_resource SET export = ?2 WHERE resource = ?1")?
                .execute(params![resource.as_str(), last])?;
        }
        Ok(())
    }

    /// Keeps that an account is not that of an identity, under a name that it had.
    pub fn keep_unlinked(
        &mut self,
        resource: &ResourceName,
        key: &str,
        identity: &IdentityId,
        account: AccountId,
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT OR REPLACE INTO unlinked (resource, key, identity, account)
                 VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![
                resource.as_str(),
                key,
                identity.as_str(),
                account.0
            ])?;
        Ok(())
    }

    /// An account may be that of an identity after all.
    pub fn forget_unlinked(
        &mut self,
        resource: &ResourceName,
        key: &str,
        identity: &IdentityId,
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "DELETE FROM unlinked WHERE resource = ?1 AND key = ?2 AND identity = ?3",
            )?
            .execute([resource.as_str(), key, identity.as_str()])?;
        Ok(())
    }
}
