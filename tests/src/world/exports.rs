//! What the application shows of itself.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use provisor::model::Timestamp;
use provisor::{ExportReport, HostError};

use super::{HEADER, World};

impl World {
    /// The application's export shows these rows from now on.
    pub fn export(&self, rows: &str) {
        self.export_as("accounts.csv", format!("{HEADER}{rows}").as_bytes());
    }

    /// A file with exactly this content is in the folder of the exports.
    pub fn export_as(&self, name: &str, content: &[u8]) {
        std::fs::write(self.path(name), content).expect("written");
    }

    /// The application wrote the file at this moment.
    pub fn written_at(&self, name: &str, moment: Timestamp) {
        let millis = u64::try_from(moment.millis()).expect("after 1970");
        let time = SystemTime::UNIX_EPOCH + Duration::from_millis(millis);
        std::fs::File::options()
            .write(true)
            .open(self.path(name))
            .and_then(|file| file.set_modified(time))
            .expect("touched");
    }

    /// Where an export of this name is.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("exports").join(name)
    }

    /// Takes the export; it is accepted.
    pub async fn reads(&self) -> ExportReport {
        let report = self.take("accounts.csv").await.expect("it can be read");
        assert_eq!(
            report.export.state.as_str(),
            "accepted",
            "{:?}",
            report.export.remarks
        );
        report
    }

    /// A minute later the application's export shows these rows, and is taken.
    pub async fn shows(&self, rows: &str) {
        self.minutes(1);
        self.export(rows);
        self.reads().await;
    }

    /// Takes an export.
    pub async fn take(&self, name: &str) -> Result<ExportReport, HostError> {
        self.host.take_export("app", Some(name)).await
    }
}
