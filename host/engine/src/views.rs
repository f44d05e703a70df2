//! What people and programs get to see. Every type here has a stable JSON form.

mod account;
mod case;
mod operation;
mod resource;

pub use account::{AccountView, AttributeView, Origin};
pub(crate) use case::case_title;
pub use case::{CaseView, Instruction};
pub use operation::{ChangeView, OperationQuery, OperationView};
pub use resource::ResourceView;
