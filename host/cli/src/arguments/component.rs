//! What can be typed about components.

mod activate;
mod approve;
mod build;
mod canary;
mod check;
mod compare;
mod conform;
mod delete;
mod export;
mod import;
mod inspect;
mod key;
mod logs;
mod new;
#[cfg(feature = "registry")]
mod pull;
mod refresh;
mod replay;
mod retire;
mod roll_back;
mod run;
mod show;
mod sign;
mod stats;
mod upload;
mod verify;

use clap::Subcommand;

pub use activate::ActivateArguments;
pub use approve::ApproveArguments;
pub use build::BuildArguments;
pub use canary::CanaryArguments;
pub use check::CheckArguments;
pub use compare::CompareArguments;
pub use conform::ConformArguments;
pub use delete::DeleteArguments;
pub use export::ExportArguments;
pub use import::ImportArguments;
pub use inspect::InspectArguments;
pub use key::KeyCommand;
pub use logs::LogsArguments;
pub use new::NewArguments;
#[cfg(feature = "registry")]
pub use pull::PullArguments;
pub use refresh::RefreshArguments;
pub use replay::ReplayArguments;
pub use retire::RetireArguments;
pub use roll_back::RollBackArguments;
pub use run::RunArguments;
pub use show::ShowArguments;
pub use sign::SignArguments;
pub use stats::StatsArguments;
pub use upload::UploadArguments;
pub use verify::VerifyArguments;

#[derive(Debug, Subcommand)]
pub enum ComponentCommand {
    /// Use a version of an uploaded component from now on.
    Activate(ActivateArguments),
    /// Approve a version that somebody else asked for.
    Approve(ApproveArguments),
    /// Build the component of a project, and look whether a host would take it.
    Build(BuildArguments),
    /// Let another version of a mapping or policy answer a part of what the active one is asked.
    Canary(CanaryArguments),
    /// Everything for which a host would refuse a component; it is not run.
    Check(CheckArguments),
    /// In what a canary differs from the active version.
    Compare(CompareArguments),
    /// Judge whether a component keeps the contract, and write the report.
    Conform(Box<ConformArguments>),
    /// Take an upload away that was never used.
    Delete(DeleteArguments),
    /// Write a component in the layout of OCI registries, with its signatures.
    Export(ExportArguments),
    /// Take a component out of the layout of OCI registries.
    Import(ImportArguments),
    /// What a component says of itself and what it wants; it is not run.
    Inspect(InspectArguments),
    /// The keys of those who sign.
    #[command(subcommand)]
    Key(KeyCommand),
    /// The components that are built in, and those that were uploaded.
    List,
    /// What components wrote, and why calls failed.
    Logs(LogsArguments),
    /// Make a project for a component of your own.
    New(NewArguments),
    /// Fetch a component from an OCI registry, by its digest.
    #[cfg(feature = "registry")]
    Pull(PullArguments),
    /// Write into a project what no author changes: the contract, the SDK, and what connects with the host.
    Refresh(RefreshArguments),
    /// What another version of a mapping or policy would have said; nothing is changed.
    Replay(ReplayArguments),
    /// Keep a version of an uploaded component from being activated again.
    Retire(RetireArguments),
    /// Use the version before again.
    RollBack(RollBackArguments),
    /// Have a component do one piece of work, and see what it answers, writes and costs.
    Run(Box<RunArguments>),
    /// An uploaded component: its state, its grants, and which version was used when.
    Show(ShowArguments),
    /// Vouch for a component, or for the report of its conformance.
    Sign(SignArguments),
    /// What components did: calls, failures, durations, and what they used.
    Stats(StatsArguments),
    /// Bring a component into this host; nothing uses it yet.
    Upload(UploadArguments),
    /// Whether those who vouch are enough.
    Verify(VerifyArguments),
    /// Compile a component from standard input to standard output, within limits.
    #[command(hide = true)]
    Compile,
}
