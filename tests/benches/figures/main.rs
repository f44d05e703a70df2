//! What things cost, side by side with the same work done without Provisor. Criterion measures;
//! the ratios are printed at the end, each with what it should be.
//!
//!     cargo bench -p provisor-tests
//!
//! The results are in `docs/performance.md`.

mod commits;
mod egress;
mod export;
mod instance;
mod journal;
mod languages;
mod mapping;
mod planning;
mod ratios;
mod recording;

use std::time::Duration;

use criterion::Criterion;

use crate::ratios::Ratios;

fn main() {
    let mut criterion = Criterion::default()
        .configure_from_args()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3))
        .sample_size(20);
    let mut ratios = Ratios::default();
    instance::measure(&mut criterion, &mut ratios);
    mapping::measure(&mut criterion, &mut ratios);
    export::measure(&mut criterion, &mut ratios);
    languages::measure(&mut criterion, &mut ratios);
    planning::measure(&mut criterion, &mut ratios);
    commits::measure(&mut criterion, &mut ratios);
    egress::measure(&mut criterion, &mut ratios);
    journal::measure(&mut criterion, &mut ratios);
    recording::measure(&mut criterion, &mut ratios);
    criterion.final_summary();
    ratios.print();
}
