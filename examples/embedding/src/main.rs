//! The smallest program that embeds Provisor: a person is to get a badge, the reception makes it,
//! and the export of the door system says whether that is true.

use anyhow::Context;
use provisor::configuration::Configuration;
use provisor::store::CaseFilter;
use provisor::{Host, HostOptions, Identity, Report, Request, Wanted};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("provisor.toml");
    std::fs::write(&file, include_str!("../provisor.toml"))?;
    std::fs::create_dir(folder.path().join("exports"))?;

    let host = Host::open(Configuration::load(&file)?, HostOptions::default()).await?;

    // The IAM product says what should be. Asking again would change nothing.
    let receipt = host
        .request(Request {
            resource: "doors".parse()?,
            identity: Identity::new("person-42".parse()?)
                .with("badge", ["B-1042"])
                .with("name", ["Grace Hopper"])
                .with("zones", ["laboratory", "canteen"]),
            wanted: Wanted::Account,
            requester: "iam".parse()?,
            anew: false,
            after: None,
        })
        .await?;
    let operation = *receipt.operations.first().context("it was planned")?;

    // A person gets a case, and says that it is done.
    let cases = host.cases(&CaseFilter {
        limit: 10,
        ..CaseFilter::default()
    })?;
    let case = cases.first().context("a case was opened")?;
    println!("{}: {}", case.case.id, case.title);
    let report = Report::Done {
        values: Default::default(),
        not_possible: Default::default(),
        note: None,
        at: None,
    };
    host.close_case(case.case.id, &"rosa".parse()?, report)
        .await?;
    println!("{operation} is {}", host.operation(operation)?.state);

    // The application tells what is really there; one zone was forgotten.
    let export = folder.path().join("exports").join("doors.csv");
    std::fs::write(
        &export,
        "badge,name,zones\nB-1042,Grace Hopper,laboratory\n",
    )?;
    host.take_export("doors", None).await?;
    print_verdicts(&host, operation)?;

    std::fs::write(
        &export,
        "badge,name,zones\nB-1042,Grace Hopper,canteen|laboratory\n",
    )?;
    host.take_export("doors", None).await?;
    print_verdicts(&host, operation)
}

fn print_verdicts(host: &Host, operation: provisor::model::OperationId) -> anyhow::Result<()> {
    let view = host.operation(operation)?;
    println!("{operation} is {}; wanted -> shown:", view.state);
    for verdict in view.verdicts {
        let (wanted, shown) = (verdict.wanted, verdict.shown);
        println!(
            "  {:18} {:10} {wanted} -> {shown}",
            verdict.subject, verdict.verdict
        );
    }
    Ok(())
}
