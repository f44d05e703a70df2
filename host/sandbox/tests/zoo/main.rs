//! Every component of the zoo ends in its named error, with instances from a pool and on demand; the sandbox
//! has its memory back, and the next good call works.

use std::path::PathBuf;
use std::time::Duration;

use provisor_sandbox::{
    Allocation, Call, CallError, Compiler, Component, Limits, LoadError, PageBuilder, Sandbox,
    SandboxConfig, Table, inspect,
};
use provisor_zoo::{Case, SLACK, Stop, cases, resident};

/// Compiles in a process of its own, as a host does.
fn sandbox(allocation: Allocation) -> Sandbox {
    Sandbox::new(SandboxConfig {
        allocation,
        compiler: Compiler::Child {
            program: PathBuf::from(env!("CARGO_BIN_EXE_provisor-compile")),
            arguments: Vec::new(),
        },
        ..SandboxConfig::default()
    })
    .expect("a sandbox")
}

fn call() -> Call {
    Call {
        limits: Limits {
            memory: 64 * 1024 * 1024,
            cpu_time: Duration::from_millis(200),
            wall_time: Duration::from_secs(600),
        },
        ..Call::default()
    }
}

/// Two people with a name each.
fn people() -> Table {
    let mut rows = PageBuilder::new();
    rows.cell(["Ann"]);
    rows.cell(["Zoë"]);
    Table {
        columns: vec!["name".to_owned()],
        rows: rows.finish(),
    }
}

async fn evaluate(component: &Component) -> Result<Table, CallError> {
    let mut run = component.mapping()?.start(&call()).await?;
    let accounts = run.evaluate(&people()).await?;
    let again = run.evaluate(&people()).await?;
    assert_eq!(accounts.rows, again.rows);
    Ok(accounts.rows)
}

/// Where and in what a component ends.
async fn outcome(sandbox: &Sandbox, bytes: &[u8]) -> (Stop, Option<&'static str>, String) {
    let stopped = |stop, error: LoadError| (stop, Some(error.code()), error.to_string());
    if bytes.len() <= SandboxConfig::default().load_limits.size
        && let Err(error) = inspect(bytes)
    {
        return stopped(Stop::Inspection, error);
    }
    let component = match sandbox.load(bytes).await {
        Ok(component) => component,
        Err(error @ LoadError::TooLarge { .. }) => return stopped(Stop::Inspection, error),
        Err(error @ (LoadError::Describe(_) | LoadError::TwoTongues(_))) => {
            return stopped(Stop::Description, error);
        }
        Err(error) => return stopped(Stop::Compilation, error),
    };
    match evaluate(&component).await {
        Ok(_) => (Stop::Nowhere, None, String::new()),
        Err(error) => (Stop::Run, Some(error.code()), error.to_string()),
    }
}

/// What is wrong with how a case ended; nothing if it is as expected.
fn difference(
    case: &Case,
    allocation: Allocation,
    found: &(Stop, Option<&str>, String),
) -> Option<String> {
    let (stop, code, says) = found;
    let expected = case.expected(matches!(allocation, Allocation::Pooled { .. }));
    let same = *stop == expected.stopped
        && *code == expected.code.as_deref()
        && says.to_lowercase().contains(&expected.says.to_lowercase());
    let start: String = says.chars().take(300).collect();
    (!same).then(|| {
        format!(
            "{} {allocation:?}: {stop:?} {code:?} {start:?}, expected {expected:?}",
            case.name
        )
    })
}

#[tokio::test]
async fn every_case_ends_in_its_named_error_and_leaves_nothing_behind() {
    let cases = cases();
    let mut different = Vec::new();
    for allocation in [Allocation::OnDemand, Allocation::Pooled { instances: 4 }] {
        let sandbox = sandbox(allocation);
        let good = sandbox.load(&provisor_zoo::good()).await.expect("good");
        assert_eq!(evaluate(&good).await.as_ref(), Ok(&people()));
        let before = resident();
        for case in &cases {
            let found = outcome(&sandbox, &case.bytes).await;
            different.extend(difference(case, allocation, &found));
            assert_eq!(
                evaluate(&good).await.as_ref(),
                Ok(&people()),
                "after {}",
                case.name
            );
            assert!(
                matches!(sandbox.pooled_instances(), None | Some(0)),
                "after {}",
                case.name
            );
            let more = resident().saturating_sub(before);
            assert!(
                more < SLACK,
                "after {} there are {more} bytes more",
                case.name
            );
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}
