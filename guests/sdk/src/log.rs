//! Lines for the person who looks for a fault. They must not contain a secret.
//!
//! The host keeps the last lines of a call and shows them when it fails. Natively they go to
//! standard error.

use crate::bindings::description::provisor::connector::log::Level;

/// Writes a line for the author of the component.
pub fn debug(message: &str) {
    write(Level::Debug, message);
}

/// Writes a line for the integrator.
pub fn info(message: &str) {
    write(Level::Info, message);
}

/// Writes that something is odd although the call goes on.
pub fn warn(message: &str) {
    write(Level::Warn, message);
}

/// Writes that the call will fail.
pub fn error(message: &str) {
    write(Level::Error, message);
}

/// Makes a panic write its message and place through [`error`] before the instance dies.
pub(crate) fn catch_panics() {
    #[cfg(target_family = "wasm")]
    {
        static ONCE: std::sync::Once = std::sync::Once::new();
        ONCE.call_once(|| {
            std::panic::set_hook(Box::new(|panic| error(&panic.to_string())));
        });
    }
}

#[cfg(target_family = "wasm")]
fn write(level: Level, message: &str) {
    crate::bindings::description::provisor::connector::log::write(level, message);
}

#[cfg(not(target_family = "wasm"))]
fn write(level: Level, message: &str) {
    eprintln!("{level:?}: {message}");
}
