//! Qualifications: the query language of the AR System, as far as integrations use it.

/// A condition that entries fulfil or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Qualification {
    /// Both.
    And(Box<Qualification>, Box<Qualification>),
    /// One of them at least.
    Or(Box<Qualification>, Box<Qualification>),
    /// A field compared with a value.
    Compare {
        /// The field.
        field: String,
        /// One of `=`, `!=`, `<`, `<=`, `>`, `>=`, `LIKE`.
        operator: String,
        /// The value; `None` for `$NULL$`.
        value: Option<String>,
    },
}

impl Qualification {
    /// Reads one, such as `'Incident Number' = "INC1" OR ('Status' = "New")`.
    ///
    /// # Errors
    /// What does not fit, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parser = Parser {
            tokens: tokens(text)?,
            at: 0,
            depth: 0,
        };
        let read = parser.either()?;
        match parser.tokens.get(parser.at) {
            None => Ok(read),
            Some(token) => Err(format!("unexpected {token:?}")),
        }
    }

    /// The fields that it compares.
    pub fn fields(&self) -> Vec<&str> {
        match self {
            Qualification::And(one, other) | Qualification::Or(one, other) => {
                let mut fields = one.fields();
                fields.extend(other.fields());
                fields
            }
            Qualification::Compare { field, .. } => vec![field],
        }
    }

    /// Whether an entry fulfils it; `of` gives the value of a field.
    pub fn holds<'a>(&self, of: &dyn Fn(&str) -> Option<&'a str>) -> bool {
        match self {
            Qualification::And(one, other) => one.holds(of) && other.holds(of),
            Qualification::Or(one, other) => one.holds(of) || other.holds(of),
            Qualification::Compare {
                field,
                operator,
                value,
            } => match (of(field), value.as_deref()) {
                (None, None) => operator == "=",
                (Some(_), None) => operator == "!=",
                (None, Some(_)) => false,
                (Some(known), Some(value)) => match operator.as_str() {
                    "=" => known == value,
                    "!=" => known != value,
                    "<" => known < value,
                    "<=" => known <= value,
                    ">" => known > value,
                    ">=" => known >= value,
                    _ => like(known, value),
                },
            },
        }
    }
}

/// Whether a text fits a pattern with `%` for any text.
fn like(text: &str, pattern: &str) -> bool {
    match pattern.split_once('%') {
        None => text == pattern,
        Some((begin, rest)) => text.strip_prefix(begin).is_some_and(|after| {
            (0..=after.len())
                .filter(|at| after.is_char_boundary(*at))
                .any(|at| like(&after[at..], rest))
        }),
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Field(String),
    Value(String),
    Null,
    Operator(String),
    And,
    Or,
    Open,
    Close,
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, after) = match first {
            '\'' => {
                let (field, after) = quoted(rest, '\'')?;
                (Token::Field(field), after)
            }
            '"' => {
                let (value, after) = quoted(rest, '"')?;
                (Token::Value(value), after)
            }
            '(' => (Token::Open, &rest[1..]),
            ')' => (Token::Close, &rest[1..]),
            '<' | '>' | '!' | '=' => {
                let length = match rest.as_bytes().get(1) {
                    Some(b'=') => 2,
                    _ => 1,
                };
                let (operator, after) = rest.split_at(length);
                (Token::Operator(operator.to_owned()), after)
            }
            _ => {
                let end = rest
                    .find(|one: char| one.is_whitespace() || "()'\"".contains(one))
                    .unwrap_or(rest.len());
                let (word, after) = rest.split_at(end);
                let token = match word.to_uppercase().as_str() {
                    "AND" => Token::And,
                    "OR" => Token::Or,
                    "LIKE" => Token::Operator("LIKE".to_owned()),
                    "$NULL$" => Token::Null,
                    _ => return Err(format!("unexpected `{word}`")),
                };
                (token, after)
            }
        };
        tokens.push(token);
        rest = after.trim_start();
    }
    Ok(tokens)
}

/// A text in quotes, in which a doubled quote is one; and what stands behind it.
fn quoted(text: &str, quote: char) -> Result<(String, &str), String> {
    let mut out = String::new();
    let mut rest = &text[1..];
    loop {
        let end = rest
            .find(quote)
            .ok_or_else(|| format!("the quote {quote} is not closed"))?;
        out.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix(quote) {
            Some(after) => {
                out.push(quote);
                rest = after;
            }
            None => return Ok((out, rest)),
        }
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn took(&mut self, token: &Token) -> bool {
        let fits = self.tokens.get(self.at) == Some(token);
        self.at += usize::from(fits);
        fits
    }

    fn either(&mut self) -> Result<Qualification, String> {
        let mut read = self.both()?;
        while self.took(&Token::Or) {
            read = Qualification::Or(Box::new(read), Box::new(self.both()?));
        }
        Ok(read)
    }

    fn both(&mut self) -> Result<Qualification, String> {
        let mut read = self.one()?;
        while self.took(&Token::And) {
            read = Qualification::And(Box::new(read), Box::new(self.one()?));
        }
        Ok(read)
    }

    fn one(&mut self) -> Result<Qualification, String> {
        if self.took(&Token::Open) {
            self.depth += 1;
            if self.depth > 32 {
                return Err("too many brackets".to_owned());
            }
            let read = self.either()?;
            self.depth -= 1;
            return match self.took(&Token::Close) {
                true => Ok(read),
                false => Err("a bracket is not closed".to_owned()),
            };
        }
        let Some(Token::Field(field)) = self.next() else {
            return Err("a field in single quotes was expected".to_owned());
        };
        let Some(Token::Operator(operator)) = self.next() else {
            return Err(format!("an operator was expected behind '{field}'"));
        };
        let value = match self.next() {
            Some(Token::Value(value)) => Some(value),
            Some(Token::Null) => None,
            _ => return Err(format!("a value was expected behind '{field}' {operator}")),
        };
        Ok(Qualification::Compare {
            field,
            operator,
            value,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(text: &str) -> bool {
        let of = |field: &str| match field {
            "Status" => Some("In Progress"),
            "Who's" => Some("say \"hi\""),
            _ => None,
        };
        Qualification::parse(text).unwrap().holds(&of)
    }

    #[test]
    fn and_binds_closer_than_or() {
        assert!(holds(
            r#"'Status' = "In Progress" OR 'Status' = "x" AND 'Status' = "y""#
        ));
        assert!(!holds(
            r#"('Status' = "In Progress" OR 'Status' = "x") AND 'Status' = "y""#
        ));
    }

    #[test]
    fn a_doubled_quote_stands_for_itself() {
        assert!(holds(r#"'Who''s' = "say ""hi""""#));
    }

    #[test]
    fn a_pattern_and_nothing_can_be_asked_for() {
        assert!(holds(r#"'Status' LIKE "In%""#));
        assert!(holds("'Other' = $NULL$"));
    }

    #[test]
    fn what_is_no_qualification_is_refused() {
        for text in [
            "Status = 1",
            r#"'Status' "x""#,
            r#"'Status' = "x"#,
            r#"('Status' = "x""#,
            r#"'Status' = "x" "y""#,
        ] {
            assert!(Qualification::parse(text).is_err(), "{text}");
        }
    }
}
