//! The macro that includes the templates does not notice new files, so that any change of them makes
//! the crate anew.

fn main() {
    for folder in ["templates", "../../wit", "../../guests/sdk"] {
        println!("cargo::rerun-if-changed={folder}");
    }
}
