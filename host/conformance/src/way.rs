//! The way from a component to the system behind it.

use std::sync::Arc;

use provisor_sandbox::egress::{Clock, Origin, Relay, Transport};
use provisor_sandbox::{Egress, EgressConfig, EgressLimits, Origins};
use serde_json::Value;

use crate::bench::Bench;
use crate::system::System;
use crate::target::Target;

/// Requests in a minute: time does not go by in a trial, and all of them fall into the same minute.
const RATE: u32 = 100_000;

impl System {
    /// The way to it: every origin that the settings or the component name leads there.
    ///
    /// # Errors
    /// When nothing leads there; in words.
    pub fn egress(self: &Arc<Self>, bench: &Bench) -> Result<Egress, String> {
        let settings: Value = serde_json::from_str(&bench.subject.settings).unwrap_or_default();
        let wanted = bench.component.about().origins.iter().cloned();
        let mut found: Vec<Origin> = Vec::new();
        for text in texts(&settings).into_iter().chain(wanted) {
            if let Some(origin) = origin(&text)
                && !found.contains(&origin)
            {
                found.push(origin);
            }
        }
        let reach: Vec<_> = found
            .iter()
            .filter_map(|origin| self.target.grant(origin))
            .collect();
        if reach.is_empty() {
            return Err(match &self.target {
                Target::Live(live) => format!(
                    "the settings name no URL at {}, which the target is",
                    live.grant.origin
                ),
                _ => "the settings name no URL".to_owned(),
            });
        }
        let config = EgressConfig {
            reach,
            limits: EgressLimits {
                rate: RATE.try_into().unwrap_or(std::num::NonZeroU32::MIN),
                ..EgressLimits::default()
            },
            ..EgressConfig::default()
        };
        let origins = Origins::by_clock(Arc::clone(self) as Arc<dyn Clock>)
            .map_err(|error| error.to_string())?;
        let egress = match &self.target {
            Target::Live(_) => {
                Egress::relayed(config, &origins, Arc::clone(self) as Arc<dyn Relay>)
            }
            _ => Egress::over(config, &origins, Arc::clone(self) as Arc<dyn Transport>),
        };
        egress.map_err(|error| error.to_string())
    }
}

/// All texts in a value.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(list) => list.iter().flat_map(texts).collect(),
        Value::Object(object) => object.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

/// The origin of a URL.
pub(crate) fn origin(text: &str) -> Option<Origin> {
    let (scheme, rest) = text.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    Origin::parse(&format!("{scheme}://{authority}")).ok()
}
