//! The part of JQL that is understood: comparisons joined with `AND` and `OR`, and an order that is
//! ignored, because tickets always come by their ids.

use super::site::{Issue, Site};

/// A query that was read.
#[derive(Debug, Clone, PartialEq)]
pub enum Query {
    /// Everything.
    All,
    /// Tickets for which both hold.
    And(Box<Query>, Box<Query>),
    /// Tickets for which one of them holds.
    Or(Box<Query>, Box<Query>),
    /// A field, how it is compared, and with what.
    Compare(String, Operator, Vec<String>),
}

/// How a field is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// Equal to one of them.
    Is,
    /// Equal to none of them.
    IsNot,
    /// Containing its words.
    Contains,
}

const UNDERSTOOD: &str = "Error in the JQL Query: only comparisons of id, key, labels, project, \
    status, summary and text fields are understood here.";

/// Reads a query.
///
/// # Errors
/// What Jira says about one that it does not understand.
pub fn read(jql: &str) -> Result<Query, String> {
    let mut tokens = tokens(jql)?;
    let order = tokens.windows(2).position(|pair| {
        pair[0].eq_ignore_ascii_case("order") && pair[1].eq_ignore_ascii_case("by")
    });
    tokens.truncate(order.unwrap_or(tokens.len()));
    if tokens.is_empty() {
        return Ok(Query::All);
    }
    let mut rest = tokens.as_slice();
    let query = either(&mut rest)?;
    match rest.is_empty() {
        true => Ok(query),
        false => Err(UNDERSTOOD.to_owned()),
    }
}

/// What a text that was quoted begins with among the tokens, so that it is not taken for a word.
const QUOTED: char = '"';

fn tokens(jql: &str) -> Result<Vec<String>, String> {
    let mut tokens = Vec::new();
    let mut rest = jql.trim_start();
    while let Some(first) = rest.chars().next() {
        let taken = match first {
            '"' => {
                let (mut text, mut length, mut escaped) = (QUOTED.to_string(), None, false);
                for (at, one) in rest.char_indices().skip(1) {
                    match one {
                        '\\' if !escaped => escaped = true,
                        '"' if !escaped => {
                            length = Some(at + 1);
                            break;
                        }
                        one => {
                            text.push(one);
                            escaped = false;
                        }
                    }
                }
                tokens.push(text);
                length.ok_or("Error in the JQL Query: The quoted string has not been completed.")?
            }
            '(' | ')' | ',' | '~' | '=' => {
                tokens.push(first.to_string());
                1
            }
            '!' if rest.starts_with("!=") => {
                tokens.push("!=".to_owned());
                2
            }
            _ => {
                let ends = |one: char| one.is_whitespace() || "\"(),~=!".contains(one);
                let length = rest.find(ends).unwrap_or(rest.len());
                if length == 0 {
                    return Err(UNDERSTOOD.to_owned());
                }
                tokens.push(rest[..length].to_owned());
                length
            }
        };
        rest = rest[taken..].trim_start();
    }
    Ok(tokens)
}

fn word(rest: &mut &[String], word: &str) -> bool {
    match rest.split_first() {
        Some((first, after)) if first.eq_ignore_ascii_case(word) => {
            *rest = after;
            true
        }
        _ => false,
    }
}

fn either(rest: &mut &[String]) -> Result<Query, String> {
    let mut query = both(rest)?;
    while word(rest, "OR") {
        query = Query::Or(Box::new(query), Box::new(both(rest)?));
    }
    Ok(query)
}

fn both(rest: &mut &[String]) -> Result<Query, String> {
    let mut query = one(rest)?;
    while word(rest, "AND") {
        query = Query::And(Box::new(query), Box::new(one(rest)?));
    }
    Ok(query)
}

fn one(rest: &mut &[String]) -> Result<Query, String> {
    if word(rest, "(") {
        let query = either(rest)?;
        return match word(rest, ")") {
            true => Ok(query),
            false => Err("Error in the JQL Query: Expecting ')'.".to_owned()),
        };
    }
    let (field, after) = rest.split_first().ok_or(UNDERSTOOD)?;
    *rest = after;
    let field = field.trim_start_matches(QUOTED).to_lowercase();
    let operator = match true {
        _ if word(rest, "=") => Operator::Is,
        _ if word(rest, "!=") => Operator::IsNot,
        _ if word(rest, "~") => Operator::Contains,
        _ if word(rest, "in") => return Ok(Query::Compare(field, Operator::Is, values(rest)?)),
        _ if word(rest, "not") && word(rest, "in") => {
            return Ok(Query::Compare(field, Operator::IsNot, values(rest)?));
        }
        _ => return Err(UNDERSTOOD.to_owned()),
    };
    Ok(Query::Compare(field, operator, vec![value(rest)?]))
}

fn value(rest: &mut &[String]) -> Result<String, String> {
    let (first, after) = rest.split_first().ok_or(UNDERSTOOD)?;
    *rest = after;
    match first.strip_prefix(QUOTED) {
        Some(text) => Ok(text.to_owned()),
        None if ["(", ")", ",", "=", "~"].contains(&first.as_str()) => Err(UNDERSTOOD.to_owned()),
        None => Ok(first.clone()),
    }
}

fn values(rest: &mut &[String]) -> Result<Vec<String>, String> {
    if !word(rest, "(") {
        return Err("Error in the JQL Query: Expecting '('.".to_owned());
    }
    let mut all = vec![value(rest)?];
    while word(rest, ",") {
        all.push(value(rest)?);
    }
    match word(rest, ")") {
        true => Ok(all),
        false => Err("Error in the JQL Query: Expecting ')'.".to_owned()),
    }
}

impl Query {
    /// What it asks for and is not there, which fails a query that is validated.
    pub(crate) fn problems(&self, site: &Site) -> Vec<String> {
        match self {
            Query::All => Vec::new(),
            Query::And(one, other) | Query::Or(one, other) => {
                let mut all = one.problems(site);
                all.extend(other.problems(site));
                all
            }
            Query::Compare(field, _, values) => values
                .iter()
                .filter_map(|value| match field.as_str() {
                    "id" | "key" | "issue" | "issuekey" => {
                        let mut issues = site.issues.iter();
                        let there = issues.any(|one| one.is_called(value) && site.shows(one));
                        (!there).then(|| {
                            let kind = match value.chars().all(|one| one.is_ascii_digit()) {
                                true => "A value with ID",
                                false => "An issue with key",
                            };
                            format!("{kind} '{value}' does not exist for the field '{field}'.")
                        })
                    }
                    "project" => {
                        let mut projects = site.projects.iter();
                        let there = projects
                            .any(|one| one.visible && (one.key == value || one.id == value));
                        (!there).then(|| {
                            format!("The value '{value}' does not exist for the field 'project'.")
                        })
                    }
                    field if is_text(field) || ["labels", "status"].contains(&field) => None,
                    field => Some(format!(
                        "Field '{field}' does not exist or you do not have permission to view it."
                    )),
                })
                .collect(),
        }
    }

    /// Whether it finds a ticket.
    pub(crate) fn finds(&self, issue: &Issue, site: &Site) -> bool {
        match self {
            Query::All => true,
            Query::And(one, other) => one.finds(issue, site) && other.finds(issue, site),
            Query::Or(one, other) => one.finds(issue, site) || other.finds(issue, site),
            Query::Compare(field, operator, values) => {
                let any = values
                    .iter()
                    .any(|value| compare(field, *operator, value, issue, site));
                any != (*operator == Operator::IsNot)
            }
        }
    }
}

fn is_text(field: &str) -> bool {
    field == "summary" || field == "text" || field.starts_with("cf[")
}

fn compare(field: &str, operator: Operator, value: &str, issue: &Issue, site: &Site) -> bool {
    match field {
        "id" | "key" | "issue" | "issuekey" => issue.is_called(value),
        // Without case: what is found is not always what was asked for.
        "labels" => {
            let labels = issue.labels();
            labels.iter().any(|label| label.eq_ignore_ascii_case(value))
        }
        "project" => {
            let project = &site.projects[issue.project];
            project.key.eq_ignore_ascii_case(value) || project.id == value
        }
        "status" => issue.status.name.eq_ignore_ascii_case(value),
        field if is_text(field) && operator == Operator::Contains => {
            let id = match field
                .strip_prefix("cf[")
                .and_then(|id| id.strip_suffix(']'))
            {
                Some(number) => format!("customfield_{number}"),
                None => "summary".to_owned(),
            };
            let text = issue.fields.get(&id).and_then(|text| text.as_str());
            let (text, wanted) = (words(text.unwrap_or("")), words(value));
            // The words one behind the other, anywhere in the text.
            !wanted.is_empty() && text.windows(wanted.len()).any(|part| part == wanted)
        }
        _ => false,
    }
}

fn words(text: &str) -> Vec<String> {
    text.split(|one: char| !one.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare(field: &str, operator: Operator, values: &[&str]) -> Query {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        Query::Compare(field.to_owned(), operator, values)
    }

    #[test]
    fn queries_are_read() {
        assert_eq!(read(" ORDER BY id ASC"), Ok(Query::All));
        assert_eq!(
            read(r#"labels = "a\"b" OR cf[10050] ~ "\"c-1\"" ORDER BY id"#),
            Ok(Query::Or(
                Box::new(compare("labels", Operator::Is, &["a\"b"])),
                Box::new(compare("cf[10050]", Operator::Contains, &["\"c-1\""])),
            ))
        );
        assert_eq!(
            read("project = PROV and (id in (1,2) OR key not in (\"P-1\"))"),
            Ok(Query::And(
                Box::new(compare("project", Operator::Is, &["PROV"])),
                Box::new(Query::Or(
                    Box::new(compare("id", Operator::Is, &["1", "2"])),
                    Box::new(compare("key", Operator::IsNot, &["P-1"])),
                )),
            ))
        );
    }

    #[test]
    fn broken_queries_are_refused() {
        for broken in [
            "labels",
            "labels =",
            "labels = \"a",
            "id in (1",
            "id in 1",
            "(a = b",
            "! x",
        ] {
            assert!(read(broken).is_err(), "{broken}");
        }
    }
}
