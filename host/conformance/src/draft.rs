//! A draft as the host makes them.

use provisor_model::Timestamp;
use provisor_sandbox::{Block, Draft, Grid, Priority, Span};

use crate::system::NOON;

/// A draft as the host makes them, with this correlation id.
pub fn draft(correlation_id: &str) -> Draft {
    let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
    let fact = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    Draft {
        correlation_id: correlation_id.to_owned(),
        title: "Create account aturner on Payroll".to_owned(),
        description: vec![
            Block::Heading("What to do".to_owned()),
            Block::Paragraph(vec![Span::from("Create this account.")]),
            Block::Table(Grid {
                head: row(["Attribute", "Now", "Wanted"]),
                rows: vec![
                    row(["login", "", "aturner"]),
                    row(["full-name", "", "Turner, Ann"]),
                ],
            }),
            Block::Steps(vec![
                vec![Span::from("Open Payroll.")],
                vec![Span::from("Close this ticket.")],
            ]),
        ],
        priority: Priority::Normal,
        due: Some(Timestamp::from_millis(NOON + 7 * 24 * 60 * 60 * 1000)),
        follow_up_of: None,
        facts: [
            ("account", "aturner"),
            ("case", "case-17"),
            ("correlation-id", correlation_id),
            ("due", "2026-12-03T12:00:00Z"),
            ("due-date", "2026-12-03"),
            ("identity", "1041"),
            ("operation", "create"),
            ("priority", "normal"),
            ("requested-at", "2026-11-26T12:00:00Z"),
            ("requester", "iam"),
            ("resource", "payroll"),
            ("resource-title", "Payroll"),
            ("route", "desk"),
            ("summary", "Create account aturner on Payroll"),
            ("system", "desk"),
        ]
        .map(fact)
        .into(),
    }
}
