//! The bytes of uploaded components that nobody can use any more.
//!
//! What is active, tried, asked for, or could be gone back to or activated again is kept. The record of a
//! component stays when its bytes go: what it decided still says who it was. That the bytes are to go
//! is stored first; they go with the next sweep, which a kill only puts off.

use std::time::Duration;

use provisor_model::{EventKind, ResourceName, Timestamp, Upload};
use provisor_store::{StoreError, UploadFilter, View};

use super::{BATCH, Told, tell};
use crate::{Host, HostError, uploads};

impl Host {
    /// Drops the bytes of uploads that nobody could use for so long, and the records of those that
    /// were refused so long ago; answers how many uploads that concerned.
    pub(super) async fn drop_uploads(
        &self,
        kept: Duration,
        now: Timestamp,
    ) -> Result<u64, HostError> {
        let dropped =
            self.drop_bytes(now.before(kept), now).await? + self.drop_refused(kept, now).await?;
        // What a kill has left behind goes, too.
        self.sweep_uploads().await?;
        Ok(dropped)
    }

    async fn drop_bytes(&self, before: Timestamp, now: Timestamp) -> Result<u64, HostError> {
        let all = UploadFilter {
            name: None,
            limit: usize::MAX,
        };
        let over: Vec<Upload> = self.inner.store.read(|view| {
            let mut over = Vec::new();
            for upload in view.uploads(&all)? {
                if unusable_since(view, &upload)?.is_some_and(|since| since < before) {
                    over.push(upload);
                }
            }
            Ok::<_, StoreError>(over)
        })?;
        let mut count = 0;
        for upload in over {
            // Only a help, so it may go before it is certain.
            self.inner.sandbox.forget(&upload.digest);
            count += self
                .inner
                .store
                .update(move |work| {
                    // Somebody may have activated or deleted it meanwhile.
                    let Some(mut upload) = work.upload(&upload.digest)? else {
                        return Ok(0);
                    };
                    let since = unusable_since(work, &upload)?;
                    let Some(since) = since.filter(|since| *since < before) else {
                        return Ok(0);
                    };
                    let text = format!(
                        "the bytes of {}, which nobody could use since {since}",
                        upload.title()
                    );
                    upload.bytes_dropped_at = Some(now);
                    work.save_upload(&upload)?;
                    let kind = EventKind::Dropped;
                    uploads::tell(work, kind, &upload.digest, "engine", text, now)?;
                    Ok::<_, HostError>(1)
                })
                .await?;
        }
        Ok(count)
    }

    async fn drop_refused(&self, kept: Duration, now: Timestamp) -> Result<u64, HostError> {
        let before = now.before(kept);
        let mut count = 0;
        loop {
            let dropped = self
                .inner
                .store
                .update(move |work| {
                    let refused = work.refused_uploads(before, BATCH)?;
                    let number = refused.len() as u64;
                    for upload in refused {
                        work.drop_upload(&upload.digest)?;
                    }
                    let mut told = Told::new();
                    if number > 0 {
                        told.insert((ResourceName::none(), "refused uploads"), number);
                    }
                    tell(work, told, kept, now)
                })
                .await?;
            count += dropped;
            if dropped < BATCH as u64 {
                return Ok(count);
            }
        }
    }
}

/// Since when nobody can use an upload: it was retired, or it was never in use and a newer version took
/// its place. `None` when somebody can, or does.
fn unusable_since(view: &View<'_>, upload: &Upload) -> Result<Option<Timestamp>, StoreError> {
    let Some(name) = upload.name().filter(|_| upload.bytes_dropped_at.is_none()) else {
        return Ok(None);
    };
    let activations = view.activations(name)?;
    if activations.is_some_and(|activations| activations.needs(upload)) {
        return Ok(None);
    }
    let canary = view.standing_canary(name)?;
    if canary.is_some_and(|one| [one.candidate, one.active].contains(&upload.digest)) {
        return Ok(None);
    }
    if let Some(retired) = &upload.retired {
        return Ok(Some(retired.at));
    }
    if !upload.is_ready() {
        return Ok(None);
    }
    let named = view.uploads(&UploadFilter {
        name: Some(name.clone()),
        limit: usize::MAX,
    })?;
    let newer = named
        .iter()
        .filter(|one| one.is_ready() && one.at > upload.at);
    Ok(newer.map(|one| one.at).min())
}
