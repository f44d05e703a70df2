//! The reader that comes with Provisor, in the sandbox.

use provisor_sandbox::{Call, Input, Sandbox, SandboxConfig, World};

#[tokio::test]
async fn the_csv_reader_reads_in_the_sandbox() {
    let sandbox = Sandbox::new(SandboxConfig::default()).unwrap();
    let component = sandbox.load(provisor_builtin::CSV).await.unwrap();
    assert_eq!(component.world(), World::Reader);
    let call = Call {
        settings: r#"{ "identifier": "login", "delimiter": ";" }"#.to_owned(),
        ..Call::default()
    };
    assert_eq!(component.check_settings(&call).await, Ok(Vec::new()));
    let content = "login;name\nann;Anna Čierna\nbob;\"Bob; junior\"\n";
    let input = Input {
        name: "export.csv".to_owned(),
        size: content.len() as u64,
        content: Box::new(content.as_bytes()),
    };
    let mut reading = component
        .reader()
        .unwrap()
        .open(&call, input)
        .await
        .unwrap();
    assert_eq!(reading.shape().identifier, "login");
    let batch = reading.next(10).await.unwrap().unwrap();
    let rows: Vec<Vec<&str>> = batch
        .rows
        .rows(2)
        .map(|row| row.cells().flat_map(|cell| cell.values()).collect())
        .collect();
    assert_eq!(rows, [["ann", "Anna Čierna"], ["bob", "Bob; junior"]]);
    assert_eq!(batch.positions, [2, 3]);
    assert_eq!(reading.next(10).await, Ok(None));
    let summary = reading.finish().await.unwrap();
    assert_eq!(
        (summary.rows, summary.rejected, summary.complete),
        (2, 0, true)
    );
}
