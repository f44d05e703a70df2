use jiff::civil::{DateTime, Time};
use proptest::prelude::*;

use super::*;

const HOUR: Duration = Duration::from_secs(60 * 60);
const MINUTE: i64 = 60 * 1000;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

fn hours(text: &str) -> Vec<Hours> {
    text.split(',')
        .filter(|part| !part.is_empty())
        .map(|part| part.parse().unwrap())
        .collect()
}

/// The same hours each day.
fn daily(zone_name: &str, text: &str) -> Calendar {
    Calendar::new(
        zone(zone_name),
        std::array::from_fn(|_| hours(text)),
        vec![],
    )
    .unwrap()
}

/// Monday to Friday, eight hours with a break at noon.
fn office(zone_name: &str, holidays: &[&str]) -> Calendar {
    let week = std::array::from_fn(|day| match day {
        0..5 => hours("08:00-12:00,13:00-17:00"),
        _ => vec![],
    });
    let holidays = holidays.iter().map(|text| text.parse().unwrap()).collect();
    Calendar::new(zone(zone_name), week, holidays).unwrap()
}

#[test]
fn work_goes_on_after_breaks_weekends_and_holidays() {
    let office = office("UTC", &["2026-12-24", "12-25"]);
    // A Wednesday before two holidays and a weekend.
    let wednesday = at("2026-12-23T11:00:00Z");
    assert!(office.is_open(wednesday));
    assert_eq!(
        office.next_closing(wednesday),
        Some(at("2026-12-23T12:00:00Z"))
    );
    assert!(!office.is_open(at("2026-12-23T12:00:00Z")));
    assert_eq!(
        office.next_open(at("2026-12-23T17:00:00Z")),
        at("2026-12-28T08:00:00Z")
    );
    // One hour before the break and four after it: due at the end of the day, not on the next.
    assert_eq!(
        office.add_business(wednesday, 5 * HOUR),
        at("2026-12-23T17:00:00Z")
    );
    assert_eq!(
        office.add_business(wednesday, 6 * HOUR),
        at("2026-12-28T09:00:00Z")
    );
    assert_eq!(
        office.business_between(wednesday, at("2027-01-01T00:00:00Z")),
        (5 + 4 * 8) * HOUR
    );
}

#[test]
fn a_night_shift_belongs_to_the_day_on_which_it_begins() {
    let week = std::array::from_fn(|_| hours("22:00-06:00"));
    let night = Calendar::new(TimeZone::UTC, week, vec!["12-25".parse().unwrap()]).unwrap();
    assert!(night.is_open(at("2026-12-25T05:59:59Z")));
    assert_eq!(
        night.next_open(at("2026-12-25T06:00:00Z")),
        at("2026-12-26T22:00:00Z")
    );
}

#[test]
fn a_night_is_shorter_or_longer_when_clocks_change() {
    for (zone, from, to, hours) in [
        (
            "Europe/Prague",
            "2026-03-28T21:00:00Z",
            "2026-03-29T04:00:00Z",
            7,
        ),
        (
            "Europe/Prague",
            "2026-10-24T20:00:00Z",
            "2026-10-25T05:00:00Z",
            9,
        ),
        (
            "America/New_York",
            "2026-03-08T03:00:00Z",
            "2026-03-08T10:00:00Z",
            7,
        ),
        (
            "America/New_York",
            "2026-11-01T02:00:00Z",
            "2026-11-01T11:00:00Z",
            9,
        ),
    ] {
        let night = daily(zone, "22:00-06:00");
        let noon = at(from).before(6 * HOUR);
        assert_eq!(night.next_open(noon), at(from));
        assert_eq!(night.next_closing(noon), Some(at(to)));
        assert_eq!(night.add_business(noon, hours * HOUR), at(to));
        assert_eq!(
            night.business_between(noon, at(to).after(HOUR)),
            hours * HOUR
        );
    }
}

#[test]
fn a_working_day_keeps_its_hours_when_clocks_changed_over_the_weekend() {
    // From Friday at one to Monday at noon, on the clock of each.
    for (zone, friday, monday) in [
        (
            "Europe/Prague",
            "2026-03-27T12:00:00Z",
            "2026-03-30T10:00:00Z",
        ),
        (
            "Europe/Prague",
            "2026-10-23T11:00:00Z",
            "2026-10-26T11:00:00Z",
        ),
        (
            "America/New_York",
            "2026-03-06T18:00:00Z",
            "2026-03-09T16:00:00Z",
        ),
        (
            "America/New_York",
            "2026-10-30T17:00:00Z",
            "2026-11-02T17:00:00Z",
        ),
    ] {
        let office = office(zone, &[]);
        assert_eq!(office.add_business(at(friday), 8 * HOUR), at(monday));
        assert_eq!(office.business_between(at(friday), at(monday)), 8 * HOUR);
    }
}

#[test]
fn hours_that_clocks_leave_out_are_never_open() {
    let noon = at("2026-03-28T12:00:00Z");
    let gone = daily("Europe/Prague", "02:00-02:30");
    assert_eq!(gone.next_open(noon), at("2026-03-30T00:00:00Z"));
    let half = daily("Europe/Prague", "02:30-03:30");
    assert_eq!(half.next_open(noon), at("2026-03-29T01:00:00Z"));
    assert_eq!(half.next_closing(noon), Some(at("2026-03-29T01:30:00Z")));
    let new_york = daily("America/New_York", "01:30-03:30");
    assert_eq!(
        new_york.business_between(at("2026-03-08T05:00:00Z"), at("2026-03-08T12:00:00Z")),
        HOUR
    );
}

#[test]
fn hours_that_come_twice_are_open_twice() {
    let twice = daily("Europe/Prague", "02:00-02:30");
    for (from, to) in [
        ("2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z"),
        ("2026-10-25T01:00:00Z", "2026-10-25T01:30:00Z"),
    ] {
        assert!(twice.is_open(at(from)));
        assert_eq!(twice.next_closing(at(from)), Some(at(to)));
    }
    assert!(!twice.is_open(at("2026-10-25T00:45:00Z")));
    let new_york = daily("America/New_York", "01:00-02:00");
    // The second time follows the first without a pause.
    assert_eq!(
        new_york.next_closing(at("2026-11-01T05:00:00Z")),
        Some(at("2026-11-01T07:00:00Z"))
    );
}

#[test]
fn a_calendar_that_is_always_open_never_closes() {
    let always = daily("Europe/Prague", "00:00-24:00");
    let now = at("2026-03-28T12:00:00Z");
    assert_eq!(always.next_open(now), now);
    assert_eq!(always.next_closing(now), None);
    assert_eq!(
        always.add_business(now, 24 * HOUR * 1000),
        now.after(24 * HOUR * 1000)
    );
}

#[test]
fn a_calendar_that_is_closed_for_a_year_is_refused() {
    let week = |text: &str| std::array::from_fn(|_| hours(text));
    let none = Calendar::new(TimeZone::UTC, week(""), vec![]);
    assert_eq!(none, Err(CalendarError::NoHours));
    let closed = |holidays: &[&str]| {
        let holidays = holidays.iter().map(|text| text.parse().unwrap()).collect();
        Calendar::new(TimeZone::UTC, week("08:00-12:00"), holidays).map_err(|error| match error {
            CalendarError::Closed(date) => date.to_string(),
            error => panic!("{error}"),
        })
    };
    assert_eq!(
        closed(&["01-01..12-31"]).unwrap_err(),
        "1970-01-01".to_owned()
    );
    // Only 29 February is left, which is none before 1972.
    assert_eq!(
        closed(&["01-01..02-28", "03-01..12-31"]).unwrap_err(),
        "1970-01-01".to_owned()
    );
    assert_eq!(
        closed(&["2026-07-01..2027-12-31"]).unwrap_err(),
        "2026-07-01".to_owned()
    );
    assert!(closed(&["01-01..12-30"]).is_ok());
    assert!(closed(&["2026-01-01..2026-12-31"]).is_ok());
}

#[test]
fn the_ends_of_time_are_no_trouble() {
    let office = office("Europe/Prague", &[]);
    let (first, last) = (Timestamp::from_millis(i64::MIN), Timestamp::LATEST);
    assert_eq!(office.add_business(first, Duration::MAX), last);
    assert_eq!(office.add_business(last, HOUR), last);
    assert_eq!(office.next_open(last), last);
    assert!(office.next_open(first) > first);
    assert_eq!(office.business_between(last, first), Duration::ZERO);
}

const ZONES: [&str; 6] = [
    "Europe/Prague",
    "America/New_York",
    // Half an hour of daylight saving.
    "Australia/Lord_Howe",
    // Clocks change at midnight, so that a day begins at one or has two midnights.
    "America/Asuncion",
    // Left out a whole day.
    "Pacific/Apia",
    "Asia/Kathmandu",
];

#[derive(Debug, Clone)]
struct Plain {
    zone: &'static str,
    week: [Vec<(u16, u16)>; 7],
    holidays: Vec<&'static str>,
}

fn text(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

impl Plain {
    fn calendar(&self) -> Calendar {
        let week = self.week.clone().map(|day| {
            day.into_iter()
                .map(|(start, end)| format!("{}-{}", text(start), text(end)))
                .map(|text| text.parse().unwrap())
                .collect()
        });
        let holidays = self.holidays.iter().map(|text| text.parse().unwrap());
        Calendar::new(zone(self.zone), week, holidays.collect()).unwrap()
    }

    /// What the clock on the wall says, without any of the arithmetic above.
    fn is_open(&self, at: Timestamp) -> bool {
        let moment = jiff::Timestamp::from_millisecond(at.millis()).unwrap();
        let wall: DateTime = zone(self.zone).to_datetime(moment);
        let minute = |time: Time| time.hour() as u16 * 60 + time.minute() as u16;
        let now = minute(wall.time());
        let hours = |date: Date| {
            let holiday = |text: &&str| text.parse::<Holiday>().unwrap().includes(date);
            let closed = self.holidays.iter().any(holiday);
            let weekday = date.weekday().to_monday_zero_offset() as usize;
            self.week[weekday].iter().filter(move |_| !closed)
        };
        let (today, yesterday) = (wall.date(), wall.date().yesterday().unwrap());
        hours(today).any(|(start, end)| now >= *start && (now < *end || end < start))
            || hours(yesterday).any(|(start, end)| end < start && now < *end)
    }
}

fn plain() -> impl Strategy<Value = Plain> {
    let hours = (0u16..96, 0u16..96)
        .prop_filter("not empty", |(start, end)| start != end)
        .prop_map(|(start, end)| (start * 15, end * 15));
    let day = prop::collection::vec(hours, 0..3);
    let week = prop::array::uniform7(day).prop_filter("open at all", |week| {
        week.iter().any(|day: &Vec<_>| !day.is_empty())
    });
    let holidays =
        prop::sample::subsequence(vec!["2026-03-29", "10-25", "2011-12-29..2012-01-02"], 0..3);
    (prop::sample::select(ZONES.to_vec()), week, holidays).prop_map(|(zone, week, holidays)| {
        Plain {
            zone,
            week,
            holidays,
        }
    })
}

/// Whole minutes, often near a change of clocks.
fn moments() -> impl Strategy<Value = Timestamp> {
    let near = prop::sample::select(vec![
        "2026-03-29T01:00:00Z",
        "2026-10-25T01:00:00Z",
        "2026-03-08T07:00:00Z",
        "2026-11-01T06:00:00Z",
        "2026-04-04T15:00:00Z",
        "2024-10-06T04:00:00Z",
        "2024-03-24T03:00:00Z",
        "2011-12-30T10:00:00Z",
    ]);
    (near, -4000i64..4000)
        .prop_map(|(near, minutes)| Timestamp::from_millis(at(near).millis() + minutes * MINUTE))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn it_is_open_when_the_clock_on_the_wall_says_so(plain in plain(), at in moments()) {
        let calendar = plain.calendar();
        prop_assert_eq!(calendar.is_open(at), plain.is_open(at));
    }

    #[test]
    fn the_open_minutes_are_those_that_are_counted(
        plain in plain(), at in moments(), minutes in 0i64..1500,
    ) {
        let calendar = plain.calendar();
        let moment = |minute: i64| Timestamp::from_millis(at.millis() + minute * MINUTE);
        let open = (0..minutes).filter(|minute| plain.is_open(moment(*minute))).count();
        let found = calendar.business_between(at, moment(minutes));
        prop_assert_eq!(found, Duration::from_secs(60 * open as u64));
    }

    #[test]
    fn the_next_opening_is_open_and_the_next_closing_is_not(plain in plain(), at in moments()) {
        let calendar = plain.calendar();
        let open = calendar.next_open(at);
        prop_assert!(open >= at && calendar.is_open(open));
        prop_assert_eq!(calendar.business_between(at, open), Duration::ZERO);
        if let Some(closing) = calendar.next_closing(at) {
            prop_assert!(closing > open && !calendar.is_open(closing));
            prop_assert_eq!(calendar.business_between(open, closing), closing.since(open));
        }
    }

    #[test]
    fn what_is_added_lies_between(
        plain in plain(), at in moments(), first in 0u64..40_000_000, more in 0u64..40_000_000,
    ) {
        let calendar = plain.calendar();
        let (less, more) = (Duration::from_millis(first), Duration::from_millis(first + more));
        let due = calendar.add_business(at, less);
        prop_assert_eq!(calendar.business_between(at, due), less);
        // Not a moment earlier would be enough.
        if !less.is_zero() {
            let before = due.before(Duration::from_millis(1));
            prop_assert!(calendar.business_between(at, before) < less);
        }
        prop_assert!(due <= calendar.add_business(at, more));
        prop_assert!(due <= calendar.add_business(at.after(HOUR), less));
        // In two steps as in one.
        prop_assert_eq!(calendar.add_business(due, more - less), calendar.add_business(at, more));
    }
}
