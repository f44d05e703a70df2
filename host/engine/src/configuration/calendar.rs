//! Business calendars: `[calendar.NAME]`.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use provisor_model::{Calendar, CalendarError, CalendarName, Holiday, Hours};

use super::export_time::read_zone;
use super::section::{Section, quote};

const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

const HOURS: &str = "hours such as \"08:00-12:00, 13:00-17:00\"";

const HOLIDAYS: &str =
    "a list of days such as [\"2026-12-24\", \"12-25\", \"2026-07-01..2026-07-14\"]";

/// Reads all of them. Those with mistakes are left out.
pub(super) fn read_all(section: &Section<'_, '_>) -> BTreeMap<CalendarName, Arc<Calendar>> {
    let mut calendars = BTreeMap::new();
    for (name, entry) in section.all_entries() {
        match CalendarName::new(name) {
            Ok(name) => {
                if let Some(calendar) = entry.section().and_then(|section| read(&section)) {
                    calendars.insert(name, Arc::new(calendar));
                }
            }
            Err(error) => entry.key_mistake(error.to_string()),
        }
    }
    calendars
}

fn read(section: &Section<'_, '_>) -> Option<Calendar> {
    let zone = section
        .required("time-zone", "time-zone = \"Europe/Prague\"")
        .and_then(|entry| read_zone(&entry));
    let hours = section
        .required("hours", "hours = { mon = \"08:00-12:00, 13:00-17:00\" }")
        .and_then(|entry| entry.section());
    let hours = hours.and_then(|section| read_hours(&section));
    let holidays = section.entry("holidays");
    let mut all_good = true;
    let mut days: HashSet<Holiday> = HashSet::new();
    for element in holidays
        .as_ref()
        .map(|entry| entry.elements(HOLIDAYS))
        .unwrap_or_default()
    {
        let Some(text) = element.text("a day such as \"2026-12-24\" or \"12-25\"") else {
            all_good = false;
            continue;
        };
        match text.parse() {
            Ok(day) => {
                if !days.insert(day) {
                    element.mistake(format!("{} stands here twice", quote(text)));
                }
            }
            Err(error) => {
                element.mistake(format!("{} is no holiday: {error}", quote(text)));
                all_good = false;
            }
        }
    }
    section.refuse_unknown();
    let (zone, hours) = (zone?, hours.filter(|_| all_good)?);
    let calendar = Calendar::new(zone, hours, days.into_iter().collect());
    match (calendar, holidays) {
        (Ok(calendar), _) => Some(calendar),
        (Err(error @ CalendarError::Closed(_)), Some(holidays)) => {
            holidays.mistake(error.to_string());
            None
        }
        (Err(error), _) => {
            section.mistake(error.to_string());
            None
        }
    }
}

/// Monday first; `None` when any of them has a mistake, so that nothing is judged without it.
fn read_hours(section: &Section<'_, '_>) -> Option<[Vec<Hours>; 7]> {
    let mut all_good = true;
    let week = WEEKDAYS.map(|weekday| {
        let mut day = Vec::new();
        let Some(entry) = section.entry(weekday) else {
            return day;
        };
        let Some(text) = entry.text(HOURS) else {
            all_good = false;
            return day;
        };
        for part in text.split(',') {
            match part.trim().parse() {
                Ok(hours) => day.push(hours),
                Err(error) => {
                    entry.mistake(format!("{} are no hours: {error}", quote(part.trim())));
                    all_good = false;
                }
            }
        }
        day
    });
    section.refuse_unknown();
    all_good.then_some(week)
}
