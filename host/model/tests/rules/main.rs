//! The rules of the model, tried on random accounts.

mod activations;
mod algebra;
mod comparing;
mod fixture;
mod gates;
mod life;
