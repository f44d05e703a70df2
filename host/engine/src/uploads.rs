//! Components that customers bring into a running host: from bytes to being ready.
//!
//! The intent is stored before the bytes are kept; the bytes are kept whole, by their digest, or not
//! at all. What an upload has come to is a stage of the model, and each is stored. Nothing that is
//! uploaded is in use by that alone: see [`activations`](crate::activations).

mod report;
mod vouching;

use std::io::Read;
use std::sync::Arc;

use provisor_model::{
    ComponentName, Digest, Event, EventKind, PersonName, Refusal, ResourceName, Stage, Timestamp,
    Upload, UploadAbout,
};
use provisor_package::{Signature, Subject};
use provisor_sandbox::egress::Origin;
use provisor_sandbox::{About, LoadError, inspect};
use provisor_store::{EvidenceError, UploadFilter, Work, fault};
use sha2::Digest as _;

pub(crate) use vouching::attention;

use vouching::{holding, untrusted};

use crate::cases::LONGEST_NOTE;
use crate::{Host, HostError};

/// Digits of a digest that are enough to be meant.
const SHORTEST_DIGEST: usize = 6;

/// The longest message of a refusal that is kept.
const LONGEST_MESSAGE: usize = 4 * 1024;

/// What somebody uploads.
pub struct Submission {
    /// The component, as it stands in its file.
    pub content: Box<dyn Read + Send>,
    /// Who uploads it.
    pub by: PersonName,
    /// Why, in words; may be empty.
    pub note: String,
    /// The report of the conformance suite about it, as it stands in its file.
    pub report: Option<Vec<u8>>,
    /// Signatures of the component and of the report.
    pub signatures: Vec<Signature>,
}

/// What vouches for an upload.
struct Vouchers {
    /// Who brings it.
    by: PersonName,
    report: Option<Vec<u8>>,
    signatures: Vec<Signature>,
}

impl Host {
    /// Takes a component, and judges it: whether those vouch for it whom the configuration asks for;
    /// then it is inspected, compiled within limits, asked to describe itself, and held against the
    /// report of its conformance where one is required. Answers the record of it, which is [`ready`](Stage::Ready) or
    /// [`refused`](Stage::Refused); a refusal is an answer, not an error. The same component once
    /// more is the same upload, unless it was refused before: then it is judged anew. What vouches
    /// for one that is ready can be brought later by uploading it again with that.
    ///
    /// # Errors
    ///
    /// [`HostError::NotAllowed`]; [`HostError::UploadTooLarge`], which is found out without reading
    /// the rest.
    pub async fn upload(&self, submission: Submission) -> Result<Upload, HostError> {
        let Submission {
            content,
            by,
            note,
            report,
            signatures,
        } = submission;
        let vouchers = Vouchers {
            by: by.clone(),
            report,
            signatures,
        };
        let rules = &self.inner.configuration.components;
        allow(rules.uploaders.as_ref(), &by, "upload", "uploaders")?;
        if note.len() > LONGEST_NOTE {
            return Err(HostError::ReasonRequired { what: "the note" });
        }
        let _one_at_a_time = self.inner.judging.lock().await;
        let most = rules.max_size;
        let bytes = self.blocking(move || read(content, most)).await??;
        let Some(bytes) = bytes else {
            return self.too_large(&by, most).await;
        };
        let digest = Digest::from_bytes(sha2::Sha256::digest(&bytes).into());
        let library = self.inner.library.clone();
        let hold = self.blocking(move || library.hold()).await??;
        let known = self.inner.store.read(|view| view.upload(&digest))?;
        let upload = match known {
            Some(known) if is_known(&known) => known,
            _ => Upload::new(digest, bytes.len() as u64, by, &note, self.now()),
        };
        let is_new = upload.stage != Stage::Ready;
        if is_new {
            let text = format!("{} bytes by {}{}", upload.size, upload.by, why(&note));
            self.save(&upload, Some((EventKind::Uploaded, text)))
                .await?;
        }
        fault::point("upload.intended");
        if upload.bytes_dropped_at.is_none() {
            self.keep_upload(&bytes, &digest).await?;
        }
        fault::point("upload.kept");
        let brings = vouchers.report.is_some() || !vouchers.signatures.is_empty();
        let upload = match is_new {
            true => self.judge(upload, &bytes, &vouchers).await?,
            false if brings && upload.is_ready() => {
                self.vouch_again(upload, &bytes, &vouchers).await?
            }
            false => upload,
        };
        drop(hold);
        match upload.stage {
            Stage::Ready => self.take_into_use(None).await?,
            _ => self.sweep_uploads().await?,
        }
        Ok(upload)
    }

    /// Uploads, the newest first.
    pub fn uploads(&self, filter: &UploadFilter) -> Result<Vec<Upload>, HostError> {
        Ok(self.inner.store.read(|view| view.uploads(filter))?)
    }

    /// The upload that is called so: by its name, which means the newest that is ready; or by its
    /// digest, of which the first digits are enough.
    pub fn uploaded(&self, called: &str) -> Result<Upload, HostError> {
        let unknown = |hint: String| HostError::Unknown {
            what: "uploaded component",
            name: called.chars().take(80).collect(),
            hint,
        };
        self.inner.store.read(|view| {
            if let Ok(name) = ComponentName::new(called) {
                let named = view.uploads(&UploadFilter {
                    name: Some(name),
                    limit: usize::MAX,
                })?;
                let ready = named.iter().find(|one| one.is_ready());
                if let Some(upload) = ready.or(named.first()) {
                    return Ok(upload.clone());
                }
            }
            let digits = called.strip_prefix("sha256:").unwrap_or(called);
            let is_digest = digits.len() >= SHORTEST_DIGEST
                && digits.len() <= 64
                && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
            let list = "; `provisor component list` shows those that there are";
            if !is_digest {
                return Err(unknown(list.to_owned()));
            }
            let mut found = view.uploads_like(&digits.to_lowercase(), 2)?;
            match (found.pop(), found.pop()) {
                (Some(one), None) => Ok(one),
                (None, _) => Err(unknown(list.to_owned())),
                _ => Err(unknown(": several begin so; give more digits".to_owned())),
            }
        })
    }

    /// The bytes of an upload.
    ///
    /// # Errors
    ///
    /// When they were dropped, because nobody could use them for as long as the configuration says.
    pub async fn uploaded_bytes(&self, upload: &Upload) -> Result<Vec<u8>, HostError> {
        if let Some(at) = upload.bytes_dropped_at {
            let component = upload.title();
            return Err(HostError::BytesDropped { component, at });
        }
        let (library, digest) = (self.inner.library.clone(), upload.digest);
        let read = move || {
            let mut bytes = Vec::new();
            match library.get(&digest)?.read_to_end(&mut bytes) {
                Ok(_) => Ok(bytes),
                Err(error) => Err(EvidenceError::Source(error)),
            }
        };
        Ok(self.blocking(read).await??)
    }

    async fn keep_upload(&self, bytes: &[u8], digest: &Digest) -> Result<(), HostError> {
        let (library, bytes) = (self.inner.library.clone(), bytes.to_vec());
        let kept = self
            .blocking(move || library.put(&mut bytes.as_slice(), bytes.len() as u64))
            .await??;
        // It was hashed from the same bytes just now.
        match kept.0 == *digest {
            true => Ok(()),
            false => Err(EvidenceError::Damaged(*digest).into()),
        }
    }

    /// Takes an upload from stage to stage.
    async fn judge(
        &self,
        mut upload: Upload,
        bytes: &[u8],
        vouchers: &Vouchers,
    ) -> Result<Upload, HostError> {
        match self.pass(&mut upload, bytes, vouchers).await? {
            Ok(()) => {
                let (stored, now) = (upload.clone(), self.now());
                let signatures = holding(bytes, vouchers);
                self.inner
                    .store
                    .update(move |work| {
                        work.save_upload(&stored)?;
                        work.save_upload_signatures(&stored.digest, &signatures)?;
                        let text = stored.title();
                        tell(work, EventKind::Ready, &stored.digest, "engine", text, now)
                    })
                    .await?;
            }
            Err(mut refusal) => {
                for text in [
                    &mut refusal.message,
                    &mut refusal.place,
                    &mut refusal.accepted,
                ] {
                    *text = text.chars().take(LONGEST_MESSAGE).collect();
                }
                // What is never used again is not to fill the cache.
                self.inner.sandbox.forget(&upload.digest);
                let (code, message) = (&refusal.code, &refusal.message);
                let text = format!("{} ({code}): {message}", upload.title());
                upload.refuse(refusal)?;
                self.save(&upload, Some((EventKind::Refused, text))).await?;
            }
        }
        fault::point("upload.judged");
        Ok(upload)
    }

    async fn pass(
        &self,
        upload: &mut Upload,
        bytes: &[u8],
        vouchers: &Vouchers,
    ) -> Result<Result<(), Refusal>, HostError> {
        let rules = &self.inner.configuration.components;
        // Of what nobody vouches for, nothing is compiled or run.
        let signatures: Vec<Signature> = vouchers
            .signatures
            .iter()
            .filter(|signature| signature.subject() == Subject::Component)
            .cloned()
            .collect();
        upload.signed_by = match rules.trust.judge(Subject::Component, bytes, &signatures) {
            Ok(endorsed) => endorsed.keys,
            Err(error) => {
                return Ok(Err(untrusted(Subject::Component, &rules.trust, &error)));
            }
        };
        let inspection = match inspect(bytes) {
            Ok(inspection) => inspection,
            Err(error) => return Ok(Err(refusal(&error))),
        };
        upload.about = match about(&inspection.about, inspection.world) {
            Ok(about) => Some(about),
            Err(refusal) => return Ok(Err(refusal)),
        };
        self.reach(upload, Stage::Inspected).await?;
        let compiled = match self.inner.sandbox.compile(bytes).await {
            Ok(compiled) => compiled,
            Err(error) => return Ok(Err(refusal(&error))),
        };
        self.reach(upload, Stage::Compiled).await?;
        if let Err(error) = compiled.describe().await {
            return Ok(Err(refusal(&error)));
        }
        self.reach(upload, Stage::Described).await?;
        let (report, signatures) = (vouchers.report.as_deref(), &vouchers.signatures);
        match report::judge(rules, &upload.digest, report, signatures) {
            Ok(facts) => upload.report = facts,
            Err(refusal) => return Ok(Err(refusal)),
        }
        self.reach(upload, Stage::Judged).await?;
        upload.advance(Stage::Ready)?;
        Ok(Ok(()))
    }

    async fn reach(&self, upload: &mut Upload, stage: Stage) -> Result<(), HostError> {
        upload.advance(stage)?;
        self.save(upload, None).await
    }

    async fn save(
        &self,
        upload: &Upload,
        event: Option<(EventKind, String)>,
    ) -> Result<(), HostError> {
        let (upload, now) = (upload.clone(), self.now());
        self.inner
            .store
            .update(move |work| {
                work.save_upload(&upload)?;
                match event {
                    Some((kind, text)) => {
                        let actor = match kind {
                            EventKind::Uploaded => upload.by.as_str(),
                            _ => "engine",
                        };
                        tell(work, kind, &upload.digest, actor, text, now)
                    }
                    None => Ok(()),
                }
            })
            .await
    }

    async fn too_large(&self, by: &PersonName, limit: u64) -> Result<Upload, HostError> {
        let error = HostError::UploadTooLarge { limit };
        let text = format!("an upload by {by}: {error}");
        let (now, resource) = (self.now(), ResourceName::none());
        self.inner
            .store
            .update(move |work| {
                let event = Event::new(EventKind::Refused, text);
                work.add_event(now, "engine", &resource, None, event)
            })
            .await?;
        Err(error)
    }

    /// Removes the bytes that no record speaks of, and ends uploads that a killed process has left
    /// behind. While somebody uploads, that is left to the next time.
    pub(crate) async fn sweep_uploads(&self) -> Result<(), HostError> {
        let (library, store) = (self.inner.library.clone(), self.inner.store.clone());
        let now = self.now();
        self.blocking(move || {
            library.sweep(|| {
                // Whoever uploads holds the folder: of these nobody does any more.
                let left = store.read(|view| view.unfinished_uploads())?;
                if !left.is_empty() {
                    store.update_blocking(move |work| end_unfinished(work, left, now))?;
                }
                Ok::<_, HostError>(store.read(|view| view.uploaded_contents())?)
            })
        })
        .await??;
        Ok(())
    }
}

fn end_unfinished(work: &mut Work<'_>, left: Vec<Upload>, now: Timestamp) -> Result<(), HostError> {
    for mut upload in left {
        let message = "the process ended while it was uploaded; upload it again";
        upload.refuse(Refusal {
            code: "component-interrupted".to_owned(),
            message: message.to_owned(),
            place: "the upload".to_owned(),
            accepted: "the same file once more".to_owned(),
        })?;
        work.save_upload(&upload)?;
        let text = format!("{}: {message}", upload.title());
        tell(
            work,
            EventKind::Refused,
            &upload.digest,
            "engine",
            text,
            now,
        )?;
    }
    Ok(())
}

/// Writes into the history what happened to a version of a component.
pub(crate) fn tell(
    work: &mut Work<'_>,
    kind: EventKind,
    component: &Digest,
    actor: &str,
    text: String,
    now: Timestamp,
) -> Result<(), HostError> {
    let event = Event::new(kind, text).component(*component);
    Ok(work.add_event(now, actor, &ResourceName::none(), None, event)?)
}

/// Whether an upload that is there already is the same one: it is ready, or was retired, which stays so
/// when its bytes are gone.
fn is_known(upload: &Upload) -> bool {
    let is_kept = upload.retired.is_some() || upload.bytes_dropped_at.is_none();
    upload.stage == Stage::Ready && is_kept
}

/// Whether somebody may do something with components.
pub(crate) fn allow(
    persons: Option<&std::collections::BTreeSet<PersonName>>,
    person: &PersonName,
    what: &'static str,
    key: &'static str,
) -> Result<(), HostError> {
    match persons.is_none_or(|persons| persons.contains(person)) {
        true => Ok(()),
        false => Err(HostError::NotAllowed {
            person: person.clone(),
            what,
            key,
        }),
    }
}

/// What stands behind a sentence as its reason.
pub(crate) fn why(reason: &str) -> String {
    match reason.trim() {
        "" => String::new(),
        reason => format!(": {reason}"),
    }
}

/// Everything of a content; `None` when it has more than `most` bytes, of which the rest is not
/// read.
fn read(content: Box<dyn Read + Send>, most: u64) -> Result<Option<Arc<[u8]>>, EvidenceError> {
    let mut bytes = Vec::new();
    content
        .take(most.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(EvidenceError::Source)?;
    Ok((bytes.len() as u64 <= most).then(|| bytes.into()))
}

/// What a component says of itself, as far as it matters here.
fn about(about: &About, world: provisor_model::World) -> Result<UploadAbout, Refusal> {
    let wrong = |problem: String| refusal(&LoadError::About(problem));
    let name = ComponentName::new(about.name.as_str());
    let name = name.map_err(|error| wrong(format!("gives no usable name: {error}")))?;
    for (what, text) in [("version", &about.version), ("summary", &about.summary)] {
        if text.len() > LONGEST_MESSAGE {
            return Err(wrong(format!(
                "has a {what} of more than {LONGEST_MESSAGE} bytes"
            )));
        }
    }
    // A wish that is no origin is shown as it stands; it can never be granted.
    let origins = about.origins.iter().map(|text| match Origin::parse(text) {
        Ok(origin) => origin.to_string(),
        Err(_) => text.clone(),
    });
    Ok(UploadAbout {
        name,
        version: about.version.clone(),
        world,
        summary: about.summary.clone(),
        origins: origins.collect(),
    })
}

fn refusal(error: &LoadError) -> Refusal {
    Refusal {
        code: error.code().to_owned(),
        message: error.to_string(),
        place: error.place(),
        accepted: error.accepted(),
    }
}
