//! A sentence with expressions in it: `{account} has {count.accounts} of 100 licences`.

use provisor_cel::{Context, Expression};

/// A compiled sentence.
#[derive(Debug, Clone)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Debug, Clone)]
enum Part {
    Text(String),
    Expression(Expression),
}

/// What stands in the sentence for an expression that has no result.
const UNKNOWN: &str = "(unknown)";

/// The most characters that one expression adds to the sentence.
const LONGEST: usize = 500;

impl Template {
    /// Compiles a sentence. An expression stands between braces and cannot contain any; a brace
    /// itself is written twice.
    ///
    /// # Errors
    /// A brace without its partner, or what is wrong with an expression.
    pub fn compile(source: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut text = String::new();
        let mut rest = source;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, brace) = rest.split_at(at);
            text.push_str(before);
            if let Some(after) = brace.strip_prefix("{{") {
                text.push('{');
                rest = after;
            } else if let Some(after) = brace.strip_prefix("}}") {
                text.push('}');
                rest = after;
            } else if let Some(inside) = brace.strip_prefix('{') {
                let unclosed = "a { has no }; a brace itself is written twice";
                let (expression, after) = inside.split_once('}').ok_or(unclosed)?;
                parts.push(Part::Text(std::mem::take(&mut text)));
                parts.push(Part::Expression(Expression::compile(expression)?));
                rest = after;
            } else {
                return Err("a } has no {; a brace itself is written twice".to_owned());
            }
        }
        text.push_str(rest);
        parts.push(Part::Text(text));
        Ok(Self { parts })
    }

    /// The expressions in it.
    pub fn expressions(&self) -> impl Iterator<Item = &Expression> {
        self.parts.iter().filter_map(|part| match part {
            Part::Text(_) => None,
            Part::Expression(expression) => Some(expression),
        })
    }

    /// The sentence. Several values are joined with commas; what fails is `(unknown)`, because a
    /// sentence must not change a decision.
    pub fn fill(&self, context: &Context<'_, '_>) -> String {
        let mut sentence = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => sentence.push_str(text),
                Part::Expression(expression) => {
                    let values = expression.texts(context);
                    let text = values.map(|values| values.join(", "));
                    let text = text.unwrap_or_else(|_| UNKNOWN.to_owned());
                    sentence.extend(text.chars().take(LONGEST));
                }
            }
        }
        sentence
    }
}

#[cfg(test)]
mod tests {
    use provisor_cel::Library;

    use super::*;

    fn filled(source: &str) -> Result<String, String> {
        let context = Library::default().context()?;
        Ok(Template::compile(source)?.fill(&context))
    }

    #[test]
    fn expressions_stand_between_braces() {
        assert_eq!(filled("plain").unwrap(), "plain");
        assert_eq!(filled("{1 + 1} of {['a', 'b']}").unwrap(), "2 of a, b");
        assert_eq!(filled("{{{'x'}}}").unwrap(), "{x}");
        assert_eq!(filled("{int('no')}!").unwrap(), "(unknown)!");
    }

    #[test]
    fn a_brace_without_its_partner_is_refused() {
        assert!(filled("a { b").unwrap_err().contains("has no }"));
        assert!(filled("a } b").unwrap_err().contains("has no {"));
        assert!(filled("a {} b").unwrap_err().contains("empty"));
    }
}
