//! The rules of the model, tried on random accounts.

mod algebra;
mod fixture;
mod gates;
mod life;
