//! Runs the folders of `tests/cases/mapping`, all identities at once and one by one.

use std::collections::BTreeSet;
use std::path::Path;

use cel_mapping::Attributes;
use provisor_sdk::testing::{self, Account, ProblemLike, RowLike};
use provisor_sdk::{FailureKind, Mapping, RemarkKind};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[expect(dead_code, reason = "told to the reader of the file")]
    about: String,
    settings: serde_json::Value,
    #[serde(default)]
    identities: Vec<RowLike>,
    taken: Option<Taken>,
    expected: Option<Vec<testing::Attributes>>,
    #[serde(default)]
    remarks: Vec<RemarkLike>,
    problems: Option<Vec<ProblemLike>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Taken {
    attribute: String,
    values: BTreeSet<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RemarkLike {
    row: usize,
    attribute: Option<String>,
    kind: String,
    #[serde(default)]
    message_contains: String,
}

type Row = testing::Attributes;

#[test]
fn every_case_comes_out_as_expected() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases/mapping");
    testing::every_case(&folder, 25, run);
}

fn run(path: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(path.join("case.json"));
    let case = text
        .map_err(|error| error.to_string())
        .and_then(|text| serde_json::from_str::<Case>(&text).map_err(|error| error.to_string()));
    judge(&case?)
}

fn judge(case: &Case) -> Result<(), String> {
    let settings = case.settings.to_string();
    let found = testing::problems(&settings, Attributes::check);
    ProblemLike::compare(case.problems.as_deref().unwrap_or_default(), &found)?;
    let rows: Vec<Row> = case.identities.iter().map(row).collect();
    let Some(expected) = &case.expected else {
        let failed = testing::evaluate::<Attributes>(&settings, &testing::table(rows));
        return match failed {
            Err(failure) if failure.kind == FailureKind::Configuration => Ok(()),
            other => Err(format!("wrong settings come out as {other:?}")),
        };
    };

    let accounts = match &case.taken {
        Some(taken) => ask_like_the_host(&settings, &rows, taken)?,
        None => {
            let together = evaluate(&settings, &rows)?;
            for (place, row) in rows.iter().enumerate() {
                let alone = evaluate(&settings, std::slice::from_ref(row))?;
                if alone[0].attributes != together[place].attributes {
                    return Err(format!("row {place} comes out differently when alone"));
                }
            }
            together
        }
    };
    let attributes: Vec<_> = accounts.iter().map(|it| it.attributes.clone()).collect();
    if attributes != *expected {
        let remarks: Vec<_> = accounts.iter().flat_map(|it| &it.remarks).collect();
        return Err(format!("came out as {attributes:#?} with {remarks:#?}"));
    }
    remarks(&accounts, &case.remarks)
}

fn evaluate(settings: &str, rows: &[Row]) -> Result<Vec<Account>, String> {
    testing::evaluate::<Attributes>(settings, &testing::table(rows.to_vec()))
        .map_err(|failure| failure.message)
}

/// As long as the identifier belongs to somebody else, the host asks again with the next
/// `$iteration`.
fn ask_like_the_host(settings: &str, rows: &[Row], taken: &Taken) -> Result<Vec<Account>, String> {
    let mut values = taken.values.clone();
    let mut accounts = Vec::new();
    for row in rows {
        for iteration in 0.. {
            let mut row = row.clone();
            row.insert("$iteration".to_owned(), vec![iteration.to_string()]);
            let account = evaluate(settings, &[row])?.remove(0);
            let identifier = account.first(&taken.attribute).map(str::to_owned);
            if identifier.as_ref().is_none_or(|it| !values.contains(it)) {
                values.extend(identifier);
                accounts.push(account);
                break;
            }
            if iteration > 1_000 {
                return Err("it never says that it has no further identifier".to_owned());
            }
        }
    }
    Ok(accounts)
}

fn remarks(accounts: &[Account], expected: &[RemarkLike]) -> Result<(), String> {
    let found: Vec<_> = accounts
        .iter()
        .enumerate()
        .flat_map(|(row, account)| account.remarks.iter().map(move |remark| (row, remark)))
        .collect();
    let alike = found.len() == expected.len()
        && found.iter().zip(expected).all(|((row, remark), wanted)| {
            let kind = match remark.kind {
                RemarkKind::LeftAlone => "left-alone",
                RemarkKind::Warning => "warning",
                RemarkKind::Error => "error",
            };
            *row == wanted.row
                && remark.attribute == wanted.attribute
                && kind == wanted.kind
                && remark.message.contains(&wanted.message_contains)
        });
    match alike {
        true => Ok(()),
        false => Err(format!("the remarks are {found:#?}")),
    }
}

fn row(identity: &RowLike) -> Row {
    let mut row = identity.attributes();
    let iteration = row.entry("$iteration".to_owned());
    iteration.or_insert_with(|| vec!["0".to_owned()]);
    row
}
