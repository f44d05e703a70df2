//! Qualifications: how the AR System is asked which entries are meant.

/// Entries in which this field holds this text.
pub fn equals(field: &str, value: &str) -> String {
    let mut out = String::new();
    quote(field, '\'', &mut out);
    out.push_str(" = ");
    quote(value, '"', &mut out);
    out
}

/// Entries in which this field holds one of these texts.
pub fn any_of<'a>(field: &str, values: impl IntoIterator<Item = &'a str>) -> String {
    let parts: Vec<String> = values
        .into_iter()
        .map(|value| equals(field, value))
        .collect();
    parts.join(" OR ")
}

/// A quote within is doubled; nothing else has a meaning there.
fn quote(text: &str, quote: char, out: &mut String) {
    out.push(quote);
    for one in text.chars() {
        if one == quote {
            out.push(quote);
        }
        out.push(one);
    }
    out.push(quote);
}
