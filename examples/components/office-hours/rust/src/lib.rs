//! Care for leavers and for sensitive departments: accounts are taken away while somebody is there who
//! could help, and not too many of them in a day; what happens to accounts of sensitive departments is
//! done by one person for another.

use jiff::Timestamp;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use provisor_sdk::{
    Decision, Failure, Obligation, Operation, Policy, Problem, Proposal, Verdict, export_policy,
};

/// What the configuration says about this component; for people: `settings.schema.json`.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    opens: String,
    closes: String,
    leavers: Leavers,
    sensitive: Vec<String>,
    reviewers: String,
}

/// How many accounts may go in 24 hours before somebody has to look.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Leavers {
    few: u64,
    percent: u64,
}

impl Leavers {
    /// Whether one more than `before` is too many.
    fn are_too_many(&self, before: u64, accounts: u64) -> bool {
        let count = before.saturating_add(1);
        count > self.few && count.saturating_mul(100) > self.percent.saturating_mul(accounts)
    }
}

/// A time of the day such as `07:00`.
fn time(text: &str) -> Option<Time> {
    Time::strptime("%H:%M", text).ok()
}

struct OfficeHours {
    settings: Settings,
    opens: Time,
    closes: Time,
}

impl OfficeHours {
    /// When the office opens next; `None` while it is open.
    fn next_opening(&self, now: Timestamp) -> Option<Timestamp> {
        let now = TimeZone::UTC.to_datetime(now);
        let works = |day: Date| !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        if works(now.date()) && self.opens <= now.time() && now.time() < self.closes {
            return None;
        }
        let mut day = now.date();
        if self.opens <= now.time() {
            day = day.tomorrow().ok()?;
        }
        while !works(day) {
            day = day.tomorrow().ok()?;
        }
        TimeZone::UTC.to_timestamp(day.to_datetime(self.opens)).ok()
    }

    /// Whether an account may be taken away now.
    fn leaver(&self, proposal: &Proposal<'_>) -> Decision {
        let count = |name| proposal.count(name);
        let (Some(deletes), Some(disables), Some(accounts)) = (
            count("deletes-24h"),
            count("disables-24h"),
            count("accounts"),
        ) else {
            return Decision::hold("no-count", "nobody says how many accounts went today");
        };
        let before = deletes.saturating_add(disables);
        if self.settings.leavers.are_too_many(before, accounts) {
            let reason = format!("{before} of {accounts} accounts went in the last 24 hours");
            return Decision::hold("many-leavers", reason);
        }
        let Ok(now) = proposal.now().parse::<Timestamp>() else {
            return Decision::hold("no-time", "nobody says what time it is");
        };
        match self.next_opening(now) {
            None => Decision::allow(),
            Some(opening) => Decision::allow().with(Obligation::DelayUntil(opening.to_string())),
        }
    }
}

impl Policy for OfficeHours {
    type Settings = Settings;

    /// What no schema can say.
    fn check(settings: &Settings) -> Vec<Problem> {
        match settings.opens < settings.closes {
            true => Vec::new(),
            false => vec![Problem::new("/closes", "the office closes before it opens")],
        }
    }

    fn new(settings: Settings) -> Result<Self, Failure> {
        let read = |text: &str| {
            let wrong = || Failure::configuration(format!("{text} is no time such as 07:00"));
            time(text).ok_or_else(wrong)
        };
        Ok(Self {
            opens: read(&settings.opens)?,
            closes: read(&settings.closes)?,
            settings,
        })
    }

    /// Decides about one operation for itself: counters and the time come with the proposal.
    fn decide(&self, proposal: &Proposal<'_>) -> Decision {
        let mut decision = match proposal.operation() {
            Operation::Delete | Operation::Disable => self.leaver(proposal),
            _ => Decision::not_applicable(),
        };
        let mut departments = proposal.identity("department");
        let is_sensitive =
            departments.any(|one| self.settings.sensitive.iter().any(|it| it == one));
        if is_sensitive {
            if decision.verdict == Verdict::NotApplicable {
                decision = Decision::allow();
            }
            decision = decision
                .route(self.settings.reviewers.as_str())
                .with(Obligation::RequireNote)
                .with(Obligation::ByAnother);
        }
        decision
    }
}

export_policy!(OfficeHours, {
    name: "office-hours",
    summary: "Takes accounts away in office hours and not too many at once, and has others look after sensitive ones.",
    settings_schema: include_str!("../settings.schema.json"),
});

#[cfg(test)]
mod tests {
    use provisor_sdk::testing;

    use super::*;

    const SETTINGS: &str = include_str!("../examples/settings.json");

    fn decision<const N: usize>(proposal: [(&str, &str); N]) -> Decision {
        let proposal = proposal.map(|(name, value)| (name, [value]));
        let decisions = testing::decide::<OfficeHours>(SETTINGS, &testing::table([proposal]));
        decisions.unwrap().remove(0)
    }

    fn delete(now: &str, before: &str, accounts: &str) -> Decision {
        decision([
            ("operation", "delete"),
            ("now", now),
            ("count.deletes-24h", before),
            ("count.disables-24h", "0"),
            ("count.accounts", accounts),
        ])
    }

    #[test]
    fn outside_office_hours_an_account_waits_for_the_next_working_day() {
        for (now, opening) in [
            ("2026-03-06T07:00:00Z", None),
            ("2026-03-06T15:59:59Z", None),
            ("2026-03-06T06:59:59Z", Some("2026-03-06T07:00:00Z")),
            // From Friday to Monday, and from the last day of a month to the next one.
            ("2026-03-06T16:00:00Z", Some("2026-03-09T07:00:00Z")),
            ("2026-03-07T03:00:00Z", Some("2026-03-09T07:00:00Z")),
            ("2026-03-31T23:00:00+02:00", Some("2026-04-01T07:00:00Z")),
        ] {
            let delayed = opening.map(|it| Obligation::DelayUntil(it.to_owned()));
            let found = delete(now, "0", "250");
            assert_eq!(found.obligations, Vec::from_iter(delayed), "{now}");
        }
        assert_eq!(delete("today", "0", "250").code, "no-time");
    }

    #[test]
    fn too_many_leavers_wait_for_a_person() {
        let now = "2026-03-06T10:00:00Z";
        assert_eq!(delete(now, "11", "250").verdict, Verdict::Allow);
        assert_eq!(delete(now, "12", "250").code, "many-leavers");
        assert_eq!(delete(now, "2", "10").verdict, Verdict::Allow);
        assert_eq!(delete(now, "3", "10").code, "many-leavers");
        assert_eq!(delete(now, "many", "250").code, "no-count");
    }

    #[test]
    fn a_sensitive_account_is_looked_after_by_another() {
        let create = [("operation", "create"), ("identity.department", "Board")];
        let found = decision(create);
        assert_eq!(found.verdict, Verdict::Allow);
        assert_eq!(
            found.obligations,
            [
                Obligation::Route("security".to_owned()),
                Obligation::RequireNote,
                Obligation::ByAnother
            ]
        );
        let create = [("operation", "create"), ("identity.department", "Sales")];
        assert_eq!(decision(create).verdict, Verdict::NotApplicable);
    }

    #[test]
    fn an_office_that_closes_before_it_opens_is_found_in_the_settings() {
        let turned = SETTINGS.replace("16:00", "06:00");
        let problems = testing::problems(&turned, OfficeHours::check);
        assert_eq!(problems[0].path, "/closes");
    }
}
