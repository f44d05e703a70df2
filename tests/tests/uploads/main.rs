//! Components that are brought into a running host: uploaded, activated, gone back from, retired.

mod activating;
mod grants;
mod hostile;
mod keeping;
mod version;
mod vouching;
