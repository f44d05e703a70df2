//! Any component is taken in or refused, run within its limits, and leaves the sandbox able to run the next one.

use std::sync::OnceLock;
use std::time::Duration;

use provisor::sandbox::{Call, Limits, PageBuilder, Sandbox, SandboxConfig, Table, World};

/// Panics where the promise does not hold.
pub fn hold(bytes: &[u8]) {
    static SANDBOX: OnceLock<(tokio::runtime::Runtime, Sandbox)> = OnceLock::new();
    let (runtime, sandbox) = SANDBOX.get_or_init(|| {
        let mut config = SandboxConfig::default();
        // Larger ones say nothing new, and are compiled in this process.
        config.load_limits.size = 64 * 1024;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime");
        (runtime, Sandbox::new(config).expect("a sandbox"))
    });
    runtime.block_on(async {
        let Ok(component) = sandbox.load(bytes).await else {
            return;
        };
        if component.world() != World::Mapping {
            return;
        }
        let call = Call {
            limits: Limits {
                memory: 16 * 1024 * 1024,
                cpu_time: Duration::from_millis(50),
                wall_time: Duration::from_secs(20),
            },
            ..Call::default()
        };
        let _problems = component.check_settings(&call).await;
        let Ok(mut run) = component.mapping().expect("a mapping").start(&call).await else {
            return;
        };
        let mut rows = PageBuilder::new();
        rows.cell(["Ann"]);
        let people = Table {
            columns: vec!["name".to_owned()],
            rows: rows.finish(),
        };
        if let Ok(accounts) = run.evaluate(&people).await {
            assert_eq!(accounts.rows.row_count(), 1, "an account for each identity");
            for row in accounts.rows.rows() {
                for cell in row.cells() {
                    let _all_can_be_read = cell.values().map(str::len).sum::<usize>();
                }
            }
        }
    });
}
