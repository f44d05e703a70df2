//! Ticketing components with a flaw.

use provisor_builtin::offenders::TICKETING;
use provisor_conformance::{Simulated, Subject, Target};

use super::offender::Offender;

fn subject() -> Subject {
    Subject {
        settings: r#"{ "url": "https://slips.example.org" }"#.to_owned(),
        secrets: vec!["token".to_owned()],
        target: Simulated::by_name("slips").map(Target::Simulated),
        ..Subject::new(TICKETING)
    }
}

/// The ticketing component without flaw.
pub fn honest() -> Offender {
    Offender::new(&subject(), "ticketing", "", "")
}

/// One for each property, and a further one where a property can be broken in several ways.
pub fn offenders() -> Vec<Offender> {
    let flaws = [
        "T44", "T45", "T46", "T46 page", "T47", "T48", "T49", "T49 page", "T50", "T51", "T52",
        "T53", "T54", "T56", "T57", "T58", "T58 400", "T58 401", "T59", "T60", "T61",
    ];
    let new = |flaw: &'static str| {
        let property = flaw.split(' ').next().unwrap_or(flaw);
        Offender::new(&subject(), "ticketing", property, flaw)
    };
    flaws.map(new).into()
}
