//! The components that come with Provisor keep what the suite asks of everybody's.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so, in its helpers too"
)]

use provisor_conformance::{Level, Report, Simulated, Subject, Suite, Target};

async fn judge(subject: Subject, only: &[&str]) -> Report {
    let suite = Suite {
        level: Level::Should,
        only: only.iter().map(|&id| id.to_owned()).collect(),
        ..Suite::default()
    };
    suite.run(subject, |_| {}).await.unwrap()
}

/// Everything that is not good, in words.
fn complaints(report: &Report) -> Vec<String> {
    let judged = report.properties.iter();
    judged
        .filter(|judged| !judged.verdict.is_good())
        .map(|judged| format!("{}: {:?}", judged.id, judged.verdict))
        .collect()
}

async fn conforms(subject: Subject) {
    let report = judge(subject, &[]).await;
    let complaints = complaints(&report);
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

fn tickets(bytes: &[u8], product: &str, settings: &str) -> Subject {
    Subject {
        settings: settings.to_owned(),
        target: Simulated::by_name(product).map(Target::Simulated),
        ..Subject::new(bytes)
    }
}

fn export(settings: &str, input: &str) -> Subject {
    Subject {
        settings: settings.to_owned(),
        input: Some(input.as_bytes().to_vec()),
        ..Subject::new(provisor_builtin::CSV)
    }
}

#[tokio::test]
async fn csv_conforms() {
    let settings = r#"{
        "identifier": "login",
        "columns": [
            { "column": "login" },
            { "column": "name" },
            { "column": "groups", "multi-value-delimiter": "," }
        ],
        "delimiter": ";",
        "trailer": { "pattern": "END (?P<rows>[0-9]+)" }
    }"#;
    let input = "login;name;groups\n\
        aturner;\"Turner; Ann\";agents,staff\n\
        bnovak;Bob Novak;night\n\
        ekral;\"Eva Kral\";\n\
        irose;Ida Rose;agents\n\
        END 4\n";
    conforms(export(settings, input)).await;
}

#[tokio::test]
async fn csv_reads_many_rows_in_little_memory() {
    let settings = r#"{ "identifier": "login" }"#;
    let input = "login,name\naturner,Ann Turner\nbnovak,Bob Novak\nekral,Eva Kral\n";
    let report = judge(export(settings, input), &["R43"]).await;
    assert_eq!(complaints(&report), Vec::<String>::new());
    assert_eq!(report.properties[0].verdict.code(), "pass");
}

#[tokio::test]
async fn jira_conforms_in_the_cloud() {
    let settings =
        r#"{ "url": "https://jira.example.net", "deployment": "cloud", "project": "PROV" }"#;
    conforms(tickets(provisor_builtin::JIRA, "jira-cloud", settings)).await;
}

#[tokio::test]
async fn jira_conforms_in_a_data_center() {
    let settings =
        r#"{ "url": "https://jira.example.net", "deployment": "data-center", "project": "PROV" }"#;
    conforms(tickets(
        provisor_builtin::JIRA,
        "jira-data-center",
        settings,
    ))
    .await;
}

#[tokio::test]
async fn remedy_conforms() {
    let settings = r#"{
        "url": "https://itsm.example.com",
        "preset": "incident",
        "fields": { "First_Name": "Provisor", "Last_Name": "Bot" }
    }"#;
    conforms(tickets(provisor_builtin::REMEDY, "remedy", settings)).await;
}

#[tokio::test]
async fn request_tracker_conforms() {
    let settings = r#"{ "url": "https://rt.example.org", "queue": "Provisioning" }"#;
    conforms(tickets(
        provisor_builtin::REQUEST_TRACKER,
        "request-tracker",
        settings,
    ))
    .await;
}

#[tokio::test]
async fn service_manager_conforms() {
    let settings = r#"{
        "url": "https://sm.example.com/SM/9/rest",
        "preset": "incidents",
        "captions": { "correlation-id": "CorrelationID" },
        "fields": {
            "Service": "Applications",
            "AssignmentGroup": "Accounts",
            "Area": "access",
            "Subarea": "authorization error"
        }
    }"#;
    conforms(tickets(
        provisor_builtin::SERVICE_MANAGER,
        "service-manager",
        settings,
    ))
    .await;
}

#[tokio::test]
async fn servicenow_conforms() {
    let settings = r#"{ "url": "https://example.service-now.com", "table": "incident" }"#;
    conforms(tickets(
        provisor_builtin::SERVICENOW,
        "servicenow",
        settings,
    ))
    .await;
}

#[tokio::test]
async fn cel_mapping_conforms() {
    let subject = Subject {
        settings: r#"{
            "variables": [{ "name": "family", "value": "ascii(identity.family).lower()" }],
            "attributes": {
                "login": "family + (iteration > 0 ? string(iteration) : '')",
                "name": "identity.given + ' ' + identity.family",
                "mail": { "value": "family + '@example.com'", "default": "'nobody@example.com'" },
                "groups": "values.team"
            }
        }"#
        .to_owned(),
        input: Some(
            "{\"given\": \"Ann\", \"family\": \"Turner\", \"team\": [\"agents\", \"staff\"]}\n\
             {\"given\": \"Bob\", \"family\": \"Nov\u{e1}k\", \"team\": \"night\"}\n\
             {\"given\": \"Eva\", \"family\": \"Kral\"}\n"
                .as_bytes()
                .to_vec(),
        ),
        ..Subject::new(provisor_builtin::CEL_MAPPING)
    };
    conforms(subject).await;
}

#[tokio::test]
async fn cel_policy_conforms() {
    let subject = Subject {
        settings: r#"{
            "rules": [
                {
                    "name": "many-deletes",
                    "when": "operation == \"delete\" && count.deletes_24h >= 5",
                    "verdict": "hold",
                    "reason": "{count.deletes_24h} deletes in a day need a second look"
                },
                {
                    "name": "protected",
                    "when": "operation == \"delete\" && account == \"root\"",
                    "verdict": "deny",
                    "reason": "{account} must stay"
                },
                { "name": "newcomer", "when": "operation == \"create\"", "priority": "high" }
            ],
            "default": "allow"
        }"#
        .to_owned(),
        input: Some(
            br#"{"resource": "helpdesk", "account": "turner", "operation": "create", "now": "2026-11-02T09:00:00Z", "wanted.login": "turner", "count.deletes-24h": "0"}
{"resource": "helpdesk", "account": "root", "operation": "delete", "now": "2026-11-02T09:00:00Z", "current.login": "root", "count.deletes-24h": "7"}
{"resource": "helpdesk", "account": "kral", "operation": "modify", "now": "2026-11-02T09:00:00Z", "changed": "name", "count.deletes-24h": "7"}
"#
            .to_vec(),
        ),
        ..Subject::new(provisor_builtin::CEL_POLICY)
    };
    conforms(subject).await;
}
