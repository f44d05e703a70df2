//! The pages for people: what they tell to type works, from top to bottom.

use std::path::Path;

use insta::assert_snapshot;

use crate::desk::Desk;

#[test]
fn the_page_for_integrators_can_be_typed_as_it_stands() {
    let mut desk = Desk::empty();
    type_page(&mut desk, "integrator.md");
    // The page promises one account of each kind.
    for (account, promised) in [
        ("zsimkov1.new", "verified"),
        ("ttran3", "contradicted"),
        ("shorvath", "drift changed"),
    ] {
        let shown = desk.answer(&format!("account show payroll {account}"));
        assert!(shown.contains(promised), "{shown}");
    }
    desk.type_in("account history payroll ttran3");
    desk.type_in("export list payroll");
    desk.type_in("export show export-1");
    desk.type_in("run");
    assert_snapshot!(desk.transcript());
}

#[test]
fn the_page_for_operators_can_be_typed_as_it_stands() {
    let mut desk = Desk::empty();
    type_page(&mut desk, "operator.md");
    assert_snapshot!(desk.transcript());
}

#[test]
fn what_the_demo_tells_to_try_next_works() {
    let mut desk = Desk::empty();
    let story = desk.answer("demo --keep my-demo");
    let (_, next) = story.split_once("Go on by hand").expect("what to try next");
    type_text(&mut desk, next);
    let typed = desk.transcript();
    for found in ["discarded", "shorvath", "contradicted"] {
        assert!(typed.contains(found), "no {found} in {typed}");
    }
}

pub fn type_page(desk: &mut Desk, name: &str) {
    let page = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs")
        .join(name);
    type_text(desk, &std::fs::read_to_string(page).expect("a page"));
}

/// Types all indented lines of a text; each must succeed.
fn type_text(desk: &mut Desk, page: &str) {
    for line in page.lines().filter_map(|line| line.strip_prefix("    ")) {
        if let Some(moment) = line.strip_prefix("export PROVISOR_NOW=") {
            desk.now(moment);
        } else if let Some(folder) = line.strip_prefix("cd ") {
            desk.enter(folder);
        } else if let Some((text, file)) = line
            .strip_prefix("echo '")
            .and_then(|line| line.split_once("' > "))
        {
            desk.write(file, format!("{text}\n"));
        } else if let Some(command) = line.strip_prefix("provisor ") {
            let output = desk.type_in(&with_ranges(command));
            // A held export is an answer, too.
            let answered = output.status.success() || output.status.code() == Some(5);
            assert!(answered, "{line}: {output:?}");
        } else {
            panic!("{line:?} is to be typed, and not tried here");
        }
    }
}

/// Writes out `case-{1..3}` as a shell does.
fn with_ranges(command: &str) -> String {
    let mut words = Vec::new();
    for word in command.split(' ') {
        let range = word
            .strip_suffix('}')
            .and_then(|word| word.split_once('{'))
            .and_then(|(stem, range)| Some((stem, range.split_once("..")?)));
        match range {
            None => words.push(word.to_owned()),
            Some((stem, (first, last))) => {
                let first: u64 = first.parse().expect("a number");
                let last: u64 = last.parse().expect("a number");
                words.extend((first..=last).map(|number| format!("{stem}{number}")));
            }
        }
    }
    words.join(" ")
}
