//! What must hold of every folder of a host.

use std::path::Path;

use provisor::store::Store;

/// The history of the host in a folder is as it was written.
pub fn assert_whole(folder: &Path) {
    let store =
        Store::open(&folder.join("data/provisor.db"), &Default::default()).expect("it opens");
    let whole = store.read(|view| view.verify_history());
    assert!(whole.expect("readable").is_ok(), "the history is whole");
}
