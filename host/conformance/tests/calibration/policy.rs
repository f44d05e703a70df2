//! Policies with a flaw.

use provisor_builtin::offenders::POLICY;
use provisor_conformance::Subject;

use super::offender::Offender;

const PROPOSALS: &[u8] = br#"{"resource": "helpdesk", "account": "turner", "operation": "create", "now": "2026-11-02T09:00:00Z", "wanted.login": "turner", "count.deletes-24h": "0"}
{"resource": "helpdesk", "account": "novak", "operation": "delete", "now": "2026-11-02T09:00:00Z", "current.login": "novak", "count.deletes-24h": "7"}
{"resource": "helpdesk", "account": "kral", "operation": "modify", "now": "2026-11-02T09:00:00Z", "changed": "name", "count.deletes-24h": "7"}
"#;

fn subject() -> Subject {
    Subject {
        settings: r#"{ "deletes-a-day": 5 }"#.to_owned(),
        input: Some(PROPOSALS.to_vec()),
        ..Subject::new(POLICY)
    }
}

/// The policy without flaw.
pub fn honest() -> Offender {
    Offender::new(&subject(), "policy", "", "")
}

/// One for each property of policies.
pub fn offenders() -> Vec<Offender> {
    let in_code = ["P74", "P75", "P77", "P78", "P79", "P80", "P81"];
    let new = |id| Offender::new(&subject(), "policy", id, id);
    in_code.into_iter().map(new).collect()
}
