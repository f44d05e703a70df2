//! Encoded queries, such as `active=true^priorityIN1,2^ORDERBYDESCnumber`.

/// A query as it was understood.
#[derive(Debug, Default)]
pub(super) struct Query {
    /// A record is found by one of these if all its groups say yes; a group says yes if one of its
    /// conditions does.
    alternatives: Vec<Vec<Vec<Condition>>>,
    /// Fields to sort by, and whether from the end.
    order: Vec<(String, bool)>,
    /// Whether there were parts that could not be understood.
    pub invalid: bool,
}

#[derive(Debug)]
struct Condition {
    field: String,
    operator: Operator,
    value: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    In,
    NotIn,
    Like,
    NotLike,
    StartsWith,
    EndsWith,
    IsEmpty,
    IsNotEmpty,
    AtLeast,
    AtMost,
    Differs,
    Above,
    Below,
    Equals,
}

/// The operators as they are written, each before any that begins like it.
const OPERATORS: [(&str, Operator); 17] = [
    ("NOT IN", Operator::NotIn),
    ("ISNOTEMPTY", Operator::IsNotEmpty),
    ("ISEMPTY", Operator::IsEmpty),
    ("STARTSWITH", Operator::StartsWith),
    ("ENDSWITH", Operator::EndsWith),
    ("DOES NOT CONTAIN", Operator::NotLike),
    ("NOT LIKE", Operator::NotLike),
    ("CONTAINS", Operator::Like),
    ("LIKE", Operator::Like),
    ("IN", Operator::In),
    (">=", Operator::AtLeast),
    ("<=", Operator::AtMost),
    ("!=", Operator::Differs),
    (">", Operator::Above),
    ("<", Operator::Below),
    ("==", Operator::Equals),
    ("=", Operator::Equals),
];

impl Query {
    /// Reads a query; `known` says whether a field may be asked for.
    pub fn read(text: &str, known: impl Fn(&str) -> bool) -> Self {
        let mut query = Query {
            alternatives: vec![Vec::new()],
            ..Query::default()
        };
        for part in text.split('^').filter(|part| !part.is_empty()) {
            let (joined, part) = match (part.strip_prefix("NQ"), part.strip_prefix("OR")) {
                (Some(rest), _) => {
                    query.alternatives.push(Vec::new());
                    (false, rest)
                }
                (None, Some(rest)) if !part.starts_with("ORDERBY") => (true, rest),
                _ => (false, part),
            };
            if part == "EQ" || part.is_empty() {
                continue;
            }
            if let Some(rest) = part.strip_prefix("ORDERBY") {
                let (field, from_end) = match rest.strip_prefix("DESC") {
                    Some(field) => (field, true),
                    None => (rest, false),
                };
                if known(field) {
                    query.order.push((field.to_owned(), from_end));
                }
                continue;
            }
            match Condition::read(part).filter(|condition| known(&condition.field)) {
                None => query.invalid = true,
                Some(condition) => {
                    let groups = query.alternatives.last_mut();
                    match groups {
                        Some(groups) if joined && !groups.is_empty() => {
                            if let Some(group) = groups.last_mut() {
                                group.push(condition);
                            }
                        }
                        Some(groups) => groups.push(vec![condition]),
                        None => {}
                    }
                }
            }
        }
        query
    }

    /// Whether there is a condition on a field of which `judge` says yes.
    pub fn asks_for(&self, judge: impl Fn(&str) -> bool) -> bool {
        let groups = self.alternatives.iter().flatten();
        groups.flatten().any(|condition| judge(&condition.field))
    }

    /// Whether a record is found; `value` gives what a field holds.
    pub fn finds(&self, value: impl Fn(&str) -> String) -> bool {
        self.alternatives.iter().any(|groups| {
            groups
                .iter()
                .all(|group| group.iter().any(|condition| condition.holds(&value)))
        })
    }

    /// Sorts what was found.
    pub fn sort<T>(&self, found: &mut [T], value: impl Fn(&T, &str) -> String) {
        for (field, from_end) in self.order.iter().rev() {
            found.sort_by(|left, right| {
                let order = value(left, field).cmp(&value(right, field));
                if *from_end { order.reverse() } else { order }
            });
        }
    }
}

impl Condition {
    fn read(part: &str) -> Option<Self> {
        // A field is written small, an operator begins with what no field has in it.
        let end = part.find(|one: char| {
            !(one.is_ascii_lowercase() || one.is_ascii_digit() || matches!(one, '_' | '.'))
        })?;
        let (field, rest) = part.split_at(end);
        let (written, operator) = OPERATORS
            .iter()
            .find(|(written, _)| rest.starts_with(written))?;
        (!field.is_empty()).then(|| Condition {
            field: field.to_owned(),
            operator: *operator,
            value: rest[written.len()..].to_owned(),
        })
    }

    fn holds(&self, value: impl Fn(&str) -> String) -> bool {
        // The data base compares texts without regard to case.
        let held = value(&self.field).to_lowercase();
        let asked = self.value.to_lowercase();
        let order = || match (held.parse::<i64>(), asked.parse::<i64>()) {
            (Ok(held), Ok(asked)) => held.cmp(&asked),
            _ => held.cmp(&asked),
        };
        match self.operator {
            Operator::In => asked.split(',').any(|one| one == held),
            Operator::NotIn => asked.split(',').all(|one| one != held),
            Operator::Like => held.contains(&asked),
            Operator::NotLike => !held.contains(&asked),
            Operator::StartsWith => held.starts_with(&asked),
            Operator::EndsWith => held.ends_with(&asked),
            Operator::IsEmpty => held.is_empty(),
            Operator::IsNotEmpty => !held.is_empty(),
            Operator::AtLeast => order().is_ge(),
            Operator::AtMost => order().is_le(),
            Operator::Differs => held != asked,
            Operator::Above => order().is_gt(),
            Operator::Below => order().is_lt(),
            Operator::Equals => held == asked,
        }
    }
}
