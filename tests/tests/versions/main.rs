//! Another version of a component is tried before everybody gets it.

mod canary;
mod office;
mod replay;
mod trial;
