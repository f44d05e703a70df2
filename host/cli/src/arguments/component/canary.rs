//! `provisor component canary`

use clap::{ArgGroup, Args};
use provisor::model::{ComponentName, Percent, PersonName, ResourceName};

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("scope").args(["resources", "share", "stop"]).required(true)))]
pub struct CanaryArguments {
    /// The uploaded component.
    pub name: ComponentName,
    /// The version that is tried: its digest, or how that begins. Without: the newest that is ready.
    pub digest: Option<String>,
    /// Who says so.
    #[arg(long = "as", value_name = "PERSON")]
    pub person: PersonName,
    /// Try it on everything of this resource; may be given several times.
    #[arg(long = "resource", value_name = "RESOURCE")]
    pub resources: Vec<ResourceName>,
    /// Try it on a share of the identities, always the same ones.
    #[arg(long, value_name = "PERCENT")]
    pub share: Option<Percent>,
    /// Stop by itself after so many failures.
    #[arg(long, value_name = "FAILURES", default_value_t = provisor::canary::STOP_AFTER,
          value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub stop_after: u32,
    /// End it: the active version answers everything again.
    #[arg(long, conflicts_with_all = ["digest", "stop_after"])]
    pub stop: bool,
    /// Why.
    #[arg(long)]
    pub reason: Option<String>,
}
