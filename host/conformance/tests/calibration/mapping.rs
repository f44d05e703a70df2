//! Mappings with a flaw.

use provisor_builtin::offenders::MAPPING;
use provisor_conformance::Subject;

use super::offender::Offender;

const IDENTITIES: &[u8] = br#"{"given": "Ann", "family": "Turner", "team": ["agents", "staff"]}
{"given": "Bob", "family": "Novak", "team": "night"}
{"given": "Eva", "family": "Kral"}
"#;

fn subject() -> Subject {
    Subject {
        settings: r#"{ "default-group": "everybody" }"#.to_owned(),
        secrets: vec!["token".to_owned()],
        input: Some(IDENTITIES.to_vec()),
        ..Subject::new(MAPPING)
    }
}

/// The mapping without flaw.
pub fn honest() -> Offender {
    Offender::new(&subject(), "mapping", "", "")
}

/// One for each property of every world, and of mappings.
pub fn offenders() -> Vec<Offender> {
    let new = |property, flaw| Offender::new(&subject(), "mapping", property, flaw);
    let in_code = [
        "G4", "G5", "G6", "G8", "G9", "G10", "G11", "G12", "G13", "G14", "G15", "G16", "G17",
        "G19", "G20", "M64", "M65", "M66", "M67", "M68", "M71", "M72", "M73",
    ];
    let mut all: Vec<Offender> = in_code.into_iter().map(|id| new(id, id)).collect();
    all.extend([
        new("G1", "G1"),
        new("G1", "").patched(b"connector/settings@", b"connector/sittings@"),
        new("G2", "").described("0.1.0", "v0.1"),
        new("G2", "").described_in_section("offending-mapping", "another"),
        new("G3", "").described(r#""minLength":1"#, r#""minLength":99"#),
        new("G3", "").described(r#","writeOnly":true"#, ""),
        new("G4", "").described(r#""additionalProperties":false,"#, ""),
        new("G4", "").described(r#""type":"string","minLength":1"#, r#""description":"any""#),
        new("G16", "G16-log"),
        new("G16", "G16-failure"),
        new("G18", "").patched(b"connector/settings@0.1.0", b"connector/settings@0.1.1"),
    ]);
    all
}
