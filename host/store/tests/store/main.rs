//! What the store keeps, and what it refuses.

mod acceptance;
mod crash;
mod evidence;
mod fixture;
mod history;
mod nouns;
mod opening;
mod transactions;
