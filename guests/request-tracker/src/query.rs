//! Queries as Request Tracker reads them.

use crate::reference::Reference;

/// A text as it stands in a query: nothing in it ends it.
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('\'');
    for one in text.chars() {
        if matches!(one, '\'' | '\\') {
            out.push('\\');
        }
        out.push(one);
    }
    out.push('\'');
    out
}

/// Tickets whose custom field has this value.
pub fn with_value(field: &str, value: &str) -> String {
    format!("{} = {}", quoted(&format!("CF.{{{field}}}")), quoted(value))
}

/// One of these values; Request Tracker 5.0 knows no list of values.
pub fn one_of(name: &str, values: impl IntoIterator<Item = Reference>) -> String {
    let conditions: Vec<String> = values
        .into_iter()
        .map(|value| format!("{name} = {value}"))
        .collect();
    conditions.join(" OR ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stays_a_value() {
        assert_eq!(
            with_value("Correlation", r"a' OR id > 0 OR 'b\"),
            r"'CF.{Correlation}' = 'a\' OR id > 0 OR \'b\\'"
        );
    }

    #[test]
    fn several_tickets_are_asked_for_one_by_one() {
        let tickets = [Reference::of(1), Reference::of(20)];
        assert_eq!(
            one_of("id", tickets.into_iter().flatten()),
            "id = 1 OR id = 20"
        );
    }
}
