//! No loss beside kills: whatever happens to the machine around a host, and however many people use
//! it at a time, what was acknowledged is there, nothing is there twice, and going on works.
//! `docs/reliability.md` says what is promised.

mod child;
mod clock;
mod concurrency;
mod locked;
mod read_only;
mod repeated;
mod room;
mod whole;
