//! From names to addresses.

use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;

/// What a resolver is at.
pub type Resolving = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Finds the addresses of a name. Which of them may be connected to is not its business.
pub trait Resolver: Send + Sync {
    /// All addresses of a name, the one to try first in front. It is polled within a tokio runtime
    /// and given up after the time for connecting.
    fn resolve(&self, name: &str) -> Resolving;
}

/// Asks the machine, as every other program does.
pub(crate) struct MachineResolver;

impl Resolver for MachineResolver {
    fn resolve(&self, name: &str) -> Resolving {
        let name = name.to_owned();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}
