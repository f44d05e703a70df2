//! Readers with a flaw.

use provisor_builtin::offenders::READER;
use provisor_conformance::Subject;

use super::offender::Offender;

const EXPORT: &[u8] = b"login;name;groups
ann;\"Turner; Ann\";agents,staff
bob;Bob Novak;night
eva;\"Eva Kral\";
ida;Ida Rose;agents
joe;Joe Small;agents,night,staff
";

fn subject() -> Subject {
    Subject {
        settings: r#"{ "delimiter": ";" }"#.to_owned(),
        secrets: vec!["token".to_owned()],
        input: Some(EXPORT.to_vec()),
        ..Subject::new(READER)
    }
}

/// The reader without flaw.
pub fn honest() -> Offender {
    Offender::new(&subject(), "reader", "", "")
}

/// One for each property, and a further one where a property can be broken in several ways.
pub fn offenders() -> Vec<Offender> {
    let flaws = [
        "R22",
        "R23",
        "R23 twice",
        "R23 many",
        "R24",
        "R25",
        "R26",
        "R30",
        "R31",
        "R32",
        "R34",
        "R34 count",
        "R35",
        "R36",
        "R37",
        "R37 mark",
        "R38",
        "R38 quotes",
        "R43",
    ];
    let new = |flaw: &'static str| {
        let property = flaw.split(' ').next().unwrap_or(flaw);
        Offender::new(&subject(), "reader", property, flaw)
    };
    flaws.map(new).into()
}
