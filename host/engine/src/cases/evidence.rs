//! What shows that the work was done.

use std::io::Read;

use provisor_model::{Attachment, Case, CaseId, Event, EventKind, PersonName};

use super::{find, tell_accounts};
use crate::host::Actor;
use crate::{Host, HostError};

/// The longest name of an attachment, in bytes.
const LONGEST_NAME: usize = 255;

impl Host {
    /// Attaches something that shows what was done: a picture (PNG, JPEG), a PDF or a text in
    /// UTF-8. What it is, its content tells; `name` is what the file was called. The same content
    /// again is attached once.
    pub async fn attach(
        &self,
        case: CaseId,
        operator: &PersonName,
        name: &str,
        content: Vec<u8>,
    ) -> Result<Case, HostError> {
        let refuse = |problem: String| HostError::Attachment { case, problem };
        if name.is_empty() || name.len() > LONGEST_NAME || name.chars().any(char::is_control) {
            return Err(refuse(format!(
                "its name should be one line of at most {LONGEST_NAME} bytes"
            )));
        }
        let most = self.largest_attachment(case)?;
        if content.len() as u64 > most {
            return Err(refuse(format!(
                "it has {} bytes, and at most {most} are taken (max-attachment of the resource)",
                content.len()
            )));
        }
        let Some(media_type) = media_type(&content) else {
            return Err(refuse(
                "it is none of PNG, JPEG, PDF and text in UTF-8".to_owned(),
            ));
        };
        let evidence = self.inner.evidence.clone();
        let (_hold, (digest, size)) = self
            .blocking(move || {
                let hold = evidence.hold()?;
                Ok::<_, HostError>((hold, evidence.put(&mut content.as_slice(), most)?))
            })
            .await??;
        let name = name.to_owned();
        self.change_case(case, operator, move |work, desk, case| {
            desk.ensure_with(case)?;
            let before = case.attachments.len();
            case.attach(Attachment {
                name: name.clone(),
                media_type: media_type.to_owned(),
                digest,
                size,
                by: desk.operator.clone(),
                at: desk.now,
            })?;
            if case.attachments.len() == before {
                return Ok(());
            }
            work.save_case(case)?;
            let text = format!("{name} by {}, sha256 {digest}", desk.who(case));
            let actor = Actor::Person(desk.operator);
            tell_accounts(
                work,
                case,
                actor,
                Event::new(EventKind::Attached, text),
                desk.now,
            )?;
            Ok(())
        })
        .await
    }

    /// The content of an attachment, by its place in the list of the case, from 1.
    pub fn attachment(
        &self,
        case: CaseId,
        place: usize,
    ) -> Result<(Attachment, Vec<u8>), HostError> {
        let found = self.inner.store.read(|view| find(view, case))?;
        let attachment = place
            .checked_sub(1)
            .and_then(|index| found.attachments.get(index))
            .ok_or_else(|| HostError::Unknown {
                what: "attachment",
                name: place.to_string(),
                hint: format!(": {case} has {}", found.attachments.len()),
            })?
            .clone();
        self.inner.evidence.verify(&attachment.digest)?;
        let mut content = Vec::new();
        self.inner
            .evidence
            .get(&attachment.digest)?
            .take(attachment.size)
            .read_to_end(&mut content)
            .map_err(|source| HostError::Data {
                path: self.inner.configuration.data.display().to_string(),
                source,
            })?;
        Ok((attachment, content))
    }

    /// The strictest of the resources of a case counts.
    fn largest_attachment(&self, case: CaseId) -> Result<u64, HostError> {
        let found = self.inner.store.read(|view| find(view, case))?;
        let resources = &self.inner.configuration.resources;
        Ok(found
            .items
            .values()
            .filter_map(|item| resources.get(&item.resource))
            .map(|resource| resource.cases.max_attachment)
            .min()
            .unwrap_or(0))
    }
}

/// What a content is, by its first bytes; `None` for what is not taken.
fn media_type(content: &[u8]) -> Option<&'static str> {
    const SIGNATURES: [(&[u8], &str); 3] = [
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"%PDF-", "application/pdf"),
    ];
    if let Some((_, found)) = SIGNATURES
        .iter()
        .find(|(signature, _)| content.starts_with(signature))
    {
        return Some(found);
    }
    let text = std::str::from_utf8(content).ok()?;
    let readable = !text.trim().is_empty()
        && !text
            .chars()
            .any(|one| one.is_control() && !matches!(one, '\n' | '\r' | '\t'));
    readable.then_some("text/plain")
}
