//! Everything that Provisor keeps.
//!
//! # The nouns
//!
//! | noun | module | what it is |
//! |---|---|---|
//! | [`Store`] | [`store`] | one SQLite file: one writer that commits in groups, many readers |
//! | [`Work`] | [`work`] | what a transaction can change, in the words of the model |
//! | [`View`] | [`view`] | what can be read, as one consistent snapshot |
//! | account | [`accounts`] | an account with its operations and names, loaded and saved as one |
//! | operation | [`operations`] | operations across accounts: what is due, what is under way |
//! | case | [`cases`] | the queue of the operators |
//! | export | [`exports`] | which exports there were |
//! | observation | [`observations`] | what the accepted exports show, row by row |
//! | comparison | [`comparison`] | what of an export differs from what is observed |
//! | acceptance | [`acceptance`] | how the rows of an export become what is observed |
//! | identity | [`identities`] | as the IAM product described it last |
//! | canary | [`canaries`] | versions of components that are tried |
//! | recorded proposal | [`proposals`] | what policies were shown lately |
//! | notification | [`outbox`] | what people outside are told, until they are |
//! | ticket | [`tickets`] | cases that are worked on in another system |
//! | usage | [`usage`] | what components used, hour by hour |
//! | component log | [`component_log`] | the last lines that components wrote |
//! | upload | [`uploads`] | components that somebody brought |
//! | activation | [`activations`] | which version of an uploaded component is in use |
//! | retention | [`retention`] | dropping what has been kept long enough |
//! | history | [`history`] | what happened, append-only and hash-chained |
//! | [`Evidence`] | [`evidence`] | contents by their digest, kept as they were |
//!
//! What each noun can be asked is a method of [`View`], how it is changed one of [`Work`]; both
//! stand in the noun's own module.
//!
//! # The life of one transaction
//!
//! [`Store::update`] sends a closure to the writing thread. There it runs between others in one
//! SQLite transaction, inside a savepoint of its own, so that its error undoes only what it did.
//! The transaction is committed and synced, and only then every caller gets an answer.
//!
//! ```
//! # use provisor_store::{OpenOptions, Store, StoreError};
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! use provisor_model::IdentityId;
//!
//! let store = Store::open(&folder.path().join("provisor.db"), &OpenOptions::default())?;
//! let ann = IdentityId::new("1042")?;
//! let attributes = [("given".to_owned(), vec!["Ann".to_owned()])].into();
//! store
//!     .update({
//!         let ann = ann.clone();
//!         move |work| work.save_identity(&ann, &attributes)
//!     })
//!     .await?;
//! let found = store.read(|view| view.identity(&ann))?;
//! assert_eq!(found.expect("just saved")["given"], ["Ann"]);
//! # Ok(())
//! # }
//! ```
//!
//! # Invariants
//!
//! * All SQL of the project is in this crate, and it knows neither components nor HTTP.
//! * What was acknowledged survives a kill at any instant; what was not may be there or not, but
//!   never in half.
//! * History is only ever added to; its texts alone can be erased.
//! * Memory does not grow with what is stored. While an export is compared it grows with the rows
//!   that are new or stand elsewhere than before, by some 30 bytes each.

pub mod absences;
mod acceptance;
pub mod accounts;
pub mod activations;
pub mod canaries;
pub mod cases;
pub mod chain;
pub mod checkpoint;
pub mod comparison;
pub mod component_log;
pub mod correlation;
pub mod drift;
pub mod erasure;
pub mod error;
pub mod evidence;
pub mod exports;
pub mod fault;
pub mod history;
pub mod identities;
mod listing;
pub mod observations;
pub mod operations;
pub mod outbox;
mod place;
pub mod proposals;
mod rechaining;
pub mod requests;
pub mod retention;
mod spool;
pub mod store;
pub mod tickets;
pub mod uploads;
pub mod usage;
pub mod view;
pub mod work;
mod writer;

pub use acceptance::{Accepted, Changed};
pub use accounts::{AccountFilter, AccountSummary};
pub use canaries::CanaryFinding;
pub use cases::CaseFilter;
pub use chain::{AuditRecord, BrokenRecord, Chain, Sealed};
pub use checkpoint::{AuditKey, Checkpoint, CheckpointError};
pub use comparison::{Compared, Comparison, Seen};
pub use component_log::{ComponentLineFilter, KeptLine};
pub use error::StoreError;
pub use evidence::{Evidence, EvidenceError, Hold};
pub use history::{HistoryEntry, HistoryFilter};
pub use identities::WantedIdentity;
pub use observations::ObservedRow;
pub use operations::{OperationEntry, OperationFilter};
pub use outbox::NotificationFilter;
pub use proposals::RecordedProposal;
pub use store::{OpenOptions, Store};
pub use tickets::TicketFilter;
pub use uploads::UploadFilter;
pub use usage::UsageEntry;
pub use view::View;
pub use work::Work;
