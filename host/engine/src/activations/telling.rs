//! What the history says of activations.

use std::collections::BTreeSet;

use provisor_model::{Activation, Activations, Grants, Upload};

use crate::uploads::why;

pub(super) fn asked_text(upload: &Upload, activations: &Activations) -> String {
    match &activations.asked {
        Some(asked) => format!(
            "{}, {}{}",
            upload.title(),
            granted(&asked.grants),
            why(&asked.reason)
        ),
        None => upload.title(),
    }
}

pub(super) fn activated_text(upload: &Upload, active: &Activation) -> String {
    format!(
        "{}, asked for by {}, approved by {}, {}{}",
        upload.title(),
        active.asked_by,
        active.approved_by,
        granted(&active.grants),
        why(&active.reason)
    )
}

fn granted(grants: &Grants) -> String {
    if grants.is_empty() {
        return "may use nothing outside".to_owned();
    }
    let listed = |what: &str, names: &BTreeSet<String>| {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        format!("{what} {}", names.join(", "))
    };
    let mut parts = Vec::new();
    if !grants.origins.is_empty() {
        parts.push(listed("may reach", &grants.origins));
    }
    if !grants.secrets.is_empty() {
        parts.push(listed("may read the secrets", &grants.secrets));
    }
    parts.join(" and ")
}
