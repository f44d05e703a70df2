//! The report as JUnit XML, which build servers show.

use std::fmt::Write;

use super::{Judged, Report};
use crate::target::At;
use crate::verdict::Verdict;

impl Report {
    /// A test suite with a test case for each property. What counts as a failure does not depend on
    /// the required level: a deviation of an optional property is a skipped test with a message.
    pub fn to_junit(&self) -> String {
        let count = |wanted: fn(&Verdict) -> bool| {
            let all = self.properties.iter();
            all.filter(|judged| wanted(&judged.verdict)).count()
        };
        let failures = count(|verdict| matches!(verdict, Verdict::Fail(_)));
        let errors = count(|verdict| matches!(verdict, Verdict::Inconclusive(_)));
        let skipped = self.properties.len()
            - failures
            - errors
            - count(|verdict| matches!(verdict, Verdict::Pass));
        let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        let name = format!(
            "provisor conformance of {} {} ({})",
            self.component.name, self.component.version, self.component.world
        );
        // Writing into a text never fails.
        let _always = write!(
            xml,
            "<testsuites>\n<testsuite name=\"{}\" tests=\"{}\" failures=\"{failures}\" \
             errors=\"{errors}\" skipped=\"{skipped}\" time=\"{}\">\n<properties>\n",
            escaped(&name),
            self.properties.len(),
            seconds(self.time),
        );
        let at = self.target.as_ref().map_or_else(String::new, At::to_string);
        for (name, value) in [
            ("badge", &self.badge),
            ("digest", &self.component.digest),
            ("suite", &self.suite),
            ("seed", &self.seed.to_string()),
            ("target", &at),
        ] {
            if value.is_empty() {
                continue;
            }
            let value = escaped(value);
            let _always = writeln!(xml, "<property name=\"{name}\" value=\"{value}\"/>");
        }
        xml.push_str("</properties>\n");
        for judged in &self.properties {
            self.case(&mut xml, judged);
        }
        xml.push_str("</testsuite>\n</testsuites>\n");
        xml
    }

    fn case(&self, xml: &mut String, judged: &Judged) {
        let _always = write!(
            xml,
            "<testcase classname=\"{} {}\" name=\"{} {}\" time=\"{}\">",
            self.component.world,
            judged.level,
            judged.id,
            escaped(&judged.title),
            seconds(judged.evidence.time)
        );
        let told = escaped(judged.verdict.told());
        let fix = judged.property().map_or("", |property| property.remedy.fix);
        let evidence = &judged.evidence;
        let details = format!(
            "input: {}\noutput: {}\nto do: {fix}\nagain: {}\n",
            evidence.input,
            evidence.output,
            self.replay(judged)
        );
        let details = escaped(&details);
        let _always = match &judged.verdict {
            Verdict::Pass => Ok(()),
            Verdict::Fail(_) => write!(xml, "<failure message=\"{told}\">{details}</failure>"),
            Verdict::Inconclusive(_) => write!(xml, "<error message=\"{told}\">{details}</error>"),
            verdict => write!(xml, "<skipped message=\"{}: {told}\"/>", verdict.code()),
        };
        xml.push_str("</testcase>\n");
    }
}

fn seconds(microseconds: u64) -> String {
    format!(
        "{}.{:06}",
        microseconds / 1_000_000,
        microseconds % 1_000_000
    )
}

/// A text as XML has it, in content and in attributes. What XML cannot say at all is left out.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\n' => safe.push_str("&#10;"),
            '\t' => safe.push_str("&#9;"),
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => {}
            other => safe.push(other),
        }
    }
    safe
}
