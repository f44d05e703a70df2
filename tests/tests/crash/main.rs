//! The real process is killed while it works. Afterwards everything is as before the work, or as
//! after it, and doing the work again leads to the same end.

mod export;
mod victim;
