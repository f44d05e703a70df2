//! `provisor component pull`

use std::process::ExitCode;

use anyhow::Context;
use provisor::package::registry::{Access, pull};

use super::LARGEST;
use super::import::save;
use crate::arguments::PullArguments;
use crate::output::Output;

/// Where the password stands, so that it is in no list of processes.
const PASSWORD: &str = "PROVISOR_REGISTRY_PASSWORD";

pub async fn run(arguments: &PullArguments, output: &Output) -> anyhow::Result<ExitCode> {
    let login = match &arguments.user {
        Some(user) => {
            let password = std::env::var(PASSWORD)
                .with_context(|| format!("--user needs a password in {PASSWORD}"))?;
            Some((user.clone(), password))
        }
        None => None,
    };
    let access = Access {
        plain_http: arguments.plain_http,
        login,
    };
    let work = pull(&arguments.reference, &access, LARGEST);
    let package = output.watched("fetching the component", work).await?;
    save(&package, &arguments.to, output)
}
