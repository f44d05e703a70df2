//! Taking a ticket back.

use provisor_sdk::{Class, Failure, FailureKind, Http, Method, Withdrawal, document, log};
use serde_json::{Value, json};

use crate::answer;
use crate::reference::Reference;
use crate::standing;
use crate::tracker::{RequestTracker, Shown};

/// Closes a ticket whose work is not wanted any more, unless it is done or is not this ticket any
/// more: a change of a merged ticket would hit the ticket that it was merged into, and a change of
/// a deleted one would bring it back.
///
/// # Errors
/// When it is not known whether it was closed.
pub fn take_back(
    tracker: &RequestTracker,
    http: &Http,
    id: Reference,
    reason: &str,
) -> Result<Withdrawal, Failure> {
    let (record, mark) = match tracker.show(http, id)? {
        Shown::Here { record, mark } => (record, mark),
        Shown::Gone => return Ok(Withdrawal::Withdrawn),
        Shown::Merged(other) => {
            return Ok(Withdrawal::Refused(format!(
                "it was merged into ticket {other}, which may stand for other work too; say there \
                 that this work is not wanted any more"
            )));
        }
        Shown::Forbidden => {
            return Err(Failure::new(
                FailureKind::Unauthorized,
                format!(
                    "the account may not see ticket {id}; grant it ShowTicket and ModifyTicket in \
                     the ticket's queue"
                ),
            ));
        }
    };
    let status = record.status();
    match standing::class(status) {
        Class::Done => {
            return Ok(Withdrawal::Refused(format!(
                "ticket {id} is `{status}` already"
            )));
        }
        Class::Refused | Class::Cancelled => return Ok(Withdrawal::Withdrawn),
        _ if status.eq_ignore_ascii_case(&tracker.settings.withdrawn_status) => {
            return Ok(Withdrawal::Withdrawn);
        }
        _ => {}
    }
    let reason = match document::one_line(reason).as_str() {
        "" => "Not wanted any more.".to_owned(),
        reason => format!("Not wanted any more: {reason}"),
    };
    match tracker.close(http, id, mark.as_deref(), &reason)? {
        true => Ok(Withdrawal::Withdrawn),
        false => Ok(Withdrawal::Refused(format!(
            "ticket {id} does not get the status `{}` from `{status}`; look whether the lifecycle \
             of its queue has this step and the account has ModifyTicket",
            tracker.settings.withdrawn_status
        ))),
    }
}

impl RequestTracker {
    /// Gives a ticket the status of what is taken back and says why. Whether it has it then:
    /// Request Tracker answers a status that cannot be set with success, so the ticket is looked
    /// at again. With `mark`, only when it is still in that state.
    pub(crate) fn close(
        &self,
        http: &Http,
        id: Reference,
        mark: Option<&str>,
        reason: &str,
    ) -> Result<bool, Failure> {
        let number = id.to_string();
        let wanted = &self.settings.withdrawn_status;
        let mut request = self
            .request(Method::Put, ["ticket", &number])
            .json(&json!({ "Status": wanted }));
        if let Some(mark) = mark {
            request = request.header("if-match", mark);
        }
        let response = http.send(&request)?;
        if response.status == 403 {
            return Ok(false);
        }
        if !response.is_success() {
            return Err(answer::failure(&response));
        }
        let said: Vec<Value> = response.json()?;
        let closed = match self.show(http, id)? {
            Shown::Here { record, .. } => record.status().eq_ignore_ascii_case(wanted),
            Shown::Gone => true,
            Shown::Merged(_) | Shown::Forbidden => false,
        };
        if !closed {
            let said: Vec<&str> = said.iter().filter_map(Value::as_str).collect();
            log::warn(&document::one_line(&said.join(" ")));
            return Ok(false);
        }
        let html = document::html(&[document::paragraph(reason)]);
        if let Err(failure) = self.write(http, id, &html) {
            // It is closed, and that is what counts.
            log::warn(&format!("ticket {id} got no comment: {}", failure.message));
        }
        Ok(true)
    }
}
