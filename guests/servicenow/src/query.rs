//! What a list is asked for.

use provisor_sdk::Failure;

use crate::reference::SysId;

/// An encoded query into which no value can bring a condition of its own.
///
/// The language has no way to write a `^` inside a value, and it runs what begins with
/// `javascript:`. Such values are refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query(String);

impl Query {
    /// Records whose field holds this value. The instance compares without regard to case and may
    /// ignore the condition altogether, so compare again.
    ///
    /// # Errors
    /// `rejected` when the value cannot stand in a query.
    pub fn equals(field: &str, value: &str) -> Result<Self, Failure> {
        let script = value
            .trim_start()
            .get(..11)
            .is_some_and(|start| start.eq_ignore_ascii_case("javascript:"));
        if value.is_empty() || value.contains('^') || value.chars().any(char::is_control) || script
        {
            return Err(Failure::rejected(format!(
                "`{}` cannot be looked for in the field `{field}` of ServiceNow: it is empty, or \
                 holds a `^` or a control character, or begins with `javascript:`",
                value.escape_debug()
            )));
        }
        Ok(Query(format!("{field}={value}")))
    }

    /// Records with one of these identifiers.
    pub fn sys_ids<'a>(sys_ids: impl IntoIterator<Item = &'a SysId>) -> Self {
        let sys_ids: Vec<&str> = sys_ids.into_iter().map(SysId::as_str).collect();
        Query(format!("sys_idIN{}", sys_ids.join(",")))
    }

    /// All records, those made last first.
    pub fn newest_first() -> Self {
        Query("ORDERBYDESCsys_created_on".to_owned())
    }

    /// The states of a table and of `task`, from which it has those that it does not name itself.
    pub fn states(table: &str, field: &str) -> Self {
        Query(format!(
            "nameIN{table},task^element={field}^inactive=false^language=en"
        ))
    }

    /// Sorted by identifier, so that pages do not overlap.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        self.0.push_str("^ORDERBYsys_id");
        self
    }

    /// As it is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_value_adds_a_condition(value in any::<String>()) {
            if let Ok(query) = Query::equals("correlation_id", &value) {
                prop_assert_eq!(query.as_str(), format!("correlation_id={value}"));
                prop_assert!(!query.as_str().contains('^'));
            }
        }
    }

    #[test]
    fn what_would_be_run_or_split_is_refused() {
        for value in [
            "",
            "a^ORactive=true",
            "javascript:gs.getUserID()",
            " JavaScript:x",
            "a\nb",
        ] {
            assert!(Query::equals("name", value).is_err(), "{value:?}");
        }
        assert!(Query::equals("name", "Bänke, Süd & Co").is_ok());
    }
}
