//! The folders of `tests/cases` once more: the guests' own tests run them natively, here the very
//! bytes that are built in answer them in the sandbox.

mod csv;
mod folder;
mod mapping;
mod policy;
