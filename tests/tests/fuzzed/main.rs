//! The promises that `tests/fuzz` looks for a way around, held against what is known to be difficult and some thousand
//! bytes like it. The same bytes every time; docs/fuzzing.md says how to look further.

#[path = "../../fuzz/bodies/about.rs"]
mod about;
#[path = "../../fuzz/bodies/answer.rs"]
mod answer;
#[path = "../../fuzz/bodies/component.rs"]
mod component;
#[path = "../../fuzz/bodies/delimited.rs"]
mod delimited;
#[path = "../../fuzz/bodies/egress_decision.rs"]
mod egress_decision;
#[path = "../../fuzz/bodies/grant.rs"]
mod grant;
#[path = "../../fuzz/bodies/inspection.rs"]
mod inspection;
#[path = "../../fuzz/bodies/layout.rs"]
mod layout;
#[path = "../../fuzz/bodies/machine_code.rs"]
mod machine_code;
#[path = "../../fuzz/bodies/mutation.rs"]
mod mutation;
#[path = "../../fuzz/bodies/page.rs"]
mod page;
#[path = "../../fuzz/bodies/recording.rs"]
mod recording;
#[path = "../../fuzz/bodies/settings.rs"]
mod settings;
#[path = "../../fuzz/bodies/signature.rs"]
mod signature;

mod egress;

use std::path::Path;

fn try_out(target: &str, number: usize, hold: fn(&[u8])) {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    mutation::hold_all(&seeds.join(target), number, hold);
}

#[test]
fn any_bytes_are_inspected_twice_with_the_same_verdict() {
    try_out("component", 20_000, inspection::hold);
}

#[test]
fn a_component_is_what_it_says_of_itself() {
    try_out("about", 20_000, about::hold);
}

#[test]
fn any_component_runs_within_its_limits_or_is_refused() {
    try_out("component", 1_500, component::hold);
}

#[test]
fn any_memory_is_an_answer_that_keeps_the_contract_or_an_error() {
    try_out("answer", 10_000, answer::hold);
}

#[test]
fn machine_code_that_was_touched_is_a_miss() {
    try_out("machine_code", 2_000, machine_code::hold);
}

#[test]
fn a_page_is_accepted_exactly_if_all_of_it_can_be_read() {
    try_out("page", 50_000, page::hold);
}

#[test]
fn a_recording_is_read_as_it_would_be_written_or_refused() {
    try_out("recording", 20_000, recording::hold);
}

#[test]
fn any_schema_judges_any_settings_twice_the_same() {
    try_out("settings", 3_000, settings::hold);
}

#[test]
fn rows_of_csv_are_the_same_in_any_chunks_and_for_another_parser() {
    try_out("delimited", 3_000, delimited::hold);
}

#[test]
fn a_layout_is_read_as_what_it_is_known_by_or_refused() {
    try_out("layout", 5_000, layout::hold);
}

#[test]
fn a_signature_vouches_for_nothing_but_what_it_was_made_for() {
    try_out("signature", 5_000, signature::hold);
}

#[test]
fn nothing_is_connected_to_that_is_not_granted_or_is_inside() {
    try_out("egress_decision", 50_000, egress_decision::hold);
}

#[test]
fn a_granted_origin_covers_no_url_of_another_one() {
    try_out("grant", 50_000, grant::hold);
}
