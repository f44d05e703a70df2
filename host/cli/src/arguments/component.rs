//! What can be typed about components.

mod inspect;

use clap::Subcommand;

pub use inspect::InspectArguments;

#[derive(Debug, Subcommand)]
pub enum ComponentCommand {
    /// The components that are built in.
    List,
    /// What a component says of itself and what it wants; it is not run.
    Inspect(InspectArguments),
    /// Compile a component from standard input to standard output, within limits.
    #[command(hide = true)]
    Compile,
}
