//! What the tests need: sandboxes with the hostile components, and good calls.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use provisor_builtin::hostile;
use provisor_sandbox::{
    Accounts, Allocation, CacheConfig, Call, CallError, Component, Input, Limits, Observer,
    PageBuilder, Sandbox, SandboxConfig, Table,
};

/// Both ways for instances to get their memory.
pub const ALLOCATIONS: [Allocation; 2] =
    [Allocation::OnDemand, Allocation::Pooled { instances: 4 }];

/// A sandbox with the hostile components.
pub struct Zoo {
    pub sandbox: Sandbox,
    pub mapping: Component,
    pub policy: Component,
    pub reader: Component,
    pub ticketing: Component,
}

impl Zoo {
    pub async fn open(allocation: Allocation) -> Zoo {
        Zoo::watched(allocation, None).await
    }

    /// The same, and somebody is told what the components do.
    pub async fn watched(allocation: Allocation, observer: Option<Arc<dyn Observer>>) -> Zoo {
        // The tests are many and their components few: each is compiled once.
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sandbox");
        let sandbox = Sandbox::new(SandboxConfig {
            allocation,
            cache: Some(CacheConfig {
                directory: folder.join("code"),
                key_file: folder.join("key"),
            }),
            observer,
            ..SandboxConfig::default()
        })
        .unwrap();
        Zoo {
            mapping: sandbox.load(hostile::MAPPING).await.unwrap(),
            policy: sandbox.load(hostile::POLICY).await.unwrap(),
            reader: sandbox.load(hostile::READER).await.unwrap(),
            ticketing: sandbox.load(hostile::TICKETING).await.unwrap(),
            sandbox,
        }
    }

    /// One call of the mapping that misbehaves so.
    pub async fn map(&self, misbehave: &str) -> Result<Accounts, CallError> {
        let mut run = self
            .mapping
            .mapping()
            .unwrap()
            .start(&call(misbehave))
            .await?;
        run.evaluate(&people(3)).await
    }

    /// One call of the policy that misbehaves so.
    pub async fn decide(&self, misbehave: &str) -> Result<usize, CallError> {
        let mut run = self
            .policy
            .policy()
            .unwrap()
            .start(&call(misbehave))
            .await?;
        Ok(run.decide(&people(3)).await?.len())
    }

    /// A whole pass of the reader that misbehaves so, over three lines: all that it read.
    pub async fn read(&self, misbehave: &str) -> Result<String, CallError> {
        let mut reading = self
            .reader
            .reader()?
            .open(&call(misbehave), lines("a\nb\nc\n"))
            .await?;
        let mut text = String::new();
        while let Some(batch) = reading.next(2).await? {
            for row in batch.rows.rows(1) {
                text.extend(row.cells().flat_map(|cell| cell.values()));
            }
        }
        reading.finish().await?;
        Ok(text)
    }

    /// Everything works, and nothing is left of what was before.
    pub async fn is_as_good_as_new(&self) {
        let accounts = self.map("").await.unwrap();
        assert_eq!(
            logins(&accounts),
            ["user0call1", "user1call1", "user2call1"]
        );
        assert_eq!(self.decide("").await, Ok(3));
        assert_eq!(self.read("").await, Ok("abc".to_owned()));
        assert!(matches!(self.sandbox.pooled_instances(), None | Some(0)));
    }
}

/// A call with limits that are reached soon. What is limited by something else has time enough,
/// however busy the machine is.
pub fn call(misbehave: &str) -> Call {
    let patience = match misbehave {
        "loop" => Duration::from_millis(100),
        _ => Duration::from_secs(600),
    };
    Call {
        settings: format!("{{\"misbehave\":\"{misbehave}\"}}"),
        limits: Limits {
            memory: 96 * 1024 * 1024,
            cpu_time: patience,
            wall_time: Duration::from_secs(600),
        },
        label: "payroll.mapping".to_owned(),
        ..Call::default()
    }
}

/// A table of so many people.
pub fn people(number: usize) -> Table {
    let mut rows = PageBuilder::new();
    for person in 0..number {
        rows.cell([format!("person {person}")]);
    }
    Table {
        columns: vec!["name".to_owned()],
        rows: rows.finish(),
    }
}

/// An input with this content.
pub fn lines(content: &'static str) -> Input {
    Input {
        name: "lines.txt".to_owned(),
        size: content.len() as u64,
        content: Box::new(content.as_bytes()),
    }
}

pub fn logins(accounts: &Accounts) -> Vec<&str> {
    let rows = accounts.rows.rows();
    rows.flat_map(|row| row.cells().flat_map(|cell| cell.values()))
        .collect()
}
