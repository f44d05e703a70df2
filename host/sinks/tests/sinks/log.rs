//! Lines in a file.

use provisor_sinks::{LogSink, Sink, SinkError};

use crate::messages::{monday, opened};

#[test]
fn each_notification_is_one_line_that_a_program_can_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notifications.jsonl");
    let sink = Sink::Log(LogSink {
        file: Some(file.clone()),
    });
    sink.send(&opened(), None, monday()).unwrap();
    sink.send(&opened(), None, monday()).unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(text.lines().count(), 2);
    let line: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!(line["id"], "a1b2c3-17");
    assert_eq!(line["type"], "case-opened");
    assert_eq!(line["timestamp"], "2026-03-02T08:00:00Z");
    assert_eq!(line["data"]["case"], 7);
    assert_eq!(line["data"]["resource"], "payroll");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn a_file_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let sink = Sink::Log(LogSink {
        file: Some(folder.path().to_owned()),
    });
    let error = sink.send(&opened(), None, monday()).unwrap_err();
    assert!(matches!(error, SinkError::Unusable(_)));
    assert!(error.to_string().contains(folder.path().to_str().unwrap()));
}
