//! The judges of the properties: each puts the component to work and objects, or does not.

pub(crate) mod breakdowns;
pub(crate) mod changes;
pub(crate) mod conditions;
pub(crate) mod damage;
pub(crate) mod description;
pub(crate) mod mapping;
pub(crate) mod policy;
pub(crate) mod reading;
pub(crate) mod repetition;
pub(crate) mod settings;
pub(crate) mod texts;
pub(crate) mod tickets;
pub(crate) mod trouble;
pub(crate) mod wording;
