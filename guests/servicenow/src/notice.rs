//! What a business rule of the instance sends when a ticket changes.
//!
//! ServiceNow sends nothing by itself. The rule in `docs/tickets/servicenow.md` sends this, one
//! ticket at a time:
//!
//! ```json
//! { "id": "46d44a40…", "number": "INC0010001", "state": "6", "correlation_id": "…",
//!   "sys_updated_on": "2026-12-01 12:00:00" }
//! ```

use provisor_sdk::{Failure, Hint, Message};
use serde::Deserialize;

use crate::reference::{Reference, SysId, is_name};

/// How many bytes are read: a notice has a few hundred.
const LARGEST: usize = 64 * 1024;

#[derive(Deserialize)]
struct Notice {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    number: Option<String>,
    #[serde(default)]
    correlation_id: Option<String>,
    #[serde(default)]
    table: Option<String>,
}

/// Which ticket a message is about; `table` is where it is kept unless the message says.
///
/// # Errors
/// `malformed` when it is no such message.
pub fn hints(message: &Message, table: &str) -> Result<Vec<Hint>, Failure> {
    if message.body.len() > LARGEST {
        return Err(malformed("it has more than 64 KiB"));
    }
    let notice: Notice =
        serde_json::from_slice(&message.body).map_err(|error| malformed(&error.to_string()))?;
    let filled = |value: Option<String>| value.filter(|value| !value.trim().is_empty());
    let (id, number) = (filled(notice.id), filled(notice.number));
    let table = filled(notice.table).unwrap_or_else(|| table.to_owned());
    if !is_name(&table) {
        return Err(malformed("`table` is no name of a table"));
    }
    let reference = match (id, &number) {
        (None, _) => None,
        (Some(id), number) => {
            let sys_id = SysId::read(&id).ok_or_else(|| malformed("`id` is no sys_id"))?;
            number.as_ref().map(|number| Reference {
                table,
                sys_id,
                number: number.clone(),
            })
        }
    };
    let hint = Hint {
        reference: reference.map(|reference| reference.write()),
        number,
        correlation_id: filled(notice.correlation_id),
    };
    if hint.reference.is_none() && hint.number.is_none() && hint.correlation_id.is_none() {
        return Err(malformed("it names no ticket"));
    }
    Ok(vec![hint])
}

fn malformed(why: &str) -> Failure {
    Failure::malformed(format!(
        "this is no notice of a business rule ({why}); it must be JSON with `id`, `number` or \
         `correlation_id`"
    ))
}
