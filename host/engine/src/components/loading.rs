//! Loading components: from this program, from files, and from what was uploaded.

use std::collections::{BTreeMap, HashMap};
use std::io::Read;

use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt};
use provisor_model::Digest;
use provisor_sandbox::{Component, LoadError, Sandbox};
use provisor_store::Evidence;

use super::Use;
use crate::configuration::{ComponentReference, Configuration};

/// The largest component file that is read.
const LARGEST_COMPONENT: u64 = 32 * 1024 * 1024;

/// Loads each component that the configuration names, once and side by side: whatever is not in
/// the cache has to be compiled, and that takes seconds.
pub(super) async fn load_each(
    sandbox: &Sandbox,
    configuration: &Configuration,
) -> HashMap<String, Result<Component, String>> {
    let references: BTreeMap<String, &ComponentReference> = Use::all(configuration)
        .filter(|one| one.uploaded().is_none())
        .map(|one| (one.used.component.to_string(), &one.used.component))
        .collect();
    let together = std::thread::available_parallelism().map_or(1, usize::from);
    // Boxed, so that whoever opens a host may do so in a task of its own: for the plain futures of a
    // closure the compiler cannot tell that they may be sent to another thread.
    let loads: Vec<BoxFuture<'_, _>> = references
        .into_iter()
        .map(|(name, reference)| async move { (name, load(sandbox, reference).await) }.boxed())
        .collect();
    futures_util::stream::iter(loads)
        .buffer_unordered(together)
        .collect()
        .await
}

async fn load(sandbox: &Sandbox, reference: &ComponentReference) -> Result<Component, String> {
    let bytes = match reference {
        ComponentReference::Builtin(name) => provisor_builtin::by_name(name)
            .ok_or_else(|| {
                format!(
                    "there is no built-in component {name}; there are {}",
                    provisor_builtin::names().join(", ")
                )
            })?
            .to_vec(),
        ComponentReference::File(path) => read_component(path)?,
        // Those are loaded when a version of them is active.
        ComponentReference::Uploaded(name) => return Err(format!("{name} is not active")),
    };
    sandbox
        .load(&bytes)
        .await
        .map_err(|error: LoadError| error.to_string())
}

fn read_component(path: &std::path::Path) -> Result<Vec<u8>, String> {
    let cannot = |error: std::io::Error| format!("{} cannot be read: {error}", path.display());
    let metadata = std::fs::metadata(path).map_err(cannot)?;
    if !metadata.is_file() {
        return Err(format!("{} is not a file", path.display()));
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .map_err(cannot)?
        .take(LARGEST_COMPONENT + 1)
        .read_to_end(&mut bytes)
        .map_err(cannot)?;
    if bytes.len() as u64 > LARGEST_COMPONENT {
        return Err(format!(
            "{} is larger than {LARGEST_COMPONENT} bytes",
            path.display()
        ));
    }
    Ok(bytes)
}

/// Loads a version of an uploaded component, whose bytes must still be what its digest says.
pub(crate) async fn load_version(
    sandbox: &Sandbox,
    library: &Evidence,
    digest: &Digest,
) -> Result<Component, String> {
    let (library, wanted) = (library.clone(), *digest);
    let read = move || {
        let mut bytes = Vec::new();
        let mut file = library.get(&wanted).map_err(|error| error.to_string())?;
        match file.read_to_end(&mut bytes) {
            Ok(_) => Ok(bytes),
            Err(error) => Err(format!("its bytes cannot be read: {error}")),
        }
    };
    let bytes = tokio::task::spawn_blocking(read)
        .await
        .map_err(|error| error.to_string())??;
    let component = sandbox
        .load(&bytes)
        .await
        .map_err(|error: LoadError| error.to_string())?;
    match component.digest() == digest {
        true => Ok(component),
        false => Err(format!(
            "its bytes are no longer those of {}; upload it again",
            digest.short()
        )),
    }
}
