//! The bindings are made from the contract, so they are made anew when it changes.

fn main() {
    println!("cargo::rerun-if-changed=../../wit");
}
