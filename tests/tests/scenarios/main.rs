//! The rows of the scenarios: what must hold between people, exports and requests, driven through
//! the public interface of the engine with a clock that is moved by hand.

mod audit;
mod cases;
mod correlation;
mod create;
mod deliveries;
mod desk;
mod drift;
mod drift_report;
mod exports;
mod gates;
mod hostile;
mod journal;
mod linking;
mod modify;
mod notifications;
mod remove;
mod retention;
mod several;
mod windows;
