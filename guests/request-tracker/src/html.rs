//! HTML that people wrote, as the text that they meant.

/// The text of HTML: elements become what they do to lines, and entities their characters. It is
/// for reading only, and is never taken for HTML again.
pub fn text(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let taken = match rest.starts_with('<') {
            true => element(rest, &mut out),
            false => entity(rest, &mut out),
        };
        rest = &rest[taken..];
    }
    out.push_str(rest);
    let lines: Vec<&str> = out.lines().map(str::trim).collect();
    let mut text = String::new();
    for line in lines {
        // One empty line separates as well as many.
        if !(line.is_empty() && (text.is_empty() || text.ends_with("\n\n"))) {
            text.push_str(line);
            text.push('\n');
        }
    }
    text.truncate(text.trim_end().len());
    text
}

/// Reads one element at the start of `rest`; how many bytes it takes.
fn element(rest: &str, out: &mut String) -> usize {
    let Some(end) = rest.find('>') else {
        out.push('<');
        return 1;
    };
    let inside = &rest[1..end];
    let closing = inside.starts_with('/');
    let name: String = inside
        .trim_start_matches('/')
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_ascii_lowercase();
    match name.as_str() {
        "" if !inside.starts_with('!') => {
            out.push('<');
            return 1;
        }
        "br" | "p" | "div" | "li" | "tr" | "h1" | "h2" | "h3" | "h4" => out.push('\n'),
        "td" | "th" if closing => out.push(' '),
        // What these hold is not meant for people.
        "script" | "style" if !closing => {
            let closing = format!("</{name}");
            let found = rest.to_ascii_lowercase().find(&closing);
            return found.unwrap_or(rest.len());
        }
        _ => {}
    }
    end + 1
}

/// Reads one entity at the start of `rest`; how many bytes it takes.
fn entity(rest: &str, out: &mut String) -> usize {
    const LONGEST: usize = 10;
    let end = rest.bytes().take(LONGEST).position(|one| one == b';');
    let name = end.and_then(|end| rest.get(1..end));
    let number = |text: &str| match text.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    };
    let meant = match name {
        Some("amp") => Some('&'),
        Some("lt") => Some('<'),
        Some("gt") => Some('>'),
        Some("quot") => Some('"'),
        Some("apos") => Some('\''),
        Some("nbsp") => Some(' '),
        Some(name) => name
            .strip_prefix('#')
            .and_then(number)
            .and_then(char::from_u32),
        None => None,
    };
    match (meant, end) {
        (Some(meant), Some(end)) => {
            out.push(meant);
            end + 1
        }
        _ => {
            out.push('&');
            1
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_and_breaks_are_lines() {
        assert_eq!(
            text(
                "<p>Not <b>possible</b>:<br/>the licence&nbsp;is gone &amp; 1 &lt; 2</p>\n<p>Bob</p>"
            ),
            "Not possible:\nthe licence is gone & 1 < 2\n\nBob"
        );
    }

    #[test]
    fn broken_markup_is_text() {
        assert_eq!(
            text("a < b & c &unknown; &#x41; <"),
            "a < b & c &unknown; A <"
        );
        assert_eq!(text("x<script>alert('<p>')</script>y"), "xy");
        assert_eq!(text("&#xFFFFFFFF;<!-- č -->č"), "&#xFFFFFFFF;č");
    }
}
