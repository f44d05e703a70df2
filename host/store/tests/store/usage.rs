//! What is kept of the calls of components.

use std::time::Duration;

use provisor_model::{
    ComponentLine, Digest, KnownComponent, LogLevel, OutcomeClass, SaidBy, Timestamp, Usage,
    UsageKey,
};
use provisor_store::component_log::{LINES, LINES_OF_ONE};
use provisor_store::{ComponentLineFilter, OpenOptions, Store};

use crate::fixture::{Fixture, at, fixture, payroll};

const HOUR: Duration = Duration::from_secs(60 * 60);

fn component(number: u8) -> KnownComponent {
    KnownComponent {
        digest: Digest::from_bytes([number; 32]),
        name: format!("component-{number}"),
        version: "1.0.0".to_owned(),
        world: "mapping".to_owned(),
    }
}

fn calls(store: &Store, number: u8, outcome: &'static str, hour: Timestamp, calls: usize) {
    let mut usage = Usage::default();
    for _ in 0..calls {
        usage.durations.count(Duration::from_micros(7));
    }
    let act = move |work: &mut provisor_store::Work<'_>| {
        let component = component(number);
        work.know_component(&component)?;
        let key = UsageKey {
            hour,
            component: component.digest,
            operation: "evaluate".to_owned(),
            outcome: outcome.to_owned(),
            class: OutcomeClass::Good,
        };
        work.add_usage(&key, &usage)
    };
    store.update_blocking(act).unwrap();
}

/// Name, outcome and number of calls of all that was used since a moment.
fn used(fixture: &Fixture, since: Timestamp) -> Vec<(String, String, u64)> {
    let entries = fixture.store.read(|view| view.component_usage(since));
    let told = |it: provisor_store::UsageEntry| (it.component.name, it.outcome, it.usage.calls());
    entries.unwrap().into_iter().map(told).collect()
}

fn line(number: u8, text: &str, code: Option<&str>) -> ComponentLine {
    ComponentLine {
        at: at(1),
        component: component(number).digest,
        operation: "evaluate".to_owned(),
        resource: Some(payroll().to_string()),
        level: match code {
            Some(_) => LogLevel::Error,
            None => LogLevel::Info,
        },
        said_by: SaidBy::Component,
        code: code.map(str::to_owned),
        text: text.to_owned(),
    }
}

fn write(fixture: &Fixture, number: u8, lines: Vec<ComponentLine>) {
    fixture.act(move |work| {
        work.know_component(&component(number))?;
        work.add_component_lines(&lines)
    });
}

fn texts(fixture: &Fixture, filter: ComponentLineFilter) -> Vec<String> {
    let lines = fixture.store.read(|view| view.component_lines(&filter));
    let lines = lines.unwrap().into_iter();
    lines.map(|kept| kept.line.text).collect()
}

fn last(limit: usize) -> ComponentLineFilter {
    ComponentLineFilter {
        limit,
        ..ComponentLineFilter::default()
    }
}

#[test]
fn what_several_processes_count_in_one_hour_is_added_up() {
    let fixture = fixture();
    let other = Store::open(&fixture.path, &OpenOptions::default()).unwrap();
    let hour = at(0);
    calls(&fixture.store, 1, "ok", hour, 3);
    calls(&other, 1, "ok", hour.after(HOUR / 2), 4);
    calls(&other, 1, "trapped", hour, 1);
    calls(&other, 2, "ok", hour.after(2 * HOUR), 5);
    let of = |name: &str, outcome: &str, calls| (name.to_owned(), outcome.to_owned(), calls);
    assert_eq!(
        used(&fixture, hour),
        [
            of("component-1", "ok", 7),
            of("component-1", "trapped", 1),
            of("component-2", "ok", 5),
        ]
    );
    let later = hour.after(2 * HOUR).after(HOUR / 2);
    assert_eq!(used(&fixture, later), [of("component-2", "ok", 5)]);
}

#[test]
fn figures_are_dropped_when_they_are_told_to_be_and_after_more_than_a_year() {
    let fixture = fixture();
    let begin = at(0);
    calls(&fixture.store, 1, "ok", begin, 1);
    calls(&fixture.store, 1, "ok", begin.after(3 * HOUR), 1);
    assert_eq!(
        fixture.act(move |work| work.drop_usage(begin.after(HOUR))),
        1
    );
    assert_eq!(used(&fixture, begin).len(), 1);
    let years = 24 * 401 * HOUR;
    calls(
        &fixture.store,
        2,
        "ok",
        begin.after(years).after(3 * HOUR),
        1,
    );
    let names: Vec<String> = used(&fixture, begin).into_iter().map(|it| it.0).collect();
    assert_eq!(names, ["component-2"]);
}

#[test]
fn chatter_does_not_push_out_what_explains_an_error() {
    let fixture = fixture();
    write(&fixture, 1, vec![line(1, "why it failed", Some("trapped"))]);
    let chatter = |from: usize| (from..from + 600).map(|number| line(1, &number.to_string(), None));
    for from in [0, 600, 1200] {
        write(&fixture, 1, chatter(from).collect());
    }
    let kept = texts(&fixture, last(usize::MAX));
    assert_eq!(kept.len(), LINES_OF_ONE + 1);
    assert_eq!(
        (kept[0].as_str(), kept[1].as_str()),
        ("why it failed", "800")
    );
    assert_eq!(kept.last().map(String::as_str), Some("1799"));
}

#[test]
fn all_components_together_have_so_many_lines_and_no_more() {
    let fixture = fixture();
    for number in 0..=(LINES / LINES_OF_ONE) as u8 {
        let lines = (0..LINES_OF_ONE).map(|_| line(number, "x", None));
        write(&fixture, number, lines.collect());
    }
    let lines = fixture
        .store
        .read(|view| view.component_lines(&last(usize::MAX)));
    let lines = lines.unwrap();
    assert_eq!(lines.len(), LINES);
    assert_eq!(lines[0].component.name, "component-1");
}

#[test]
fn whoever_follows_gets_each_line_once_even_when_all_were_dropped_meanwhile() {
    let fixture = fixture();
    write(
        &fixture,
        1,
        vec![line(1, "one", None), line(1, "two", None)],
    );
    let all = fixture.store.read(|view| view.component_lines(&last(9)));
    let id = all.unwrap().last().unwrap().id;
    let after = |id| ComponentLineFilter {
        after: Some(id),
        ..last(9)
    };
    assert_eq!(texts(&fixture, after(id)), Vec::<String>::new());
    assert_eq!(fixture.act(|work| work.drop_component_lines(at(2))), 2);
    write(&fixture, 1, vec![line(1, "three", None)]);
    assert_eq!(texts(&fixture, after(id)), ["three"]);
}

#[test]
fn lines_are_found_by_component_and_level() {
    let fixture = fixture();
    write(
        &fixture,
        1,
        vec![line(1, "one", None), line(1, "bad", Some("trapped"))],
    );
    write(&fixture, 2, vec![line(2, "two", None)]);
    let of = |component: &str| ComponentLineFilter {
        component: Some(component.to_owned()),
        ..last(9)
    };
    assert_eq!(texts(&fixture, of("component-1")), ["one", "bad"]);
    assert_eq!(texts(&fixture, of("020202")), ["two"]);
    assert_eq!(texts(&fixture, of("0202")), Vec::<String>::new());
    let errors = ComponentLineFilter {
        level: Some(LogLevel::Error),
        ..last(9)
    };
    assert_eq!(texts(&fixture, errors), ["bad"]);
    assert_eq!(texts(&fixture, last(1)), ["two"]);
}

#[test]
fn lines_that_name_somebody_are_erased_and_no_others() {
    let fixture = fixture();
    let lines = ["Ann has no mail", "Annabel has no mail", "nobody"];
    write(&fixture, 1, lines.map(|text| line(1, text, None)).into());
    let erased = fixture
        .act(|work| work.erase_component_lines(&payroll(), &["ann".to_owned(), "x".to_owned()]));
    assert_eq!(erased, 1);
    assert_eq!(texts(&fixture, last(9)), ["Annabel has no mail", "nobody"]);
}
