//! All that is due.

use crate::dispatch::Dispatched;
use crate::{Delivered, Dropped, ExportReport, Host, HostError, Nudged, Worked};

/// What one run did.
#[derive(Debug, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct RunReport {
    /// What went out.
    pub dispatched: Dispatched,
    /// What was done about tickets.
    pub tickets: Worked,
    /// Cases that stay open and somebody was told of.
    pub nudged: Nudged,
    /// What had been kept long enough.
    pub dropped: Dropped,
    /// Exports that were taken, with what came of each.
    pub exports: Vec<ExportReport>,
    /// What could not be done, by resource; the next run tries again.
    pub failed: Vec<(String, String)>,
    /// What people outside were told.
    pub notifications: Delivered,
}

impl RunReport {
    /// Whether nothing was due.
    pub fn is_empty(&self) -> bool {
        self.dispatched == Dispatched::default()
            && self.tickets == Worked::default()
            && self.nudged == Nudged::default()
            && self.dropped == Dropped::default()
            && self.exports.is_empty()
            && self.failed.is_empty()
            && self.notifications == Delivered::default()
    }
}

impl Host {
    /// Does all that is due: sends out operations whose time has come, reminds of cases that are
    /// due, takes the configured export of every resource whose file is there, and delivers
    /// notifications. One resource that fails does not stop the others.
    pub async fn run(&self) -> Result<RunReport, HostError> {
        let mut report = self.due().await?;
        let names: Vec<String> = self
            .inner
            .configuration
            .resources
            .values()
            .filter(|resource| resource.reader.is_some())
            .map(|resource| resource.name.to_string())
            .collect();
        for name in names {
            match self.take_export(&name, None).await {
                Ok(taken) => report.exports.push(taken),
                Err(error) => report.failed.push((name, error.to_string())),
            }
        }
        self.tell_and_deliver(report).await
    }

    /// Does all that is due but taking exports.
    pub async fn run_without_exports(&self) -> Result<RunReport, HostError> {
        let report = self.due().await?;
        self.tell_and_deliver(report).await
    }

    async fn tell_and_deliver(&self, mut report: RunReport) -> Result<RunReport, HostError> {
        self.tell_stale().await?;
        report.notifications = self.deliver().await?;
        Ok(report)
    }

    async fn due(&self) -> Result<RunReport, HostError> {
        self.refresh_components().await?;
        let mut failed = self.request_again().await?;
        let mut dispatched = self.dispatch(None).await?;
        let mut tickets = self.work_on_tickets().await?;
        // What a closed ticket lets go out goes out in the same run.
        if tickets.has_changed() {
            dispatched.add(self.dispatch(None).await?);
            tickets.add(self.work_on_tickets().await?);
        }
        let unjudged = dispatched.unjudged.iter();
        failed.extend(unjudged.map(|(name, why)| (name.to_string(), why.clone())));
        Ok(RunReport {
            dispatched,
            tickets,
            nudged: self.nudge().await?,
            dropped: self.drop_what_is_over().await?,
            exports: Vec::new(),
            failed,
            notifications: Delivered::default(),
        })
    }
}
