//! What holds of the texts of tickets.

use provisor_sandbox::{Block, Draft, Grid, Span};
use provisor_simulated::{Fault, Markup};

use super::tickets::id;
use crate::desk::Desk;
use crate::draft::draft;
use crate::target::Target;
use crate::trial::{Objection, Trial, broken};

/// Values that a system could take for more than text.
const MARKUP: [&str; 12] = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "&lt;b&gt;",
    "{code}",
    "{color:red}",
    "{{ secret }}",
    "{account}",
    "[~admin]",
    "[click|https://evil.example]",
    "!https://evil.example/a.png!",
    "[click](javascript:alert(1))",
    "@admin",
];

/// A title that is longer than any system takes, and one that is not.
const LONG_TITLE: usize = 3_000;

/// Characters of a description that is longer than most systems take.
const LONG_TEXT: usize = 200_000;

/// A draft with a value in every place.
fn draft_with(correlation_id: &str, value: &str) -> Draft {
    let mut draft = draft(correlation_id);
    let span = || Span::from(value);
    draft.title = format!("Create {value}");
    draft.description = vec![
        Block::Heading(value.to_owned()),
        Block::Paragraph(vec![
            span(),
            Span {
                strong: true,
                ..span()
            },
            Span {
                link: Some("https://host.example/case".to_owned()),
                ..span()
            },
        ]),
        Block::Bullets(vec![vec![span()]]),
        Block::Steps(vec![vec![span()]]),
        Block::Table(Grid {
            head: vec!["Attribute".to_owned(), value.to_owned()],
            rows: vec![vec!["login".to_owned(), value.to_owned()]],
        }),
    ];
    for (name, fact) in &mut draft.facts {
        if matches!(name.as_str(), "account" | "summary" | "requester") {
            value.clone_into(fact);
        }
    }
    draft
}

pub(crate) async fn values_are_text(trial: &mut Trial) -> Result<(), Objection> {
    let desk = Desk::open(trial).await?;
    let target = trial.bench.subject.target.as_ref();
    let markup = target.map_or(Markup::Plain, Target::markup);
    for value in MARKUP {
        let id = id(trial);
        let draft = draft_with(&id, value);
        desk.made(trial, &draft).await?;
        let seen = desk.seen(&id).await?;
        let Some(shown) = seen.first() else {
            return broken("people see no ticket with the correlation id");
        };
        if shown.title != draft.title {
            return broken(format!(
                "the title {:?} became {:?}",
                draft.title, shown.title
            ));
        }
        if let Some(what) = obeyed(markup, value, &shown.description) {
            return broken(format!("{value:?} {what}: {}", shown.description));
        }
    }
    Ok(())
}

/// How a value is not shown as text in a description; `None` when it is.
fn obeyed(markup: Markup, value: &str, description: &str) -> Option<&'static str> {
    let shown = match markup {
        Markup::Plain => description.contains(value),
        Markup::Html if !description.trim_start().starts_with('<') => description.contains(value),
        Markup::Html => {
            let escaped = value.replace('&', "&amp;").replace('<', "&lt;");
            let ways = [escaped.clone(), escaped.replace('>', "&gt;")];
            if value != escaped && description.contains(value) {
                return Some("is taken for HTML");
            }
            let quoted = ways.iter().map(|way| way.replace('"', "&quot;"));
            ways.iter()
                .cloned()
                .chain(quoted)
                .any(|way| description.contains(&way))
        }
        Markup::Wiki => {
            let begins = |c: char| "{[!@".contains(c);
            let bare = description
                .match_indices(value)
                .any(|(at, _)| value.starts_with(begins) && !description[..at].ends_with('\\'));
            if bare && !value.starts_with('@') {
                return Some("is taken for wiki markup");
            }
            true
        }
        Markup::Document => {
            let document: serde_json::Value = serde_json::from_str(description).unwrap_or_default();
            let mut texts = Vec::new();
            if !is_only_text(&document, &mut texts) {
                return Some("becomes more than text");
            }
            texts.iter().any(|text| text.contains(value))
        }
    };
    (!shown).then_some("is not shown as it is")
}

/// Whether a document has no nodes but those that hold text; collects what they hold.
fn is_only_text(node: &serde_json::Value, texts: &mut Vec<String>) -> bool {
    const ALLOWED: [&str; 14] = [
        "doc",
        "paragraph",
        "text",
        "heading",
        "bulletList",
        "orderedList",
        "listItem",
        "table",
        "tableRow",
        "tableHeader",
        "tableCell",
        "hardBreak",
        "rule",
        "panel",
    ];
    if let Some(text) = node["text"].as_str() {
        texts.push(text.to_owned());
    }
    let kind = node["type"].as_str().unwrap_or_default();
    let mut good = ALLOWED.contains(&kind);
    // Every child is looked at, whatever the one before was: its texts count.
    for child in node["content"].as_array().into_iter().flatten() {
        good &= is_only_text(child, texts);
    }
    good
}

pub(crate) async fn long_texts_are_cut(trial: &mut Trial) -> Result<(), Objection> {
    let desk = Desk::open(trial).await?;
    let mut titles = Vec::new();
    let long = long_title();
    let text: String = "Do this and that. "
        .chars()
        .cycle()
        .take(LONG_TEXT)
        .collect();
    for _ in 0..2 {
        let id = id(trial);
        let mut draft = draft(&id);
        draft.title.clone_from(&long);
        draft
            .description
            .push(Block::Paragraph(vec![Span::from(text.as_str())]));
        let answer = desk.create(trial, &draft).await.answer;
        if let Err(error) = answer {
            return broken(format!(
                "a long title and text end in {}: {error}",
                error.code()
            ));
        }
        let seen = desk.seen(&id).await?;
        let Some(shown) = seen.first() else {
            return broken("people see no ticket with the correlation id");
        };
        if !shown.description.contains("Create this account.") {
            return broken("the beginning of a long description is missing");
        }
        titles.push(shown.title.clone());
    }
    if titles[0] != titles[1] {
        return broken(format!(
            "the same title became {:?} and {:?}",
            titles[0], titles[1]
        ));
    }
    is_whole_or_says_that_it_was_cut(&long, &titles[0])
}

fn is_whole_or_says_that_it_was_cut(title: &str, shown: &str) -> Result<(), Objection> {
    let kept = title
        .chars()
        .zip(shown.chars())
        .take_while(|(one, other)| one == other)
        .count();
    let rest: String = shown.chars().skip(kept).collect();
    match (shown == title, kept > 10, rest.trim().is_empty()) {
        (true, ..) | (false, true, false) => Ok(()),
        (false, false, _) => broken(format!("a long title became {shown:?}")),
        _ => broken(format!(
            "a long title was cut to {kept} characters, and nothing says so"
        )),
    }
}

/// A title that is longer than any system takes. It ends in no white space: to take that away is not to cut.
fn long_title() -> String {
    let title: String = "Create account číslo 17 "
        .chars()
        .cycle()
        .take(LONG_TITLE)
        .collect();
    title.trim_end().to_owned()
}

pub(crate) async fn secrets_stay_secret(trial: &mut Trial) -> Result<(), Objection> {
    let secrets = trial.bench.canaries.clone();
    if secrets.is_empty() {
        return Err(Objection::NotApplicable(
            "the component reads no secrets".to_owned(),
        ));
    }
    let desk = Desk::open(trial).await?;
    let (mut told, mut ids) = (Vec::new(), Vec::new());
    for fault in [None, Some(500), Some(401)] {
        if let Some(status) = fault {
            desk.spoil_all(Fault::status(status));
        }
        let id = id(trial);
        let created = desk.create(trial, &draft(&id)).await;
        let reference = created
            .answer
            .as_ref()
            .map_or("1", |ticket| &ticket.reference)
            .to_owned();
        let found = desk.find(trial, &id).await;
        let status = desk.status(trial, std::slice::from_ref(&reference)).await;
        let comment = desk.comment(trial, &reference, "A word.").await;
        let withdraw = desk.withdraw(trial, &reference).await;
        let check = desk.check(trial).await;
        ids.push(id);
        told.extend([
            format!("{:?}", created.answer),
            format!("{:?}", found.answer),
            format!("{:?}", status.answer),
            format!("{:?}", comment.answer),
            format!("{:?}", withdraw.answer),
            format!("{:?}", check.answer),
        ]);
        let sent = [
            created.sent,
            found.sent,
            status.sent,
            comment.sent,
            withdraw.sent,
            check.sent,
        ];
        for sent in sent.iter().flatten() {
            told.push(format!(
                "{} {}",
                sent.url,
                String::from_utf8_lossy(&sent.body)
            ));
        }
        desk.mend();
    }
    let tickets = desk.tickets(&ids).await?;
    told.extend(tickets.iter().map(|ticket| format!("{ticket:?}")));
    for (name, value) in &secrets {
        if told.iter().any(|text| text.contains(value)) {
            return broken(format!("the value of the secret `{name}` is sent or told"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TITLE: &str = "Create account 17 Create account 17";

    #[test]
    fn a_title_that_a_system_takes_whole_needs_no_remark() {
        assert!(is_whole_or_says_that_it_was_cut(TITLE, TITLE).is_ok());
        let title = long_title();
        assert!(is_whole_or_says_that_it_was_cut(&title, title.trim()).is_ok());
    }

    #[test]
    fn a_title_that_was_cut_says_so() {
        for (shown, good) in [
            ("Create account 17 Create…", true),
            ("Create account 17 [7 more]", true),
            ("Create account 17 Create", false),
            ("Create account 17 ", false),
            (" Create account 17 Create account 17", false),
            ("Account", false),
            ("", false),
        ] {
            let judged = is_whole_or_says_that_it_was_cut(TITLE, shown);
            assert_eq!(judged.is_ok(), good, "{shown:?}");
        }
    }
}
