//! The queries by which Request Tracker is searched.

/// A condition that a record fulfils or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Query {
    /// All of them hold.
    All(Vec<Query>),
    /// One of them holds.
    Any(Vec<Query>),
    /// A field has this value, or has not.
    Field {
        /// Its name, such as `id` or `CF.{CorrelationId}`.
        name: String,
        /// Whether it has to be equal, or has not to be.
        equal: bool,
        /// The value.
        value: String,
    },
}

impl Query {
    /// Reads a query; the message says what was expected, as the product does.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let tokens = tokens(text)?;
        let mut reader = Reader {
            tokens: &tokens,
            at: 0,
            depth: 0,
        };
        let query = reader.any()?;
        match reader.next() {
            None => Ok(query),
            Some(token) => Err(wrong("AGGREGATOR", &token.text)),
        }
    }

    /// Whether a record fulfils it; `values` are those of a field. Case makes no difference.
    pub(super) fn holds(&self, values: &impl Fn(&str) -> Vec<String>) -> bool {
        match self {
            Query::All(parts) => parts.iter().all(|part| part.holds(values)),
            Query::Any(parts) => parts.iter().any(|part| part.holds(values)),
            Query::Field { name, equal, value } => {
                let wanted = value.to_lowercase();
                let found = values(name).iter().any(|it| it.to_lowercase() == wanted);
                found == *equal
            }
        }
    }
}

fn wrong(expected: &str, found: &str) -> String {
    format!("Wrong query, expecting a {expected} in '>{found}<--here'")
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Token {
    text: String,
    quoted: bool,
}

impl Token {
    fn is(&self, word: &str) -> bool {
        !self.quoted && self.text.eq_ignore_ascii_case(word)
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(first) = chars.next() {
        let mut token = Token {
            text: String::new(),
            quoted: false,
        };
        match first {
            space if space.is_whitespace() => continue,
            '\'' | '"' => {
                token.quoted = true;
                loop {
                    match chars.next() {
                        Some('\\') => token.text.extend(chars.next()),
                        Some(end) if end == first => break,
                        Some(one) => token.text.push(one),
                        None => return Err(wrong("VALUE", &token.text)),
                    }
                }
            }
            '(' | ')' => token.text.push(first),
            '=' | '!' | '<' | '>' => {
                token.text.push(first);
                token.text.extend(chars.next_if_eq(&'='));
            }
            _ => {
                token.text.push(first);
                while let Some(one) = chars.next_if(|one| {
                    !one.is_whitespace() && !matches!(one, '(' | ')' | '=' | '!' | '<' | '>')
                }) {
                    token.text.push(one);
                }
            }
        }
        tokens.push(token);
    }
    Ok(tokens)
}

/// How deep parentheses may be nested.
const DEPTH: usize = 32;

struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Option<&'a Token> {
        let token = self.tokens.get(self.at)?;
        self.at += 1;
        Some(token)
    }

    fn accept(&mut self, word: &str) -> bool {
        let fits = self.tokens.get(self.at).is_some_and(|it| it.is(word));
        self.at += usize::from(fits);
        fits
    }

    fn any(&mut self) -> Result<Query, String> {
        let mut parts = vec![self.all()?];
        while self.accept("OR") {
            parts.push(self.all()?);
        }
        Ok(Query::Any(parts))
    }

    fn all(&mut self) -> Result<Query, String> {
        let mut parts = vec![self.one()?];
        while self.accept("AND") {
            parts.push(self.one()?);
        }
        Ok(Query::All(parts))
    }

    fn one(&mut self) -> Result<Query, String> {
        if self.accept("(") {
            self.depth += 1;
            if self.depth > DEPTH {
                return Err(wrong("KEYWORD", "("));
            }
            let inner = self.any()?;
            self.depth -= 1;
            return match self.accept(")") {
                true => Ok(inner),
                false => Err(wrong("CLOSE_PAREN", "")),
            };
        }
        let name = self.next().ok_or_else(|| wrong("KEYWORD", ""))?;
        let operator = self.next().ok_or_else(|| wrong("OPERATOR", ""))?;
        // What else the product knows is left out on purpose: `IN` is not among it.
        let equal = match operator.text.as_str() {
            "=" => true,
            "!=" => false,
            other => return Err(wrong("OPERATOR", other)),
        };
        let value = self.next().ok_or_else(|| wrong("VALUE", ""))?;
        Ok(Query::Field {
            name: name.text.clone(),
            equal,
            value: value.text.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(query: &str) -> bool {
        let values = |name: &str| match name {
            "id" => vec!["7".to_owned()],
            "CF.{A}" => vec!["it's".to_owned()],
            _ => Vec::new(),
        };
        Query::parse(query).unwrap().holds(&values)
    }

    #[test]
    fn and_binds_closer_than_or() {
        assert!(holds("id = 7 OR id = 8 AND id = 9"));
        assert!(!holds("(id=7 OR id=8) AND id=9"));
    }

    #[test]
    fn quotes_are_escaped_and_case_makes_no_difference() {
        assert!(holds(r"'CF.{A}'='IT\'S'"));
        assert!(holds("id != 8"));
    }

    #[test]
    fn a_list_of_values_is_no_query() {
        assert!(Query::parse("id IN (1, 2)").is_err());
        assert!(Query::parse("garbage (").is_err());
        assert!(Query::parse("id = 1 id = 2").is_err());
        assert!(Query::parse(&"(".repeat(100_000)).is_err());
    }
}
