//! What an instance answers, and how it is asked to.

use serde_json::json;

use super::record::{Display, Shown};
use crate::{Request, Response};

/// How a request wants records to be shown.
pub(super) fn shown(request: &Request) -> Shown {
    let is_true = |name: &str| request.parameter(name) == Some("true");
    let fields = request.parameter("sysparm_fields").unwrap_or_default();
    Shown {
        fields: (!fields.is_empty())
            .then(|| fields.split(',').map(|it| it.trim().to_owned()).collect()),
        // Clients write these words in any case.
        display: match request
            .parameter("sysparm_display_value")
            .map(str::to_lowercase)
            .as_deref()
        {
            Some("true") => Display::Labels,
            Some("all") => Display::Both,
            _ => Display::Values,
        },
        no_links: is_true("sysparm_exclude_reference_link"),
        base: base(request),
    }
}

/// The address of the instance, as the request has it.
pub(super) fn base(request: &Request) -> String {
    format!("https://{}", request.header("host").unwrap_or("instance"))
}

/// An error as the Table API words it.
pub(super) fn error(status: u16, message: &str, detail: Option<&str>) -> Response {
    let error = json!({
        "error": { "message": message, "detail": detail },
        "status": "failure",
    });
    Response::json(status, &error)
}

/// A record that is not there or may not be seen: the answer is the same.
pub(super) fn missing() -> Response {
    error(
        404,
        "No Record found",
        Some("Record doesn't exist or ACL restricts the record retrieval"),
    )
}

/// Fields that a data policy wants are empty.
pub(super) fn policy(fields: &[&str]) -> Response {
    error(
        403,
        "Operation Failed",
        Some(&format!(
            "Data Policy Exception: The following fields are mandatory: {}",
            fields.join(", ")
        )),
    )
}

/// A business rule has stopped the change.
pub(super) fn aborted(table: &str, why: &str) -> Response {
    error(
        403,
        "Operation Failed",
        Some(&format!(
            "Operation against file '{table}' was aborted by Business Rule '{why}'"
        )),
    )
}

/// There is nothing at this address.
pub(super) fn unknown_address(request: &Request) -> Response {
    error(
        400,
        "Requested URI does not represent any resource",
        Some(&request.path),
    )
}
